"""Ways to fuse meaning and words, on judged sets, from vectors that are made once and kept.

    python -m benchmarks.fusion STORE SET... [--weight 0.5]

A set is a BEIR folder, STORE a folder where its vectors are kept; an interrupted run goes on.
The words are FTS5's and the fusion that of `retrieval.search`, so that the figures are those of
`receipts eval retrieval` but for sources that tell one story, which that shows once. Halves are
by the hash of a query's id: one to choose on, one to report.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bot.evaluate import metrics
from bot.evaluate.bootstrap import mean_gain, mean_interval
from bot.evaluate.data import read_retrieval
from bot.evaluate.retrieval import documents
from retrieval import search
from retrieval.dense import best
from retrieval.embedder import load_embedder
from retrieval.ingest import text_to_embed
from retrieval.model import Embedder, Vectors

_BATCH = 128
_KEPT = 120
"""Passages of a ranking: enough for ten documents, of which one may give several."""

Way = Callable[[str, NDArray[np.float32]], Iterable[int]]
"""From a query and its vector to passages by row, best first."""


def _digest(text: str) -> bytes:
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).digest()


class Store:
    """Vectors by the hash of their text, as float16 like the catalogue's."""

    def __init__(self, file: Path, embedder: Embedder) -> None:
        self._held = sqlite3.connect(file)
        self._held.execute("CREATE TABLE IF NOT EXISTS v (k TEXT PRIMARY KEY, v BLOB)")
        self._embedder = embedder

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, dim); those that are not there yet are made and kept."""
        keys = [_digest(text).hex() for text in texts]
        known = {key for (key,) in self._held.execute("SELECT k FROM v")}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        todo = sorted(new.items(), key=lambda item: len(item[1]))
        for first in tqdm(range(0, len(todo), _BATCH), "Embedding", disable=not todo):
            batch = todo[first : first + _BATCH]
            made = self._embedder.embed([text for _, text in batch]).astype(np.float16)
            rows = zip((key for key, _ in batch), (row.tobytes() for row in made), strict=True)
            with self._held:
                self._held.executemany("INSERT INTO v VALUES (?, ?)", rows)
        held = dict(self._held.execute("SELECT k, v FROM v"))
        return np.stack([np.frombuffer(held[key], np.float16) for key in keys]).astype(np.float32)


class JudgedSet:
    """A BEIR folder, cut and indexed as the catalogue does it."""

    def __init__(self, folder: Path, store: Path, embedder: Embedder) -> None:
        self._given = read_retrieval(folder)
        spans = [(item, span) for item in documents(self._given.corpus) for span in item.spans]
        self.documents = [item.source.id for item, _ in spans]
        self.titles = [item.source.given_title for item, _ in spans]
        self.texts = [item.text[span.start : span.end] for item, span in spans]
        self._names = [f"{row:08}" for row in range(len(spans))]
        self._words = sqlite3.connect(":memory:")
        self._words.execute(
            "CREATE VIRTUAL TABLE f USING fts5 "
            "(context, text, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        self._words.executemany(
            "INSERT INTO f (rowid, context, text) VALUES (?, ?, ?)",
            ((row, spans[row][0].source.title, text) for row, text in enumerate(self.texts)),
        )
        kept = Store(store / f"{folder.name}.cache", embedder)
        self.vectors = kept.vectors(
            [
                text_to_embed(item.source, span.heading, text)
                for (item, span), text in zip(spans, self.texts, strict=True)
            ]
        )
        self.queries = {
            id_: text
            for id_, text in self._given.queries.items()
            if any(gain > 0 for gain in self._given.qrels.get(id_, {}).values())
        }
        self._asked = dict(
            zip(self.queries, kept.vectors(list(self.queries.values())), strict=True)
        )

    def by_words(self, query: str, k: int) -> list[tuple[int, float]]:
        """Rows and BM25, best first."""
        terms = " OR ".join(f'"{term}"' for term in search.query_terms(query))
        if not terms:
            return []
        found = self._words.execute(
            "SELECT rowid, rank FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?", (terms, k)
        )
        return [(row, -score) for row, score in found]

    def by_meaning(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """Rows and cosines, best first."""
        cosines = self.vectors @ vector
        return [(int(name), cosine) for name, cosine in best(self._names, cosines, k)]

    def fused(
        self, query: str, vector: NDArray[np.float32], weight: float | None
    ) -> dict[int, float]:
        """Rows and scores, as `retrieval.search` makes them."""
        words = self.by_words(query, search.LEXICAL_DEPTH)
        lexical = {self._names[row]: score for row, score in words}
        near = {self._names[row] for row, _ in self.by_meaning(vector, search.DENSE_DEPTH)}
        ids = sorted(lexical.keys() | near)
        cosines = self.vectors[[int(id_) for id_ in ids]] @ vector
        dense = dict(zip(ids, cosines.tolist(), strict=True))
        return {int(id_): score for id_, score in search.fuse(dense, lexical, weight).items()}

    def scores(self, way: Way) -> Mapping[str, Sequence[float]]:
        """Each query's scores, in the order of `queries`."""
        rankings = {
            id_: list(dict.fromkeys(self.documents[row] for row in way(text, self._asked[id_])))
            for id_, text in self.queries.items()
        }
        qrels = {id_: self._given.qrels[id_] for id_ in self.queries}
        return metrics.query_scores(rankings, qrels)

    def keep(self, count: int) -> None:
        """Ask no more than `count` of the queries, drawn by the hash of their ids."""
        drawn = set(sorted(self.queries, key=_digest)[:count])
        self.queries = {id_: text for id_, text in self.queries.items() if id_ in drawn}


