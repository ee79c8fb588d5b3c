from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import Catalogue
from corpus.model import Source
from corpus.split import passage_spans

MODEL = "test-model"


class Clock:
    """Says the same until it is told that time has passed."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


def source(id_: str = "a", **fields: Any) -> Source:
    return replace(Source(id=id_, title=f"Title of {id_}"), **fields)


def embed(texts: list[str], dim: int = 8) -> NDArray[np.float32]:
    """Unit vectors that depend on the text alone."""
    rows = [
        np.random.default_rng(zlib.crc32(text.encode())).standard_normal(dim).astype(np.float32)
        for text in texts
    ]
    vectors = np.array(rows, dtype=np.float32).reshape(len(rows), dim)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def add(catalogue: Catalogue, given: Source, text: str, *, embedded: bool = True) -> bool:
    """Add a text cut into passages of about ten words."""
    spans = passage_spans(text, target=10, maximum=15, overlap=False)
    if not embedded:
        return catalogue.add(given, text, spans)
    vectors = embed([text[span.start : span.end] for span in spans])
    return catalogue.add(given, text, spans, vectors, MODEL)


def sentence(*words: str) -> str:
    """Ten words or more that end in a full stop: a passage of its own under `add`."""
    return (
        " ".join(("Here", "we", "say", "of", "all", "these", "many", "things", "that", *words))
        + "."
    )


def live_ids(catalogue: Catalogue) -> set[str]:
    return set(catalogue.embedded_ids(MODEL))


def found(catalogue: Catalogue, *terms: str, **where: Any) -> set[str]:
    """Ids of the sources that a word search finds."""
    ids = [id_ for id_, _ in catalogue.lexical(terms, 100, **where)]
    return {passage.source.id for passage in catalogue.passages(ids).values()}
