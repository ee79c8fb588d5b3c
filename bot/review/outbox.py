"""Writes down, in the transaction of a decision, every message that it makes out of date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bot.review.ground import Ground
from bot.review.tables import appearances, case_verdicts, corrections
from bot.review.values import Case
from corpus.database import batches

GONE = "gone"
UNFINISHED = ("pending", "leased")
"""The states of what is still to be sent."""


def shown_of(db: sa.Connection, case: Case) -> list[sa.Row[Any]]:
    """The messages that show a verdict of the case: the server's own, and those of servers that
    it shared the verdict with; oldest first, without those that are gone."""
    mine = sa.select(case_verdicts.c.verdict_id).where(
        case_verdicts.c.guild_id == case.guild_id, case_verdicts.c.case_id == case.id
    )
    return list(
        db.execute(
            sa.select(appearances)
            .where(
                sa.or_(
                    appearances.c.guild_id == case.guild_id,
                    appearances.c.follows == case.guild_id,
                ),
                appearances.c.verdict_id.in_(mine),
                appearances.c.reachable != GONE,
            )
            .order_by(appearances.c.shown_at, appearances.c.id)
        )
    )


def correct_all(
    ground: Ground, db: sa.Connection, case: Case, decision_id: str, label: str | None
) -> None:
    """An edit for every message that shows a verdict of the case.

    Those who asked and were shown another label are owed one reply each. A server that decides for
    itself follows no other one's decisions from then on.
    """
    shown = shown_of(db, case)
    correct(ground, db, case, decision_id, label, shown=shown)
    own = [place.id for place in shown if place.guild_id == case.guild_id]
    for some in batches(own):
        db.execute(
            appearances.update().where(appearances.c.id.in_(some)).values(follows=case.guild_id)
        )


def correct(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    decision_id: str,
    label: str | None,
    *,
    shown: Iterable[sa.Row[Any]],
) -> None:
    """The corrections of these appearances, oldest first, in place of any that still wait."""
    owed: dict[str, sa.Row[Any]] = {}
    for place in shown:
        drop_waiting(ground, db, case.guild_id, place.id)
        _put(ground, db, case, decision_id, place, kind="edit")
        if place.asker_id and place.shown_label != label:
            owed[place.asker_id] = place
    for place in owed.values():
        _put(ground, db, case, decision_id, place, kind="reply")


def drop_waiting(ground: Ground, db: sa.Connection, guild_id: str, appearance_id: str) -> None:
    """Drops what a newer decision makes pointless. What is under way runs to its end first."""
    db.execute(
        corrections.update()
        .where(
            corrections.c.guild_id == guild_id,
            corrections.c.appearance_id == appearance_id,
            corrections.c.state == "pending",
        )
        .values(state="superseded", finished_at=ground.now())
    )


def _put(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    decision_id: str,
    place: sa.Row[Any],
    *,
    kind: str,
) -> None:
    known = sa.select(sa.literal(1)).where(
        corrections.c.guild_id == case.guild_id,
        corrections.c.decision_id == decision_id,
        corrections.c.appearance_id == place.id,
        corrections.c.kind == kind,
    )
    if db.scalar(known):
        return
    now = ground.now()
    db.execute(
        corrections.insert().values(
            id=ground.new_id(),
            guild_id=case.guild_id,
            case_id=case.id,
            decision_id=decision_id,
            appearance_id=place.id,
            kind=kind,
            asker_id=place.asker_id,
            state="pending",
            attempts=0,
            due_at=now,
            problem="",
            created_at=now,
        )
    )
