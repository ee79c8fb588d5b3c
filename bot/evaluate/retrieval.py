"""Retrieval against judged passages, beside each of its two halves alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import App
from bot.evaluate import metrics
from bot.evaluate.data import RetrievalSet, read_documents
from corpus.catalogue import Catalogue
from corpus.reading import Document, make_document
from retrieval.dense import ExactIndex
from retrieval.search import query_terms

DEPTH = 120
"""Passages asked for; enough for 50 documents, of which one may give several."""


@dataclass(slots=True)
class Rankings:
    """Document ids for each query, best first, by each way of searching; and the time it took."""

    fused: dict[str, list[str]] = field(default_factory=dict)
    bm25: dict[str, list[str]] = field(default_factory=dict)
    dense: dict[str, list[str]] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)


def documents(corpus: Path) -> Iterator[Document]:
    """The documents of a BEIR corpus, to be ingested."""
    for id_, title, text in read_documents(corpus):
        yield make_document({"id": id_, "title": title or id_}, text, f"{corpus}: {id_}")


def rank(app: App, queries: dict[str, str], advance: Callable[[int], None]) -> Rankings:
    """Search for every query in the corpus that `app` holds."""
    rankings = Rankings()
    index = ExactIndex(app.catalogue, app.embedder.model_id)
    for id_, query in queries.items():
        started = time.perf_counter()
        hits = app.retriever.search(query, DEPTH)
        rankings.milliseconds.append((time.perf_counter() - started) * 1000)
        rankings.fused[id_] = _distinct(hit.passage.source.id for hit in hits)
        lexical = app.catalogue.lexical(query_terms(query), DEPTH)
        rankings.bm25[id_] = _sources(app.catalogue, [passage for passage, _ in lexical])
        dense = index.search(app.embedder.embed([query])[0], DEPTH)
        rankings.dense[id_] = _sources(app.catalogue, [passage for passage, _ in dense])
        advance(1)
    return rankings


def report(data: RetrievalSet, rankings: Rankings) -> dict[str, object]:
    """The contract's numbers over the queries that were asked."""
    qrels = {id_: data.qrels[id_] for id_ in rankings.fused if id_ in data.qrels}
    return {
        "n": len(qrels),
        **metrics.ranking_scores(rankings.fused, qrels),
        "latency_ms": metrics.latency(rankings.milliseconds),
        "baselines": {
            "bm25": metrics.ranking_scores(rankings.bm25, qrels),
            "dense": metrics.ranking_scores(rankings.dense, qrels),
        },
    }


def _sources(catalogue: Catalogue, passage_ids: Sequence[str]) -> list[str]:
    passages = catalogue.passages(passage_ids)
    return _distinct(passages[id_].source.id for id_ in passage_ids if id_ in passages)


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
