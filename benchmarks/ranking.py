"""What a ranking could also look at, and does not, beside the ranking as it is.

    python -m benchmarks.ranking STORE SET... [--queries 150]

Sets and STORE are those of `benchmarks.fusion`, whose vectors it uses. Tried are: the first
`TOP` passages ordered anew by what the stance model makes of them; a denial of the claim, and its
names and figures alone, as a second query; the passages beside a hit; and nearness to the two best
hits (pseudo-relevance feedback, Rocchio 1971).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.fusion import JudgedSet, Way, best_first, say
from bot.evaluate import metrics
from bot.evaluate.bootstrap import mean_gain
from corpus.split import sentences
from retrieval import search
from retrieval.embedder import load_embedder
from retrieval.model import Embedder, StanceModel
from retrieval.stance import load_stance

TOP = 20
_SHARES = (0.2, 0.5)
"""What is new counts so much, what is there the rest."""
_NEGATION = re.compile(r"\s*\b(?:not|never)\b|(?<=\w)n['’]t\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|does|do|did)\b",
    re.IGNORECASE,
)
_NAME_OR_FIGURE = re.compile(r"\b(?:[A-Z][\w'’-]*|[\w.,]*\d[\w.,%]*)")

Scores = Mapping[int, float]


def denied(claim: str) -> str:
    """The claim with its negation taken away, or with one put in."""
    if _NEGATION.search(claim):
        return _NEGATION.sub("", claim)
    if _AUXILIARY.search(claim):
        return _AUXILIARY.sub(lambda found: f"{found[0]} not", claim, count=1)
    return f"It is not true that {claim}"


def names_and_figures(claim: str) -> str:
    """Words that are written large or hold a digit; the claim where there are none."""
    found = [word for word in _NAME_OR_FIGURE.findall(claim) if search.query_terms(word)]
    return " ".join(found) or claim


def mixed(one: Scores, other: Scores, share: float) -> dict[int, float]:
    """Each row's scores, the other's counting `share`; a row that one side lacks has 0 there."""
    return {
        row: (1 - share) * one.get(row, 0.0) + share * other.get(row, 0.0)
        for row in one.keys() | other.keys()
    }


class Ranker:
    """The ranking as it is, and with one thing more."""

    def __init__(self, judged: JudgedSet, embedder: Embedder, stance: StanceModel) -> None:
        self._judged = judged
        self._embedder = embedder
        self._stance = stance
        self._kept: dict[str, dict[int, float]] = {}

    def as_it_is(self, query: str, vector: NDArray[np.float32]) -> dict[int, float]:
        """Rows and scores."""
        if query not in self._kept:
            self._kept[query] = self._judged.fused(query, vector, self._embedder.fusion_weight)
        return self._kept[query]

    def relevance(self, query: str, rows: Iterable[int]) -> dict[int, float]:
        """The most that a sentence of each row bears on the query: 1 less P(neither)."""
        pairs, owners = [], []
        for row in rows:
            text, title = self._judged.texts[row], self._judged.titles[row]
            for start, end in sentences(text):
                sentence = text[start:end]
                pairs.append((f"{title}. {sentence}" if title else sentence, query))
                owners.append(row)
        found: dict[int, float] = {}
        for row, shares in zip(owners, self._stance.score(pairs), strict=True):
            found[row] = max(found.get(row, 0.0), 1 - float(shares[2]))
        return found

    def other_form(
        self, form: Callable[[str], str], query: str, vector: NDArray[np.float32], share: float
    ) -> dict[int, float]:
        """With the scores that the query gets in another form."""
        told = form(query)
        asked = self._embedder.embed([told])[0]
        other = self._judged.fused(told, asked, self._embedder.fusion_weight)
        return mixed(self.as_it_is(query, vector), other, share)

    def with_neighbours(
        self, query: str, vector: NDArray[np.float32], share: float
    ) -> dict[int, float]:
        """With the better score of the passages before and after, of the same document."""
        scores, of = self.as_it_is(query, vector), self._judged.documents
        beside = {
            row: max(
                (
                    scores.get(near, 0.0)
                    for near in (row - 1, row + 1)
                    if 0 <= near < len(of) and of[near] == of[row]
                ),
                default=0.0,
            )
            for row in scores
        }
        return mixed(scores, beside, share)

    def with_feedback(
        self, query: str, vector: NDArray[np.float32], share: float
    ) -> dict[int, float]:
        """With the nearness to the middle of the two best."""
        scores = self.as_it_is(query, vector)
        rows, best = list(scores), best_first(scores)[:2]
        vectors = self._judged.vectors
        middle = np.array([scores[row] for row in best]) @ vectors[best]
        near = np.maximum(vectors[rows] @ (middle / np.linalg.norm(middle)), 0.0)
        return mixed(scores, dict(zip(rows, near.tolist(), strict=True)), share)


def reranked(scores: Scores, relevance: Scores, share: float) -> list[int]:
    """The rows, those that `relevance` knows ordered anew among themselves."""
    order = best_first(scores)
    known = {row: scores[row] for row in order if row in relevance}
    return best_first(mixed(known, relevance, share)) + [row for row in order if row not in known]


def ways(ranker: Ranker, judged: JudgedSet) -> Iterator[tuple[str, Way]]:
    """Names and rankings, the one that is used first."""
    relevance: dict[str, dict[int, float]] = {}

    def bearing(query: str, vector: NDArray[np.float32]) -> dict[int, float]:
        if query not in relevance:
            top = best_first(ranker.as_it_is(query, vector))[:TOP]
            relevance[query] = ranker.relevance(query, top)
        return relevance[query]

    yield "as it is", lambda query, vector: best_first(ranker.as_it_is(query, vector))
    for share in (*_SHARES, 1.0):
        yield (
            f"first {TOP} by the stance model's relevance, share {share:g}",
            lambda query, vector, share=share: reranked(
                ranker.as_it_is(query, vector), bearing(query, vector), share
            ),
        )
    for share in _SHARES:
        for name, form in (("denied", denied), ("names and figures", names_and_figures)):
            yield (
                f"second query, {name}, share {share:g}",
                lambda query, vector, share=share, form=form: best_first(
                    ranker.other_form(form, query, vector, share)
                ),
            )
        yield (
            f"nearness to the two best, share {share:g}",
            lambda query, vector, share=share: best_first(
                ranker.with_feedback(query, vector, share)
            ),
        )
        yield (
            f"passages beside it, share {share:g}",
            lambda query, vector, share=share: best_first(
                ranker.with_neighbours(query, vector, share)
            ),
        )


def main() -> None:
    """Print the figures of each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    parser.add_argument("--queries", type=int, default=150)
    given = parser.parse_args()
    given.store.mkdir(parents=True, exist_ok=True)
    embedder, stance = load_embedder(), load_stance()
    for folder in given.sets:
        judged = JudgedSet(folder, given.store, embedder)
        judged.keep(given.queries)
        say(f"{folder.name}: {len(judged.queries)} queries")
        found = [
            (name, judged.scores(way))
            for name, way in tqdm(list(ways(Ranker(judged, embedder, stance), judged)))
        ]
        as_it_is = found[0][1]["ndcg@10"]
        for name, scores in found:
            value = metrics.mean(scores["ndcg@10"])
            gain = mean_gain(scores["ndcg@10"], as_it_is, seed=0)
            say(f"  {value:.3f}  {gain['value']:+.3f} {gain['interval']}  {name}")


if __name__ == "__main__":
    main()
