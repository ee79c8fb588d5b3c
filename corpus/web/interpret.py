"""What an answer from the web is, and the document, feed or sitemap in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from corpus.documents import make_document, review_documents
from corpus.fields import FieldError
from corpus.identity import url_source_id
from corpus.items import Document, Provenance, Unread, unforeseen
from corpus.readers.charset import CharsetError, decode_web
from corpus.readers.claimreview import ClaimReviewError, is_feed
from corpus.readers.dates import stated_day
from corpus.readers.files import FileForm, file_fields, read_file_text, with_pages
from corpus.readers.listings import (
    Entry,
    Listing,
    ListingError,
    is_json_feed,
    read_feed,
    read_json_feed,
    read_sitemap,
)
from corpus.readers.page import PageText, UnreadableError, read_page
from corpus.readers.sniff import form_of, unzipped
from corpus.readers.wikipedia import api_url, read_answer
from corpus.split import count_words
from corpus.times import stamp
from corpus.upkeep import Known
from corpus.web.visitor import Visit

log = logging.getLogger(__name__)

FEED_TEXT_WORDS = 100
"""A feed that carries so much of a page's text carries all that it means to give."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, and what is held of its page already."""

    asked: str
    visit: Visit
    known: Known | None


@dataclass(frozen=True, slots=True)
class Reviews:
    """A file of fact-checks: each is a document."""

    items: tuple[Document | Unread, ...]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Reads answers for one server, or for all. Safe to call from several threads."""

    clock: Callable[[], datetime]
    kind: str | None = None
    """Of what does not say so itself."""
    guild_id: str | None = None

    def read(self, fetched: Fetched, entry: Entry) -> Document | Listing | Reviews | Unread:
        """What is in the answer. `entry` is what a feed says of it."""
        try:
            if api_url(fetched.asked):
                return self._wikipedia(fetched)
            return self._read(fetched, entry)
        except (
            UnreadableError, ListingError, FieldError, CharsetError, ClaimReviewError
        ) as error:  # fmt: skip
            return Unread(fetched.asked, str(error), fetched.asked)
        except RecursionError:
            return Unread(fetched.asked, "nested too deeply to be read", fetched.asked)
        except Exception as error:
            # What strangers write must not end a run, whatever a parser makes of it.
            log.debug("reading %s failed", fetched.asked, exc_info=True)
            return Unread(fetched.asked, unforeseen(error), fetched.asked)

    def read_entry(self, entry: Entry) -> Document | None:
        """The document of an entry that carries its own text; None where that is too little."""
        html = f"<html><body><article>{entry.content}</article></body></html>"
        try:
            page = read_page(html.encode(errors="replace"), entry.url, self._today())
            if count_words(page.text) < FEED_TEXT_WORDS:
                return None
            fields: dict[str, Any] = {
                "title": entry.title,
                "publisher": urlsplit(entry.url).hostname,
                "author": list(entry.authors),
                "published": entry.published,
                "url": entry.url,
            }
            provenance = Provenance(
                published_how="feed" if entry.published else None,
                media_type="text/html",
                fetched_at=stamp(self.clock()),
                address=entry.url,
            )
            return self._document(fields, page.text, entry.url, provenance)
        except (UnreadableError, FieldError):
            return None
        except Exception:
            log.debug("reading what a feed says of %s failed", entry.url, exc_info=True)
            return None

    def _read(self, fetched: Fetched, entry: Entry) -> Document | Listing | Reviews:
        visit, today = fetched.visit, self._today()
        declared = visit.headers.get("content-type", "")
        body = unzipped(visit.body)
        match form_of(body, declared):
            case "html":
                return self._page(fetched, read_page(body, visit.url, today, declared), entry)
            case "feed":
                return read_feed(body, visit.url, declared, today)
            case "sitemap":
                return read_sitemap(body, visit.url, today)
            case "pdf" | "docx" as form:
                return self._file(fetched, body, form, entry)
            case "binary":
                raise UnreadableError("neither a page nor a feed, sitemap, PDF, DOCX or text")
            case "json":
                return self._json(fetched, decode_web(body, declared))
        return self._text(fetched, decode_web(body, declared), entry)

    def _page(self, fetched: Fetched, page: PageText, entry: Entry) -> Document:
        about = page.metadata
        published, how = about.published, about.published_how
        # A feed says for sure what a page's words only suggest.
        if entry.published and how in (None, "inferred"):
            published, how = entry.published, "feed"
        updated, updated_how = about.updated, about.updated_how
        if updated is None and entry.updated and entry.updated != published:
            updated, updated_how = entry.updated, "feed"
        fields: dict[str, Any] = {
            "title": about.title or entry.title,
            "publisher": about.publisher,
            "author": list(about.authors or entry.authors),
            "published": published,
            "updated": updated,
            "url": about.url,
            "kind": about.kind,
            "language": about.language,
        }
        provenance = replace(
            self._provenance(fetched),
            published_how=how,
            updated_how=updated_how,
            licence=about.licence,
        )
        return self._document(fields, page.text, fetched.asked, provenance, fetched.known)

    def _wikipedia(self, fetched: Fetched) -> Document:
        page = read_answer(fetched.visit.body, fetched.asked)
        fields: dict[str, Any] = {
            "title": page.title,
            "publisher": "Wikipedia",
            # An article is as new as its last change, and that is what it may be cited for.
            "published": page.updated,
            "url": page.url,
            "kind": "encyclopedia",
            "language": page.language,
        }
        provenance = replace(
            self._provenance(fetched),
            published_how="last revision",
            licence=page.licence,
            media_type="text/x-wiki",
        )
        return self._document(fields, page.text, fetched.asked, provenance, fetched.known)

    def _json(self, fetched: Fetched, text: str) -> Document | Listing | Reviews:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("JSON that cannot be read") from error
        if is_json_feed(value):
            return read_json_feed(text, fetched.visit.url, self._today())
        if is_feed(value):
            found = review_documents(text, fetched.asked, self.clock(), guild_id=self.guild_id)
            return Reviews(tuple(found))
        raise UnreadableError("JSON that is neither a JSON Feed nor holds ClaimReviews")

    def _file(self, fetched: Fetched, body: bytes, form: FileForm, entry: Entry) -> Document:
        held = read_file_text(body, form)
        url = fetched.visit.url
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        fields = file_fields(held, self._today()) | {
            "url": url,
            "publisher": urlsplit(url).hostname,
        }
        fields["title"] = fields["title"] or entry.title or name
        published, how = fields["published"], "file's metadata"
        if entry.published:
            published, how = entry.published, "feed"
        elif stated := stated_day(fetched.visit.headers.get("last-modified"), self._today()):
            published, how = published or stated, how if published else "Last-Modified"
        provenance = replace(
            self._provenance(fetched),
            published_how=how if published else None,
            updated_how="file's metadata" if fields["updated"] else None,
        )
        document = self._document(
            fields | {"published": published}, held.text, fetched.asked, provenance, fetched.known
        )
        return with_pages(document, held.pages)

    def _text(self, fetched: Fetched, text: str, entry: Entry) -> Document:
        url = fetched.visit.url
        fields = {
            "title": entry.title or unquote(urlsplit(url).path.rpartition("/")[2]),
            "publisher": urlsplit(url).hostname,
            "published": entry.published,
            "url": url,
        }
        provenance = replace(
            self._provenance(fetched), published_how="feed" if entry.published else None
        )
        return self._document(fields, text, fetched.asked, provenance, fetched.known)

    def _document(
        self,
        fields: dict[str, Any],
        text: str,
        where: str,
        provenance: Provenance,
        known: Known | None = None,
    ) -> Document:
        # What is held keeps its id, whatever address its page gives itself now.
        id_ = known.source_id if known else url_source_id(str(fields["url"]), self.guild_id)
        kind = known.kind if known else self.kind
        document = make_document(
            {**fields, "id": id_}, text, where, kind=kind, guild_id=self.guild_id, markup="markdown"
        )
        return replace(document, provenance=provenance)

    def _provenance(self, fetched: Fetched) -> Provenance:
        headers = fetched.visit.headers
        return Provenance(
            media_type=headers.get("content-type", "").partition(";")[0].strip()[:100] or None,
            fetched_at=stamp(self.clock()),
            address=fetched.asked,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
        )

    def _today(self) -> date:
        return self.clock().date()
