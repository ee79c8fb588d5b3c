"""Where a verdict stands in its server's review, in words for its receipt; nobody is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import sqlalchemy as sa

from bot.discord.escape import clean, day
from bot.labels import LABELS
from bot.review.rulings import decisions_of
from bot.review.tables import PRIVATE, case_verdicts, cases
from bot.review.values import Decision
from bot.web.receipt import Event, Standing
from corpus.database import reading
from prompts.verdict import Label

_DONE = {
    "approve": "a moderator reviewed the verdict and approved it",
    "edit": "a moderator reviewed the verdict and changed it",
    "withdraw": "a moderator withdrew the verdict",
    "close": "a moderator closed the review without a change",
}


def standing_of(
    engine: sa.Engine, verdict_id: str, guild_id: str | None, address: Callable[[str], str]
) -> Standing:
    """The review of a verdict's claim in its server; `address` gives another version's receipt."""
    guild = guild_id or PRIVATE
    mine = sa.select(case_verdicts.c.case_id).where(
        case_verdicts.c.guild_id == guild, case_verdicts.c.verdict_id == verdict_id
    )
    about = sa.or_(
        cases.c.id.in_(mine), cases.c.verdict_id == verdict_id, cases.c.published_id == verdict_id
    )
    query = sa.select(cases.c.id, cases.c.published_id, cases.c.outcome).where(
        cases.c.guild_id == guild, about
    )
    with reading(engine) as db:
        case = db.execute(query.order_by(cases.c.opened_at.desc()).limit(1)).first()
        if case is None:
            return Standing()
        made = [one for one in decisions_of(db, guild, case.id) if one.decided_at is not None]
    events = tuple(_event(one, verdict_id, address) for one in made)
    if not made:
        return Standing(status="This verdict waits for a person to review it.")
    status = f"Last, on {events[-1].on}, {_DONE.get(made[-1].action, made[-1].action)}."
    if case.outcome == "withdrawn":
        reason = clean(made[-1].reason)
        return Standing(status, f"It no longer holds. {reason}".strip(), None, events)
    if case.published_id is not None and case.published_id != verdict_id:
        replaced = "A moderator put another verdict in its place."
        return Standing(status, replaced, address(case.published_id), events)
    return Standing(status, events=events)


def _event(decision: Decision, verdict_id: str, address: Callable[[str], str]) -> Event:
    assert decision.decided_at is not None
    says = _DONE.get(decision.action, decision.action)
    old, new = decision.old_label, decision.new_label
    if old and new and old != new:
        says += f", from {LABELS[Label(old)]} to {LABELS[Label(new)]}"
    if decision.reason:
        says += f": {clean(decision.reason)}"
    other = decision.verdict_id not in {None, verdict_id}
    on = day(decision.decided_at.astimezone(UTC).date().isoformat())
    return Event(str(on), f"{says}.", address(str(decision.verdict_id)) if other else None)
