"""What each step of a check saw and did, for those who review its verdict.

A trace has the words of the message, so it goes when they do: by the server's days, and when the
person who asked deletes what is stored.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from bot.ledger import checks, traces, verdicts
from bot.review.ground import Ground, denied
from bot.review.permissions import Action
from bot.review.tables import asked_in
from bot.review.values import Actor, Refused
from corpus.database import reading

GONE = Refused(
    "unknown",
    "There is no trace of this verdict: it was deleted with the words it was made from, or the "
    "verdict was made before traces were kept.",
)


def forget_traces(db: sa.Connection, *of_checks: sa.ColumnElement[bool]) -> None:
    """Deletes the traces of the checks that these conditions choose."""
    chosen = (
        sa.select(verdicts.c.id).join(checks, checks.c.id == verdicts.c.check_id).where(*of_checks)
    )
    db.execute(traces.delete().where(traces.c.verdict_id.in_(chosen)))


class Traces:
    """Hands out traces."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of(self, actor: Actor, guild_id: str, verdict_id: str) -> list[dict[str, Any]] | Refused:
        """The steps of the check that made a verdict in that server, in order."""
        here = asked_in == guild_id
        query = (
            sa.select(traces.c.steps)
            .join(verdicts, verdicts.c.id == traces.c.verdict_id)
            .join(checks, checks.c.id == verdicts.c.check_id)
            .where(traces.c.verdict_id == verdict_id, here)
        )
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            text = db.scalar(query)
        if text is None:
            return GONE
        steps: list[dict[str, Any]] = json.loads(text)
        return steps
