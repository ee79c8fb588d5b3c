"""The checks that were asked for and are not answered yet, shared by all processes.

Each open check has a holder, whose lease must be renewed; a check whose lease has run out, or that
was let go, is taken by whoever looks first. On PostgreSQL rows are taken with SKIP LOCKED, so that
processes that look at once take different ones.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock, Timeout

from bot.ledger import LEASE, Request, checks
from corpus.database import reading, sharing
from corpus.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Left:
    """A check that its process left unanswered."""

    request: Request
    age: timedelta
    """Since it was asked for."""
    answer_id: str | None
    """The message that says it is being checked, where one is known of."""
    attempts: int
    """How often it was taken up again, this time included."""


def new_holder() -> str:
    """A name that no other process has."""
    return f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"


class Work:
    """Leases on open checks, for one process."""

    def __init__(
        self, engine: sa.Engine, holder: str, *, now: Callable[[], datetime] | None = None
    ) -> None:
        self._engine = engine
        self._now = now or (lambda: datetime.now(UTC))
        self.holder = holder

    def claim(self, limit: int) -> list[Left]:
        """Takes at most `limit` checks that nobody is at, the oldest first."""
        now = self._now()
        free = sa.or_(checks.c.held_until.is_(None), checks.c.held_until < now)
        wanted = sa.select(checks).where(checks.c.status == "running", free)
        with reading(self._engine) as db:
            # Mostly there is none, and a look needs no lock.
            if db.execute(wanted.limit(1)).first() is None:
                return []
        wanted = wanted.order_by(checks.c.requested_at).limit(limit)
        with sharing(self._engine) as db:
            rows = db.execute(wanted.with_for_update(skip_locked=True)).all()
            db.execute(
                checks.update()
                .where(checks.c.id.in_([row.id for row in rows]))
                .values(holder=self.holder, held_until=now + LEASE, attempts=checks.c.attempts + 1)
            )
        return [_left(row, now) for row in rows]

    def renew(self, ids: Sequence[str]) -> None:
        """Goes on holding these. What else this process holds it is not at, and lets run out."""
        with sharing(self._engine) as db:
            db.execute(
                checks.update()
                .where(checks.c.id.in_(ids), self._held(self.holder))
                .values(held_until=self._now() + LEASE)
            )

    def release(self, holder: str | None = None) -> None:
        """Lets go of all that this process holds, or that a dead one held."""
        with sharing(self._engine) as db:
            held = self._held(holder or self.holder)
            db.execute(checks.update().where(held).values(held_until=None))

    def _held(self, holder: str) -> sa.ColumnElement[bool]:
        return (checks.c.status == "running") & (checks.c.holder == holder)


def _left(row: sa.Row[tuple[object, ...]], now: datetime) -> Left:
    values = row._mapping
    request = Request(
        id=values["id"],
        text=values["text"],
        origin=values["origin"],
        user_id=values["user_id"],
        guild_id=values["guild_id"],
        channel_id=values["channel_id"],
        context=json.loads(values["context"]),
        token=values["token"],
    )
    age = now - values["requested_at"]
    return Left(request, age, values["answer_id"], values["attempts"] + 1)


@contextmanager
def tenancy(home: Path, holder: str, name: str = "run") -> Iterator[str | None]:
    """Marks `home` as this process's; yields the holder it had before, where that one is dead.

    Its checks can then be taken at once, without waiting for their leases to run out.
    """
    lock = FileLock(home / f"{name}.lock", mode=0o600)
    record = home / f"{name}.holder"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        # The one before is still leaving: its leases say when its checks are free.
        yield None
        return
    except OSError as error:
        raise CatalogueError(
            f"cannot write in {home}: {error.strerror or error}; set RECEIPTS_HOME to a folder "
            "that can be written"
        ) from error
    before = None
    try:
        with suppress(OSError):
            before = record.read_text(encoding="utf-8").strip() or None
        with suppress(OSError):
            record.write_text(holder, encoding="utf-8")
        yield before
    finally:
        lock.release()
