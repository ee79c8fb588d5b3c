"""Stored embeddings: float16, one for each passage and model; what indexes are rebuilt from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, delete, func, select

from corpus.database import batches, upsert
from corpus.errors import InputError
from corpus.outbox import enqueue
from corpus.schema import embedding, passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


def store_vectors(
    connection: Connection, model_id: str, ids: Sequence[str], vectors: NDArray[np.float32]
) -> bool:
    """Store a vector for each known id and tell the indexes; False where all were stored so."""
    import numpy as np

    if not np.isfinite(vectors).all():
        raise InputError(f"the embedder {model_id!r} returned vectors that are not numbers")
    halves = np.ascontiguousarray(vectors, dtype="<f2")
    blobs = {id_: halves[row].tobytes() for row, id_ in enumerate(ids)}
    changed: list[dict[str, Any]] = []
    searchable: list[str] = []
    for batch in batches(blobs):
        held = connection.execute(
            select(passage.c.id, passage.c.seq, passage.c.live, embedding.c.vector)
            .outerjoin(
                embedding,
                (embedding.c.passage_seq == passage.c.seq) & (embedding.c.model_id == model_id),
            )
            .where(passage.c.id.in_(batch))
        )
        for row in held:
            if row.vector == blobs[row.id]:
                continue
            changed.append(
                {
                    "passage_seq": row.seq,
                    "model_id": model_id,
                    "dim": halves.shape[1],
                    "vector": blobs[row.id],
                }
            )
            if row.live:
                searchable.append(row.id)
    if not changed:
        return False
    statement = upsert(connection, embedding)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["passage_seq", "model_id"],
            set_={"dim": statement.excluded.dim, "vector": statement.excluded.vector},
        ),
        changed,
    )
    enqueue(connection, searchable, "upsert")
    return True


def load_vectors(
    connection: Connection, model_id: str, ids: Iterable[str] | None
) -> tuple[list[str], Vectors]:
    """Ids and vectors, shape (n, dim) float32, of live passages; all, or those in `ids`."""
    import numpy as np

    query = _embedded(select(passage.c.id, embedding.c.vector), model_id)
    parts = [query]
    if ids is not None:
        parts = [query.where(passage.c.id.in_(batch)) for batch in batches(ids)]
    found: list[str] = []
    # Row by row into one piece of memory: all of them at once would be as much again.
    packed = bytearray()
    for part in parts:
        for row in connection.execute(part):
            found.append(row.id)
            packed += row.vector
    if not found:
        return [], np.empty((0, 0), dtype=np.float32)
    matrix = np.frombuffer(packed, dtype="<f2")
    return found, matrix.reshape(len(found), -1).astype(np.float32)


def embedded_ids(connection: Connection, model_id: str) -> list[str]:
    """Ids of the live passages that have a vector of this model."""
    return list(connection.scalars(_embedded(select(passage.c.id), model_id)))


def embedded(connection: Connection, model_id: str) -> int:
    """How many live passages have a vector of this model."""
    query = _embedded(select(func.count()), model_id).order_by(None)
    return int(connection.execute(query.select_from(passage)).scalar_one())


def embedded_sample(connection: Connection, model_id: str, most: int) -> list[str]:
    """The ids of some of them, from all over the corpus."""
    newest = connection.scalar(select(func.max(passage.c.seq))) or 0
    step = max(1, newest // most)
    some = _embedded(select(passage.c.id), model_id).where(passage.c.seq % step == 0)
    found = list(connection.scalars(some.limit(2 * most)))
    return found or list(connection.scalars(_embedded(select(passage.c.id), model_id).limit(1)))


def without_vector(query: Select[Any], model_id: str) -> Select[Any]:
    """A query on passages, narrowed to live ones that have no vector of this model."""
    has = select(embedding.c.passage_seq).where(
        embedding.c.passage_seq == passage.c.seq, embedding.c.model_id == model_id
    )
    return query.where(passage.c.live, ~has.exists()).order_by(passage.c.seq)


def drop_others(connection: Connection, model_id: str) -> None:
    """Delete the vectors of every model but this one."""
    connection.execute(delete(embedding).where(embedding.c.model_id != model_id))


def _embedded(query: Select[Any], model_id: str) -> Select[Any]:
    return (
        query.join(embedding, embedding.c.passage_seq == passage.c.seq)
        .where(passage.c.live, embedding.c.model_id == model_id)
        .order_by(passage.c.seq)
    )
