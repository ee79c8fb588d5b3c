"""The catalogue: sources, their stored text, passages and embeddings, and what indexes must do.

It is the truth. The lexical index lives in the same file and changes in the same transaction; any
other index follows from the outbox (`pending_ops`) and can be rebuilt from what is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, delete, func, select, update

from corpus import embeddings, lexical, outbox, schema, stories
from corpus.database import batches, looking, migrate, reading, writing
from corpus.eligibility import Eligibility, visible
from corpus.errors import InputError
from corpus.items import Provenance
from corpus.model import Passage, Source
from corpus.outbox import IndexOp
from corpus.recording import Recording
from corpus.records import (
    PASSAGES,
    CatalogueCount,
    CorpusSummary,
    SourceRecord,
    select_records,
    to_passage,
    to_record,
)
from corpus.split import PassageSpan
from corpus.tiers import Tiers
from corpus.times import stamp, utc_now

if TYPE_CHECKING:
    from corpus.embeddings import Vectors

__all__ = ["Catalogue", "CatalogueCount", "CorpusSummary", "IndexOp", "SourceRecord"]

SCRIPT_LOCATION = "corpus:migrations"
VERSION_TABLE = "alembic_version_corpus"
_EMBEDDER = "embedder"
_TIERS = "tiers"


class Catalogue:
    """All methods are synchronous, safe to call from several threads, and raise CatalogueError."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime] = utc_now,
        tiers: Tiers | None = None,
    ) -> None:
        """`tiers`: the list that ships where there is none."""
        self._engine = engine
        self._clock = clock
        self._tiers = tiers or Tiers.load()
        migrate(engine, SCRIPT_LOCATION, VERSION_TABLE)

    @property
    def database_url(self) -> str:
        """Where it is, with the password if there is one."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close the database's connections."""
        self._engine.dispose()

    # Sources

    def holds(self, source: Source, text: str, provenance: Provenance | None = None) -> bool:
        """Whether exactly this is stored already, so that there is no need to embed it."""
        with reading(self._engine) as connection:
            return self._recording(connection, source, text, provenance).is_known()

    def add(
        self,
        source: Source,
        text: str,
        spans: Sequence[PassageSpan],
        vectors: Vectors | None = None,
        model_id: str | None = None,
        *,
        language: str | None = None,
        provenance: Provenance | None = None,
    ) -> bool:
        """Store a source, its text and passages in one transaction; False: nothing was new.

        `vectors` has a row for each span. Changed text under a known id becomes a new version:
        passages that are no longer in it leave the indexes but can still be read by id. A retracted
        source stays retracted. InputError: values that cannot be stored, or an id that belongs to
        another server's source.
        """
        if vectors is not None and (model_id is None or len(vectors) != len(spans)):
            raise InputError(f"source {source.id!r}: vectors need a model id and a row per passage")
        with writing(self._engine) as connection:
            recording = self._recording(connection, source, text, provenance)
            changed = recording.store(spans, language=language)
            if vectors is not None and model_id is not None:
                ids = recording.passage_ids(spans)
                changed |= embeddings.store_vectors(connection, model_id, ids, vectors)
            if changed:
                outbox.bump(connection)
        return changed

    def get_source(self, source_id: str) -> SourceRecord | None:
        """The record of one source, whichever server's it is."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select_records().where(schema.source.c.id == source_id)
            ).first()
        return None if row is None else to_record(row)

    def sources(self, guild_id: str | None = None) -> list[SourceRecord]:
        """The shared sources and this server's own, retracted ones too, by id."""
        query = select_records().where(visible(guild_id)).order_by(schema.source.c.id)
        with reading(self._engine) as connection:
            return [to_record(row) for row in connection.execute(query)]

    def retracted(self, source_ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        """When and why, for those among these sources that are retracted."""
        source = schema.source
        query = select(source.c.id, source.c.retracted_at, source.c.retract_reason)
        found: dict[str, tuple[str, str | None]] = {}
        with reading(self._engine) as connection:
            for chunk in batches(source_ids):
                gone = source.c.id.in_(chunk) & source.c.retracted_at.is_not(None)
                for id_, at, reason in connection.execute(query.where(gone)):
                    found[id_] = (at, reason)
        return found

    def document_text(self, source_id: str, version: int | None = None) -> str | None:
        """The stored text of a source; the current version unless another is asked for."""
        document, source = schema.document, schema.source
        wanted = source.c.version if version is None else version
        query = (
            select(document.c.text)
            .join(source, source.c.id == document.c.source_id)
            .where(source.c.id == source_id, document.c.version == wanted)
        )
        with reading(self._engine) as connection:
            return connection.scalar(query)

    def retract(self, source_id: str, reason: str) -> None:
        """Keep a source out of every later search; what cited it can still read it."""
        source, passage = schema.source, schema.passage
        with writing(self._engine) as connection:
            known = connection.execute(
                select(source.c.retracted_at).where(source.c.id == source_id)
            ).first()
            if known is None:
                raise _unknown(source_id)
            connection.execute(
                update(source)
                .where(source.c.id == source_id)
                .values(retracted_at=known[0] or self._now(), retract_reason=reason)
            )
            live = (passage.c.source_id == source_id) & passage.c.live
            ids = list(connection.scalars(select(passage.c.id).where(live)))
            connection.execute(update(passage).where(live).values(live=False))
            outbox.enqueue(connection, ids, "delete")
            outbox.bump(connection)

    def changed_since(self, since: datetime) -> list[str]:
        """Ids of the sources added, changed or retracted at or after `since`."""
        document, source, moment = schema.document, schema.source, stamp(since)
        with reading(self._engine) as connection:
            read = select(document.c.source_id).where(document.c.fetched_at >= moment)
            gone = select(source.c.id).where(source.c.retracted_at >= moment)
            return sorted(connection.scalars(read.union(gone)))

    def unusable(self, source_ids: Iterable[str]) -> frozenset[str]:
        """Which of these sources are retracted, or no longer held."""
        source, asked = schema.source, list(source_ids)
        held: set[str] = set()
        with reading(self._engine) as connection:
            for some in batches(asked):
                held.update(
                    connection.scalars(
                        select(source.c.id).where(
                            source.c.id.in_(some), source.c.retracted_at.is_(None)
                        )
                    )
                )
        return frozenset(asked) - held

    def live_passages(self, source_ids: Iterable[str]) -> dict[str | None, list[str]]:
        """By server, None for the shared ones, the ids of what may be searched of these sources."""
        source, passage = schema.source, schema.passage
        found: dict[str | None, list[str]] = {}
        with reading(self._engine) as connection:
            for some in batches(source_ids):
                rows = connection.execute(
                    select(source.c.guild_id, passage.c.id)
                    .join(passage, passage.c.source_id == source.c.id)
                    .where(source.c.id.in_(some), passage.c.live)
                )
                for guild_id, passage_id in rows:
                    found.setdefault(guild_id, []).append(passage_id)
        return found

    def remove(self, source_id: str) -> None:
        """Delete a source with all its versions, passages and embeddings."""
        source, passage = schema.source, schema.passage
        with writing(self._engine) as connection:
            ids = list(
                connection.scalars(select(passage.c.id).where(passage.c.source_id == source_id))
            )
            stories.leave_story(connection, source_id)
            gone = connection.execute(delete(source).where(source.c.id == source_id))
            if not gone.rowcount:
                raise _unknown(source_id)
            outbox.enqueue(connection, ids, "delete")
            outbox.bump(connection)

    def apply_tiers(self) -> int:
        """Judge every source anew where the lists of publishers have changed; how many moved."""
        source = schema.source
        if self.setting(_TIERS) == self._tiers.digest:
            return 0
        moved = 0
        with writing(self._engine) as connection:
            for record in map(to_record, connection.execute(select_records()).all()):
                tier = self._tiers.judge(record.source).tier
                if tier != record.source.tier:
                    moved += 1
                    connection.execute(
                        update(source).where(source.c.id == record.source.id).values(tier=tier)
                    )
            outbox.remember(connection, _TIERS, self._tiers.digest)
        return moved

    def why_tier(self, source: Source) -> str:
        """Why a source is of its tier, for people."""
        return self._tiers.judge(source).why

    # Passages and search

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id, also of earlier versions and retracted sources; known ids only."""
        found: dict[str, Passage] = {}
        with looking(self._engine) as connection:
            for chunk in batches(ids):
                for row in connection.execute(PASSAGES.where(schema.passage.c.id.in_(chunk))):
                    found[row.passage_id] = to_passage(row)
        return found

    def lexical(
        self,
        query_terms: Iterable[str],
        k: int,
        *,
        as_of: date | None = None,
        kinds: Collection[str] | None = None,
        guild_id: str | None = None,
    ) -> list[tuple[str, float]]:
        """At most `k` (passage id, BM25 > 0) that hold any of the terms, best first."""
        with reading(self._engine) as connection:
            where = Eligibility(as_of, kinds, guild_id)
            return lexical.best_matches(connection, query_terms, k, where)

    def eligible(
        self,
        as_of: date | None = None,
        kinds: Collection[str] | None = None,
        guild_id: str | None = None,
    ) -> list[str] | None:
        """Ids of the passages that may be searched; None where that is every live one.

        A source is eligible for `as_of` where the last day its date may mean is not after it.
        """
        with reading(self._engine) as connection:
            return Eligibility(as_of, kinds, guild_id).ids(connection)

    def restricts(
        self,
        as_of: date | None = None,
        kinds: Collection[str] | None = None,
        guild_id: str | None = None,
    ) -> bool:
        """Whether such a search may see less than every live passage."""
        with looking(self._engine) as connection:
            return Eligibility(as_of, kinds, guild_id).restricts(connection)

    def eligible_among(
        self,
        ids: Iterable[str],
        as_of: date | None = None,
        kinds: Collection[str] | None = None,
        guild_id: str | None = None,
    ) -> set[str]:
        """Those of these passages that `eligible` has, without a look at all the others."""
        with looking(self._engine) as connection:
            return Eligibility(as_of, kinds, guild_id).among(connection, ids)

    def count(self) -> CatalogueCount:
        """How much is held, for health checks."""
        live = select(func.count()).select_from(schema.passage).where(schema.passage.c.live)
        with reading(self._engine) as connection:
            return CatalogueCount(
                sources=_number(connection, select(func.count()).select_from(schema.source)),
                passages=_number(connection, live),
                lexical=lexical.indexed(connection),
                pending_ops=_number(connection, select(func.count()).select_from(schema.index_op)),
            )

    def state(self, as_of: date | None = None, guild_id: str | None = None) -> CorpusSummary:
        """What a search with this filter can see: sources not retracted, and the newest's date.

        Those that tell one story count once.
        """
        source = schema.source
        seen = Eligibility(as_of, None, guild_id).condition() & source.c.retracted_at.is_(None)
        # A partial date sorts before the days it covers: the newest is the latest day that is sure.
        story = func.coalesce(source.c.origin_id, source.c.id)
        query = select(func.count(story.distinct()), func.max(source.c.published)).where(seen)
        with looking(self._engine) as connection:
            count, newest = connection.execute(query).one()
        return CorpusSummary(sources=int(count), newest=newest)

    def mend_lexical(self) -> bool:
        """Hold the lexical index against the passages; True where it had to be made anew."""
        with writing(self._engine) as connection:
            if lexical.agrees(connection):
                return False
            lexical.rebuild(connection)
            outbox.bump(connection)
            return True

    def misquoted(self) -> list[str]:
        """Ids of passages that are not word for word where they should be in their text."""
        document, passage = schema.document, schema.passage
        length = passage.c.end - passage.c.start
        there = func.substr(document.c.text, passage.c.start + 1, length)
        query = (
            select(passage.c.id)
            .join(document, document.c.id == passage.c.document_id)
            .where(there != passage.c.text)
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def rebuild_lexical(self) -> None:
        """Make the lexical index anew from the stored passages."""
        with writing(self._engine) as connection:
            lexical.rebuild(connection)

    # Embeddings

    def vectors(self, model_id: str, ids: Iterable[str] | None = None) -> tuple[list[str], Vectors]:
        """Ids and stored vectors, shape (n, dim) float32, of live passages; all, or those in `ids`.

        Stored as float16. Ids without a vector of this model, or no longer live, are left out.
        """
        # Whoever asks for some has to reckon with a change meanwhile; all are of one moment.
        with (reading if ids is None else looking)(self._engine) as connection:
            return embeddings.load_vectors(connection, model_id, ids)

    def embedded_ids(self, model_id: str) -> list[str]:
        """Ids of the live passages that have a vector of this model: what an index should hold."""
        with reading(self._engine) as connection:
            return embeddings.embedded_ids(connection, model_id)

    def embedded(self, model_id: str) -> int:
        """How many ids `embedded_ids` has."""
        with reading(self._engine) as connection:
            return embeddings.embedded(connection, model_id)

    def embedded_sample(self, model_id: str, most: int) -> list[str]:
        """About so many of them, at least one where there is any."""
        with reading(self._engine) as connection:
            return embeddings.embedded_sample(connection, model_id, most)

    def unembedded(self, model_id: str, limit: int) -> list[Passage]:
        """At most `limit` live passages without a vector of this model."""
        query = embeddings.without_vector(PASSAGES, model_id).limit(limit)
        with reading(self._engine) as connection:
            return [to_passage(row) for row in connection.execute(query)]

    def without_vector(self, model_id: str) -> int:
        """How many live passages have no vector of this model."""
        query = embeddings.without_vector(select(func.count()), model_id).order_by(None)
        with reading(self._engine) as connection:
            return _number(connection, query.select_from(schema.passage))

    def put_vectors(self, model_id: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors of known passages, a row each; unknown ids are passed over."""
        with writing(self._engine) as connection:
            if embeddings.store_vectors(connection, model_id, ids, vectors):
                outbox.bump(connection)

    def drop_other_vectors(self, model_id: str) -> None:
        """Forget the vectors of every model but this one."""
        with writing(self._engine) as connection:
            embeddings.drop_others(connection, model_id)
            outbox.bump(connection)

    def embedder(self) -> str | None:
        """The model whose vectors the indexes are made of; None before the first."""
        return self.setting(_EMBEDDER)

    def set_embedder(self, model_id: str) -> None:
        """Record the model whose vectors the indexes are made of."""
        self.set_setting(_EMBEDDER, model_id)

    # Derived indexes

    def generation(self) -> int:
        """A number that grows with every change to what can be searched, by any process."""
        return int(self.setting(outbox.GENERATION) or 0)

    def pending_ops(self, limit: int = 1_000) -> list[IndexOp]:
        """The oldest entries of the outbox, in order.

        An upsert whose passage `vectors` no longer returns has been overtaken by a later delete.
        """
        with looking(self._engine) as connection:
            return outbox.pending(connection, limit)

    def last_op(self) -> int:
        """The number of the newest entry of the outbox; 0 where there is none."""
        with reading(self._engine) as connection:
            return outbox.newest(connection)

    def ack_ops(self, seq: int) -> None:
        """Forget the entries up to and including `seq`: they are done."""
        with writing(self._engine) as connection:
            outbox.acknowledge(connection, seq)

    def setting(self, key: str) -> str | None:
        """What an index remembers about itself under `key`."""
        with looking(self._engine) as connection:
            return outbox.recall(connection, key)

    def set_setting(self, key: str, value: str) -> None:
        """Remember something about an index."""
        with writing(self._engine) as connection:
            outbox.remember(connection, key, value)

    def _recording(
        self, connection: Connection, source: Source, text: str, provenance: Provenance | None
    ) -> Recording:
        tier = self._tiers.judge(source).tier
        return Recording(
            connection,
            source,
            text,
            self._clock(),
            provenance=provenance or Provenance(),
            tier=tier,
        )

    def _now(self) -> str:
        return stamp(self._clock())


def _unknown(source_id: str) -> InputError:
    return InputError(f"no source {source_id!r}; `receipts sources list` shows what is held")


def _number(connection: Connection, query: Any) -> int:
    return cast(int, connection.execute(query).scalar_one())
