"""Text and metadata made into documents: what every reader ends in."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from corpus.fields import FieldError, language_of, make_source, stated_provenance
from corpus.identity import digest
from corpus.items import Document, Provenance, Unread
from corpus.readers.claimreview import review_fields, review_sentence, reviews_in
from corpus.readers.dates import stated_day
from corpus.split import Markup, passage_spans


def make_document(
    fields: Mapping[str, object],
    text: str,
    where: str,
    *,
    fallback_id: str | None = None,
    fallback_title: str | None = None,
    kind: str | None = None,
    guild_id: str | None = None,
    markup: Markup = "plain",
) -> Document:
    """A document of metadata as found and text; FieldError says what is wrong with them.

    Its provenance is that of metadata that were stated as they are.
    """
    source = make_source(
        fields,
        text,
        fallback_id=fallback_id,
        fallback_title=fallback_title,
        kind=kind,
        guild_id=guild_id,
    )
    spans = tuple(passage_spans(text, markup=markup))
    provenance = stated_provenance(fields, source)
    return Document(source, text, spans, language_of(fields), where, provenance)


def decode(data: bytes) -> str:
    """Text of UTF-8, or of UTF-16 with its byte order mark; UnicodeError says what to do."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        binary = encoding == "utf-8" and b"\0" in data
        problem = "a binary file, not text" if binary else "not UTF-8 text; save it as UTF-8"
        raise UnicodeError(problem) from error


def review_documents(
    data: str, where: str, now: datetime, *, guild_id: str | None = None
) -> Iterator[Document | Unread]:
    """A document for each ClaimReview in a JSON file. ClaimReviewError: there is none."""
    for number, review in enumerate(reviews_in(data), start=1):
        place = f"{where}, review {number}"
        text, fields = review_sentence(review), review_fields(review)
        if text is None:
            yield Unread(place, "a ClaimReview without a claim or a rating")
            continue
        fields["published"] = stated_day(review.get("datePublished"), now.date())
        # Several reviews may stand on one page, which may be a source of its own.
        fields["id"] = f"review-{digest(str(fields['url']), text, guild_id or '', length=12)}"
        try:
            document = make_document(fields, text, place, guild_id=guild_id)
        except FieldError as error:
            yield Unread(place, str(error))
            continue
        how = "ClaimReview" if fields["published"] else None
        yield replace(document, provenance=Provenance(how, licence=None))
