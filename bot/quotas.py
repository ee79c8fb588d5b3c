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
from corpus.database import upsert
from corpus.errors import InputError

Scope = Literal["person", "channel", "server"]

CHANNEL_AN_HOUR = 300
PRIVATE_A_DAY = 200
"""For one person, outside any server."""
_KEPT = timedelta(days=2)
_MOST_REMEMBERED = 50_000
_REMEMBERED = timedelta(minutes=1)
"""Then the database is asked again: moderators may have changed the number."""

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


@dataclass(frozen=True, slots=True)
class _Over:
    """A quota that is used up, as it is remembered."""

    quota: _Quota
    until: datetime


class Quotas:
    """The quotas of one installation; methods are synchronous and thread-safe."""

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._over: dict[tuple[Scope, str], _Over] = {}

    def look(self, request: Request) -> None:
        """OverQuotaError where it is known without the database that it is one too many."""
        now = self._now().astimezone(UTC)
        for scope, key in _keys(request):
            over = self._over.get((scope, key))
            if over is not None and now < over.until:
                raise _refusal(over.quota, now)

    def count(self, db: sa.Connection, request: Request) -> None:
        """Counts a request. OverQuotaError, which undoes the transaction, where it is one too
        many."""
        now = self._now().astimezone(UTC)
        for quota in self._of(db, request):
            if _count(db, quota, now) > quota.most:
                self._remember(quota, now)
                raise _refusal(quota, now)

    def _of(self, db: sa.Connection, request: Request) -> list[_Quota]:
        if request.guild_id is None:
            mosts = [PRIVATE_A_DAY]
        else:
            chosen = guild_settings.read(db, request.guild_id)
            mosts = [chosen.checks_an_hour, CHANNEL_AN_HOUR, chosen.checks_a_day]
        hourly = {"person": request.guild_id is not None, "channel": True, "server": False}
        return [
            _Quota(scope, key, most, hourly[scope])
            for (scope, key), most in zip(_keys(request), mosts, strict=True)
        ]

    def _remember(self, quota: _Quota, now: datetime) -> None:
        if len(self._over) >= _MOST_REMEMBERED:
            self._over = {key: over for key, over in self._over.items() if over.until > now}
        self._over[quota.scope, quota.key] = _Over(quota, min(quota.ends(now), now + _REMEMBERED))


def _keys(request: Request) -> list[tuple[Scope, str]]:
    """For whom a request counts."""
    if request.guild_id is None:
        return [("person", request.user_id)]
    return [
        ("person", f"{request.guild_id}:{request.user_id}"),
        ("channel", request.channel_id or ""),
        ("server", request.guild_id),
    ]


def _refusal(quota: _Quota, now: datetime) -> OverQuotaError:
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
