"""What ingesting costs beside the bare embedder, and what a large corpus costs afterwards.

    python -m benchmarks.ingest --passages 10000
    python -m benchmarks.ingest --large 100000

The first embeds the same texts twice, in turns of 64: once through the whole ingestion (cutting,
catalogue, lexical index, stories, Chroma), once by the embedder alone; the share is the embedder's
time over the ingestion's. The second fills a home with made-up vectors and measures memory on the
way, the start, and search. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kill import NumberEmbedder
from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.documents import make_document
from corpus.items import Document
from retrieval.dense import DenseSearch
from retrieval.indexer import Indexer
from retrieval.ingest import ingest, text_to_embed
from retrieval.search import Retriever

_TURN = 64
_WORDS = [f"word{n}" for n in range(3_000)]
_QUERIES = 200


def documents(first: int, passages: int) -> Iterator[Document]:
    """Documents of four passages of about 150 words."""
    done, number = 0, first
    while done < passages:
        chance = random.Random(number)  # noqa: S311
        text = " ".join(
            f"Sentence {number} says {' '.join(chance.choices(_WORDS, k=14))}." for _ in range(37)
        )
        document = make_document({"id": f"doc-{number}", "title": f"Doc {number}"}, text, "made")
        done += len(document.spans)
        number += 1
        yield document


def _cut(item: Document) -> Document:
    fields = {"id": item.source.id, "title": item.source.title}
    return make_document(fields, item.text, item.where)


class _Home:
    """A catalogue with its index in a folder that goes away."""

    def __init__(self, folder: Path, embedder: Any) -> None:
        self.catalogue = Catalogue(open_engine(f"sqlite:///{folder / 'receipts.db'}"))
        self.embedder = embedder
        self.indexer = Indexer(folder, self.catalogue, embedder.model_id)

    def ingest(self, items: Sequence[Document]) -> int:
        """The number of passages."""
        return ingest(items, self.catalogue, self.embedder, self.indexer).passages


def share_of_the_embedder(passages: int) -> dict[str, float]:
    """Wall and CPU seconds of both, and the shares."""
    from retrieval.embedder import load_embedder

    embedder = load_embedder()
    embedder.embed(["warm"])
    spent = {"ingest": [0.0, 0.0], "embedder": [0.0, 0.0]}
    with tempfile.TemporaryDirectory() as folder:
        home = _Home(Path(folder), embedder)
        home.indexer.open()
        done = number = 0
        while done < passages:
            batch = list(documents(number, _TURN))
            number += len(batch)
            texts = [
                text_to_embed(item.source, span.heading, item.text[span.start : span.end])
                for item in batch
                for span in item.spans
            ]
            with _Timed(spent["ingest"]):
                # Cut again, as that is part of it.
                done += home.ingest([_cut(item) for item in batch])
            with _Timed(spent["embedder"]):
                embedder.embed(texts)
        home.indexer.close()
    (wall, cpu), (bare_wall, bare_cpu) = spent["ingest"], spent["embedder"]
    return {
        "passages": done,
        "ingest_s": wall,
        "embedder_s": bare_wall,
        "share": bare_wall / wall,
        "ingest_cpu_s": cpu,
        "embedder_cpu_s": bare_cpu,
        "cpu_share": bare_cpu / cpu,
    }


class _Timed:
    """Adds the seconds of its block: wall, CPU."""

    def __init__(self, spent: list[float]) -> None:
        self._spent = spent

    def __enter__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self._spent[0] += time.perf_counter() - self._begun[0]
        self._spent[1] += time.process_time() - self._begun[1]


def large(passages: int) -> dict[str, Any]:
    """Memory on the way to so many passages, the start, and search."""
    embedder = NumberEmbedder()
    memory: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = _Home(Path(folder), embedder)
        home.indexer.open()
        done = number = 0
        while done < passages:
            batch = list(documents(number, passages // 10))
            number += len(batch)
            done += home.ingest(batch)
            memory[str(done)] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
        home.indexer.close()
        again = _Home(Path(folder), embedder)
        begun = time.perf_counter()
        again.indexer.open()
        start = time.perf_counter() - begun
        dense = DenseSearch(again.catalogue, embedder.model_id, again.indexer)
        retriever = Retriever(again.catalogue, embedder, dense)
        times = []
        for n in range(_QUERIES):
            chance = random.Random(-n)  # noqa: S311
            query = " ".join(chance.choices(_WORDS, k=8))
            begun = time.perf_counter()
            retriever.search(query, 10)
            times.append(time.perf_counter() - begun)
        again.indexer.close()
    times.sort()
    return {
        "passages": done,
        "peak_mb": memory,
        "start_s": start,
        "search_p50_ms": 1_000 * times[len(times) // 2],
        "search_p95_ms": 1_000 * times[int(len(times) * 0.95)],
    }


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int)
    parser.add_argument("--large", type=int)
    given = parser.parse_args()
    if given.passages:
        sys.stdout.write(f"{json.dumps(share_of_the_embedder(given.passages))}\n")
    if given.large:
        sys.stdout.write(f"{json.dumps(large(given.large))}\n")


if __name__ == "__main__":
    main()
