"""What moderators are told of what they did, or could not do."""

from __future__ import annotations

from bot.discord import words
from bot.discord.review.case_embeds import STATES, person, when
from bot.discord.review.doings import doing
from bot.review.values import Case, Refused, State
from bot.translated import tr
from prompts.verdict import Label

_FAULTS_SHOWN = 12
_LONGEST = 1900


def refused(why: Refused) -> str:
    """Why nothing was changed: who was first, or what to mend."""
    lines = [tr(why.message)]
    if why.winner is not None and why.at is not None:
        done = doing(why.action) if why.action else tr("changed it")
        first = tr("{who} was first: {done} {when}.", who=person(why.winner), done=done,
                   when=when(why.at))  # fmt: skip
        lines.append(first)
    lines += [f"- {tr(fault)}" for fault in why.faults[:_FAULTS_SHOWN]]
    if rest := len(why.faults) - _FAULTS_SHOWN:
        lines += [tr("- and {count} more", count=rest)] if rest > 0 else []
    return "\n".join(lines)[:_LONGEST]


def decided(case: Case) -> str:
    """What a decision has come to."""
    if case.state is State.AWAITING_SECOND:
        return tr("Proposed: this label needs a second moderator's approval.")
    if case.state is State.DECIDED:
        if case.outcome == "withdrawn":
            return tr("Withdrawn. Every message that showed the verdict is being corrected.")
        return tr("Published. Every message that shows the verdict is being brought up to date.")
    return f"{tr(STATES[case.state])}."


def labels() -> list[tuple[str, str]]:
    """Every label, value and name, as forms offer them."""
    return [(label.value, words.label(label)) for label in Label]
