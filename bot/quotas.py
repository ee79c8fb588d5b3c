"""How much a person, a channel and a server may have checked, counted in the database.

So a restart, or another process, forgets nothing. What is over its quota is remembered in memory as
well: a raid then costs no more than a look there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from bot.ledger import Request, metadata
from bot.review import settings as guild_settings
from corpus.database import reading, sharing, upsert
from corpus.errors import InputError

Scope = Literal["person", "channel", "server"]

CHANNEL_AN_HOUR = 300
PRIVATE_A_DAY = 200
"""For one person, outside any server."""
_KEPT = timedelta(days=2)
_MOST_REMEMBERED = 50_000

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("scope", sa.String(8), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    # The hour or the day that is counted, by its start: 2026-11-25T23 or 2026-11-25.
    sa.Column("span", sa.String(16), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)


class OverQuotaError(InputError):
    """Somebody asked for more than there is for them."""

    def __init__(self, scope: Scope, most: int, span: str, wait: float) -> None:
        super().__init__(f"over the quota of {most} checks {span} for this {scope}")
        self.scope = scope
        self.most = most
        self.span = span
        """"an hour" or "a day"."""
        self.wait = wait
        """Seconds until there is more."""


@dataclass(frozen=True, slots=True)
class _Quota:
    scope: Scope
    key: str
    most: int
    hourly: bool

    def span(self, now: datetime) -> str:
        return now.strftime("%Y-%m-%dT%H" if self.hourly else "%Y-%m-%d")

    def ends(self, now: datetime) -> datetime:
        if self.hourly:
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


class Quotas:
    """The quotas of one installation; methods are synchronous and thread-safe."""

    def __init__(
        self, engine: sa.Engine, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._now = now
        self._until: dict[_Quota, datetime] = {}

    def take(self, request: Request) -> None:
        """Counts a request. OverQuotaError, and nothing counted, where it is one too many."""
        now = self._now().astimezone(UTC)
        quotas = self._of(request)
        for quota in quotas:
            if now < self._until.get(quota, now):
                raise self._refusal(quota, now)
        with sharing(self._engine) as db:
            for quota in quotas:
                if _count(db, quota, now) > quota.most:
                    # The error also undoes what was counted.
                    self._remember(quota, now)
                    raise self._refusal(quota, now)

    def _of(self, request: Request) -> list[_Quota]:
        if request.guild_id is None:
            return [_Quota("person", request.user_id, PRIVATE_A_DAY, hourly=False)]
        with reading(self._engine) as db:
            chosen = guild_settings.read(db, request.guild_id)
        return [
            _Quota("person", f"{request.guild_id}:{request.user_id}", chosen.checks_an_hour, True),
            _Quota("channel", request.channel_id or "", CHANNEL_AN_HOUR, hourly=True),
            _Quota("server", request.guild_id, chosen.checks_a_day, hourly=False),
        ]

    def _remember(self, quota: _Quota, now: datetime) -> None:
        if len(self._until) >= _MOST_REMEMBERED:
            self._until = {known: until for known, until in self._until.items() if until > now}
        self._until[quota] = quota.ends(now)

    def _refusal(self, quota: _Quota, now: datetime) -> OverQuotaError:
        wait = (quota.ends(now) - now).total_seconds()
        return OverQuotaError(quota.scope, quota.most, "an hour" if quota.hourly else "a day", wait)


def _count(db: sa.Connection, quota: _Quota, now: datetime) -> int:
    """One more; how many that makes."""
    one = upsert(db, usage).values(scope=quota.scope, key=quota.key, span=quota.span(now), count=1)
    counted = one.on_conflict_do_update(
        index_elements=["scope", "key", "span"], set_={"count": usage.c.count + 1}
    ).returning(usage.c.count)
    count = int(db.execute(counted).scalar_one())
    if count == 1:
        # A new hour or day begins: what is long over is not needed any more.
        old = (now - _KEPT).strftime("%Y-%m-%d")
        db.execute(usage.delete().where(usage.c.key == quota.key, usage.c.span < old))
    return count
