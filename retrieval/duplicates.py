"""Near-duplicate passages: one wire story told by many is one piece of evidence.

Jaccard similarity of the sets of word 3-grams (Broder 1997). Two texts that differ in a number or a
negation are never duplicates, however alike: that difference may be the whole point.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from corpus.model import Passage

SIMILAR = 0.4
"""Edited copies (up to a tenth of the words) stay above; unrelated texts do not reach .05."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_NEGATIONS = frozenset(
    {"no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot"}
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared of a text."""

    shingles: frozenset[Hashable]
    telling: frozenset[str]
    """Its numbers and negations."""

    def repeats(self, other: Fingerprint) -> bool:
        """Whether this text says nothing beside `other`."""
        if not self.telling <= other.telling:
            return False
        shared = len(self.shingles & other.shingles)
        return shared >= SIMILAR * (len(self.shingles) + len(other.shingles) - shared)


class Distinct:
    """Takes passages one by one, and refuses those that say again what it has taken."""

    def __init__(self) -> None:
        self._prints: list[Fingerprint] = []
        self._tellers: dict[str, str] = {}

    def takes(self, passage: Passage) -> bool:
        """Whether the passage is taken: one story told by many is kept as one of them tells it."""
        source = passage.source
        if self._tellers.get(source.story, source.id) != source.id:
            return False
        print_ = fingerprint(passage.text)
        if any(print_.repeats(other) for other in self._prints):
            return False
        self._tellers[source.story] = source.id
        self._prints.append(print_)
        return True


def fingerprint(text: str) -> Fingerprint:
    """The fingerprint of a text of any length."""
    words = [word.casefold().replace(",", "") for word in _WORD.findall(text)]
    shingles = zip(words, words[1:], words[2:], strict=False) if len(words) > 2 else [tuple(words)]
    return Fingerprint(frozenset(shingles), frozenset(_telling(words)))


def _telling(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word[0].isdigit():
            yield word
        elif word in _NEGATIONS or word.endswith(("n't", "n’t")):
            yield "not"
