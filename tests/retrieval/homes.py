"""Small homes for tests, with vectors that are quick to make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.model import Source
from corpus.reading import Document
from corpus.split import PassageSpan
from retrieval.indexer import Indexer
from retrieval.ingest import Ingested, ingest
from retrieval.model import Vectors
from retrieval.steps import Progress, unseen


class WordEmbedder:
    """A bag of hashed words: quick, and near in words is near in vectors."""

    def __init__(self, model_id: str = "words/1", dim: int = 32) -> None:
        self.model_id = model_id
        self.dim = dim
        self.fusion_weight: float | None = 0.7
        self.topic_floor: float | None = None
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        vectors = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                digest = hashlib.sha256(word.encode()).digest()
                vectors[row, digest[0] % self.dim] += 1 if digest[1] % 2 else -1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class Home:
    """A catalogue and its index in a folder."""

    def __init__(
        self,
        folder: Path,
        embedder: WordEmbedder | None = None,
        *,
        probe_from: int = 5_000,
        apart_from: int | None = None,
        database_url: str | None = None,
        progress: Progress = unseen,
    ) -> None:
        self.folder = folder
        self.embedder = embedder or WordEmbedder()
        self.catalogue = Catalogue(
            open_engine(database_url or f"sqlite:///{folder / 'receipts.db'}")
        )
        self.indexer = Indexer(
            folder,
            self.catalogue,
            self.embedder.model_id,
            probe_from=probe_from,
            apart_from=apart_from,
            progress=progress,
        )

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: object) -> None:
        self.indexer.close()
        self.catalogue.close()

    def ingest(self, documents: Iterable[Document]) -> Ingested:
        return ingest(documents, self.catalogue, self.embedder, self.indexer)

    def held_by_chroma(self) -> set[str]:
        """The ids in the current generation on the disk, read past the indexer."""
        from retrieval.chroma import open_folder

        self.indexer.close()
        current = json.loads(self.catalogue.setting("dense_index") or "{}")
        folder = self.folder / "chroma" / f"g{current['number']}"
        index = open_folder(folder, current["name"])
        try:
            return {id_ for page in index.pages() for id_ in page}
        finally:
            index.close()


def document(
    id_: str,
    text: str,
    *,
    title: str = "",
    published: str | None = None,
    kind: str = "news",
    guild_id: str | None = None,
) -> Document:
    """A document of one passage."""
    source = Source(id_, title, published=published, kind=kind, guild_id=guild_id)
    return Document(source, text, (PassageSpan(0, len(text)),), "en", id_)


def many(count: int, start: int = 0) -> list[Document]:
    """Documents that differ in words."""
    return [
        document(
            f"doc-{n:05}", f"Report {n} finds that town{n} built school{n % 7} in year{n % 11}"
        )
        for n in range(start, start + count)
    ]
