"""The record of who asked what, and what was answered.

Methods are synchronous and short, each one transaction, CatalogueError where it fails; async
callers run them in one bounded executor. Verdicts are kept whole, quotes and all, so that a card's
buttons need nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

import sqlalchemy as sa

from corpus.database import is_postgresql, looking, migrate, reading, sharing, upsert
from prompts.verdict import Verdict

Origin = Literal["slash", "menu", "mention", "dm", "again"]
Status = Literal["running", "done", "failed", "cancelled", "interrupted"]

VERSION_TABLE = "alembic_version_ledger"

LEASE = timedelta(seconds=15)
"""How long a process is taken to be at a check without saying so again."""

metadata = sa.MetaData()


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept as UTC; SQLite would give it back without its zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """To UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """With its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


checks = sa.Table(
    "checks",
    metadata,
    # The id of Discord's event: the same event delivered again makes no second check.
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("guild_id", sa.String(32)),
    sa.Column("channel_id", sa.String(32)),
    sa.Column("user_id", sa.String(32), nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, index=True),
    sa.Column("finished_at", Instant),
    sa.Column("answer_id", sa.String(32)),
    # What its answer needs beside the text, as JSON.
    sa.Column("context", sa.Text, nullable=False, server_default="{}"),
    # By which an interaction is answered; forgotten once it is.
    sa.Column("token", sa.Text),
    # The process that is at it, and until when that is sure: see bot.work.
    sa.Column("holder", sa.String(64)),
    sa.Column("held_until", Instant),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("check_id", sa.String(32), sa.ForeignKey("checks.id"), nullable=False, index=True),
    sa.Column("claim", sa.Text, nullable=False),
    sa.Column("label", sa.String(32), nullable=False, index=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
    # From 1, the best first.
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("passage_id", sa.String(16), nullable=False),
)

traces = sa.Table(
    "traces",
    metadata,
    sa.Column(
        "verdict_id",
        sa.String(64),
        sa.ForeignKey("verdicts.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # What each step of the check saw and did: a JSON array.
    sa.Column("steps", sa.Text, nullable=False),
)

notes = sa.Table(
    "ledger_notes",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, by whom, where. Ids are Discord's, as text."""

    id: str
    """The id of the message or interaction that asked."""
    text: str
    origin: Origin
    user_id: str
    guild_id: str | None = None
    channel_id: str | None = None
    context: Mapping[str, str | None] = field(default_factory=dict)
    """What the answer needs beside the text."""
    token: str | None = field(default=None, repr=False)
    """An interaction's token; it can be answered with until it dies."""


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as it was given, where, and the passages that were looked at for it."""

    verdict: Verdict
    guild_id: str | None
    passage_ids: tuple[str, ...]
    """What the search found, best first, cited or not."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits."""

    open: int
    oldest_s: float
    """Seconds since the oldest open check was asked for."""


def open_ledger(
    engine: sa.Engine,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    holder: str | None = None,
) -> Ledger:
    """The ledger in `engine`'s database, brought up to date; CatalogueError where it cannot be.

    `holder` names the process that is at the checks it begins.
    """
    migrate(engine, "bot:migrations", VERSION_TABLE)
    return Ledger(engine, now=now, holder=holder)


