"""A made corpus of any size, in the words of the starter notes.

Each document keeps to the words of one starter passage, among words of all in their natural
frequencies, so that a search finds common and rare words as it would in a real corpus. Its vectors
are made up too where so many cannot be embedded: they lie around the real vector of that passage.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.documents import make_document
from corpus.items import Document
from corpus.starter import starter_documents
from retrieval.model import Embedder, Vectors

PASSAGES_EACH = 4
_SENTENCES = 37
_WORD = re.compile(r"[^\W\d_]{2,}")
_TITLE = re.compile(r"Report (\d+) on topic (\d+)")
_SPREAD = 1.0
"""Length of what is added to a topic's vector: two texts of one topic have a cosine of about .5."""


def documents(first: int, passages: int) -> Iterator[Document]:
    """Documents of about four passages of 150 words, from document number `first` on."""
    done, number = 0, first
    while done < passages:
        document = _document(number)
        done += len(document.spans)
        number += 1
        yield document


def claims() -> list[str]:
    """What people asked about the starter notes."""
    folder = Path(__file__).parents[1] / "tests/data"
    return [
        json.loads(line)["claim"]
        for name in ("dev", "own", "unseen")
        for line in (folder / f"starter_claims.{name}.jsonl").read_text("utf-8").splitlines()
    ]


class MadeEmbedder:
    """Made-up vectors for made documents; the real embedder's for all else, queries above all."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self.model_id = real.model_id
        self.dim = real.dim
        self.fusion_weight = real.fusion_weight
        self.topic_floor = real.topic_floor

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, a row a text."""
        found = [_TITLE.match(text) for text in texts]
        if not all(found):
            return self._real.embed(texts)
        topics = self._topics()
        rows = np.stack(
            [
                topics[int(match[2])] + _SPREAD * _direction(text, self.dim)
                for match, text in zip(found, texts, strict=True)
                if match
            ]
        )
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    @cache  # noqa: B019 - one for a run
    def _topics(self) -> Vectors:
        return self._real.embed(_passages())


def _document(number: int) -> Document:
    chance = random.Random(number)  # noqa: S311
    topic = chance.randrange(len(_passages()))
    own = _WORD.findall(_passages()[topic])
    words, weights = _vocabulary()
    sentences = []
    for _ in range(_SENTENCES):
        common = chance.choices(words, cum_weights=weights, k=9)
        mixed = [*common, *chance.choices(own, k=5), str(chance.randrange(10_000))]
        chance.shuffle(mixed)
        sentences.append(f"{' '.join(mixed).capitalize()}.")
    fields = {
        "id": f"made-{number:06}",
        "title": f"Report {number} on topic {topic}",
        "publisher": f"Publisher {number % 500}",
        "url": f"https://made-{number % 500}.example/reports/{number}",
        "published": f"{chance.randint(2019, 2025)}-{chance.randint(1, 12):02}-01",
    }
    return make_document(fields, " ".join(sentences), f"made {number}")


def _direction(text: str, dim: int) -> NDArray[np.float64]:
    values = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(dim)
    return np.asarray(values / np.linalg.norm(values))


@cache
def _passages() -> list[str]:
    return [note.text[span.start : span.end] for note in starter_documents() for span in note.spans]


@cache
def _vocabulary() -> tuple[list[str], list[int]]:
    """Words, and their counts added up."""
    counted = Counter(word for text in _passages() for word in _WORD.findall(text))
    return list(counted), list(accumulate(counted.values()))
