"""Names of two claims held against each other, by whatever short forms people give them."""

from __future__ import annotations

import re

from retrieval.claim_reading import ClaimReading
from retrieval.findings import is_called
from retrieval.words import Word

_NUMBERED = re.compile(r"\b([A-Z][A-Za-z]+)[ -](\d+(?:\.\d+)?)\b")
_LONGEST = 5
"""Words that an abbreviation may stand for."""


def missing_names(a: ClaimReading, b: ClaimReading) -> list[str]:
    """Names of `a` by which nothing in `b` is called."""
    opening = [a.opening] if a.opening is not None else []
    return [
        name.text
        for name in [*opening, *a.names]
        if name.stem not in a.figure_stems and not _is_called(name, a, b)
    ]


def numbered_otherwise(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether a name has one number in `a` and another in `b`: Voyager 1 and Voyager 2."""
    figures = [(figure.start, figure.end) for figure in a.quantities]
    figures += [(date.start, date.end) for date in a.reading.dates]
    figures += [(date.start, date.end) for date in a.partial_dates]
    for match in _NUMBERED.finditer(a.reading.text):
        if any(start < match.end(2) and match.start(2) < end for start, end in figures):
            continue
        theirs = re.findall(rf"\b{match[1]}[ -](\d+(?:\.\d+)?)\b", b.reading.text, re.IGNORECASE)
        if theirs and match[2] not in theirs:
            return True
    return False


def _is_called(name: Word, a: ClaimReading, b: ClaimReading) -> bool:
    bare = _bare(name)
    lower = bare.lower()
    if is_called(name, b.reading) or re.search(rf"\b{re.escape(lower)}", b.lower):
        return True
    for word in b.reading.words:
        other = _bare(word)
        if len(other) >= 3 and lower.startswith(other.lower()):
            return True
        if _stands_for(other, bare) or _stands_for(bare, other):
            return True
    return bool(_runs(b, None) & {bare.upper()}) or bool(_runs(a, name) & _shorts(b))


def _bare(word: Word) -> str:
    return word.text.replace("’", "'").removesuffix("'s").removesuffix("'").replace(".", "")


def _shorts(b: ClaimReading) -> frozenset[str]:
    """What may be abbreviations, and what their beginnings are: JWST, JWS, JW."""
    found = set()
    for word in b.reading.words:
        bare = _bare(word)
        if not 2 <= len(bare) <= 6:
            continue
        if bare.isupper():
            found |= {bare[:size] for size in range(2, len(bare) + 1)}
            found |= {bare[-size:] for size in range(2, len(bare) + 1)}
        elif b.claim[:1].islower():
            found.add(bare.upper())
    return frozenset(found)


def _runs(a: ClaimReading, around: Word | None) -> frozenset[str]:
    """The first letters of words in a row, of which one is `around`; small words left out too."""
    every = [word for word in a.reading.words if word.text[0].isalpha()]
    large = [word for word in every if word.text[0].isupper()]
    found = set()
    for words in (every, large):
        for size in range(2, _LONGEST + 1):
            for first in range(len(words) - size + 1):
                run = words[first : first + size]
                named = any(word.text[0].isupper() for word in run)
                if named and (around is None or any(word.start == around.start for word in run)):
                    found.add("".join(word.text[0] for word in run).upper())
    return frozenset(found)


def _stands_for(short: str, name: str) -> bool:
    """Whether letters in capitals, such as NVDA, are some of a name's, in its order."""
    if not (2 <= len(short) <= 5 and short.isupper() and len(name) > len(short) + 1):
        return False
    if len(short) == 2 and short != "".join(letter for letter in name if letter.isupper())[:2]:
        return short[0] == name[0].upper() and name[1:2].upper() == short[1] and len(name) > 4
    rest = iter(name.upper())
    return short[0] == name[0].upper() and all(letter in rest for letter in short)
