"""Metadata as people write it, made into a source, or refused with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from corpus.identity import canonical_url, text_source_id, url_source_id
from corpus.items import Provenance
from corpus.model import SOURCE_KINDS, Source, parse_partial_date

MAX_FIELD = 500
"""Characters of a title, publisher or author; the rest is cut."""
MAX_URL = 2_000
MAX_ID = 200

_DATE_OF_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:.*", re.ASCII | re.DOTALL)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class FieldError(ValueError):
    """A field is missing or cannot be used; the message is for people."""


def make_source(
    fields: Mapping[str, object],
    text: str,
    *,
    fallback_id: str | None = None,
    fallback_title: str | None = None,
    kind: str | None = None,
    guild_id: str | None = None,
) -> Source:
    """The source that `fields` describe. A field's own `kind` comes before the one given.

    Without an id, the address names the source, else `fallback_id`, else its text. Whose server it
    belongs to is never read from the fields.
    """
    _check_text(text)
    url = _url(fields)
    id_ = _line(fields, "id") or _line(fields, "_id")
    if id_ is not None and (len(id_) > MAX_ID or not id_.isprintable()):
        raise FieldError(f"an id of more than {MAX_ID} characters, or with unprintable ones")
    if id_ is None:
        id_ = url_source_id(url, guild_id) if url else fallback_id
    id_ = id_ or text_source_id(text, guild_id)
    return Source(
        id=id_,
        title=_line(fields, "title") or fallback_title or url or id_,
        publisher=_line(fields, "publisher"),
        author=_line(fields, "author"),
        published=_date(fields, "published"),
        url=url,
        kind=_kind(fields, kind),
        guild_id=guild_id,
        updated=_date(fields, "updated"),
    )


def stated_provenance(fields: Mapping[str, object], source: Source) -> Provenance:
    """How the dates of a source that `fields` describe were found, and what they say of its use."""
    return Provenance(
        published_how="stated" if source.published else None,
        updated_how="stated" if source.updated else None,
        licence=_line(fields, "licence") or _line(fields, "license"),
    )


def language_of(fields: Mapping[str, object]) -> str | None:
    """The BCP 47 tag that the fields state, if they do."""
    stated = _line(fields, "language")
    if stated is not None and not _LANGUAGE.fullmatch(stated):
        raise FieldError(f"language {stated!r} is not a language tag such as en or pt-BR")
    return stated


def _check_text(text: str) -> None:
    if not text.strip():
        raise FieldError("no text in it")
    if "\0" in text:
        raise FieldError("holds NUL bytes; is it a binary file?")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FieldError("holds half a character (a lone surrogate)") from error


def _line(fields: Mapping[str, object], name: str) -> str | None:
    """A field as one line of plain characters; None where it is absent or empty."""
    value = fields.get(name)
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        value = ", ".join(value)
    if value is None or value == "null":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FieldError(f"{name} is not text")
    plain = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char
        for char in str(value)[: 4 * MAX_URL]
    )
    plain = " ".join(plain.split())
    limit = MAX_URL if name == "url" else MAX_FIELD
    return (plain if len(plain) <= limit else plain[: limit - 1] + "…") or None


def _url(fields: Mapping[str, object]) -> str | None:
    url = _line(fields, "url")
    if url is None:
        return None
    try:
        canonical_url(url)
    except ValueError as error:
        raise FieldError(f"url {url[:80]!r} is not an http or https address") from error
    if len(url) >= MAX_URL or " " in url:
        raise FieldError(f"url {url[:80]!r} is not one address")
    return url


def _date(fields: Mapping[str, object], name: str) -> str | None:
    stated = _line(fields, name)
    if stated is None:
        return None
    match = _DATE_OF_TIME.fullmatch(stated)
    day = match[1] if match else stated
    try:
        parse_partial_date(day)
    except ValueError as error:
        raise FieldError(f"{name}: {error}") from error
    return day


def _kind(fields: Mapping[str, object], given: str | None) -> str:
    kind = _line(fields, "kind") or given or "other"
    if kind not in SOURCE_KINDS:
        raise FieldError(f"unknown kind {kind!r} (known: {', '.join(sorted(SOURCE_KINDS))})")
    return kind
