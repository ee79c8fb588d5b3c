"""How a verdict comes to a case: one case a claim and server."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.ledger import checks, verdicts
from bot.review.ground import CASE_COLUMNS, Ground, case_of, load, log, move
from bot.review.states import Move
from bot.review.tables import appearances, asked_in, case_cards, case_verdicts, cases
from bot.review.values import Actor, Case, Refused, State


def case_of_verdict(db: sa.Connection, guild_id: str, verdict_id: str) -> Case | None:
    """The case that the verdict belongs to in that server."""
    case_id = db.scalar(
        sa.select(case_verdicts.c.case_id).where(
            case_verdicts.c.guild_id == guild_id, case_verdicts.c.verdict_id == verdict_id
        )
    )
    return None if case_id is None else load(db, guild_id, case_id)


def case_of_claim(db: sa.Connection, guild_id: str, claim_key: str) -> Case | None:
    """The case of the claim in that server; where that was merged, the one it went into."""
    row = db.execute(
        sa.select(*CASE_COLUMNS).where(cases.c.guild_id == guild_id, cases.c.claim_key == claim_key)
    ).first()
    case = None if row is None else case_of(row)
    while case is not None and case.merged_into is not None:
        case = load(db, guild_id, case.merged_into)
    return case


def belongs(db: sa.Connection, guild_id: str, verdict_id: str) -> bool:
    """Whether this server may know of the verdict: it was asked for or shown here."""
    asked = (
        sa.select(asked_in)
        .join(verdicts, verdicts.c.check_id == checks.c.id)
        .where(verdicts.c.id == verdict_id)
    )
    if db.scalar(asked) == guild_id:
        return True
    shown = sa.select(sa.literal(1)).where(
        appearances.c.guild_id == guild_id, appearances.c.verdict_id == verdict_id
    )
    return db.scalar(shown.limit(1)) is not None


def attach(db: sa.Connection, case: Case, verdict_id: str) -> None:
    """Makes the verdict one of the case's."""
    db.execute(
        case_verdicts.insert().values(
            guild_id=case.guild_id, verdict_id=verdict_id, case_id=case.id
        )
    )


def join(
    ground: Ground, db: sa.Connection, actor: Actor, guild_id: str, verdict_id: str, *, key: str
) -> Case:
    """The case for the verdict: the claim's own, opened or reopened where it has to be."""
    held = case_of_verdict(db, guild_id, verdict_id)
    case = held or case_of_claim(db, guild_id, key)
    if case is None:
        return _open(ground, db, actor, guild_id, verdict_id, key=key)
    if held is None:
        attach(db, case, verdict_id)
    if case.state not in {State.DECIDED, State.CLOSED}:
        return case
    draft = verdict_id if held is None else case.verdict_id
    return reopen(ground, db, case, actor, "reopen", verdict_id=draft)


def reopen(
    ground: Ground, db: sa.Connection, case: Case, actor: Actor, how: str, **values: Any
) -> Case:
    """Opens a decided or closed case again; what is published stands meanwhile."""
    # Whoever reopens changes no judgement, so nothing but the state can stand in the way.
    opened = move(ground, db, case, actor, Move.REOPEN, how=how, opened_at=ground.now(), **values)
    assert not isinstance(opened, Refused), opened
    return opened


def _open(
    ground: Ground, db: sa.Connection, actor: Actor, guild_id: str, verdict_id: str, *, key: str
) -> Case:
    now = ground.now()
    claim = db.scalar(sa.select(verdicts.c.claim).where(verdicts.c.id == verdict_id))
    case_id = ground.new_id()
    db.execute(
        cases.insert().values(
            id=case_id,
            guild_id=guild_id,
            claim_key=key,
            claim=claim,
            verdict_id=verdict_id,
            state=State.OPEN,
            version=1,
            stale=False,
            opened_at=now,
            touched_at=now,
            changed_by=actor.user_id,
            changed_at=now,
            changed_how="open",
        )
    )
    db.execute(
        case_cards.insert().values(
            case_id=case_id, guild_id=guild_id, changes=0, shown=0, problem=""
        )
    )
    case = load(db, guild_id, case_id)
    assert case is not None
    attach(db, case, verdict_id)
    shown = sa.select(appearances.c.verdict_id).where(
        appearances.c.guild_id == guild_id, appearances.c.claim_key == key
    )
    elsewhere = sa.select(case_verdicts.c.verdict_id).where(case_verdicts.c.guild_id == guild_id)
    others = db.scalars(shown.where(appearances.c.verdict_id.not_in(elsewhere)).distinct())
    for other in others.all():
        attach(db, case, other)
    log(
        ground,
        db,
        actor,
        guild_id,
        "open",
        case_id=case_id,
        after={"state": State.OPEN, "verdict_id": verdict_id},
    )
    return case
