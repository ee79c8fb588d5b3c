"""Cutting text into sentences and passages. Both are spans: `text[start:end]` is verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal, NamedTuple

from corpus.abbreviations import (
    BEFORE_NUMBER,
    CLOSING,
    CLOSING_NAMES,
    GERMAN_ORDINAL_AFTER,
    GERMAN_ORDINAL_BEFORE,
    INNER,
    INNER_NAMES,
    STARTERS,
)

TARGET_WORDS = 150
MAX_WORDS = 200
MIN_WORDS = 40
"""A last passage shorter than this joins the one before it where both fit in MAX_WORDS."""
MAX_OVERLAP_WORDS = 45
MAX_SENTENCE_CHARACTERS = 1_000
"""A longer run without a sentence end is cut at the last space before it."""

Markup = Literal["plain", "markdown"]


class Span(NamedTuple):
    """`text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage lies in its document's text, and the headings above it."""

    start: int
    end: int
    heading: str | None = None
    page: int | None = None


_STOPS = ".!?…‼⁇⁈⁉؟۔।॥።։"
_CLOSERS = "\"'”’»›)\\]}）」』】》〉"
_END = re.compile(
    rf"""(?<![{_STOPS}])(?P<stop>[{_STOPS}]++)
        (?P<close>(?:[ \u00a0\u202f]»)?[{_CLOSERS}*_]*(?:\[\d{{1,3}}\])*)(?=\s|$)
      | (?P<wide>[。！？｡．]+)[{_CLOSERS}]*(?![，、,：:；）」』】])""",
    re.VERBOSE,
)
_WORD_EDGES = frozenset("\"'“”‘’«»()[]{}")
_OPENERS = "\"'“‘«‹„‚([{¿¡*_-–—"
_ACRONYM = re.compile(r"^(?:\w\.)+\w$")
_LINE = re.compile(r"[^\n]*\n?")
_ITEM = r"[-*+•◦▪‣·–—][ \t]+|\(?\d{1,3}[.)][ \t]+|\(?[a-zA-Z][)][ \t]+|#{1,6}[ \t]+"
_BULLET = re.compile(rf"[ \t]*(?:{_ITEM})")
# Before a number, a sign that can be read as more than, minus, or plus is kept with it.
_MARK = re.compile(
    rf"[ \t]*+(?:>[ \t]*+(?![\d$€£]))*+(?:(?![+–—][ \t]*[\d$€£])(?:{_ITEM})(?:\[[ xX]\][ \t]+)?)?+"
)
_ENUMERATOR = re.compile(r"[ \t]*\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})$")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]++(.*)")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+(?:[.,'’:/@-]+[^\W{_CJK}]+)*")


def count_words(text: str) -> int:
    """Words; Chinese, Japanese and Korean characters each count as one, long runs as several."""
    return max(sum(1 for _ in _WORD.finditer(text)), len(text) // 12)


def sentences(text: str) -> list[Span]:
    """Sentences in order, without the space around them and the marks of lists, quotations and
    headings before them; together they hold all else.

    Own rules: full stops after abbreviations, initials, numbers and in names do not end one; a
    blank line, a list item or a line of its own does.
    """
    return [span for block in _blocks(text) for span in _split_block(text, block)]


def passage_spans(
    text: str,
    *,
    target: int = TARGET_WORDS,
    maximum: int = MAX_WORDS,
    overlap: bool = True,
    markup: Markup = "plain",
) -> list[PassageSpan]:
    """Runs of whole sentences of about `target` words, at most `maximum` where sentences allow.

    With `overlap` the last sentence of a passage, if short, also begins the next. In Markdown a
    heading ends a passage and is carried beside the ones under it instead of inside them.
    """
    found: list[PassageSpan] = []
    for heading, section in _sections(text, markup):
        parts = [
            Span(section.start + span.start, section.start + span.end)
            for span in sentences(text[section.start : section.end])
        ]
        found.extend(
            PassageSpan(span.start, span.end, heading)
            for span in _pack(text, parts, target, maximum, overlap)
        )
    if not found and text.strip():
        return passage_spans(text, target=target, maximum=maximum, overlap=overlap)
    return found


def first_heading(text: str, markup: Markup) -> str | None:
    """The first heading of a Markdown text."""
    return next((heading for heading, _ in _sections(text, markup) if heading), None)


def _sections(text: str, markup: Markup) -> Iterator[tuple[str | None, Span]]:
    """The stretches between headings, each with the path of headings that it stands under."""
    if markup == "plain":
        yield None, Span(0, len(text))
        return
    path: list[tuple[int, str]] = []
    begun = 0
    fenced = False
    for line in _LINE.finditer(text):
        fenced ^= bool(_FENCE.match(line[0]))
        match = None if fenced else _HEADING.match(line[0].rstrip("\r\n"))
        if match:
            yield _join(path), Span(begun, line.start())
            level = len(match[1])
            path = [*(entry for entry in path if entry[0] < level), (level, _title(match[2]))]
            begun = line.end()
    yield _join(path), Span(begun, len(text))


def _title(heading: str) -> str:
    """Without the number signs that may close a heading (CommonMark 0.31, 4.2)."""
    words = heading.rstrip(" \t")
    bare = words.rstrip("#")
    return words if bare and bare[-1] not in " \t" else bare.rstrip(" \t")


def _join(path: list[tuple[int, str]]) -> str | None:
    return " > ".join(title for _, title in path if title) or None


def _pack(text: str, parts: list[Span], target: int, maximum: int, overlap: bool) -> Iterator[Span]:
    sizes = [count_words(text[part.start : part.end]) for part in parts]
    groups: list[tuple[int, int]] = []
    first = 0
    size = 0
    fresh = 0
    for index, words in enumerate(sizes):
        too_long = size + words > maximum
        if index > fresh and (size >= target or too_long):
            groups.append((first, index))
            carried = overlap and 0 < sizes[index - 1] <= MAX_OVERLAP_WORDS and index - 1 > first
            carried = carried and sizes[index - 1] + words <= maximum
            first = index - 1 if carried else index
            fresh = index
            size = sizes[first] if carried else 0
        size += words
    if fresh < len(parts):
        tail = sum(sizes[fresh:])
        if groups and tail < MIN_WORDS and sum(sizes[groups[-1][0] :]) <= maximum:
            first = groups.pop()[0]
        groups.append((first, len(parts)))
    for begin, end in groups:
        yield Span(parts[begin].start, parts[end - 1].end)


def _blocks(text: str) -> Iterator[Span]:
    """Stretches that no sentence crosses: paragraphs, list items, lines of their own."""
    lines = [Span(match.start(), match.end()) for match in _LINE.finditer(text) if match[0]]
    stripped = [text[line.start : line.end].strip() for line in lines]
    usual = _wrap_width(stripped)
    begun: int | None = None
    for index, line in enumerate(lines):
        if not stripped[index]:
            if begun is not None:
                yield Span(begun, line.start)
                begun = None
            continue
        if begun is None:
            begun = line.start
        elif _BULLET.match(text, line.start) or not _continues(
            stripped[index - 1], stripped[index], usual
        ):
            yield Span(begun, line.start)
            begun = line.start
    if begun is not None:
        yield Span(begun, len(text))


def _wrap_width(lines: list[str]) -> float | None:
    """The usual length of a line where the text is wrapped by hand, else None."""
    lengths = [len(line) for line in lines if line]
    if len(lengths) < 3 or max(lengths) > 130:
        return None
    usual = median(lengths)
    return usual if usual >= 40 else None


def _continues(above: str, below: str, usual: float | None) -> bool:
    """Whether the line `below` goes on with the sentence of the line `above`."""
    if above[-1] in ",;-–—(&" or below[0].islower():
        return above[-1] not in ".!?…"
    # The sentence rules decide within a wrapped paragraph; a short line ends one.
    return usual is not None and len(above) >= 0.6 * usual


def _split_block(text: str, block: Span) -> Iterator[Span]:
    begun = _after_mark(text, block.start, block.end)
    for match in _END.finditer(text, begun, block.end):
        if match["wide"] or _ends(text, match, begun, block.end):
            yield from _trimmed(text, begun, match.end())
            begun = _after_mark(text, match.end(), block.end)
    yield from _trimmed(text, begun, block.end)


def _after_mark(text: str, start: int, end: int) -> int:
    """Where the words of the line begin that begins at `start`, or after the space there."""
    begun = start
    while begun < end and text[begun].isspace():
        begun += 1
    if start and "\n" not in text[start - 1 : begun]:
        return start
    match = _MARK.match(text, begun, end)
    assert match is not None
    word = _next_word(text, match.end(), end)
    if word is None or (text[begun].isdigit() and word.casefold() in GERMAN_ORDINAL_AFTER):
        return start
    return match.end()


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE_CHARACTERS:
        cut = _last_space(text, start, start + MAX_SENTENCE_CHARACTERS)
        yield from _trimmed(text, start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield Span(start, end)


def _last_space(text: str, start: int, end: int) -> int:
    for index in range(end - 1, start + (end - start) // 2, -1):
        if text[index].isspace():
            return index
    return end


def _ends(text: str, match: re.Match[str], begun: int, limit: int) -> bool:
    """Whether a stop followed by space ends the sentence begun at `begun`."""
    after = _next_word(text, match.end(), limit)
    if after is None:
        return True
    word = _word_before(text, begun, match.start())
    if not _may_begin(after) or _in_leader(text, match, after, begun):
        return False
    if match["stop"] != "." or match["close"]:
        return match["stop"] != "!" or word.casefold() not in CLOSING or _is_starter(after)
    return _full_stop_ends(text, word, after, Span(begun, match.start()))


def _in_leader(text: str, match: re.Match[str], after: str, begun: int) -> bool:
    """Whether the stop is one of a row of dots, as between a chapter's name and its page."""
    if after[0] == ".":
        return True
    before = text[max(begun, match.start() - 2) : match.start()]
    return before == ". "


def _full_stop_ends(text: str, word: str, after: str, sentence: Span) -> bool:
    if _ENUMERATOR.fullmatch(text, sentence.start, sentence.end):
        return False
    bare = word.lstrip("*_-–—/$€£")
    folded = bare.casefold()
    capital = bare[:1].isupper()
    if folded in INNER or (capital and folded in INNER_NAMES):
        return False
    closing = folded in CLOSING or (capital and folded in CLOSING_NAMES)
    if after[0].isdigit() and (folded in BEFORE_NUMBER or closing):
        return False
    if _is_german_ordinal(text, folded, after, sentence):
        return False
    initial = len(folded) == 1 and folded.isalpha() and folded.isascii()
    if initial or closing or _ACRONYM.match(folded):
        return _is_starter(after)
    return True


def _is_german_ordinal(text: str, word: str, after: str, sentence: Span) -> bool:
    if not (word.isdigit() and len(word) <= 2):
        return False
    if after.casefold() in GERMAN_ORDINAL_AFTER:
        return True
    space = sentence.end - len(word) - 1
    return _word_before(text, sentence.start, space).casefold() in GERMAN_ORDINAL_BEFORE


def _word_before(text: str, begun: int, end: int) -> str:
    start = end
    while start > begun and not (text[start - 1].isspace() or text[start - 1] in _WORD_EDGES):
        start -= 1
    return text[start:end]


def _next_word(text: str, position: int, limit: int) -> str | None:
    """The word after `position`, without opening quotes and dashes; None at the end."""
    while position < limit and (text[position].isspace() or text[position] in _OPENERS):
        position += 1
    if position >= limit:
        return None
    end = position + 1
    while end < limit and (text[end].isalnum() or text[end] in "'’"):
        end += 1
    return text[position:end]


def _may_begin(word: str) -> bool:
    """Anything but a lower-case word may begin a sentence, and so may names such as iPhone."""
    return not word[0].islower() or any(letter.isupper() for letter in word[1:])


def _is_starter(word: str) -> bool:
    return word.partition("'")[0].partition("’")[0].casefold() in STARTERS and word[0].isupper()
