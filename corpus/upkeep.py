"""Upkeep: what was fetched when, what is due again, and the feeds that bring new pages."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, or_, select, update

from corpus.database import reading, writing
from corpus.errors import InputError
from corpus.identity import canonical_url, digest
from corpus.items import Document, Gone, Listed, Provenance, Unchanged, Unread
from corpus.schema import document, feed, source
from corpus.times import stamp

SOONEST = timedelta(hours=6)
LATEST = timedelta(days=30)
"""A page is looked at again after half the time that it has stayed the same, within these."""
FEED_SOONEST = timedelta(minutes=30)
FEED_LATEST = timedelta(days=1)
FIRST_FAILURE = timedelta(hours=1)
LONGEST_FAILURE = timedelta(days=7)
FRESH = timedelta(hours=1)
"""A run that is repeated does not ask again for what was fetched so lately."""


@dataclass(frozen=True, slots=True)
class Known:
    """A page from the web as it is held."""

    source_id: str
    address: str
    guild_id: str | None
    kind: str
    etag: str | None
    last_modified: str | None
    checked_at: str | None
    gone: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed or sitemap that is read again and again. Times are ISO 8601, UTC."""

    id: str
    url: str
    form: str
    """feed, sitemap or claimreview"""
    kind: str | None
    guild_id: str | None
    added_at: str
    added_by: str | None
    entries: int
    """At the last reading."""
    etag: str | None
    last_modified: str | None
    checked_at: str | None
    due_at: str | None
    failures: int
    problem: str | None


class Upkeep:
    """Beside the Catalogue, on the same tables. Methods are synchronous and thread-safe."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    # Pages

    def known(self, url: str, guild_id: str | None = None) -> Known | None:
        """The source that was fetched from this address, for this server."""
        try:
            address = canonical_url(url)
        except ValueError:
            return None
        mine = source.c.guild_id.is_(None) if guild_id is None else source.c.guild_id == guild_id
        query = select(source).where(
            source.c.address.is_not(None),
            or_(source.c.address == address, source.c.canonical_url == address),
            mine,
        )
        with reading(self._engine) as connection:
            row = connection.execute(query.order_by(source.c.id).limit(1)).first()
        return None if row is None else _known(row)

    def page(self, source_id: str) -> Known | None:
        """The page of one source; None where there is no such source."""
        with reading(self._engine) as connection:
            row = connection.execute(select(source).where(source.c.id == source_id)).first()
        return None if row is None else _known(row)

    def pages(self, guild_id: str | None = None, *, due: bool) -> list[Known]:
        """The pages to look at again, longest due first: a server's own, or the shared ones."""
        query = select(source).where(source.c.address.is_not(None), source.c.retracted_at.is_(None))
        mine = source.c.guild_id.is_(None) if guild_id is None else source.c.guild_id == guild_id
        return self._pages(query.where(mine), due)

    def all_due(self) -> list[Known]:
        """The pages of everyone that are due."""
        query = select(source).where(source.c.address.is_not(None), source.c.retracted_at.is_(None))
        return self._pages(query, due=True)

    def is_fresh(self, known: Known) -> bool:
        """Whether it was asked for so lately that there is no need to again."""
        if known.checked_at is None:
            return False
        return self._clock() - datetime.fromisoformat(known.checked_at) < FRESH

    def visited(self, item: Document | Unchanged | Gone | Unread, guild_id: str | None) -> None:
        """Record what a visit to a page or feed that is held came to; others are passed over."""
        url = item.provenance.address if isinstance(item, Document) else item.url
        if url is None or (isinstance(item, Unchanged) and not item.visited):
            return
        known = self.known(url, guild_id)
        if known is None:
            if not isinstance(item, Document):
                self._feed_visited(url, guild_id, None if isinstance(item, Unchanged) else item)
            return
        now = self._clock()
        with writing(self._engine) as connection:
            current = (document.c.source_id == source.c.id) & (
                document.c.version == source.c.version
            )
            row = connection.execute(
                select(source, document.c.fetched_at)
                .join(document, current)
                .where(source.c.id == known.source_id)
            ).one()
            values = _outcome(item, row, now)
            connection.execute(
                update(source)
                .where(source.c.id == known.source_id)
                .values(**values | {"checked_at": stamp(now)})
            )

    # Feeds

    def subscribe(
        self, item: Listed, kind: str | None, guild_id: str | None, added_by: str | None = None
    ) -> None:
        """Read this feed again from now on; one that is known only gets the news of the visit."""
        now = self._clock()
        id_ = feed_id(item.url, guild_id)
        with writing(self._engine) as connection:
            held = connection.execute(select(feed).where(feed.c.id == id_)).first()
            changed = held is None or held.entries != item.entries or held.etag != item.etag
            values: dict[str, Any] = {
                "form": item.form,
                "entries": item.entries,
                "etag": item.etag,
                "last_modified": item.last_modified,
                "checked_at": stamp(now),
                "changed_at": stamp(now) if changed or held is None else held.changed_at,
                "failures": 0,
                "problem": None,
            }
            values["due_at"] = _feed_due(id_, now, values["changed_at"])
            if held is not None:
                connection.execute(update(feed).where(feed.c.id == id_).values(**values))
                return
            connection.execute(
                insert(feed).values(
                    id=id_,
                    url=item.url,
                    kind=kind,
                    guild_id=guild_id,
                    added_at=stamp(now),
                    added_by=added_by,
                    **values,
                )
            )

    def feed(self, id_: str) -> Feed | None:
        """One feed by its id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(feed).where(feed.c.id == id_)).first()
        return None if row is None else _feed(row)

    def feeds(
        self, guild_id: str | None = None, *, everyone: bool = False, due: bool = False
    ) -> list[Feed]:
        """The shared feeds, or a server's own; with `everyone`, all of them."""
        query = select(feed).order_by(feed.c.id)
        if not everyone:
            mine = feed.c.guild_id.is_(None) if guild_id is None else feed.c.guild_id == guild_id
            query = query.where(mine)
        if due:
            query = query.where(feed.c.due_at <= stamp(self._clock()))
        with reading(self._engine) as connection:
            return [_feed(row) for row in connection.execute(query)]

    def unsubscribe(self, id_: str) -> None:
        """Stop reading a feed; its pages stay. InputError: there is no such feed."""
        with writing(self._engine) as connection:
            if not connection.execute(delete(feed).where(feed.c.id == id_)).rowcount:
                raise InputError(f"no feed {id_!r}; `receipts sources list` shows what is held")

    def count(self, guild_id: str) -> int:
        """How many sources and feeds a server has of its own."""
        with reading(self._engine) as connection:
            return sum(
                len(
                    connection.execute(select(table.c.id).where(table.c.guild_id == guild_id)).all()
                )
                for table in (source, feed)
            )

    def _feed_visited(self, url: str, guild_id: str | None, problem: Unread | Gone | None) -> None:
        """Record a visit to a feed that brought nothing new, or failed."""
        try:
            id_ = feed_id(url, guild_id)
        except ValueError:
            return
        now = self._clock()
        with writing(self._engine) as connection:
            row = connection.execute(select(feed).where(feed.c.id == id_)).first()
            if row is None:
                return
            values: dict[str, Any] = {"checked_at": stamp(now), "failures": 0, "problem": None}
            if problem is None:
                values["due_at"] = _feed_due(id_, now, row.changed_at)
            else:
                retry = problem.retry_after_s if isinstance(problem, Unread) else None
                values |= _failure(row, problem.reason, now, retry)
            connection.execute(update(feed).where(feed.c.id == id_).values(**values))

    def _pages(self, query: Any, due: bool) -> list[Known]:
        if due:
            query = query.where(source.c.due_at <= stamp(self._clock()))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(source.c.due_at, source.c.id))
            return [_known(row) for row in rows]


