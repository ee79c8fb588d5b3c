"""Carries a decision through: the case, its flags and appeals, and what is now out of date."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.review.ground import Ground, move, verdict_of
from bot.review.outbox import correct_all
from bot.review.states import Move
from bot.review.tables import appeals, cited_sources, decisions, exclusions, flags
from bot.review.values import Actor, Case, Decision, LabelChange, Refused
from corpus.database import upsert
from prompts.verdict import Verdict

PERSON = "person"
"""The engine of a verdict that a person has worded or approved before."""


def decision_of(db: sa.Connection, guild_id: str, decision_id: str) -> Decision | None:
    """The decision, in its own server alone."""
    columns = [decisions.c[name] for name in Decision.__slots__]
    row = db.execute(
        sa.select(*columns).where(decisions.c.guild_id == guild_id, decisions.c.id == decision_id)
    ).first()
    return None if row is None else Decision(**row._mapping)


def decisions_of(db: sa.Connection, guild_id: str, case_id: str) -> list[Decision]:
    """The decisions of a case that were carried through, oldest first."""
    columns = [decisions.c[name] for name in Decision.__slots__]
    rows = db.execute(
        sa.select(*columns)
        .where(
            decisions.c.guild_id == guild_id,
            decisions.c.case_id == case_id,
            decisions.c.state == "final",
        )
        .order_by(decisions.c.decided_at, decisions.c.created_at, decisions.c.id)
    )
    return [Decision(**row._mapping) for row in rows]


def changes(first_label: str | None, made: list[Decision]) -> tuple[LabelChange, ...]:
    """The labels that a message has shown and that `made`, oldest first, took back."""
    found: list[LabelChange] = []
    label = first_label
    for decision in made:
        assert decision.decided_at is not None
        if label is not None and decision.new_label != label:
            found.append(
                LabelChange(label, decision.new_label, decision.decided_at, decision.reason)
            )
        label = decision.new_label
    return tuple(found)


def write_down(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    actor: Actor,
    action: str,
    *,
    draft: Verdict,
    published: Verdict | None,
    result: Verdict | None,
    reason: str,
) -> Decision:
    """A proposed decision, not carried through yet. `draft` is what was under review."""
    decision_id = ground.new_id()
    old = published.label if published else draft.label
    db.execute(
        decisions.insert().values(
            id=decision_id,
            guild_id=case.guild_id,
            case_id=case.id,
            action=action,
            state="proposed",
            actor_id=actor.user_id,
            verdict_id=result.id if result else None,
            draft_label=draft.label.value,
            old_label=old.value,
            new_label=result.label.value if result else None,
            engine=PERSON
            if draft.review != "none" or draft.id == case.published_id
            else draft.engine,
            reason=reason,
            created_at=ground.now(),
            waiting_since=case.opened_at,
        )
    )
    decision = decision_of(db, case.guild_id, decision_id)
    assert decision is not None
    return decision


def propose(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    actor: Actor,
    decision: Decision,
    *,
    seen: int | None,
) -> Case | Refused:
    """Leaves the decision for a second person; whoever else had the case no longer has it."""
    drop_proposal(db, case)
    return move(
        ground,
        db,
        case,
        actor,
        Move.PROPOSE,
        seen=seen,
        assignee_id=None,
        snoozed_until=None,
        proposal_id=decision.id,
    )


def carry_through(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    actor: Actor,
    decision: Decision,
    *,
    seen: int | None,
) -> Case | Refused:
    """Makes the decision the one that stands, and every message that shows another out of date."""
    now = ground.now()
    withdrawn = decision.verdict_id is None
    moved = move(
        ground,
        db,
        case,
        actor,
        Move.DECIDE,
        seen=seen,
        how=decision.action,
        outcome="withdrawn" if withdrawn else "published",
        verdict_id=decision.verdict_id or case.verdict_id,
        published_id=decision.verdict_id,
        decision_id=decision.id,
        proposal_id=None,
        assignee_id=None,
        snoozed_until=None,
        decided_at=now,
    )
    if isinstance(moved, Refused):
        return moved
    if case.proposal_id != decision.id:
        drop_proposal(db, case)
    second = None if actor.user_id == decision.actor_id else actor.user_id
    _finalise(ground, db, decision, second)
    if decision.verdict_id is not None:
        _cites(db, decision.verdict_id)
    settle(
        db, case, upheld=decision.action != "approve" or decision.new_label != decision.old_label
    )
    correct_all(ground, db, moved, decision.id, decision.new_label)
    return moved


def carry_closing(
    ground: Ground,
    db: sa.Connection,
    case: Case,
    actor: Actor,
    decision: Decision,
    *,
    why: str,
    seen: int | None,
) -> Case | Refused:
    """Closes without a verdict. What is published stands; a draft that is shown is marked."""
    stands = case.published_id is not None
    values: dict[str, Any] = {} if stands else {"decision_id": decision.id}
    moved = move(
        ground,
        db,
        case,
        actor,
        Move.CLOSE,
        seen=seen,
        how=f"close_{why}",
        outcome=why,
        proposal_id=None,
        assignee_id=None,
        snoozed_until=None,
        **values,
    )
    if isinstance(moved, Refused):
        return moved
    drop_proposal(db, case)
    _finalise(ground, db, decision, None)
    settle(db, case, upheld=False)
    if not stands:
        correct_all(ground, db, moved, decision.id, None)
    return moved


def settle(db: sa.Connection, case: Case, *, upheld: bool) -> None:
    """Answers the flags and appeals that led to a decision."""
    db.execute(
        flags.update()
        .where(
            flags.c.guild_id == case.guild_id,
            flags.c.case_id == case.id,
            flags.c.upheld.is_(None),
        )
        .values(upheld=upheld)
    )
    mine = (appeals.c.guild_id == case.guild_id, appeals.c.case_id == case.id)
    db.execute(appeals.update().where(*mine).values(open=False))
    db.execute(
        exclusions.delete().where(
            exclusions.c.guild_id == case.guild_id, exclusions.c.case_id == case.id
        )
    )


def drop_proposal(db: sa.Connection, case: Case) -> None:
    """Puts aside what waited for a second person."""
    if case.proposal_id is not None:
        db.execute(
            decisions.update()
            .where(decisions.c.guild_id == case.guild_id, decisions.c.id == case.proposal_id)
            .values(state="dropped")
        )


def _cites(db: sa.Connection, verdict_id: str) -> None:
    """Notes the sources of a verdict, so that it is found when one of them changes."""
    verdict = verdict_of(db, verdict_id)
    assert verdict is not None
    for source_id in sorted({citation.source.id for citation in verdict.citations}):
        row = {"source_id": source_id, "verdict_id": verdict_id}
        db.execute(upsert(db, cited_sources).values(row).on_conflict_do_nothing())


def _finalise(ground: Ground, db: sa.Connection, decision: Decision, second: str | None) -> None:
    db.execute(
        decisions.update()
        .where(decisions.c.id == decision.id)
        .values(state="final", decided_at=ground.now(), seconded_by=second)
    )
