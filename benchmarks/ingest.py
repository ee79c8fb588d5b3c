"""What ingesting costs beside the bare embedder.

    python -m benchmarks.ingest --passages 10000

The same texts are embedded twice, in turns of 256 documents: once through the whole ingestion
(cutting, catalogue, lexical index, stories, Chroma), once by the embedder alone; the share is the
embedder's time over the ingestion's. The index is brought in step once a turn. With `--home` it
goes on in a home that is kept, so that a long run can be done in parts. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made import PASSAGES_EACH, documents
from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.documents import make_document
from corpus.items import Document
from retrieval.embedder import load_embedder
from retrieval.indexer import Indexer
from retrieval.ingest import ingest, text_to_embed

_TURN = 256


def share_of_the_embedder(home: Path, passages: int) -> dict[str, float]:
    """Wall and CPU seconds of both for so many more passages in `home`, and the shares."""
    embedder = load_embedder()
    embedder.embed(["warm"])
    catalogue = Catalogue(open_engine(f"sqlite:///{home / 'receipts.db'}"))
    indexer = Indexer(home, catalogue, embedder.model_id)
    indexer.open()
    whole, bare = _Spent(), _Spent()
    done, number = 0, catalogue.count().sources
    while done < passages:
        batch = list(documents(number, PASSAGES_EACH * _TURN))
        number += len(batch)
        texts = [
            text_to_embed(item.source, span.heading, item.text[span.start : span.end])
            for item in batch
            for span in item.spans
        ]
        with whole:
            # Cut again, as that is part of it.
            done += ingest(map(_cut, batch), catalogue, embedder, indexer).passages
        with bare:
            embedder.embed(texts)
    indexer.close()
    return {
        "passages": done,
        "held": catalogue.count().passages,
        "ingest_s": whole.wall,
        "embedder_s": bare.wall,
        "share": bare.wall / whole.wall,
        "ingest_cpu_s": whole.cpu,
        "embedder_cpu_s": bare.cpu,
        "cpu_share": bare.cpu / whole.cpu,
    }


def _cut(item: Document) -> Document:
    fields = {"id": item.source.id, "title": item.source.title}
    return make_document(fields, item.text, item.where)


class _Spent:
    """Adds up the seconds of its blocks: wall, CPU."""

    wall = cpu = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._begun[0]
        self.cpu += time.process_time() - self._begun[1]


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    if given.home:
        found = share_of_the_embedder(given.home, given.passages)
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = share_of_the_embedder(Path(folder), given.passages)
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
