"""What a message shows of a verdict as its review goes on: waiting, given, corrected, taken back.

Pure: the same message, given the same state, always reads the same, so it can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import discord

from bot.discord.answers import Card
from bot.discord.buttons import buttons
from bot.discord.cards import COLOURS, card
from bot.discord.escape import day, plain
from bot.labels import LABELS
from bot.memory import Related
from bot.review.tables import BOT
from bot.review.values import Decision, LabelChange
from prompts.verdict import Label, Verdict

_CLAIM = 400
_REASON = 120
_MOST_CHANGES = 3
_RELATED = 90
_MOST_RELATED = 2

_OUTCOMES = {
    "withdrawn": ("Withdrawn", "This verdict no longer stands."),
    "duplicate": ("Closed", "This is answered under another claim."),
    "opinion": ("Closed", "This is a matter of opinion, which sources cannot settle."),
    "spam": ("Closed", "This is not a claim that is checked here."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the review of a verdict stands."""

    decision: Decision | None = None
    """What stands; None while nobody has decided."""
    outcome: str | None = None
    changes: Sequence[LabelChange] = ()
    """Labels that this message has shown and that were taken back, oldest first."""
    elsewhere: bool = False
    """It was decided in another server, which shares its verdicts."""
    reused: bool = False
    """It was published before it was asked for."""
    related: Sequence[Related] = field(default=())


def given(
    verdict: Verdict,
    standing: Standing,
    *,
    about: str | None = None,
    left_out: str | None = None,
    receipt: str | None = None,
) -> Card:
    """A verdict's card, with what its review has come to."""
    reviewed = standing.decision is not None
    notes = [_by(standing), *_changed(standing.changes), *_near(standing.related)]
    embed = card(verdict, about=about, left_out=left_out, notes=notes, reviewed=reviewed)
    return Card(embed, buttons(verdict, receipt, appealable=reviewed, reused=standing.reused))


def waiting(claim: str, *, about: str | None = None) -> Card:
    """Stands where the verdict will be, in a channel that holds it until it is approved."""
    embed = discord.Embed(title="Being reviewed", colour=COLOURS[Label.NOT_ENOUGH_EVIDENCE])
    embed.description = "\n".join(
        [
            f"> {plain(claim, _CLAIM) or '(empty)'}",
            "",
            "A moderator looks at each verdict here before it is shown. It will take this place.",
            *_about(about),
        ]
    )
    return Card(embed, None)


def taken_back(claim: str, standing: Standing, *, about: str | None = None) -> Card:
    """Stands where a verdict was that no longer holds."""
    title, meaning = _OUTCOMES.get(standing.outcome or "withdrawn", _OUTCOMES["withdrawn"])
    embed = discord.Embed(title=title, colour=COLOURS[Label.NOT_CHECKABLE])
    reason = standing.decision.reason if standing.decision else ""
    said = [f"Reason: {plain(reason, _REASON)}"] if reason and not standing.changes else []
    embed.description = "\n".join(
        [
            f"> {plain(claim, _CLAIM) or '(empty)'}",
            "",
            meaning,
            _by(standing),
            *said,
            *_changed(standing.changes),
            *_about(about),
        ]
    )
    return Card(embed, None)


def told(claim: str, old: str | None, new: str | None, reason: str) -> str:
    """The one reply to somebody who was shown another label, or was left waiting."""
    now = f"**{LABELS[Label(new)]}**" if new else "withdrawn"
    if old is None:
        sentence = f"The verdict you asked for is there: {now}."
    else:
        sentence = f"A moderator has corrected this verdict: ~~{LABELS[Label(old)]}~~ → {now}."
    why = f" Reason: {plain(reason, _REASON)}" if reason else ""
    return f"{sentence}{why}\n> {plain(claim, _CLAIM)}"


def _by(standing: Standing) -> str:
    decision = standing.decision
    if decision is None or decision.decided_at is None:
        return "Not reviewed by a moderator."
    on = _day(decision.decided_at)
    if decision.actor_id == BOT:
        return f"Corrected automatically on {on}, as its evidence changed."
    if standing.elsewhere or not decision.actor_id.isdigit():
        return f"Reviewed on {on}" + (" in another server." if standing.elsewhere else ".")
    second = decision.seconded_by
    both = f" and <@{second}>" if second and second.isdigit() else ""
    return f"Reviewed by <@{decision.actor_id}>{both} on {on}."


def _changed(changes: Sequence[LabelChange]) -> list[str]:
    return [
        f"~~{LABELS[Label(change.old)]}~~ until {_day(change.at)}"
        + (f": {plain(change.reason, _REASON)}" if change.reason else "")
        for change in changes[-_MOST_CHANGES:]
    ]


def _near(related: Sequence[Related]) -> list[str]:
    return [
        f"Related, not the same: “{plain(near.claim, _RELATED)}” was found "
        f"{LABELS[near.label].lower()} on {_day(near.at)}."
        for near in related[:_MOST_RELATED]
    ]


def _about(address: str | None) -> list[str]:
    return [f"[The message checked]({address})"] if address else []


def _day(at: datetime) -> str:
    return day(at.date().isoformat()) or ""
