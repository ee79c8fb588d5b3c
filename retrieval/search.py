"""Search: dense and lexical candidates, fused, filtered, without near-duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from corpus.catalogue import Catalogue
from corpus.model import Passage, parse_partial_date
from retrieval.dense import DenseIndex, by_score
from retrieval.duplicates import Fingerprint, fingerprint
from retrieval.indexer import check_embedder
from retrieval.model import Embedder, Hit, SearchFilter
from retrieval.words import STOP_WORDS

DEPTH = 50
"""Candidates that each side gives, at least."""
_RRF_K = 10
"""Constant of reciprocal rank fusion (Cormack et al. 2009), small as the lists are short."""
TIER_BONUS = {"primary": 0.01, "official": 0.01, "reputable": 0.005, "unreliable": -0.02}
"""Added to a score of 0 to 1: enough to order equals, too little to bring in what bears on less."""
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
        depth = max(DEPTH, 3 * k)
        vector = self._embedder.embed([query])[0]
        dense = dict(self._dense.search(vector, depth, where))
        lexical = dict(
            self._catalogue.lexical(
                query_terms(query),
                depth,
                as_of=where.as_of,
                kinds=where.kinds,
                guild_id=where.guild_id,
            )
        )
        # What only the words found is scored by meaning too.
        dense |= self._dense.cosines(vector, lexical.keys() - dense.keys())
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
        passages = self._catalogue.passages(scores)
        top = max(lexical.values(), default=0.0)
        hits: list[Hit] = []
        kept: list[Fingerprint] = []
        tellers: dict[str, str] = {}
        # The catalogue may have changed since the candidates were picked.
        held = {
            id_: score + TIER_BONUS.get(passages[id_].source.tier, 0.0)
            for id_, score in scores.items()
            if id_ in passages and _permitted(passages[id_], where)
        }
        for id_, score in by_score(held.items()):
            passage = passages[id_]
            # One story told by many is shown as one of them tells it.
            source = passage.source
            if tellers.get(source.story, source.id) != source.id:
                continue
            print_ = fingerprint(passage.text)
            if any(print_.repeats(other) for other in kept):
                continue
            tellers[source.story] = source.id
            kept.append(print_)
            share = lexical[id_] / top if id_ in lexical and top > 0 else None
            hits.append(Hit(passage, score, dense.get(id_), share))
            if len(hits) == k:
                break
        return hits


def query_terms(query: str) -> list[str]:
    """The words to look for: those that carry content, or all where fewer than two do."""
    terms = [match[1] for match in _TERM.finditer(query.casefold())]
    content = [term for term in terms if term not in STOP_WORDS]
    return list(dict.fromkeys(content if len(set(content)) > 1 else terms))


def fuse(
    dense: Mapping[str, float], lexical: Mapping[str, float], weight: float | None
) -> dict[str, float]:
    """One score from 0 to 1 a candidate.

    With a weight tuned for the embedder: that share of the cosine, the rest of BM25 over its
    maximum. Without: reciprocal ranks.
    """
    if weight is None:
        return _by_ranks(dense, lexical)
    top = max(lexical.values(), default=0.0) or 1.0
    return {
        id_: weight * max(dense.get(id_, 0.0), 0.0) + (1 - weight) * lexical.get(id_, 0.0) / top
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
