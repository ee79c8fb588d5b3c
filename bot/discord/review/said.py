"""What moderators are told of what they did, or could not do."""

from __future__ import annotations

from bot.discord.review.case_embeds import STATES, person, when
from bot.discord.review.doings import doing
from bot.labels import LABELS
from bot.review.values import Case, Refused, State

_FAULTS_SHOWN = 12
_LONGEST = 1900


def refused(why: Refused) -> str:
    """Why nothing was changed: who was first, or what to mend."""
    lines = [why.message]
    if why.winner is not None and why.at is not None:
        done = doing(why.action) if why.action else "changed it"
        lines.append(f"{person(why.winner)} was first: {done} {when(why.at)}.")
    lines += [f"- {fault}" for fault in why.faults[:_FAULTS_SHOWN]]
    if rest := len(why.faults) - _FAULTS_SHOWN:
        lines += [f"- and {rest} more"] if rest > 0 else []
    return "\n".join(lines)[:_LONGEST]


def decided(case: Case) -> str:
    """What a decision has come to."""
    if case.state is State.AWAITING_SECOND:
        return "Proposed: this label needs a second moderator's approval."
    if case.state is State.DECIDED:
        return (
            "Withdrawn. Every message that showed the verdict is being corrected."
            if case.outcome == "withdrawn"
            else "Published. Every message that shows the verdict is being brought up to date."
        )
    return f"{STATES[case.state]}."


def labels() -> list[tuple[str, str]]:
    """Every label, value and name, as forms offer them."""
    return [(label.value, name) for label, name in LABELS.items()]
