"""Search: dense and lexical candidates, fused, filtered, without near-duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from corpus.catalogue import Catalogue
from corpus.model import Passage, parse_partial_date
from retrieval.dense import DenseIndex, by_score
from retrieval.duplicates import Distinct
from retrieval.indexer import check_embedder
from retrieval.model import Embedder, Hit, SearchFilter
from retrieval.words import STOP_WORDS

DENSE_DEPTH = 100
LEXICAL_DEPTH = 300
"""Candidates that each side gives, at least; more by words, as those cost less to tell apart."""
_FIELD = 15
"""Place of the lexical candidate from which the best one has to stand out."""
_RRF_K = 10
"""Constant of reciprocal rank fusion (Cormack et al. 2009), small as the lists are short."""
TIER_BONUS = {"primary": 0.01, "official": 0.01, "reputable": 0.005, "unreliable": -0.02}
"""Added to a score of 0 to 1: enough to order equals, too little to bring in what bears on less."""
_READ = 60
"""Candidates that are read at once, at least: the first are nearly always enough."""
_QUERY_CHARACTERS = 4_000
_TERM = re.compile(r"(\d+(?:[.,]\d+)+|[^\W_]+)(?:['’]s\b)?")


class Retriever:
    """Finds the passages that bear on a query. Thread-safe."""

    def __init__(self, catalogue: Catalogue, embedder: Embedder, dense: DenseIndex) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._dense = dense

    def search(self, query: str, k: int = 10, where: SearchFilter | None = None) -> list[Hit]:
        """At most `k` hits, best first, equals in order of passage id.

        Raises IndexMismatchError where the corpus was indexed with another embedder, EndpointError
        where the embedder is an endpoint that fails.
        """
        where = where or SearchFilter()
        query = query[:_QUERY_CHARACTERS].strip()
        if not query or k <= 0:
            return []
        check_embedder(self._catalogue, self._embedder.model_id)
        vector = self._embedder.embed([query])[0]
        near = self._dense.search(vector, max(DENSE_DEPTH, 3 * k), where)
        lexical = dict(
            self._catalogue.lexical(
                query_terms(query),
                max(LEXICAL_DEPTH, 3 * k),
                as_of=where.as_of,
                kinds=where.kinds,
                guild_id=where.guild_id,
            )
        )
        # What only the words found is scored by meaning too.
        ids, vectors = self._dense.vectors(lexical.keys() | {id_ for id_, _ in near})
        dense = dict(zip(ids, (vectors @ vector).tolist(), strict=True)) if ids else {}
        scores = fuse(dense, lexical, self._embedder.fusion_weight)
        return self._hits(scores, dense, lexical, where, k)

    def _hits(
        self,
        scores: Mapping[str, float],
        dense: Mapping[str, float],
        lexical: Mapping[str, float],
        where: SearchFilter,
        k: int,
    ) -> list[Hit]:
        top = max(lexical.values(), default=0.0)
        hits: list[Hit] = []
        distinct = Distinct()
        for passage, score in self._best_first(scores, where, max(_READ, 3 * k)):
            if not distinct.takes(passage):
                continue
            found = lexical.get(passage.id)
            share = found / top if found is not None and top > 0 else None
            hits.append(Hit(passage, score, dense.get(passage.id), share))
            if len(hits) == k:
                break
        return hits

    def _best_first(
        self, scores: Mapping[str, float], where: SearchFilter, some: int
    ) -> Iterator[tuple[Passage, float]]:
        """The candidates with their scores, read from the catalogue `some` at a time."""
        order = [id_ for id_, _ in by_score(scores.items())]
        for first in range(0, len(order), some):
            passages = self._catalogue.passages(order[first : first + some])
            # The catalogue may have changed since the candidates were picked.
            held = {
                id_: scores[id_] + TIER_BONUS.get(passage.source.tier, 0.0)
                for id_, passage in passages.items()
                if _permitted(passage, where)
            }
            for id_, score in by_score(held.items()):
                yield passages[id_], score


def query_terms(query: str) -> list[str]:
    """The words to look for: those that carry content, or all where fewer than two do."""
    terms = [match[1] for match in _TERM.finditer(query.casefold())]
    content = [term for term in terms if term not in STOP_WORDS]
    return list(dict.fromkeys(content if len(set(content)) > 1 else terms))


def fuse(
    dense: Mapping[str, float], lexical: Mapping[str, float], weight: float | None
) -> dict[str, float]:
    """One score from 0 to 1 a candidate.

    With a weight tuned for the embedder: at least that share of the cosine, the rest of BM25 over
    its maximum. The more the best candidate by words stands out, the more BM25 counts, as scores
    that lie together tell little (Shtok et al. 2012, on predicting how well a query does).
    Without a weight: reciprocal ranks.
    """
    if weight is None:
        return _by_ranks(dense, lexical)
    ordered = sorted(lexical.values(), reverse=True)
    top = ordered[0] if ordered and ordered[0] > 0 else 1.0
    field = ordered[_FIELD - 1] if len(ordered) >= _FIELD else 0.0
    share = (1 - weight) * (1 - field / top)
    return {
        id_: (1 - share) * max(dense.get(id_, 0.0), 0.0) + share * lexical.get(id_, 0.0) / top
        for id_ in dense.keys() | lexical.keys()
    }


def _by_ranks(*sides: Mapping[str, float]) -> dict[str, float]:
    best = len(sides) / (_RRF_K + 1)
    fused: dict[str, float] = {}
    for side in sides:
        for rank, id_ in enumerate(_order(side), start=1):
            fused[id_] = fused.get(id_, 0.0) + 1 / (_RRF_K + rank) / best
    return fused


def _order(side: Mapping[str, float]) -> Iterable[str]:
    return (id_ for id_, _ in by_score(side.items()))


def _permitted(passage: Passage, where: SearchFilter) -> bool:
    source = passage.source
    if source.guild_id not in {None, where.guild_id}:
        return False
    if where.kinds is not None and source.kind not in where.kinds:
        return False
    if where.as_of is None:
        return True
    return source.published is not None and (parse_partial_date(source.published)[1] <= where.as_of)
