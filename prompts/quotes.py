"""Finds a quote in its passage, to the character.

A model copies with small changes of type: straight for curly quotes, one space for many, a hyphen
for a dash. Those are folded on both sides, and nothing else is: not case, not words.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

MIN_CHARACTERS = 12
"""A shorter quote is in too many passages to tie a sentence to one."""

_TYPOGRAPHY = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d", "-"),
    "\u2026": "...",
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
}
_EDGES = " \"'"


class Span(NamedTuple):
    """`text[start:end]`."""

    start: int
    end: int


class _Folded(NamedTuple):
    text: str
    starts: list[int]
    ends: list[int]


def locate(quote: str, text: str, least: int = MIN_CHARACTERS) -> Span | None:
    """Where `text` holds `quote`, widened to whole words; None where it does not.

    Also None for a quote of fewer than `least` characters.
    """
    wanted = _fold(quote).text.strip(_EDGES).removesuffix("...").rstrip(_EDGES)
    if len(wanted) < least:
        return None
    folded = _fold(text)
    at = folded.text.find(wanted)
    if at < 0:
        return None
    return _whole_words(text, folded.starts[at], folded.ends[at + len(wanted) - 1])


def _fold(text: str) -> _Folded:
    shown: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, character in enumerate(text):
        if character.isspace():
            if shown and shown[-1] == " ":
                ends[-1] = index + 1
                continue
            folded = " "
        elif unicodedata.category(character) in {"Cf", "Cc"}:
            continue
        else:
            folded = _TYPOGRAPHY.get(character, character)
        for part in folded:
            shown.append(part)
            starts.append(index)
            ends.append(index + 1)
    return _Folded("".join(shown), starts, ends)


def _whole_words(text: str, start: int, end: int) -> Span:
    """The span with a word or number that it cuts through taken in whole: no 5.57 of 5.576."""
    while start > 0 and _joined(text, start):
        start -= 1
    while end < len(text) and _joined(text, end):
        end += 1
    return Span(start, end)


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` are of one word or number."""
    left, right = text[at - 1], text[at]
    if left.isalnum() and right.isalnum():
        return True
    if right in ".," and left.isdigit():
        return text[at + 1 : at + 2].isdigit()
    if left in ".," and right.isdigit():
        return text[at - 2 : at - 1].isdigit()
    return (left in "$€£¥-" and right.isdigit()) or (left.isdigit() and right == "%")
