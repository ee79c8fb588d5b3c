"""Reading files into documents: corpus JSONL, Markdown, text, HTML, PDF, DOCX, ClaimReview.

What cannot be read is reported item by item, with the reason; the rest goes on.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from corpus.documents import decode, make_document, review_documents
from corpus.errors import InputError
from corpus.fields import FieldError
from corpus.frontmatter import FrontMatterError, split_front_matter
from corpus.identity import path_source_id
from corpus.items import Document, Provenance, Unread, unforeseen
from corpus.model import SOURCE_KINDS
from corpus.readers.claimreview import ClaimReviewError
from corpus.readers.files import FileForm, file_fields, read_file_text, with_pages
from corpus.readers.page import UnreadableError, read_page
from corpus.split import Markup, first_heading
from corpus.times import utc_now

__all__ = ["Document", "Unread", "decode", "make_document", "read"]

log = logging.getLogger(__name__)

MAX_BYTES = 20_000_000
"""Of one document."""
MAX_FILE_BYTES = 100_000_000
"""Of a PDF or DOCX, most of which is not text, and of a file of many fact-checks."""

_JSONL = frozenset({".jsonl", ".ndjson"})
_MARKDOWN = frozenset({".md", ".markdown"})
_TEXT = frozenset({".txt", ".text"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_FILES: Mapping[str, FileForm] = {".pdf": "pdf", ".docx": "docx"}
_REVIEWS = frozenset({".json", ".jsonld"})
_READABLE = _JSONL | _MARKDOWN | _TEXT | _HTML | _REVIEWS | _FILES.keys()


def read(
    path: str | os.PathLike[str], *, kind: str | None = None, guild_id: str | None = None
) -> Iterator[Document | Unread]:
    """The documents in a file or folder. `kind` is for those that do not state their own.

    InputError, at once: there is no such file, or nothing here reads its kind.
    """
    if kind is not None and kind not in SOURCE_KINDS:
        known = ", ".join(sorted(SOURCE_KINDS))
        raise InputError(f"unknown kind {kind!r} (known: {known})")
    given = os.fspath(path)
    root = Path(given)
    try:
        is_folder, is_file = bool(given.strip()) and root.is_dir(), root.is_file()
    except (OSError, ValueError):
        is_folder = is_file = False
    if is_folder:
        return _read_folder(root, kind, guild_id)
    if is_file and root.suffix.lower() in _READABLE:
        return _read_file(root, kind, guild_id)
    problem = "nothing here reads this kind of file" if is_file else "no such file or folder"
    known = ", ".join(sorted(_READABLE))
    raise InputError(
        f"{given!r}: {problem}; give a file ({known}), a folder of them, or an address"
    )


def count(path: str | os.PathLike[str]) -> int:
    """About how many documents `read` will give: a file of fact-checks counts as one."""
    root = Path(path)
    return sum(map(_count_file, _files_in(root) if root.is_dir() else [root]))


def _count_file(path: Path) -> int:
    if path.suffix.lower() not in _JSONL or not path.is_file():
        return 1
    try:
        with path.open("rb") as file:
            return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return 1


def _files_in(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _read_folder(root: Path, kind: str | None, guild_id: str | None) -> Iterator[Document | Unread]:
    inside = root.resolve()
    for path in _files_in(root):
        if path.suffix.lower() not in _READABLE:
            yield Unread(str(path), f"nothing here reads {path.suffix or 'such'} files")
        elif not path.is_file():
            # A pipe would be waited on for ever.
            yield Unread(str(path), "no file, or a link to none")
        elif not path.resolve().is_relative_to(inside):
            yield Unread(str(path), "a link that leads out of the folder")
        else:
            yield from _read_file(path, kind, guild_id)


def _read_file(path: Path, kind: str | None, guild_id: str | None) -> Iterator[Document | Unread]:
    try:
        suffix = path.suffix.lower()
        if suffix in _JSONL:
            yield from _read_jsonl(path, kind, guild_id)
        elif suffix in _REVIEWS:
            yield from _read_reviews(path, guild_id)
        elif suffix in _HTML or suffix in _FILES:
            yield _read_packed(path, kind, guild_id)
        else:
            yield _read_text(path, kind, guild_id)
    except OSError as error:
        yield Unread(str(path), error.strerror or str(error))
    except Exception as error:
        # What strangers write must not end a run, whatever a parser makes of it.
        log.debug("reading %s failed", path, exc_info=True)
        yield Unread(str(path), unforeseen(error))


def _read_text(path: Path, kind: str | None, guild_id: str | None) -> Document | Unread:
    where = str(path)
    if path.stat().st_size > MAX_BYTES:
        return Unread(where, f"larger than {MAX_BYTES // 1_000_000} MB")
    try:
        text = decode(path.read_bytes())
        fields: Mapping[str, object] = {}
        markup: Markup = "plain"
        if path.suffix.lower() in _MARKDOWN:
            markup = "markdown"
            fields, text = split_front_matter(text)
        return make_document(
            fields,
            text,
            where,
            fallback_id=path_source_id(path, guild_id),
            fallback_title=first_heading(text, markup) or path.stem,
            kind=kind,
            guild_id=guild_id,
            markup=markup,
        )
    except (FieldError, FrontMatterError, UnicodeError) as error:
        return Unread(where, str(error))


def _read_packed(path: Path, kind: str | None, guild_id: str | None) -> Document | Unread:
    """HTML, PDF or DOCX."""
    where, suffix = str(path), path.suffix.lower()
    limit = MAX_BYTES if suffix in _HTML else MAX_FILE_BYTES
    if path.stat().st_size > limit:
        return Unread(where, f"larger than {limit // 1_000_000} MB")
    data, today = path.read_bytes(), utc_now().date()
    try:
        if suffix in _HTML:
            page = read_page(data, "", today)
            about = page.metadata
            text, pages = page.text, tuple[int, ...]()
            fields: dict[str, object] = {
                "title": about.title,
                "publisher": about.publisher,
                "author": list(about.authors),
                "published": about.published,
                "updated": about.updated,
                "url": about.url or None,
                "kind": about.kind,
                "language": about.language,
            }
            provenance = Provenance(about.published_how, about.updated_how, about.licence)
        else:
            held = read_file_text(data, _FILES[suffix])
            text, pages, fields = held.text, held.pages, file_fields(held, today)
            provenance = Provenance(
                "file's metadata" if fields["published"] else None,
                "file's metadata" if fields["updated"] else None,
            )
        document = make_document(
            fields,
            text,
            where,
            fallback_id=path_source_id(path, guild_id),
            fallback_title=path.stem,
            kind=kind,
            guild_id=guild_id,
            markup="markdown" if suffix != ".pdf" else "plain",
        )
    except (UnreadableError, FieldError) as error:
        return Unread(where, str(error))
    return with_pages(replace(document, provenance=provenance), pages)


def _read_reviews(path: Path, guild_id: str | None) -> Iterator[Document | Unread]:
    if path.stat().st_size > MAX_FILE_BYTES:
        yield Unread(str(path), f"larger than {MAX_FILE_BYTES // 1_000_000} MB")
        return
    try:
        yield from review_documents(
            decode(path.read_bytes()), str(path), utc_now(), guild_id=guild_id
        )
    except (ClaimReviewError, UnicodeError) as error:
        yield Unread(str(path), str(error))


def _read_jsonl(path: Path, kind: str | None, guild_id: str | None) -> Iterator[Document | Unread]:
    seen: dict[str, int] = {}
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_BYTES + 1):
            number += 1
            where = f"{path}, line {number}"
            if len(line) > MAX_BYTES:
                yield Unread(where, f"longer than {MAX_BYTES // 1_000_000} MB")
                while line and not line.endswith(b"\n"):
                    line = file.readline(MAX_BYTES)
                continue
            if not line.strip():
                continue
            try:
                item = _jsonl_document(line, where, kind, guild_id)
            except (FieldError, UnicodeError) as error:
                yield Unread(where, str(error))
                continue
            first = seen.setdefault(item.source.id, number)
            if first != number:
                yield Unread(where, f"the id {item.source.id!r} is already used on line {first}")
            else:
                yield item


def _jsonl_document(line: bytes, where: str, kind: str | None, guild_id: str | None) -> Document:
    try:
        fields = json.loads(decode(line))
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise FieldError(f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise FieldError("not a JSON object")
    text = fields.get("text")
    if not isinstance(text, str):
        raise FieldError('no "text"')
    return make_document(fields, text, where, kind=kind, guild_id=guild_id)
