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
from bot.discord.escape import plain
from bot.memory import Related
from bot.review.tables import BOT
from bot.review.values import Decision, LabelChange
from prompts.language import ENGLISH, Phrases, phrases
from prompts.verdict import Label, Verdict

_CLAIM = 400
_REASON = 120
_MOST_CHANGES = 3
_RELATED = 90
_READ = 300
_MOST_RELATED = 2

_OUTCOMES = ("withdrawn", "duplicate", "opinion", "spam")


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
    read: str | None = None,
) -> Card:
    """A verdict's card, with what its review has come to, and what was `read` from a picture."""
    reviewed = standing.decision is not None
    say = phrases(verdict.language)
    notes = [
        _by(standing, say),
        *_changed(standing.changes, say),
        *_near(standing.related, say),
    ]
    if read:
        notes.insert(0, say("card.from_picture", text=plain(read, _READ)))
    embed = card(verdict, about=about, left_out=left_out, notes=notes, reviewed=reviewed)
    return Card(embed, buttons(verdict, receipt, appealable=reviewed, reused=standing.reused))


def waiting(claim: str, *, about: str | None = None, language: str = ENGLISH) -> Card:
    """Stands where the verdict will be, in a channel that holds it until it is approved."""
    say = phrases(language)
    embed = discord.Embed(title=say("standing.waiting"), colour=COLOURS[Label.NOT_ENOUGH_EVIDENCE])
    embed.description = "\n".join(
        [
            f"> {plain(claim, _CLAIM) or say('card.empty')}",
            "",
            say("standing.waiting_why"),
            *_about(about, say),
        ]
    )
    return Card(embed, None)


def taken_back(
    claim: str, standing: Standing, *, about: str | None = None, language: str = ENGLISH
) -> Card:
    """Stands where a verdict was that no longer holds."""
    say = phrases(language)
    outcome = standing.outcome if standing.outcome in _OUTCOMES else "withdrawn"
    title = "standing.withdrawn" if outcome == "withdrawn" else "standing.closed"
    embed = discord.Embed(title=say(title), colour=COLOURS[Label.NOT_CHECKABLE])
    reason = standing.decision.reason if standing.decision else ""
    said = _reason(reason, say) if not standing.changes else []
    embed.description = "\n".join(
        [
            f"> {plain(claim, _CLAIM) or say('card.empty')}",
            "",
            say(f"standing.{outcome}_why"),
            _by(standing, say),
            *said,
            *_changed(standing.changes, say),
            *_about(about, say),
        ]
    )
    return Card(embed, None)


def told(claim: str, old: str | None, new: str | None, reason: str, language: str = ENGLISH) -> str:
    """The one reply to somebody who was shown another label, or was left waiting."""
    say = phrases(language)
    now = f"**{say(f'label.{new}')}**" if new else say("standing.now_withdrawn")
    if old is None:
        sentence = say("standing.there", now=now)
    else:
        sentence = say("standing.corrected", old=f"~~{say(f'label.{old}')}~~", now=now)
    why = "".join(f" {line}" for line in _reason(reason, say))
    return f"{sentence}{why}\n> {plain(claim, _CLAIM)}"


def _reason(reason: str, say: Phrases) -> list[str]:
    return [say("standing.reason", reason=plain(reason, _REASON))] if reason else []


def _by(standing: Standing, say: Phrases) -> str:
    decision = standing.decision
    if decision is None or decision.decided_at is None:
        return say("standing.not_reviewed")
    day = _day(decision.decided_at, say)
    if decision.actor_id == BOT:
        return say("standing.automatic", day=day)
    if standing.elsewhere:
        return say("standing.reviewed_elsewhere", day=day)
    if not decision.actor_id.isdigit():
        return say("standing.reviewed_on", day=day)
    who, second = f"<@{decision.actor_id}>", decision.seconded_by
    if second and second.isdigit():
        who = say("standing.and", one=who, two=f"<@{second}>")
    return say("standing.reviewed_by", who=who, day=day)


def _changed(changes: Sequence[LabelChange], say: Phrases) -> list[str]:
    return [
        say("standing.until", label=f"~~{say(f'label.{change.old}')}~~", day=_day(change.at, say))
        + (f": {plain(change.reason, _REASON)}" if change.reason else "")
        for change in changes[-_MOST_CHANGES:]
    ]


def _near(related: Sequence[Related], say: Phrases) -> list[str]:
    return [
        say(
            "standing.related",
            claim=plain(near.claim, _RELATED),
            label=say(f"label.{near.label}").lower()
            if say.language == ENGLISH
            else say(f"label.{near.label}"),
            day=_day(near.at, say),
        )
        for near in related[:_MOST_RELATED]
    ]


def _about(address: str | None, say: Phrases) -> list[str]:
    return [f"[{say('card.message')}]({address})"] if address else []


def _day(at: datetime, say: Phrases) -> str:
    return say.day(at.date().isoformat()) or ""
