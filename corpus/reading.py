"""Reading files into documents: corpus JSONL, Markdown, plain text, and folders of these.

What cannot be read is reported item by item, with the reason; the rest goes on.
"""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import InputError
from corpus.fields import FieldError, language_of, make_source
from corpus.frontmatter import FrontMatterError, split_front_matter
from corpus.identity import path_source_id
from corpus.model import SOURCE_KINDS, Source
from corpus.split import Markup, PassageSpan, first_heading, passage_spans

MAX_BYTES = 20_000_000
"""Of one document."""

_JSONL = frozenset({".jsonl", ".ndjson"})
_MARKDOWN = frozenset({".md", ".markdown"})
_TEXT = frozenset({".txt", ".text"})
_READABLE = _JSONL | _MARKDOWN | _TEXT


@dataclass(frozen=True, slots=True)
class Document:
    """A source with its text and where its passages lie: what the catalogue stores."""

    source: Source
    text: str
    spans: tuple[PassageSpan, ...]
    language: str | None
    where: str
    """The file, and in a JSONL file the line, for messages."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read, and why; for people."""

    where: str
    reason: str


Item = Document | Unread


def read(
    path: str | os.PathLike[str], *, kind: str | None = None, guild_id: str | None = None
) -> Iterator[Item]:
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
    raise InputError(f"{given!r}: {problem}; give a .jsonl, .md or .txt file, or a folder of them")


def _read_folder(root: Path, kind: str | None, guild_id: str | None) -> Iterator[Item]:
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() not in _READABLE:
                yield Unread(str(path), f"nothing here reads {path.suffix or 'such'} files")
            elif not path.resolve().is_relative_to(inside):
                yield Unread(str(path), "a link that leads out of the folder")
            else:
                yield from _read_file(path, kind, guild_id)


def _read_file(path: Path, kind: str | None, guild_id: str | None) -> Iterator[Item]:
    try:
        if path.suffix.lower() in _JSONL:
            yield from _read_jsonl(path, kind, guild_id)
        else:
            yield _read_text(path, kind, guild_id)
    except OSError as error:
        yield Unread(str(path), error.strerror or str(error))


def _read_text(path: Path, kind: str | None, guild_id: str | None) -> Item:
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


def _read_jsonl(path: Path, kind: str | None, guild_id: str | None) -> Iterator[Item]:
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
    """A document of metadata as found and text; FieldError says what is wrong with them."""
    source = make_source(
        fields,
        text,
        fallback_id=fallback_id,
        fallback_title=fallback_title,
        kind=kind,
        guild_id=guild_id,
    )
    spans = tuple(passage_spans(text, markup=markup))
    return Document(source, text, spans, language_of(fields), where)


def decode(data: bytes) -> str:
    """Text of UTF-8, or of UTF-16 with its byte order mark; UnicodeError says what to do."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnicodeError("not UTF-8 text; save it as UTF-8") from error
