"""Words of a sentence: tokens with offsets, light stems, and which of them carry content."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"\$?[^\W_]+(?:['’.\-&][^\W_]+)*", re.UNICODE)

STOP_WORDS = frozenset(
    """a about above after again all almost also although am an and any are as at be because been
    before being below between both but by can could did do does doing down during each either
    even ever few for from further had has have having he her here hers him his how i if in into
    is it its itself just like made make makes many may me might more most much must my no nor
    not now of off on once one only or other our out over own per put puts same say says said
    she should since so some still such than that the their them then there these they this
    those through to too under until up upon us very was we were what when where which while who
    whom whose why will with within without would yet you your according reported reportedly
    really actually simply around roughly approximately nearly""".split()
)
"""English words that say little of what a sentence is about."""

_IRREGULAR = {
    "bought": "buy", "sold": "sell", "rose": "rise", "risen": "rise", "fell": "fall",
    "fallen": "fall", "lost": "lose", "loss": "lose", "losses": "lose", "won": "win",
    "cost": "cost", "spent": "spend", "made": "make", "took": "take", "taken": "take",
    "gave": "give", "given": "give", "held": "hold", "led": "lead", "built": "build",
    "ran": "run", "began": "begin", "begun": "begin", "grew": "grow", "grown": "grow",
    "shrank": "shrink", "went": "go", "got": "get", "men": "man", "women": "woman",
    "children": "child", "people": "person", "paid": "pay", "thought": "think", "found": "find",
    "kept": "keep", "left": "leave", "met": "meet", "sued": "sue", "founded": "found",
    "founder": "found", "licence": "license", "licences": "license", "centre": "center",
    "centres": "center", "percent": "percent", "wrote": "write", "written": "write",
    "driven": "drive", "drove": "drive", "american": "us", "americans": "us", "chinese": "china",
    "european": "europe", "british": "uk", "german": "germany", "french": "france",
    "russian": "russia", "japanese": "japan", "indian": "india", "usa": "us", "u.s": "us",
    "america": "us", "italian": "italy", "italy": "italy", "italians": "italy", "spanish": "spain",
    "canadian": "canada", "australian": "australia", "korean": "korea", "dutch": "netherlands",
    "swedish": "sweden", "norwegian": "norway", "danish": "denmark", "finnish": "finland",
    "polish": "poland", "turkish": "turkey", "greek": "greece", "irish": "ireland",
    "swiss": "switzerland", "austrian": "austria", "belgian": "belgium", "brazilian": "brazil",
    "welsh": "wales", "wales": "wales",
    "mexican": "mexico", "ukrainian": "ukraine", "israeli": "israel", "iranian": "iran",
    "egyptian": "egypt", "african": "africa", "asian": "asia",
    "taiwanese": "taiwan", "vietnamese": "vietnam", "indonesian": "indonesia",
    "pakistani": "pakistan", "portuguese": "portugal", "hungarian": "hungary",
    "czech": "czechia", "estonian": "estonia", "argentine": "argentina", "scottish": "scotland",
    "californian": "california", "texan": "texas", "germans": "germany", "russians": "russia",
}  # fmt: skip

_SUFFIXES = (
    ("ization", "ize"), ("isation", "ize"), ("ational", "ate"), ("iveness", "ive"),
    ("fulness", "ful"), ("ements", "e"), ("ement", "e"), ("ments", ""), ("ment", ""),
    ("ations", "ate"), ("ation", "ate"), ("ings", ""), ("ing", ""), ("edly", ""), ("ies", "y"),
    ("ied", "y"), ("ers", ""), ("er", ""), ("ors", ""), ("or", ""), ("sses", "ss"), ("ed", ""),
    ("es", ""), ("ly", ""), ("s", ""),
)  # fmt: skip


class Word(NamedTuple):
    """A token of a text, its stem, and where it stands."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def is_content(self) -> bool:
        """Whether it carries content, rather than grammar."""
        shouted = len(self.text) > 1 and self.text.isupper()  # US, WHO, IT
        return shouted or self.text.lower() not in STOP_WORDS


@lru_cache(maxsize=65536)
def stem(token: str) -> str:
    """A light stem, made for matching a claim with evidence and not for display."""
    word = token.lower().replace("’", "'").removeprefix("$")
    word = word.removesuffix("'s").removesuffix("'").replace(".", "")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or any(ch.isdigit() for ch in word):
        return word
    for suffix, replacement in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(suffix)] + replacement
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def words(text: str) -> list[Word]:
    """All words of `text`, in order."""
    return [Word(m.group(), stem(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def content_stems(text: str) -> frozenset[str]:
    """The stems of the words that carry content; compounds count as a whole and by part."""
    return content_stems_of(words(text))


def content_stems_of(tokens: Iterable[Word]) -> frozenset[str]:
    """The same, of a text's words."""
    return frozenset(_with_parts(token for token in tokens if token.is_content))


def _with_parts(tokens: Iterable[Word]) -> Iterable[str]:
    for token in tokens:
        yield token.stem
        if "-" in token.text:
            for part in token.text.split("-"):
                if part and part.lower() not in STOP_WORDS:
                    yield stem(part)
