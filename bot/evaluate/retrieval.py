"""Retrieval against judged passages, beside each of its two halves alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import App
from bot.evaluate import metrics
from bot.evaluate.bootstrap import mean_gain, mean_interval
from bot.evaluate.data import RetrievalSet, read_documents
from bot.evaluate.page import Mistake
from bot.evaluate.slices import SLICES, Given, kinds_of
from corpus.catalogue import Catalogue
from corpus.errors import InputError
from corpus.reading import Document, make_document
from retrieval.dense import ExactIndex
from retrieval.search import query_terms

log = logging.getLogger(__name__)

DEPTH = 120
"""Passages asked for; enough for 50 documents, of which one may give several."""
HEADLINE = ("ndcg@10", "recall@10")
"""The scores that get intervals, and are shown by kind of query."""


@dataclass(slots=True)
class Rankings:
    """Document ids for each query, best first, by each way of searching; and the time it took."""

    fused: dict[str, list[str]] = field(default_factory=dict)
    bm25: dict[str, list[str]] = field(default_factory=dict)
    dense: dict[str, list[str]] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    """Of the documents that lead a ranking."""


def documents(corpus: Path) -> Iterator[Document]:
    """The documents of a BEIR corpus, to be ingested."""
    for id_, title, text in read_documents(corpus):
        yield make_document({"id": id_, "title": title or id_}, text, f"{corpus}: {id_}")


def rank(app: App, queries: Mapping[str, str], advance: Callable[[int], None]) -> Rankings:
    """Search for every query in the corpus that `app` holds."""
    rankings = Rankings()
    index = ExactIndex(app.catalogue, app.embedder.model_id)
    for id_, query in queries.items():
        started = time.perf_counter()
        hits = app.retriever.search(query, DEPTH)
        rankings.milliseconds.append((time.perf_counter() - started) * 1000)
        rankings.fused[id_] = _distinct(hit.passage.source.id for hit in hits)
        rankings.titles |= {hit.passage.source.id: hit.passage.source.title for hit in hits[:1]}
        lexical = app.catalogue.lexical(query_terms(query), DEPTH)
        rankings.bm25[id_] = _sources(app.catalogue, [passage for passage, _ in lexical])
        dense = index.search(app.embedder.embed([query])[0], DEPTH)
        rankings.dense[id_] = _sources(app.catalogue, [passage for passage, _ in dense])
        advance(1)
    return rankings


def check_held(data: RetrievalSet, queries: Sequence[str], catalogue: Catalogue) -> None:
    """Tells of relevant documents that the corpus lacks; InputError where it lacks them all."""
    held = {record.source.id for record in catalogue.sources()}
    wanted = {document for query in queries for document in data.relevant(query)}
    if missing := wanted - held:
        if missing == wanted:
            raise InputError(f"{data.corpus}: has none of the documents that qrels.tsv names")
        log.warning("%s lacks %d of the documents that qrels.tsv names", data.corpus, len(missing))


def judgements(data: RetrievalSet, rankings: Rankings) -> dict[str, dict[str, float]]:
    """The relevant documents of each query that was asked and has any."""
    return {id_: gains for id_ in rankings.fused if (gains := data.relevant(id_))}


def report(data: RetrievalSet, rankings: Rankings, seed: int = 0) -> dict[str, object]:
    """The contract's numbers over the queries that were asked."""
    qrels = judgements(data, rankings)
    scores = metrics.query_scores(rankings.fused, qrels)
    alone = {
        name: metrics.query_scores(ranking, qrels)
        for name, ranking in (("bm25", rankings.bm25), ("dense", rankings.dense))
    }
    return {
        "n": len(qrels),
        **_means(scores, seed),
        "latency_ms": metrics.latency(rankings.milliseconds),
        "slices": _by_kind(data, qrels, scores, seed),
        "baselines": {name: _means(theirs, seed) for name, theirs in alone.items()},
        "gains": {
            name: {score: mean_gain(scores[score], theirs[score], seed) for score in HEADLINE}
            for name, theirs in alone.items()
        },
    }


def first_ranks(data: RetrievalSet, rankings: Rankings) -> list[int | None]:
    """Place of the first relevant document of each judged query, from 1."""
    return [
        next((place for place, id_ in enumerate(rankings.fused[query], 1) if id_ in gains), None)
        for query, gains in judgements(data, rankings).items()
    ]


def mistakes(data: RetrievalSet, rankings: Rankings) -> list[Mistake]:
    """The queries with nothing relevant among the first ten."""
    judged = judgements(data, rankings)
    found = zip(judged.items(), first_ranks(data, rankings), strict=True)
    return [
        Mistake(
            id=query,
            text=data.queries[query],
            gold=", ".join(sorted(gains)),
            given=", ".join(rankings.fused[query][:1]) or "nothing",
            sources=tuple((rankings.titles[id_], None) for id_ in rankings.fused[query][:1]),
        )
        for (query, gains), place in found
        if place is None or place > 10
    ]


def _means(scores: Mapping[str, Sequence[float]], seed: int) -> dict[str, object]:
    return {
        **{name: metrics.mean(values) for name, values in scores.items()},
        "intervals": {name: mean_interval(scores[name], seed) for name in HEADLINE},
    }


def _by_kind(
    data: RetrievalSet,
    qrels: Mapping[str, Mapping[str, float]],
    scores: Mapping[str, Sequence[float]],
    seed: int,
) -> dict[str, object]:
    """The kinds that some of the queries are of, and not all."""
    kinds = [
        kinds_of(Given(data.queries[id_], texts=(), urls=(), pieces=len(gains)))
        for id_, gains in qrels.items()
    ]
    found: dict[str, object] = {}
    for kind in SLICES:
        places = [place for place, of in enumerate(kinds) if kind in of]
        if 0 < len(places) < len(kinds):
            group = {name: [scores[name][place] for place in places] for name in HEADLINE}
            found[kind] = {"n": len(places), **_means(group, seed)}
    return found


def _sources(catalogue: Catalogue, passage_ids: Sequence[str]) -> list[str]:
    passages = catalogue.passages(passage_ids)
    return _distinct(passages[id_].source.id for id_ in passage_ids if id_ in passages)


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
