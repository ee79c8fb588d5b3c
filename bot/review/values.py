"""What the review speaks of: actors, flags, cases, and why something was refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from bot.review.tables import BOT
from prompts.verdict import Frozen, Label


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    RERUNNING = "rerunning"
    AWAITING_SECOND = "awaiting_second"
    DECIDED = "decided"
    CLOSED = "closed"
    MERGED = "merged"


class FlagReason(StrEnum):
    """Why a person objects to a verdict."""

    WRONG_VERDICT = "wrong_verdict"
    BAD_SOURCE = "bad_source"
    MISSING_CONTEXT = "missing_context"
    OUT_OF_DATE = "out_of_date"
    HARMFUL = "harmful"
    OTHER = "other"


class Trigger(StrEnum):
    """Why the program itself wants a person to look."""

    LOW_CONFIDENCE = "low_confidence"
    ENGINES_DISAGREE = "engines_disagree"
    REPAIRED = "repaired"
    PRIVATE_PERSON = "private_person"
    SEEN_OFTEN = "seen_often"
    HELD = "held"
    EVIDENCE_CHANGED = "evidence_changed"


CloseReason = Literal["duplicate", "opinion", "spam"]
Place = Literal["channel", "thread", "dm", "reply"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and what Discord says this person may do in the server, at this moment."""

    user_id: str
    guild_id: str
    roles: frozenset[str] = frozenset()
    manage_messages: bool = False
    manage_guild: bool = False

    @property
    def is_bot(self) -> bool:
        """Whether the program itself acts."""
        return self.user_id == BOT

    @classmethod
    def bot(cls, guild_id: str) -> Actor:
        """The program itself, in that server."""
        return cls(BOT, guild_id)


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed, and why, in a sentence for the one who tried."""

    why: Literal["permission", "state", "unknown", "muted", "excluded", "rules", "once", "taken"]
    message: str
    faults: tuple[str, ...] = ()
    """Each rule that what was typed breaks."""
    winner: str | None = None
    """Who was first, where somebody was."""
    at: datetime | None = None
    """When that was."""
    action: str | None = None
    """What they did."""


@dataclass(frozen=True, slots=True)
class Case:
    """A claim under review in one server."""

    id: str
    guild_id: str
    claim_key: str
    claim: str
    verdict_id: str
    """The draft under review."""
    published_id: str | None
    decision_id: str | None
    """The decision that stands."""
    proposal_id: str | None
    """The decision that waits for a second person."""
    state: State
    outcome: str | None
    """How it was decided or closed: published, withdrawn, duplicate, opinion, spam."""
    version: int
    stale: bool
    assignee_id: str | None
    merged_into: str | None
    opened_at: datetime
    touched_at: datetime
    snoozed_until: datetime | None
    decided_at: datetime | None
    changed_by: str
    changed_at: datetime
    changed_how: str


@dataclass(frozen=True, slots=True)
class Flag:
    """An objection: a person's, or the program's own."""

    verdict_id: str
    user_id: str
    reason: str
    details: str
    created_at: datetime
    trigger: str = ""
    upheld: bool | None = None


class Making(Frozen):
    """How a draft came about, for the one who reviews it."""

    notes: tuple[str, ...] = ()
    """What the audit cut or changed."""
    labels: dict[str, Label] = Field(default_factory=dict)
    """The label each engine came to, where more than one was asked."""
    private_person: bool = False


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A label that was shown and no longer holds."""

    old: str
    new: str | None
    """None where the verdict was withdrawn."""
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided on a case, or proposes to."""

    id: str
    case_id: str
    action: str
    """approve, edit, withdraw, or close."""
    state: str
    """final, proposed, or dropped."""
    actor_id: str
    seconded_by: str | None
    verdict_id: str | None
    """What is to be shown; None where nothing is any more."""
    old_label: str | None
    new_label: str | None
    reason: str
    created_at: datetime
    decided_at: datetime | None


def claim_key(claim: str) -> str:
    """The key of a claim: the same for texts that differ in case, spaces or last full stop."""
    words = " ".join(claim.casefold().split()).rstrip(" .!")
    return hashlib.sha256(words.encode()).hexdigest()
