"""The list of published verdicts to check again, and what comes of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.review import settings
from bot.review.decisions import Decisions
from bot.review.flags import Flags
from bot.review.ground import Ground, load, log, verdict_of
from bot.review.published import Entry
from bot.review.tables import cases, cited_sources, rechecks
from bot.review.values import Actor, Making, Refused, Trigger
from corpus.database import reading, upsert, writing
from prompts.verdict import Verdict

LATER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Recheck:
    """A published verdict to check again."""

    case_id: str
    guild_id: str
    claim: str
    why: str
    retracted: bool
    """A source that it cites was retracted."""


class Upkeep:
    """Keeps the list."""

    def __init__(self, ground: Ground, decisions: Decisions, flags: Flags) -> None:
        self._ground, self._decisions, self._flags = ground, decisions, flags

    def cited_among(self, verdict_id: str, source_ids: Collection[str]) -> list[str]:
        """Which of these sources the verdict cites."""
        with reading(self._ground.engine) as db:
            cited = db.scalars(
                sa.select(cited_sources.c.source_id).where(cited_sources.c.verdict_id == verdict_id)
            ).all()
        return [source_id for source_id in cited if source_id in source_ids]

    def put(self, entry: Entry, why: str, *, retracted: bool) -> None:
        """Lists a verdict; one that is listed already only becomes the more urgent."""
        row = {
            "case_id": entry.case_id,
            "guild_id": entry.guild_id,
            "why": why,
            "retracted": retracted,
            "due_at": self._ground.now(),
        }
        with writing(self._ground.engine) as db:
            put = upsert(db, rechecks).values(row)
            if retracted:
                put = put.on_conflict_do_update(
                    index_elements=["case_id"], set_={"why": why, "retracted": True}
                )
            else:
                put = put.on_conflict_do_nothing()
            db.execute(put)

    def due(self, most: int) -> list[Recheck]:
        """The oldest of the list, those with a retracted source first."""
        with reading(self._ground.engine) as db:
            rows = db.execute(
                sa.select(
                    rechecks.c.case_id,
                    rechecks.c.guild_id,
                    cases.c.claim,
                    rechecks.c.why,
                    rechecks.c.retracted,
                )
                .join(cases, cases.c.id == rechecks.c.case_id)
                .where(rechecks.c.due_at <= self._ground.now())
                .order_by(rechecks.c.retracted.desc(), rechecks.c.due_at, rechecks.c.case_id)
                .limit(most)
            )
            return [Recheck(**row._mapping) for row in rows]

    def later(self, recheck: Recheck) -> None:
        """It could not be checked now."""
        with writing(self._ground.engine) as db:
            db.execute(
                rechecks.update()
                .where(rechecks.c.case_id == recheck.case_id)
                .values(due_at=self._ground.now() + LATER)
            )

    def settle(
        self, recheck: Recheck, verdict: Verdict, making: Making, *, retrieved: Sequence[str]
    ) -> None:
        """Opens the case again where the label differs, or a cited source is retracted."""
        ground, guild_id, case_id = self._ground, recheck.guild_id, recheck.case_id
        bot = Actor.bot(guild_id)
        with writing(ground.engine) as db:
            db.execute(rechecks.delete().where(rechecks.c.case_id == case_id))
            case = load(db, guild_id, case_id)
            if case is None or case.published_id is None:
                return
            published = verdict_of(db, case.published_id)
            auto_correct = settings.read(db, guild_id).auto_correct
            same = published is not None and published.label == verdict.label
            if same and not recheck.retracted:
                log(
                    ground, db, bot, guild_id, "checked_again", case_id=case_id,
                    after={"why": recheck.why, "label": verdict.label.value},
                )  # fmt: skip
                return
        moved = self._decisions.deliver(guild_id, case_id, verdict, making, retrieved=retrieved)
        if isinstance(moved, Refused):
            return
        self._flags.raise_own(guild_id, verdict, Trigger.EVIDENCE_CHANGED, recheck.why)
        if auto_correct:
            self._decisions.approve(bot, guild_id, case_id, recheck.why)
