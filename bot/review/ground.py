"""What every part of the review stands on: the database, the clock, and the log of changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.ledger import verdicts
from bot.review import permissions, settings
from bot.review.permissions import Action
from bot.review.states import MOVES, Move, obstacle, taken
from bot.review.tables import audit_log, case_cards, cases, exclusions, people
from bot.review.values import Actor, Case, Refused, State
from bot.translated import later
from corpus.model import Passage
from prompts.verdict import Verdict

UNKNOWN = Refused("unknown", "There is no such case here.")

_PEOPLE_COLUMNS = frozenset({"assignee_id"})


@dataclass(frozen=True, slots=True)
class Ground:
    """The parts that come from outside."""

    engine: sa.Engine
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    """A fresh id of at most 24 characters."""
    passages: Callable[[Sequence[str]], Mapping[str, Passage]]
    """Passages by id, as the catalogue holds them."""


def denied(db: sa.Connection, actor: Actor, guild_id: str, action: Action) -> Refused | None:
    """Why the actor may not; None where it is allowed."""
    return permissions.refusal(actor, settings.read(db, guild_id), guild_id, action)


def load(db: sa.Connection, guild_id: str, case_id: str) -> Case | None:
    """The case, in its own server alone."""
    row = db.execute(
        sa.select(*CASE_COLUMNS).where(cases.c.guild_id == guild_id, cases.c.id == case_id)
    ).first()
    return None if row is None else case_of(row)


def case_of(row: Any) -> Case:
    """The case in a row of CASE_COLUMNS."""
    found = {name: row._mapping[name] for name in Case.__slots__}
    return Case(**(found | {"state": State(row.state)}))


def verdict_of(db: sa.Connection, verdict_id: str) -> Verdict | None:
    """The verdict, as it was given."""
    text = db.scalar(sa.select(verdicts.c.verdict).where(verdicts.c.id == verdict_id))
    return None if text is None else Verdict.model_validate_json(text)


def move(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    actor: Actor,
    step: Move,
    *,
    seen: int | None = None,
    how: str | None = None,
    **values: Any,
) -> Case | Refused:
    """Takes the case a step on and logs it; or says who was first, and changes nothing.

    `values` are columns to set; the state is the step's own unless given.
    """
    shut_out = frozenset(
        db.scalars(
            sa.select(exclusions.c.user_id).where(
                exclusions.c.guild_id == case.guild_id, exclusions.c.case_id == case.id
            )
        )
    )
    if hindered := obstacle(case, actor, step, seen, shut_out):
        return hindered
    now = ground.now()
    changed: dict[str, Any] = {"state": MOVES[step][1], "stale": False} | values
    stamp = {
        "version": case.version + 1,
        "touched_at": case.touched_at if actor.is_bot else now,
        "changed_by": actor.user_id,
        "changed_at": now,
        "changed_how": how or step.value,
    }
    # The version in the condition makes the first of two writers win on any database.
    done = db.execute(
        cases.update()
        .where(
            cases.c.guild_id == case.guild_id,
            cases.c.id == case.id,
            cases.c.version == case.version,
        )
        .values(changed | stamp)
    )
    if done.rowcount == 0:
        current = load(db, case.guild_id, case.id)
        return UNKNOWN if current is None else taken(current, later("Another moderator was first."))
    before = {name: getattr(case, name) for name in changed}
    differing = [name for name in changed if before[name] != changed[name]]
    log(
        ground,
        db,
        actor,
        case.guild_id,
        how or step.value,
        case_id=case.id,
        before={name: _logged(ground, db, case, name, before[name]) for name in differing},
        after={name: _logged(ground, db, case, name, changed[name]) for name in differing},
    )
    moved = load(db, case.guild_id, case.id)
    assert moved is not None
    return moved


def log(
    ground: Ground,
    db: sa.Connection,
    actor: Actor,
    guild_id: str,
    action: str,
    *,
    case_id: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Adds a line to the audit log, in the transaction of what it tells of."""
    db.execute(
        audit_log.insert().values(
            guild_id=guild_id,
            case_id=case_id,
            actor=token(ground, db, guild_id, actor.user_id),
            action=action,
            at=ground.now(),
            before=json.dumps(before or {}, default=str, ensure_ascii=False, sort_keys=True),
            after=json.dumps(after or {}, default=str, ensure_ascii=False, sort_keys=True),
        )
    )
    if case_id is not None:
        # What is worth a line in the log changes what the case's card says.
        touch(db, case_id)


def touch(db: sa.Connection, case_id: str) -> None:
    """Has the card of the case brought up to date."""
    db.execute(
        case_cards.update()
        .where(case_cards.c.case_id == case_id)
        .values(changes=case_cards.c.changes + 1)
    )


def token(ground: Ground, db: sa.Connection, guild_id: str, user_id: str) -> str:
    """What the audit log calls a person."""
    if user_id == Actor.bot(guild_id).user_id:
        return user_id
    mine = (people.c.guild_id == guild_id, people.c.user_id == user_id)
    known = db.scalar(sa.select(people.c.token).where(*mine))
    if known is not None:
        return str(known)
    fresh = f"person-{ground.new_id()}"
    db.execute(people.insert().values(guild_id=guild_id, user_id=user_id, token=fresh))
    return fresh


def _logged(ground: Ground, db: sa.Connection, case: Case, name: str, value: Any) -> Any:
    if name in _PEOPLE_COLUMNS and value is not None:
        return token(ground, db, case.guild_id, value)
    return value


CASE_COLUMNS: list[sa.ColumnElement[Any]] = [cases.c[name] for name in Case.__slots__]
"""The columns that make a Case."""
