"""Who is at what all processes share: one holder at a time, for as long as it says so again.

A name is free once it is due and nobody holds it, or its holder has gone silent. Taking it is one
statement, so that of all who look at once one gets it, on either database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.ledger import Instant, metadata
from corpus.database import reading, sharing, upsert

HOLD = timedelta(seconds=30)
"""How long a holder is taken to be at it without saying so again."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(96), primary_key=True),
    # The process that is at it, and until when that is sure.
    sa.Column("holder", sa.String(64)),
    sa.Column("held_until", Instant),
    # Before which nobody takes it up.
    sa.Column("due_at", Instant, nullable=False),
    # How often it was taken, so that what ends its process each time is known.
    sa.Column("runs", sa.Integer, nullable=False),
)


async def while_held(work: asyncio.Future[Any], renew: Callable[[], Awaitable[object]]) -> None:
    """Waits for the work to end, and says so again and again meanwhile; breaks it off where that,
    or the waiting, is ended first."""
    try:
        while not (await asyncio.wait({work}, timeout=HOLD.total_seconds() / 3))[0]:
            await renew()
        await work
    finally:
        work.cancel()


class Leases:
    """The leases of one process. Methods are short, each one transaction, thread-safe."""

    def __init__(
        self,
        engine: sa.Engine,
        holder: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._now = now
        self.holder = holder

    def take(self, name: str) -> int:
        """Which run of it this is, from 1; 0 where it is not due, or somebody is at it."""
        now = self._now()
        busy = (leases.c.name == name) & ((leases.c.due_at > now) | (leases.c.held_until >= now))
        with reading(self._engine) as db:
            # Mostly it is not due, and a look needs no lock.
            if db.execute(sa.select(leases.c.name).where(busy)).first() is not None:
                return 0
        mine = {"holder": self.holder, "held_until": now + HOLD}
        free = (leases.c.due_at <= now) & (
            leases.c.held_until.is_(None) | (leases.c.held_until < now)
        )
        with sharing(self._engine) as db:
            taken = (
                upsert(db, leases)
                .values(name=name, due_at=now, runs=1, **mine)
                .on_conflict_do_update(
                    index_elements=["name"], set_={**mine, "runs": leases.c.runs + 1}, where=free
                )
                .returning(leases.c.runs)
            )
            return db.execute(taken).scalar() or 0

    def renew(self, name: str) -> bool:
        """Goes on holding it; False where that was too late, and another may be at it."""
        now = self._now()
        still = leases.c.held_until >= now
        with sharing(self._engine) as db:
            held = leases.update().where(self._mine(name), still).values(held_until=now + HOLD)
            return db.execute(held).rowcount > 0

    def done(self, name: str, again_in: timedelta | None = None) -> None:
        """Lets go of it until it is due again; without `again_in` it is forgotten."""
        with sharing(self._engine) as db:
            if again_in is None:
                db.execute(leases.delete().where(self._mine(name)))
                return
            due = self._now() + again_in
            db.execute(
                leases.update()
                .where(self._mine(name))
                .values(holder=None, held_until=None, due_at=due)
            )

    def release(self, holder: str | None = None) -> None:
        """Lets go of all that this process holds, or that a dead one held: it is due at once."""
        held = leases.c.holder == (holder or self.holder)
        with sharing(self._engine) as db:
            db.execute(leases.update().where(held).values(holder=None, held_until=None))

    def _mine(self, name: str) -> sa.ColumnElement[bool]:
        return (leases.c.name == name) & (leases.c.holder == self.holder)