class Ledger:
    """Checks and verdicts."""

    def __init__(
        self, engine: sa.Engine, *, now: Callable[[], datetime], holder: str | None = None
    ) -> None:
        self._engine = engine
        self._now = now
        self._holder = holder

    def begin(
        self, request: Request, also: Callable[[sa.Connection], None] = lambda db: None
    ) -> bool:
        """Opens a check; False where this event has opened one before.

        `also` is done in the same transaction where it is new; what it raises undoes both.
        """
        now = self._now()
        row = {
            "id": request.id,
            "requested_at": now,
            "guild_id": request.guild_id,
            "channel_id": request.channel_id,
            "user_id": request.user_id,
            "origin": request.origin,
            "text": _storable(request.text),
            "status": "running",
            "context": json.dumps(dict(request.context)),
            "token": request.token,
            "holder": self._holder,
            "held_until": now + LEASE if self._holder else None,
        }
        with sharing(self._engine) as db:
            if not _insert(db, checks, row):
                return False
            also(db)
            return True

    def placed(self, check_id: str, message_id: str) -> None:
        """Records the message that answers the check, already while it only says "Checking"."""
        with sharing(self._engine) as db:
            db.execute(checks.update().where(checks.c.id == check_id).values(answer_id=message_id))

    def keep(
        self,
        check_id: str,
        answers: Sequence[Verdict],
        retrieved: Mapping[str, Sequence[str]] = MappingProxyType({}),
        steps: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
    ) -> None:
        """Stores what a check came to. A verdict already held is left as it is.

        `retrieved` has the ids of the passages found for a verdict, by the verdict's id; `steps`
        its trace.
        """
        now = self._now()
        with sharing(self._engine) as db:
            for n, verdict in enumerate(answers):
                # A microsecond apart, so that they keep their order.
                at = now + timedelta(microseconds=n)
                found, told = retrieved.get(verdict.id, ()), steps.get(verdict.id, ())
                keep(db, verdict, check_id, at, found, steps=told)

    def kept(self, check_id: str) -> tuple[Verdict, ...]:
        """What a check has come to, in its order."""
        query = (
            sa.select(verdicts.c.verdict)
            .where(verdicts.c.check_id == check_id)
            .order_by(verdicts.c.created_at, verdicts.c.id)
        )
        with looking(self._engine) as db:
            return tuple(Verdict.model_validate_json(text) for text in db.scalars(query))

    def finish(self, check_id: str, status: Status) -> None:
        """Closes a check."""
        with sharing(self._engine) as db:
            db.execute(
                checks.update()
                .where(checks.c.id == check_id)
                .values(status=status, finished_at=self._now(), token=None, held_until=None)
            )

    def verdict(self, verdict_id: str) -> Verdict | None:
        """The verdict, as it was given."""
        with looking(self._engine) as db:
            text = db.scalar(sa.select(verdicts.c.verdict).where(verdicts.c.id == verdict_id))
        return None if text is None else Verdict.model_validate_json(text)

    def citing(self, source_id: str) -> list[str]:
        """The ids of the verdicts that cite a source, newest first."""
        cited = f'"source":{{"id":{json.dumps(source_id, ensure_ascii=False)},'
        query = (
            sa.select(verdicts.c.id)
            .where(verdicts.c.verdict.contains(cited, autoescape=True))
            .order_by(verdicts.c.created_at.desc(), verdicts.c.id)
        )
        with looking(self._engine) as db:
            return list(db.scalars(query))

    def given(self, verdict_id: str) -> Given | None:
        """The verdict with what its receipt shows beside it."""
        query = (
            sa.select(verdicts.c.verdict, checks.c.guild_id)
            .join(checks, checks.c.id == verdicts.c.check_id)
            .where(verdicts.c.id == verdict_id)
        )
        with reading(self._engine) as db:
            row = db.execute(query).first()
            if row is None:
                return None
            passage_ids = tuple(retrieved_for(db, verdict_id))
        return Given(Verdict.model_validate_json(row.verdict), row.guild_id, passage_ids)

    def queue(self) -> Queue:
        """How much waits, in all processes."""
        running = checks.c.status == "running"
        waiting = sa.select(sa.func.count(), sa.func.min(checks.c.requested_at)).where(running)
        with looking(self._engine) as db:
            count, oldest = db.execute(waiting).one()
        age = 0.0 if oldest is None else (self._now() - oldest).total_seconds()
        return Queue(count, max(0.0, age))

    def time(self) -> datetime | None:
        """What time it is by the database server's clock; None for a file, which has none."""
        if not is_postgresql(self._engine):
            return None
        with looking(self._engine) as db:
            return db.scalar(sa.select(sa.func.now()))

    def note(self, name: str) -> str | None:
        """What the program noted for itself under `name`."""
        with looking(self._engine) as db:
            return db.scalar(sa.select(notes.c.value).where(notes.c.name == name))

    def set_note(self, name: str, value: str) -> None:
        """Notes `value` under `name`."""
        with sharing(self._engine) as db:
            db.execute(
                upsert(db, notes)
                .values(name=name, value=value)
                .on_conflict_do_update(index_elements=["name"], set_={"value": value})
            )

    def note_once(self, name: str, value: str) -> str:
        """Notes `value` under `name` where nothing is; what stands there afterwards."""
        if self._insert(notes, {"name": name, "value": value}):
            return value
        kept = self.note(name)
        assert kept is not None
        return kept

    def _insert(self, table: sa.Table, row: Mapping[str, object]) -> bool:
        with sharing(self._engine) as db:
            return _insert(db, table, row)


def _insert(db: sa.Connection, table: sa.Table, row: Mapping[str, object]) -> bool:
    """Whether the row is new: its key was free."""
    kept = upsert(db, table).values(row).on_conflict_do_nothing().returning(sa.literal(1))
    return db.execute(kept).first() is not None


def keep(
    db: sa.Connection,
    verdict: Verdict,
    check_id: Any,
    at: datetime,
    retrieved: Sequence[str],
    *,
    steps: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Stores a verdict, the ids of the passages found for it and its trace, where its id is new."""
    row = {
        "id": verdict.id,
        "check_id": check_id,
        "claim": verdict.claim,
        "label": str(verdict.label),
        "verdict": verdict.model_dump_json(by_alias=True),
        "created_at": at,
    }
    if not _insert(db, verdicts, row):
        return
    if steps:
        told = _storable(json.dumps(list(steps), ensure_ascii=False, default=str))
        db.execute(traces.insert().values(verdict_id=verdict.id, steps=told))
    if retrieved:
        db.execute(
            evidence.insert(),
            [
                {"verdict_id": verdict.id, "rank": rank, "passage_id": passage_id}
                for rank, passage_id in enumerate(retrieved, 1)
            ],
        )


def retrieved_for(db: sa.Connection, verdict_id: str) -> list[str]:
    """The ids of the passages found for a verdict, best first."""
    return list(
        db.scalars(
            sa.select(evidence.c.passage_id)
            .where(evidence.c.verdict_id == verdict_id)
            .order_by(evidence.c.rank)
        )
    )


def _storable(text: str) -> str:
    """PostgreSQL holds neither NUL nor half a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
