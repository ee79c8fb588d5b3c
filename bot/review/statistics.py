"""How the review of a server goes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.review.ground import Ground, denied
from bot.review.permissions import Action
from bot.review.rulings import PERSON
from bot.review.states import ACTIVE
from bot.review.tables import appearances, cases, decisions, flags
from bot.review.values import Actor, Refused
from corpus.database import reading


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one server."""

    open: int
    decided: int
    median_to_decision: timedelta | None
    """From when a case was opened, or opened again."""
    overturned_by_label: dict[str, Share]
    """Drafts of engines that people changed the label of or withdrew, by the draft's label."""
    overturned_by_engine: dict[str, Share]
    flags_upheld: Share
    """Of people's flags that a decision has answered."""
    reused: Share
    """Answers given from a verdict that was there already."""


def statistics_of(ground: Ground, actor: Actor, guild_id: str) -> Statistics | Refused:
    """The figures, for those who may review."""
    with reading(ground.engine) as db:
        if no := denied(db, actor, guild_id, Action.REVIEW):
            return no
        active = _count(db, cases.c.guild_id == guild_id, cases.c.state.in_(sorted(ACTIVE)))
        made = db.execute(
            sa.select(decisions).where(
                decisions.c.guild_id == guild_id,
                decisions.c.state == "final",
                decisions.c.action != "close",
            )
        ).all()
        answered = _tally(db, flags, guild_id, flags.c.upheld.is_(True), flags.c.trigger == "",
                          flags.c.upheld.is_not(None))  # fmt: skip
        reused = _tally(db, appearances, guild_id, appearances.c.reused.is_(True))
    waits = [(row.decided_at - row.waiting_since).total_seconds() for row in made]
    of_engines = [row for row in made if row.engine != PERSON]
    changed = [(row, row.new_label != row.draft_label) for row in of_engines]
    return Statistics(
        open=active,
        decided=len(made),
        median_to_decision=timedelta(seconds=statistics.median(waits)) if waits else None,
        overturned_by_label=_shares([(row.draft_label, over) for row, over in changed]),
        overturned_by_engine=_shares([(row.engine, over) for row, over in changed]),
        flags_upheld=answered,
        reused=reused,
    )


def _shares(found: list[tuple[str, bool]]) -> dict[str, Share]:
    return {
        name: Share(
            sum(over for other, over in found if other == name),
            sum(other == name for other, _ in found),
        )
        for name in sorted({name for name, _ in found})
    }


def _tally(
    db: sa.Connection,
    table: sa.Table,
    guild_id: str,
    part: sa.ColumnElement[bool],
    *whole: sa.ColumnElement[bool],
) -> Share:
    mine = (table.c.guild_id == guild_id, *whole)
    return Share(_count(db, *mine, part), _count(db, *mine))


def _count(db: sa.Connection, *mine: sa.ColumnElement[bool]) -> int:
    return db.scalar(sa.select(sa.func.count()).where(*mine)) or 0
