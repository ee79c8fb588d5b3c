"""Where a verdict stands in its server's review, in words for its receipt; nobody is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import sqlalchemy as sa

from bot.discord.escape import clean
from bot.review.rulings import decisions_of
from bot.review.tables import PRIVATE, case_verdicts, cases
from bot.review.values import Decision
from bot.translated import later, say, tr
from bot.web.receipt import Event, Standing
from corpus.database import reading

_DONE = later({
    "approve": "a moderator reviewed the verdict and approved it",
    "edit": "a moderator reviewed the verdict and changed it",
    "withdraw": "a moderator withdrew the verdict",
    "close": "a moderator closed the review without a change",
})  # fmt: skip


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
            return Standing(tr("No person has reviewed this verdict."))
        made = [one for one in decisions_of(db, guild, case.id) if one.decided_at is not None]
    events = tuple(_event(one, verdict_id, address) for one in made)
    if not made:
        return Standing(tr("This verdict waits for a person to review it."))
    status = tr("Last, on {day}, {what}.", day=events[-1].on, what=_done(made[-1]))
    if case.outcome == "withdrawn":
        reason = clean(made[-1].reason)
        withdrawn = f"{tr('It no longer holds.')} {reason}".strip()
        return Standing(status, withdrawn, None, events)
    if case.published_id is not None and case.published_id != verdict_id:
        replaced = tr("A moderator put another verdict in its place.")
        return Standing(status, replaced, address(case.published_id), events)
    return Standing(status, events=events)


def _done(decision: Decision) -> str:
    return tr(_DONE.get(decision.action, decision.action))


def _event(decision: Decision, verdict_id: str, address: Callable[[str], str]) -> Event:
    assert decision.decided_at is not None
    says = _done(decision)
    old, new = decision.old_label, decision.new_label
    if old and new and old != new:
        names = {name: say()(f"label.{label}") for name, label in (("old", old), ("new", new))}
        says = tr("{what}, from {old} to {new}", what=says, **names)
    if decision.reason:
        says += f": {clean(decision.reason)}"
    other = decision.verdict_id not in {None, verdict_id}
    on = say().day(decision.decided_at.astimezone(UTC).date().isoformat())
    return Event(str(on), f"{says}.", address(str(decision.verdict_id)) if other else None)
