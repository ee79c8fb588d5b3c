"""What stands published, by change, with the vectors of its claims: for memory and upkeep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.ledger import verdicts
from bot.review import settings
from bot.review.ground import Ground, verdict_of
from bot.review.rulings import decision_of
from bot.review.tables import audit_log, cases, cited_sources, claim_vectors, decisions
from bot.review.values import Decision, State
from corpus.database import batches, looking, reading, sharing, upsert
from prompts.verdict import Verdict
from retrieval.model import Embedder


@dataclass(frozen=True, slots=True)
class Entry:
    """A published verdict."""

    case_id: str
    guild_id: str
    key: str
    claim: str
    verdict_id: str
    decision_id: str
    label: str
    decided_at: datetime


class PublishedVerdicts:
    """Reads them for every server; who may see which is decided with `sharing` and `read`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def since(self, seq: int) -> tuple[int, Mapping[str, Entry | None]]:
        """The log's newest line, and by case what changed after line `seq`; None: not published.

        From 0 on, all that is published.
        """
        last = sa.select(sa.func.coalesce(sa.func.max(audit_log.c.seq), 0))
        with looking(self._ground.engine) as db:
            if db.scalar(last) == seq:
                return seq, {}
        with reading(self._ground.engine) as db:
            newest = db.scalar(last) or 0
            if seq == 0:
                return newest, {entry.case_id: entry for entry in _entries(db)}
            touched = db.scalars(
                sa.select(audit_log.c.case_id)
                .where(audit_log.c.seq > seq, audit_log.c.case_id.is_not(None))
                .distinct()
            ).all()
            found: dict[str, Entry | None] = dict.fromkeys(touched)
            for some in batches(touched):
                found |= {entry.case_id: entry for entry in _entries(db, cases.c.id.in_(some))}
        return newest, found

    def sharing(self, home: str) -> frozenset[str]:
        """The other servers whose verdicts may be shown in `home`."""
        with reading(self._ground.engine) as db:
            if not settings.read(db, home).use_shared:
                return frozenset()
            return frozenset(settings.that_share(db) - {home})

    def read(self, entry: Entry, home: str) -> tuple[Verdict, Decision] | None:
        """The verdict and its decision; None where it no longer stands, or may not be shown."""
        with reading(self._ground.engine) as db:
            verdict = verdict_of(db, entry.verdict_id)
            decision = decision_of(db, entry.guild_id, entry.decision_id)
            stands = db.scalar(
                sa.select(cases.c.published_id).where(
                    cases.c.id == entry.case_id, cases.c.state.in_([State.DECIDED, State.CLOSED])
                )
            )
        if verdict is None or decision is None or stands != entry.verdict_id:
            return None
        if entry.guild_id != home:
            cited = self._ground.passages([c.passage_id for c in verdict.citations])
            if any(passage.source.guild_id is not None for passage in cited.values()):
                return None
        return verdict, decision

    def vectors(self, entries: Sequence[Entry], embedder: Embedder) -> NDArray[np.float32]:
        """The vectors of their claims, a row each; made and kept where they are not yet."""
        model = embedder.model_id
        held: dict[str, NDArray[np.float16]] = {}
        with reading(self._ground.engine) as db:
            for some in batches({entry.key for entry in entries}):
                rows = db.execute(
                    sa.select(claim_vectors.c.claim_key, claim_vectors.c.vector).where(
                        claim_vectors.c.model_id == model, claim_vectors.c.claim_key.in_(some)
                    )
                )
                held |= {row.claim_key: np.frombuffer(row.vector, np.float16) for row in rows}
        missing = {entry.key: entry.claim for entry in entries if entry.key not in held}
        if missing:
            made = embedder.embed(list(missing.values())).astype(np.float16)
            held |= dict(zip(missing, made, strict=True))
            with sharing(self._ground.engine) as db:
                for key in missing:
                    row = {"claim_key": key, "model_id": model, "vector": held[key].tobytes()}
                    db.execute(upsert(db, claim_vectors).values(row).on_conflict_do_nothing())
        return np.stack([held[entry.key] for entry in entries]).astype(np.float32)

    def citing(self, source_ids: Sequence[str]) -> list[Entry]:
        """The published verdicts that cite one of these sources."""
        found: dict[str, Entry] = {}
        with reading(self._ground.engine) as db:
            for some in batches(source_ids, 500):
                citing = sa.select(cited_sources.c.verdict_id).where(
                    cited_sources.c.source_id.in_(some)
                )
                rows = _entries(db, cases.c.published_id.in_(citing))
                found |= {entry.case_id: entry for entry in rows}
        return list(found.values())


def _entries(db: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Entry]:
    rows = db.execute(
        sa.select(
            cases.c.id.label("case_id"),
            cases.c.guild_id,
            cases.c.claim_key.label("key"),
            verdicts.c.claim,
            cases.c.published_id.label("verdict_id"),
            cases.c.decision_id,
            verdicts.c.label,
            decisions.c.decided_at,
        )
        .join(verdicts, verdicts.c.id == cases.c.published_id)
        .join(decisions, decisions.c.id == cases.c.decision_id)
        # While a case is open again its verdict is in doubt, and is not served.
        .where(cases.c.state.in_([State.DECIDED, State.CLOSED]), *where)
        .order_by(cases.c.id)
    )
    return [Entry(**row._mapping) for row in rows]