def best_first(scores: Mapping[int, float]) -> list[int]:
    """Rows by score, equals in order of row."""
    return sorted(scores, key=lambda row: (-scores[row], row))


def _half(query: str) -> int:
    return _digest(query)[0] % 2


def _line(name: str, scores: Mapping[str, Sequence[float]], queries: Iterable[str]) -> str:
    halves = [_half(query) for query in queries]
    parts = []
    for score in ("ndcg@10", "recall@10"):
        values = scores[score]
        low, high = mean_interval(values, seed=0)
        apart = [
            metrics.mean([value for value, half in zip(values, halves, strict=True) if half == n])
            for n in (0, 1)
        ]
        parts.append(
            f"{score} {metrics.mean(values):.3f} [{low:.3f}, {high:.3f}] "
            f"({apart[0]:.3f} to choose on, {apart[1]:.3f} to report)"
        )
    return f"  {name:6} " + "  ".join(parts)


def report(judged: JudgedSet, weight: float | None) -> Iterator[str]:
    """The figures of each way, and what ours gains."""
    ways: dict[str, Way] = {
        "ours": lambda text, vector: best_first(judged.fused(text, vector, weight)),
        "bm25": lambda text, _: (row for row, _ in judged.by_words(text, _KEPT)),
        "dense": lambda _, vector: (row for row, _ in judged.by_meaning(vector, _KEPT)),
    }
    found = {name: judged.scores(way) for name, way in ways.items()}
    for name, scores in found.items():
        yield _line(name, scores, judged.queries)
    for name in ("bm25", "dense"):
        gain = mean_gain(found["ours"]["ndcg@10"], found[name]["ndcg@10"], seed=0)
        yield f"  ours beside {name}, nDCG@10: {gain}"


def say(line: str) -> None:
    """Print it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the figures of each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    embedder = load_embedder()
    parser.add_argument("--weight", type=float, default=embedder.fusion_weight)
    given = parser.parse_args()
    given.store.mkdir(parents=True, exist_ok=True)
    for folder in given.sets:
        judged = JudgedSet(folder, given.store, embedder)
        say(f"{folder.name}: {len(judged.queries)} queries")
        for line in report(judged, given.weight):
            say(line)


if __name__ == "__main__":
    main()
