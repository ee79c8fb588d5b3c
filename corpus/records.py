"""Sources and passages as the catalogue holds them, read from its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from corpus import schema
from corpus.model import Passage, Source


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as the catalogue holds it."""

    source: Source
    version: int
    """1, and one more with each changed text."""
    passages: int
    """In the current version."""
    added_at: str
    fetched_at: str
    """When the current version's text was fetched; both are ISO 8601, UTC."""
    language: str | None
    sha256: str
    """Of the current version's text in UTF-8."""
    retracted_at: str | None
    retract_reason: str | None
    published_how: str | None
    """How the date of publication was found; None: it was given with the source."""
    updated_how: str | None
    licence: str | None
    media_type: str | None
    checked_at: str | None
    """When it was last asked for on the web, with success or without."""
    due_at: str | None
    """When it is asked for again; None: it is not from the web."""
    problem: str | None
    """Why the last fetch failed; None: it did not."""
    gone_at: str | None
    """Since when there is nothing at its address any more."""


@dataclass(frozen=True, slots=True)
class CorpusSummary:
    """How many sources a search can see, and the latest publication date among them."""

    sources: int
    newest: str | None


@dataclass(frozen=True, slots=True)
class CatalogueCount:
    """Sizes; `passages` and `lexical` count the searchable ones and must be equal."""

    sources: int
    passages: int
    lexical: int
    pending_ops: int


PASSAGES = select(
    schema.passage.c.id.label("passage_id"),
    schema.passage.c.text,
    schema.passage.c.start,
    schema.passage.c.end,
    schema.passage.c.heading,
    schema.passage.c.page,
    *(schema.source.c[name] for name in Source.__dataclass_fields__),
).join(schema.source, schema.source.c.id == schema.passage.c.source_id)


def select_records() -> Select[Any]:
    """Rows for `to_record`, of every source."""
    source, document, passage = schema.source, schema.document, schema.passage
    held = select(func.count()).where(passage.c.document_id == document.c.id).scalar_subquery()
    current = (document.c.source_id == source.c.id) & (document.c.version == source.c.version)
    return select(
        source,
        document.c.fetched_at,
        document.c.language,
        document.c.sha256,
        document.c.media_type,
        held.label("passages"),
    ).join(document, current)


def _source(row: Row[Any]) -> Source:
    return Source(**{name: row._mapping[name] for name in Source.__dataclass_fields__})


def to_record(row: Row[Any]) -> SourceRecord:
    """The record in a row of `select_records`."""
    return SourceRecord(
        source=_source(row),
        version=row.version,
        passages=row.passages,
        added_at=row.added_at,
        fetched_at=row.fetched_at,
        language=row.language,
        sha256=row.sha256,
        retracted_at=row.retracted_at,
        retract_reason=row.retract_reason,
        published_how=row.published_how,
        updated_how=row.updated_how,
        licence=row.licence,
        media_type=row.media_type,
        checked_at=row.checked_at,
        due_at=row.due_at,
        problem=row.problem,
        gone_at=row.gone_at,
    )


def to_passage(row: Row[Any]) -> Passage:
    """The passage in a row of `PASSAGES`."""
    return Passage(
        id=row.passage_id,
        source=_source(row),
        text=row.text,
        start=row.start,
        end=row.end,
        heading=row.heading,
        page=row.page,
    )
