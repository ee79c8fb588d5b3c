"""Writing one source into the catalogue: what is new, what leaves, what the indexes must do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from corpus.database import batches
from corpus.errors import InputError
from corpus.identity import canonical_url, passage_id
from corpus.items import Provenance
from corpus.model import SOURCE_KINDS, Source, parse_partial_date
from corpus.outbox import enqueue
from corpus.schema import document, passage, source
from corpus.split import PassageSpan
from corpus.stories import join_story
from corpus.tiers import Tier
from corpus.times import stamp
from corpus.upkeep import visit_values

_MAX_ID = 200


class Recording:
    """One source with one text, held against what the catalogue has under its id."""

    def __init__(
        self,
        connection: Connection,
        given: Source,
        text: str,
        now: datetime,
        *,
        provenance: Provenance,
        tier: Tier,
    ) -> None:
        self._connection = connection
        self._id = given.id
        self._title = given.title
        self._text = text
        self._now = now
        self._provenance = provenance
        self._values = _source_values(given, provenance) | {"tier": tier}
        _check_storable(given, text)
        self._sha256 = hashlib.sha256(text.encode()).hexdigest()
        self._held = connection.execute(
            select(source, document.c.sha256, document.c.fetched_at)
            .join(document, document.c.source_id == source.c.id)
            .where(source.c.id == given.id, document.c.version == source.c.version)
        ).first()

    def is_known(self) -> bool:
        """Whether source and text are stored exactly so."""
        return self._same_text() and self._same_values()

    def store(self, spans: Sequence[PassageSpan], *, language: str | None) -> bool:
        """Write what is new; False where nothing is. InputError: the id is another server's."""
        if self._held is not None and self._held.guild_id != self._values["guild_id"]:
            raise InputError(f"the source id {self._id!r} is taken; give this source another id")
        if self.is_known():
            return False
        self._check_spans(spans)
        version = self._write_source()
        if self._same_text():
            self._renew_contexts()
        else:
            document_id = self._connection.execute(
                insert(document)
                .values(
                    source_id=self._id,
                    version=version,
                    sha256=self._sha256,
                    language=language,
                    fetched_at=self._provenance.fetched_at or stamp(self._now),
                    media_type=self._provenance.media_type,
                    text=self._text,
                )
                .returning(document.c.id)
            ).scalar_one()
            self._write_passages(spans, document_id)
            join_story(self._connection, self._id, self._text)
        return True

    def passage_ids(self, spans: Sequence[PassageSpan]) -> list[str]:
        """The id of each span's passage."""
        return [passage_id(self._id, self._text[span.start : span.end]) for span in spans]

    def _same_text(self) -> bool:
        return self._held is not None and self._held.sha256 == self._sha256

    def _same_values(self) -> bool:
        held = self._held
        return held is not None and all(
            held._mapping[name] == value for name, value in self._values.items()
        )

    def _write_source(self) -> int:
        held = self._held
        now = stamp(self._now)
        changed_at = held.fetched_at if held is not None and self._same_text() else now
        visit = visit_values(self._provenance, self._id, self._now, changed_at)
        if held is None:
            self._connection.execute(
                insert(source).values(id=self._id, version=1, added_at=now, **self._values, **visit)
            )
            return 1
        version = int(held.version) + (not self._same_text())
        self._connection.execute(
            update(source)
            .where(source.c.id == self._id)
            .values(version=version, **self._values, **visit)
        )
        return version

    def _renew_contexts(self) -> None:
        """The title may have changed, under which the passages are found."""
        held = self._connection.execute(
            select(passage.c.seq, passage.c.heading, passage.c.context).where(
                passage.c.source_id == self._id
            )
        )
        renewed = [
            {"at": row.seq, "now": context}
            for row in held
            if (context := self._context(row.heading)) != row.context
        ]
        if renewed:
            self._connection.execute(
                update(passage)
                .where(passage.c.seq == bindparam("at"))
                .values(context=bindparam("now")),
                renewed,
            )

    def _write_passages(self, spans: Sequence[PassageSpan], document_id: int) -> None:
        live = self._held is None or self._held.retracted_at is None
        wanted: dict[str, dict[str, Any]] = {}
        for span, id_ in zip(spans, self.passage_ids(spans), strict=True):
            # Text that a document repeats is one passage, at its first place.
            wanted.setdefault(
                id_,
                {
                    "document_id": document_id,
                    "live": live,
                    "start": span.start,
                    "end": span.end,
                    "heading": span.heading,
                    "page": span.page,
                    "context": self._context(span.heading),
                },
            )
        held = self._connection.execute(
            select(passage.c.id, passage.c.live).where(passage.c.source_id == self._id)
        )
        was_live = {row.id: row.live for row in held}
        fresh = [
            {"id": id_, "source_id": self._id, **values, "text": self._slice(values)}
            for id_, values in wanted.items()
            if id_ not in was_live
        ]
        if fresh:
            self._connection.execute(insert(passage), fresh)
        kept = [id_ for id_ in wanted if id_ in was_live]
        if kept:
            columns = next(iter(wanted.values()))
            self._connection.execute(
                update(passage)
                .where(passage.c.id == bindparam("at"))
                .values({name: bindparam(f"new_{name}") for name in columns}),
                [
                    {"at": id_, **{f"new_{name}": value for name, value in wanted[id_].items()}}
                    for id_ in kept
                ],
            )
        retired = [id_ for id_, active in was_live.items() if active and id_ not in wanted]
        for batch in batches(retired):
            self._connection.execute(
                update(passage).where(passage.c.id.in_(batch)).values(live=False)
            )
        enqueue(self._connection, retired, "delete")
        if live:
            enqueue(self._connection, [id_ for id_ in kept if not was_live[id_]], "upsert")

    def _slice(self, values: dict[str, Any]) -> str:
        return self._text[values["start"] : values["end"]]

    def _context(self, heading: str | None) -> str:
        return f"{self._title}\n{heading}" if heading else self._title

    def _check_spans(self, spans: Sequence[PassageSpan]) -> None:
        for span in spans:
            if not (0 <= span.start < span.end <= len(self._text)):
                raise InputError(f"source {self._id!r}: no text at {span.start}:{span.end}")


