"""Dense search: the stored vectors themselves, or an approximate index once there are many.

The index knows no filters: it gives more than is asked for, and the catalogue says what of that
may be seen.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import Catalogue
from corpus.errors import OperationError
from retrieval.model import SearchFilter, Vectors

log = logging.getLogger(__name__)

EXACT_LIMIT = 20_000
"""Up to so many passages scoring every vector is as quick as an index, and needs none loaded."""
EXACT_MEMORY_LIMIT = 250_000
"""For a process that stays: of more passages the vectors are not all loaded where the index is
away, as they would take more than 400 MB. Words alone find passages then, still ranked by
meaning."""
_FETCH_LIMIT = 4_000
"""Up to so many permitted passages are read from the catalogue rather than loading all vectors."""
_FILTERED = (200, 2_000)
"""The nearest that the index gives for a filter to choose from: as many as it looks at anyway, and
where too few of those are permitted, once more so many, which is quicker than scoring every vector
and needs none loaded."""

Ranked = list[tuple[str, float]]
"""(passage id, cosine), best first; equals in order of id."""


class DenseIndex(Protocol):
    """Finds the passages whose vectors lie nearest to a query's."""

    def search(
        self, query: NDArray[np.float32], k: int, where: SearchFilter | None = None
    ) -> Ranked:
        """At most `k` live passages, those that meet `where`; None: of all servers."""
        ...

    def vectors(self, ids: Collection[str]) -> tuple[list[str], Vectors]:
        """Ids and vectors, shape (n, dim), of the live passages among `ids` that have one."""
        ...


class ApproximateIndex(Protocol):
    """An index beside the catalogue. It may lag behind it, and it may fail."""

    @property
    def is_open(self) -> bool:
        """Whether it can be searched."""
        ...

    def search(self, query: NDArray[np.float32], k: int) -> list[str]:
        """At most about `k` passage ids, nearest first. Raises OperationError."""
        ...


@dataclass(frozen=True, slots=True)
class _Matrix:
    generation: int
    ids: list[str]
    rows: dict[str, int]
    vectors: Vectors


class ExactIndex:
    """Scores the catalogue's own vectors, kept in memory until the catalogue changes."""

    def __init__(self, catalogue: Catalogue, model_id: str) -> None:
        self._catalogue = catalogue
        self._model_id = model_id
        self._lock = threading.Lock()
        self._matrix: _Matrix | None = None

    def search(
        self, query: NDArray[np.float32], k: int, where: SearchFilter | None = None
    ) -> Ranked:
        """See DenseIndex."""
        allowed = None
        if where is not None:
            allowed = self._catalogue.eligible(*_parts(where))
        if allowed is not None and len(allowed) <= _FETCH_LIMIT and self._matrix is None:
            ids, vectors = self._catalogue.vectors(self._model_id, allowed)
            return best(ids, vectors @ query if ids else vectors, k)
        matrix = self._current()
        if not matrix.ids:
            return []
        if allowed is None:
            return best(matrix.ids, matrix.vectors @ query, k)
        picked = sorted(matrix.rows[id_] for id_ in allowed if id_ in matrix.rows)
        # To copy many rows takes longer than to score them all.
        few = len(picked) < len(matrix.ids) // 8
        cosines = matrix.vectors[picked] @ query if few else (matrix.vectors @ query)[picked]
        return best([matrix.ids[row] for row in picked], cosines, k)

    def vectors(self, ids: Collection[str]) -> tuple[list[str], Vectors]:
        """See DenseIndex."""
        matrix = self._matrix
        if matrix is None or matrix.generation != self._catalogue.generation():
            return self._catalogue.vectors(self._model_id, ids)
        rows = sorted(matrix.rows[id_] for id_ in ids if id_ in matrix.rows)
        return [matrix.ids[row] for row in rows], matrix.vectors[rows]

    def _current(self) -> _Matrix:
        with self._lock:
            # Read first: what is added while the vectors are read makes the matrix old, not wrong.
            generation = self._catalogue.generation()
            if self._matrix is None or self._matrix.generation != generation:
                ids, vectors = self._catalogue.vectors(self._model_id)
                rows = {id_: row for row, id_ in enumerate(ids)}
                self._matrix = _Matrix(generation, ids, rows, vectors)
            return self._matrix