def feed_id(url: str, guild_id: str | None) -> str:
    """The stable id of a feed; a server's has one of its own."""
    return f"feed-{digest('feed', canonical_url(url), guild_id or '', length=12)}"


def visit_values(
    provenance: Provenance, source_id: str, now: datetime, changed_at: str
) -> dict[str, Any]:
    """What a source's row says of a visit that went well; nothing where it is not from the web."""
    if provenance.address is None:
        return {}
    return {
        "address": canonical_url(provenance.address),
        "etag": provenance.etag,
        "last_modified": provenance.last_modified,
        "checked_at": stamp(now),
        "due_at": _page_due(source_id, now, changed_at),
        "failures": 0,
        "problem": None,
        "gone_at": None,
    }


def _outcome(
    item: Document | Unchanged | Gone | Unread, row: Row[Any], now: datetime
) -> dict[str, Any]:
    match item:
        case Document():
            return visit_values(item.provenance, row.id, now, row.fetched_at)
        case Unchanged():
            due = _page_due(row.id, now, row.fetched_at)
            return {"due_at": due, "failures": 0, "problem": None, "gone_at": None}
        case Gone():
            # It may come back; until then what we hold of it stays readable.
            return {
                "gone_at": row.gone_at or stamp(now),
                "problem": item.reason,
                "due_at": stamp(now + LATEST),
            }
    return _failure(row, item.reason, now, item.retry_after_s)


def _failure(
    row: Row[Any], reason: str, now: datetime, retry_after_s: float | None
) -> dict[str, Any]:
    failures = row.failures + 1
    wait = min(FIRST_FAILURE * 2 ** min(failures - 1, 10), LONGEST_FAILURE)
    if retry_after_s is not None:
        wait = max(wait, timedelta(seconds=min(retry_after_s, LONGEST_FAILURE.total_seconds())))
    return {
        "failures": failures,
        "problem": reason[:500],
        "due_at": stamp(now + wait * _jitter(row.id)),
    }


def _page_due(id_: str, now: datetime, changed_at: str) -> str:
    wait = (now - datetime.fromisoformat(changed_at)) / 2
    return stamp(now + min(max(wait, SOONEST), LATEST) * _jitter(id_))


def _feed_due(id_: str, now: datetime, changed_at: str) -> str:
    wait = (now - datetime.fromisoformat(changed_at)) / 4
    return stamp(now + min(max(wait, FEED_SOONEST), FEED_LATEST) * _jitter(id_))


def _jitter(id_: str) -> float:
    """From 0.9 to 1.1, by the id: what was added together does not stay due together."""
    return 0.9 + 0.2 * (zlib.crc32(id_.encode()) % 1_000) / 1_000


def _known(row: Row[Any]) -> Known:
    return Known(
        source_id=row.id,
        address=row.address or row.url or "",
        guild_id=row.guild_id,
        kind=row.kind,
        etag=row.etag,
        last_modified=row.last_modified,
        checked_at=row.checked_at,
        gone=row.gone_at is not None,
    )


def _feed(row: Row[Any]) -> Feed:
    return Feed(**{name: row._mapping[name] for name in Feed.__dataclass_fields__})
