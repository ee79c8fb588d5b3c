"""Reads text from people: what a reader would see of it, with the offsets it came from.

Everything here treats the text as hostile. What is invisible, overrides the reading direction,
stacks marks, or dresses letters up as symbols is taken away or made plain, and each character that
is left remembers its place in the text as given. Bounded: never more than `MAX_READ` characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MAX_READ = 8000
"""Characters that are read at all: twice the longest message that Discord lets anyone write."""

_MAX_SEEN = 4 * MAX_READ
"""Characters that are looked at, hidden ones among them."""

MAX_MARKS = 3
"""Combining marks on one character: real scripts stay at or below this."""

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?")
_OVERRIDDEN = re.compile("[\u202d\u202e][^\u202c\n]*\u202c?")
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Reading:
    """Plain text, and where each of its characters stands in the text it was read from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the source of `text[start:end]`, which must not be empty."""
        return self.starts[start], self.ends[end - 1]

    def replaced(
        self, pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], Keep]
    ) -> Reading:
        """This reading with each match put away.

        A string stands for the whole match; a function says which part of the match is kept.
        """
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []

        def copy(start: int, end: int) -> None:
            text.append(self.text[start:end])
            starts.extend(self.starts[start:end])
            ends.extend(self.ends[start:end])

        at = 0
        for match in pattern.finditer(self.text):
            if match.start() == match.end():
                continue
            copy(at, match.start())
            at = match.end()
            first, last = self.starts[match.start()], self.ends[match.end() - 1]
            kept = replacement if isinstance(replacement, str) else replacement(match)
            if isinstance(kept, tuple):
                copy(*kept)
                kept = " "
            text.append(kept)
            starts.extend([first] * len(kept))
            ends.extend([last] * len(kept))
        copy(at, len(self.text))
        return Reading("".join(text), tuple(starts), tuple(ends))


Keep = str | tuple[int, int]
"""What stays of a match: some text in its place, or a span of the reading."""


def read(text: str) -> Reading:
    """`text` as a reader would see it, one plain character at a time."""
    shown: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for base, start, end in _clusters(text[:_MAX_SEEN]):
        for character in base:
            shown.append(character)
            starts.append(start)
            ends.append(end)
        if len(shown) >= MAX_READ:
            break
    return Reading("".join(shown)[:MAX_READ], tuple(starts[:MAX_READ]), tuple(ends[:MAX_READ]))


def _clusters(text: str) -> Iterable[tuple[str, int, int]]:
    """Each visible character with its marks, made plain, and its span in `text`."""
    hidden = [*_TERMINAL.finditer(text), *_OVERRIDDEN.finditer(text)]
    skip_to = {match.start(): match.end() for match in hidden}
    at = 0
    while at < len(text):
        if at in skip_to:
            at = skip_to[at]
            continue
        start = at
        at += 1
        marks = at
        while at < len(text) and unicodedata.category(text[at]) in {"Mn", "Me"}:
            at += 1
        base = _plain(text[start], text[start - 1 : start], text[marks : marks + 1])
        if not base:
            continue
        above = [mark for mark in text[marks:at] if not _is_selector(mark)]
        if 0 < len(above) <= MAX_MARKS:
            base = unicodedata.normalize("NFC", base + "".join(above))
        yield base, start, at


def _plain(character: str, before: str, after: str) -> str:
    """The plain form of a character: itself, its everyday look-alike, a space, or nothing."""
    category = unicodedata.category(character)
    if character.isascii() and character.isprintable():
        plain = character
    elif character in "\n\r\u2028\u2029\x85\x0b\x0c":
        plain = "\n"
    elif category == "Zs" or character == "\t":
        plain = " "
    elif character in _JOINERS:
        plain = character if _shapes(before, after) else ""
    elif category[0] == "C" or category in {"Mn", "Me"}:
        plain = ""
    elif 0x1F130 <= ord(character) <= 0x1F189:
        plain = unicodedata.name(character)[-1]
    elif category in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"} or 0xFF01 <= ord(character) <= 0xFF5E:
        # Longer foldings change more than the look: ligatures of words, fractions, units.
        folded = unicodedata.normalize("NFKC", character)
        plain = folded if len(folded) == 1 else character
    else:
        plain = character
    return plain


def _shapes(before: str, after: str) -> bool:
    """Whether a joiner between these shapes words, as in Persian and the scripts of India."""
    return all(side.isalpha() and "\u0600" <= side < "\u1000" for side in (before, after))


def _is_selector(mark: str) -> bool:
    return 0xFE00 <= ord(mark) <= 0xFE0F or 0xE0100 <= ord(mark) <= 0xE01EF