class DenseSearch:
    """Exact, or by the approximate index where that is open and the corpus large.

    What the approximate index answers is scored again with the stored vectors, which also drops
    what is no longer live. Where it fails, the exact way answers, if memory allows.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        model_id: str,
        approximate: ApproximateIndex | None = None,
        *,
        exact_limit: int = EXACT_LIMIT,
        memory_limit: int | None = None,
    ) -> None:
        """`memory_limit`: of more passages the vectors are not all loaded; None: always."""
        self._catalogue = catalogue
        self._exact = ExactIndex(catalogue, model_id)
        self._approximate = approximate
        self._exact_limit = exact_limit
        self.memory_limit = memory_limit
        self._size = (-1, 0)

    @property
    def is_partial(self) -> bool:
        """Whether a search finds nothing by meaning now: the index is away, the corpus too large
        to do without."""
        if self.memory_limit is None or (self._approximate and self._approximate.is_open):
            return False
        # As many as the last search saw: a look costs nothing.
        return self._size[1] > self.memory_limit

    def search(
        self, query: NDArray[np.float32], k: int, where: SearchFilter | None = None
    ) -> Ranked:
        """See DenseIndex."""
        approximate = self._approximate
        large = self._passages() > self._exact_limit
        if approximate and approximate.is_open and large:
            try:
                nearest = self._nearest(approximate, query, k, where)
            except OperationError as error:
                log.warning("searching without the index: %s", error)
            else:
                if nearest is not None:
                    return nearest
        if self.is_partial:
            return []
        return self._exact.search(query, k, where)

    def _nearest(
        self,
        approximate: ApproximateIndex,
        query: NDArray[np.float32],
        k: int,
        where: SearchFilter | None,
    ) -> Ranked | None:
        """None: the filter keeps out too much of what lies near."""
        if where is None or not self._catalogue.restricts(*_parts(where)):
            found = approximate.search(query, k)
        else:
            found = self._nearest_permitted(approximate, query, k, where)
            # What lies beyond the nearest thousands is far away: half as many as asked for will do.
            if len(found) < _share(k):
                return None
        ids, vectors = self.vectors(found)
        return best(ids, vectors @ query, k) if ids else []

    def _nearest_permitted(
        self, approximate: ApproximateIndex, query: NDArray[np.float32], k: int, where: SearchFilter
    ) -> list[str]:
        """At most `k`; fewer do not tell that there are no more."""
        found: list[str] = []
        for depth in _FILTERED:
            near = approximate.search(query, max(k, depth))
            permitted = self._catalogue.eligible_among(near, *_parts(where))
            found = [id_ for id_ in near if id_ in permitted][:k]
            # At the rate so far there would be too few further on as well.
            if len(found) == k or len(found) * _FILTERED[-1] < _share(k) * len(near):
                break
        return found

    def vectors(self, ids: Collection[str]) -> tuple[list[str], Vectors]:
        """See DenseIndex."""
        return self._exact.vectors(ids)

    def _passages(self) -> int:
        generation = self._catalogue.generation()
        if self._size[0] != generation:
            self._size = generation, self._catalogue.count().passages
        return self._size[1]


def _share(k: int) -> int:
    """The fewest of `k` that are an answer."""
    return (k + 1) // 2


def _parts(where: SearchFilter) -> tuple[date | None, frozenset[str] | None, str | None]:
    return where.as_of, where.kinds, where.guild_id


def best(ids: Sequence[str], cosines: NDArray[np.float32], k: int) -> Ranked:
    """The `k` of `ids` with the highest cosines."""
    if k <= 0 or not len(ids):
        return []
    picked: Iterable[int]
    if k < len(ids):
        # The k-th best value, and all that equal it, so that the order of ids decides among equals.
        threshold = np.partition(cosines, -k)[-k]
        picked = np.flatnonzero(cosines >= threshold).tolist()
    else:
        picked = range(len(ids))
    return by_score((ids[row], float(cosines[row])) for row in picked)[:k]


def by_score(scored: Iterable[tuple[str, float]]) -> Ranked:
    """Best first, equals in order of id."""
    return sorted(scored, key=lambda item: (-item[1], item[0]))
