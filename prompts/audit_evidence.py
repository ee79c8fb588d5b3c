"""What a sentence is audited against: the sentences of its quotes, read once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from corpus.split import sentences
from retrieval.findings import Reading
from retrieval.words import Word, stem

_ORDINARY = re.compile(
    r"(?:ed|ing|ly|ous|ful|less|tion|sion|ment|ness|ity|ual|ble|ive|ists|ers|ors|ies|ings|ants"
    r"|ents|ships?|isms?|ances?|ences?)$"
)
_CONTRACTED = re.compile(
    r"(?:I|You|He|She|It|We|They|That|There|Who|What|Here)['’]\w+$", re.IGNORECASE
)
_COMMON_FILE = Path(__file__).parent / "common_words.json"


@dataclass(frozen=True)
class Evidence:
    """The quotes or passages behind a sentence, and what else it may draw its facts from."""

    sentences: tuple[Reading, ...]
    whole: Reading
    claim: Reading
    """The claim that is being answered."""
    beside: Reading
    """The claim, and what is on record of the sources: title, publisher, author, date."""

    @classmethod
    def of(cls, texts: Iterable[str], claim: str = "", record: str = "") -> Evidence:
        """Evidence of quotes or whole passages, cut into sentences."""
        kept = [text for text in texts if text.strip()]
        parts = [text[start:end] for text in kept for start, end in sentences(text)]
        beside = Reading(" … ".join(filter(None, (claim, record))))
        whole = Reading("\n".join(kept))
        return cls(tuple(Reading(part) for part in parts), whole, Reading(claim), beside)

    @cached_property
    def stems(self) -> frozenset[str]:
        """All stems by which something in it may be called."""
        return self.whole.known

    def best(self, sentence: Reading) -> int:
        """Index of the sentence that covers most of `sentence`; -1 where there is none."""
        if not self.sentences:
            return -1
        wanted = sentence.stems
        shared = [len(wanted & part.known) for part in self.sentences]
        return max(range(len(shared)), key=lambda index: (shared[index], -index))


def names_of(reading: Reading) -> list[Word]:
    """The names of a text; a common word that opens it with a capital is none."""
    found = []
    for name in reading.names:
        opens = name.start == 0 or reading.text[: name.start].rstrip()[-1:] in ".!?:“\"'"
        parts = name.text.split("-")
        plain = name.text[1:] == name.text[1:].lower() and all(part.isalpha() for part in parts)
        following = reading.text[name.end :].lstrip()[:1]
        ordinary = bool(_ORDINARY.search(name.text)) and not following.isupper()
        compound = len(parts) > 1 and all(map(_is_common, parts))
        if opens and plain and (ordinary or compound or _is_common(name.text)):
            continue
        if _CONTRACTED.match(name.text):
            continue
        found.append(name)
    return found


@lru_cache(maxsize=4096)
def _is_common(word: str) -> bool:
    """Whether a word is often written in small letters."""
    lowered = word.lower()
    return lowered in _common() or stem(lowered) in _common_stems()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(json.loads(_COMMON_FILE.read_text(encoding="utf-8"))["words"].split())


@lru_cache(maxsize=1)
def _common_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in _common())