def _source_values(given: Source, provenance: Provenance) -> dict[str, Any]:
    if given.kind not in SOURCE_KINDS:
        known = ", ".join(sorted(SOURCE_KINDS))
        raise InputError(f"source {given.id!r}: unknown kind {given.kind!r} (known: {known})")
    last = None
    if given.published is not None:
        try:
            last = parse_partial_date(given.published)[1].isoformat()
        except ValueError as error:
            raise InputError(f"source {given.id!r}: {error}") from error
    try:
        canonical = canonical_url(given.url) if given.url else None
    except ValueError as error:
        raise InputError(f"source {given.id!r}: {error}") from error
    return {
        "title": given.title,
        "publisher": given.publisher,
        "author": given.author,
        "published": given.published,
        "published_last": last,
        "url": given.url,
        "kind": given.kind,
        "canonical_url": canonical,
        "guild_id": given.guild_id,
        "updated": given.updated,
        "published_how": provenance.published_how,
        "updated_how": provenance.updated_how,
        "licence": provenance.licence,
    }


def _check_storable(given: Source, text: str) -> None:
    if not given.id or len(given.id) > _MAX_ID or not given.id.isprintable():
        raise InputError(f"a source id has 1 to {_MAX_ID} printable characters: {given.id[:40]!r}")
    for value in (text, given.title, given.publisher, given.author, given.url):
        if value is None:
            continue
        if "\0" in value:
            raise InputError(f"source {given.id!r}: holds a NUL character; is it a binary file?")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InputError(f"source {given.id!r}: holds half a character: {error}") from error
