"""Everything a database holds, copied into another: for backups, and from SQLite to PostgreSQL.

The source is read in one transaction, so the copy is one moment of it whatever else writes; the
target takes all of it or nothing. Counts and checksums are then taken on both sides.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

import bot.budget
import bot.leases
import bot.quotas
import bot.review.tables
from bot.ledger import metadata as ledger_metadata
from bot.ledger import open_ledger
from corpus.catalogue import Catalogue
from corpus.database import is_postgresql, open_engine, reading, writing
from corpus.errors import InputError, OperationError
from corpus.schema import metadata as corpus_metadata

log = logging.getLogger(__name__)

ROOMS = (bot.budget, bot.leases, bot.quotas, bot.review.tables)
"""Importing them puts their tables beside the ledger's."""

_CHUNK = 500
_MASK = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class Copied:
    """A table, copied and compared."""

    table: str
    rows: int
    checksum: str


def tables() -> list[sa.Table]:
    """Every table that holds something of ours, those that others refer to first."""
    return [*corpus_metadata.sorted_tables, *ledger_metadata.sorted_tables]


def open_migrated(url: str) -> sa.Engine:
    """The database at `url`, with every room's tables in it."""
    engine = open_engine(url)
    Catalogue(engine)
    open_ledger(engine)
    return engine


def transfer(
    source: sa.Engine, target: sa.Engine, advance: Callable[[int], None] = lambda done: None
) -> list[Copied]:
    """Copies all of `source` into the empty `target`; both with every room's tables.

    InputError: the target holds something. OperationError: the copy is not the same.
    """
    with reading(source) as there, writing(target) as here:
        full = [table.name for table in tables() if _count(here, table)]
        if full:
            raise InputError(
                f"the target is not empty (it has rows in {', '.join(full[:3])}); "
                "give an empty database, or a file that is not there yet"
            )
        copied = []
        for table in tables():
            for rows in _rows(there, table):
                here.execute(table.insert(), rows)
                advance(len(rows))
            copied.append(_compared(there, here, table))
        if is_postgresql(target):
            _renew_sequences(here)
    return copied


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, object]]]:
    # Rows that refer to rows of their own table come after those, as ids of such tables grow.
    query = sa.select(table).order_by(*table.primary_key.columns)
    for part in connection.execute(query.execution_options(yield_per=_CHUNK)).partitions():
        yield [dict(row._mapping) for row in part]


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _compared(there: sa.Connection, here: sa.Connection, table: sa.Table) -> Copied:
    rows, checksum = _checksum(there, table)
    if (rows, checksum) != _checksum(here, table):
        raise OperationError(f"the copy of table {table.name} is not the same; nothing was kept")
    return Copied(table.name, rows, f"{checksum:064x}"[:16])


def _checksum(connection: sa.Connection, table: sa.Table) -> tuple[int, int]:
    """How many rows, and a sum of their hashes, which their order does not change."""
    count = total = 0
    for rows in _rows(connection, table):
        for row in rows:
            text = "\x1f".join(f"{name}={_plain(value)}" for name, value in sorted(row.items()))
            total += int.from_bytes(hashlib.sha256(text.encode()).digest())
            count += 1
    return count, total & _MASK


def _plain(value: object) -> str:
    """A value as both databases give it."""
    match value:
        case datetime():
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return moment.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case bool():
            return str(int(value))
        case float():
            return repr(round(value, 9))
    return repr(value)


def _renew_sequences(connection: sa.Connection) -> None:
    """Has PostgreSQL count on from the highest number that was copied."""
    for table in tables():
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, sa.Integer):
            continue
        name = connection.execute(
            sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
        ).scalar_one()
        highest = connection.execute(sa.select(sa.func.max(column))).scalar_one()
        if name is not None and highest is not None:
            connection.execute(sa.select(sa.func.setval(name, highest)))
