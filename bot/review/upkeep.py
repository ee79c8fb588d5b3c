"""The list of published verdicts to check again, and what comes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.review import settings
from bot.review.decisions import Decisions
from bot.review.flags import Flags
from bot.review.ground import Ground, load, log, verdict_of
from bot.review.published import Entry
from bot.review.tables import cases, rechecks
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


@dataclass(frozen=True, slots=True)
class Bearing:
    """A published verdict that a change of the sources bears on, and how."""

    entry: Entry
    why: str
    retracted: bool = False


class Upkeep:
    """Keeps the list."""

    def __init__(self, ground: Ground, decisions: Decisions, flags: Flags) -> None:
        self._ground, self._decisions, self._flags = ground, decisions, flags

    def put(self, found: Sequence[Bearing]) -> None:
        """Lists verdicts; one that is listed already only becomes the more urgent."""
        now = self._ground.now()
        for retracted in (True, False):
            rows = [
                {
                    "case_id": one.entry.case_id, "guild_id": one.entry.guild_id,
                    "why": one.why, "retracted": retracted, "due_at": now,
                }
                for one in found
                if one.retracted is retracted
            ]  # fmt: skip
            if not rows:
                continue
            with writing(self._ground.engine) as db:
                put = upsert(db, rechecks)
                if retracted:
                    put = put.on_conflict_do_update(
                        index_elements=["case_id"],
                        set_={"why": put.excluded.why, "retracted": True},
                    )
                else:
                    put = put.on_conflict_do_nothing()
                db.execute(put, rows)

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
