"""What derived indexes have yet to do, and what they remember about themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select

from corpus.database import upsert
from corpus.schema import index_op, index_state

GENERATION = "generation"

Op = Literal["upsert", "delete"]


@dataclass(frozen=True, slots=True)
class IndexOp:
    """Something a derived index has yet to do; doing it twice must do no harm."""

    seq: int
    passage_id: str
    op: Op


def enqueue(connection: Connection, ids: Collection[str], op: Op) -> None:
    """Tell the derived indexes what to do about these passages."""
    if ids:
        connection.execute(insert(index_op), [{"passage_id": id_, "op": op} for id_ in ids])


def pending(connection: Connection, limit: int) -> list[IndexOp]:
    """The oldest entries, in order."""
    rows = connection.execute(select(index_op).order_by(index_op.c.seq).limit(limit))
    return [IndexOp(row.seq, row.passage_id, row.op) for row in rows]


def newest(connection: Connection) -> int:
    """The number of the newest entry; 0 where there is none."""
    return connection.scalar(select(func.max(index_op.c.seq))) or 0


def acknowledge(connection: Connection, seq: int) -> None:
    """Forget the entries up to and including `seq`."""
    connection.execute(delete(index_op).where(index_op.c.seq <= seq))


def recall(connection: Connection, key: str) -> str | None:
    """What is remembered under `key`."""
    return connection.scalar(select(index_state.c.value).where(index_state.c.key == key))


def remember(connection: Connection, key: str, value: str) -> None:
    """Remember `value` under `key`, in place of what was there."""
    connection.execute(
        upsert(connection, index_state)
        .values(key=key, value=value)
        .on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )


def bump(connection: Connection) -> None:
    """Count up the generation, by which caches know that they are old."""
    remember(connection, GENERATION, str(int(recall(connection, GENERATION) or 0) + 1))
