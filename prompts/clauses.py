"""Where a sentence holds several statements: cuts between full clauses, each of which stands alone.

A full clause has a subject of its own and a finite verb, told by word lists and endings, for want
of a parser. Where that is in doubt nothing is cut: one claim too few is told as a whole, one too
many would put words in somebody's mouth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

from prompts.frames import Span

_BOUNDARY = re.compile(
    r"(?P<stop>\s*;\s+)|(?P<colon>(?<!\d):\s+|(?<=\d):\s+(?!\d))|(?P<dash>\s+[–—-]{1,2}\s+)"
    r"|(?P<against>,?\s+but\s+|,\s+(?:yet|while|whereas)\s+)|(?P<and>,?\s+and\s+)|(?P<comma>,\s+)",
    re.IGNORECASE,
)
_EDGE = re.compile(r"[;,]\s|\s+(?:and|but|or)\s")
_WORD = re.compile(r"[$€£¥]?[^\W_]+(?:[.,'’\-&][^\W_]+)*[%+]?")
_DATED = re.compile(r"\d{4}|\d(?:st|nd|rd|th)?\s+\w+")
_COMPARES = re.compile(r"\bthan\b|\bas \w+ as\b", re.IGNORECASE)
_OPENERS, _CLOSERS = "“„«([", "”»)]"
_WINDOW = 400
"""Characters on either side of a cut that are looked at."""


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    lists = json.loads((resources.files("prompts") / "clauses.json").read_text(encoding="utf-8"))
    return {name: frozenset(" ".join(lines).split()) for name, lines in lists.items()}


def clauses(text: str, span: Span, *, commas: bool = False) -> list[Span]:
    """The full clauses of `text[span]` in order; the span itself where it is not to be cut.

    `commas`: also where a comma is all that stands between two.
    """
    start, end = span
    marks = [
        mark for mark in _BOUNDARY.finditer(text, start, end) if commas or mark.lastgroup != "comma"
    ]
    outside = _outside_quotes(text, span, [mark.start() for mark in marks])
    parts: list[Span] = []
    for index, mark in enumerate(marks):
        if not outside[index] or mark.start() <= start:
            continue
        before = text[max(start, mark.start() - _WINDOW) : mark.start()]
        ahead = marks[index + 1].start() if index + 1 < len(marks) else end
        after = text[mark.end() : min(ahead, mark.end() + _WINDOW)]
        if _parts(mark.lastgroup or "", before, after):
            parts.append((start, mark.start()))
            start = mark.end()
    return [*parts, (start, end)]


def is_full(clause: str) -> bool:
    """Whether words have a subject and, after it, a finite verb."""
    return _verb_at(_words(clause)) is not None


def _parts(kind: str, before: str, after: str) -> bool:
    """Whether a boundary has a statement on either side that needs nothing from the other."""
    left, right = _words(before), _words(after)
    if not left or not _stands_alone(right, named=kind != "colon"):
        return False
    if kind == "colon":
        return _is_remark(left)
    lists = _lists()
    at = _verb_at(left)
    opening = left[0].lower()
    if at is None or left[-1].lower() in lists["open"] or opening in lists["conditions"]:
        return False
    shared = kind in {"and", "comma"} and (
        _told(left) is not None or _pairs(left) or _relates(left, at)
    )
    compared = bool(_COMPARES.search(before) and _COMPARES.search(after))
    dated = opening not in lists["frames"] or bool(_DATED.search(after))
    return dated and not shared and not compared


def _is_remark(words: Sequence[str]) -> bool:
    """Whether words before a colon only lead up to what follows.

    A name without a verb is who speaks, or what the rest is about.
    """
    if _verb_at(words) is not None:
        return not _introduces(words)
    return len(words) > 1 and not _names(words) and words[0].lower() not in _lists()["asks"]


def _stands_alone(words: Sequence[str], *, named: bool) -> bool:
    """Whether a clause is full and nothing in it points back; `named`: nor "the company"."""
    lists = _lists()
    at = _verb_at(words)
    if at is None:
        return False
    low = [word.lower() for word in words]
    if set(low) & lists["pointing"] or low[0] in lists["owners"]:
        return False
    return not named or low[0] != "the" or _names(words[1:at])


def _told(words: Sequence[str]) -> int | None:
    """Where somebody says what the words after it say, last; None where nobody does."""
    lists = _lists()
    told = None
    for at, (before, word) in enumerate(pairwise(["", *(word.lower() for word in words)])):
        if word in lists["telling"] and before not in lists["before_nouns"]:
            told = at
    return told


def _introduces(words: Sequence[str]) -> bool:
    """Whether what follows is what somebody says: "Musk said on Friday"."""
    told = _told(words)
    return told is not None and not any(_is_verb(word.lower()) for word in words[told + 1 :])


def _pairs(words: Sequence[str]) -> bool:
    """Whether an "and" is still owed: "between A", "both A"."""
    low = [word.lower() for word in words]
    for at in range(len(low) - 1, -1, -1):
        if low[at] in _lists()["pairing"]:
            return "and" not in low[at:]
    return False


def _relates(words: Sequence[str], verb: int) -> bool:
    """Whether a clause inside waits for its verb: "the apps that A"."""
    low = [word.lower() for word in words]
    for at in range(len(low) - 1, verb, -1):
        if low[at] in _lists()["relative"]:
            return not any(_is_verb(word) for word in low[at + 1 :])
    return False


def _words(clause: str) -> list[str]:
    return _WORD.findall(clause)


def _names(words: Sequence[str]) -> bool:
    """Whether one of them is written as a name."""
    return any(any(letter.isupper() for letter in word) and word != "I" for word in words)


def _verb_at(words: Sequence[str]) -> int | None:
    """Where the finite verb stands; None where there is none, or no subject before it."""
    lists = _lists()
    begin = _subject_at(words)
    if begin is None:
        return None
    first = words[begin].lower().replace("’", "'")
    if first.endswith(("'s", "'re")) and first.partition("'")[0] in lists["pronouns"]:
        return begin
    for at, (before, word) in enumerate(pairwise(words[begin:]), begin + 1):
        if word.lower() in lists["relative"]:
            break
        if _is_verb(word.lower()) and before.lower() not in lists["before_nouns"]:
            return at
    return None


def _subject_at(words: Sequence[str]) -> int | None:
    """Where a subject may begin: at once, or after a date ("in 2021 inflation was")."""
    lists = _lists()
    begin = 0
    if words and words[0].lower() in lists["frames"]:
        begin = 1 + max((at for at, word in enumerate(words[:6]) if word[-1].isdigit()), default=-1)
    if begin >= len(words):
        return None
    first = words[begin]
    verb = first.islower() and _is_verb(first)
    return None if verb or first.lower() in lists["no_subject"] | lists["frames"] else begin


def _is_verb(word: str) -> bool:
    if word in _lists()["verbs"]:
        return True
    return len(word) > 4 and word.endswith("ed") and word not in _lists()["not_verbs"]


def lengths(text: str, span: Span, limit: int) -> list[Span]:
    """`text[span]` in runs of at most `limit` characters that begin and end at a clause's edge.

    Where there is no such edge within reach, what follows is left out, lest it begin mid-phrase.
    """
    start, end = span
    found: list[Span] = []
    while end - start > limit:
        edges = list(_EDGE.finditer(text, start + 1, start + limit))
        if not edges:
            space = text.rfind(" ", start, start + limit)
            return [*found, (start, max(space, start + limit // 2))]
        found.append((start, edges[-1].start()))
        start = edges[-1].end()
    return [*found, (start, end)]


def _outside_quotes(text: str, span: Span, places: Sequence[int]) -> list[bool]:
    """For each place in order, whether it is outside of quotation marks and brackets."""
    outside = []
    at, depth, quoted = span[0], 0, False
    for place in places:
        for character in text[at:place]:
            if character in _OPENERS:
                depth += 1
            elif character in _CLOSERS:
                depth = max(0, depth - 1)
            elif character == '"':
                quoted = not quoted
        at = place
        outside.append(depth == 0 and not quoted)
    return outside
