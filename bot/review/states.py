"""The life of a case: which move leads from which state to which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.review.values import Actor, Case, Refused, State
from bot.translated import later

_WAITING = frozenset({State.OPEN, State.ASSIGNED, State.SNOOZED})
ACTIVE = _WAITING | {State.RERUNNING, State.AWAITING_SECOND}
"""The states in which somebody still has something to do."""


class Move(StrEnum):
    """What can happen to a case."""

    ASSIGN = "assign"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    SNOOZE = "snooze"
    WAKE = "wake"
    RETURN = "return"
    RERUN = "rerun"
    DELIVER = "deliver"
    PROPOSE = "propose"
    DECLINE = "decline"
    DECIDE = "decide"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"


MOVES: Mapping[Move, tuple[frozenset[State], State]] = {
    Move.ASSIGN: (_WAITING, State.ASSIGNED),
    Move.HAND_OVER: (_WAITING, State.ASSIGNED),
    Move.RELEASE: (frozenset({State.ASSIGNED}), State.OPEN),
    Move.SNOOZE: (frozenset({State.OPEN, State.ASSIGNED}), State.SNOOZED),
    Move.WAKE: (frozenset({State.SNOOZED}), State.OPEN),
    Move.RETURN: (frozenset({State.ASSIGNED, State.RERUNNING}), State.OPEN),
    Move.RERUN: (_WAITING, State.RERUNNING),
    Move.DELIVER: (ACTIVE, State.OPEN),
    Move.PROPOSE: (_WAITING | {State.AWAITING_SECOND}, State.AWAITING_SECOND),
    Move.DECLINE: (frozenset({State.AWAITING_SECOND}), State.OPEN),
    Move.DECIDE: (_WAITING | {State.AWAITING_SECOND}, State.DECIDED),
    Move.CLOSE: (ACTIVE, State.CLOSED),
    Move.REOPEN: (frozenset({State.DECIDED, State.CLOSED}), State.OPEN),
    Move.MERGE: (frozenset(State) - {State.MERGED}, State.MERGED),
}

_JUDGING = frozenset({Move.PROPOSE, Move.DECIDE, Move.DECLINE})
_HOLDERS_ALONE = _JUDGING | {
    Move.ASSIGN,
    Move.HAND_OVER,
    Move.RELEASE,
    Move.SNOOZE,
    Move.RERUN,
    Move.CLOSE,
    Move.MERGE,
}


def obstacle(
    case: Case, actor: Actor, move: Move, seen: int | None, excluded: frozenset[str]
) -> Refused | None:
    """What keeps `actor` from the move; None where nothing does.

    `seen` is the version of the case that the actor looked at, None where that does not matter.
    """
    if (seen is not None and seen != case.version) or case.state not in MOVES[move][0]:
        return taken(case, later("This case is no longer as you saw it."))
    if actor.is_bot:
        return None
    held = case.assignee_id is not None and case.assignee_id != actor.user_id
    if held and move in _HOLDERS_ALONE and not (move is Move.RELEASE and actor.manage_guild):
        return taken(case, later("Another moderator has this case."), winner=case.assignee_id)
    if actor.user_id in excluded and move in _JUDGING | {Move.ASSIGN, Move.CLOSE, Move.MERGE}:
        return Refused("excluded", "You decided this before; the appeal goes to someone else.")
    return None


def taken(case: Case, message: str, winner: str | None = None) -> Refused:
    """Says who was first, when, and with what."""
    return Refused(
        "taken",
        message,
        winner=winner or case.changed_by,
        at=case.changed_at,
        action=case.changed_how,
    )
