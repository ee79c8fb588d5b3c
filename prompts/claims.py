"""From a text to its claims, without a language model.

The text is undressed, cut into sentences and, where a sentence holds more than a claim, into
clauses; each is judged by `prompts.worth`. What frames a claim ("fact check:", "is it true that",
"I read somewhere that") is not part of it. Offsets are those of the text as given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from corpus.abbreviations import CLOSING, CLOSING_NAMES, INNER
from corpus.split import sentences
from prompts.clauses import clauses, lengths
from prompts.frames import Span, bare, is_aside
from prompts.message import undress
from prompts.opinions import only_judges
from prompts.orders import is_order
from prompts.reading import read
from prompts.verdict import Claim, Skipped, SkipReason
from prompts.worth import THRESHOLD, is_joke, judge, opens_joke, weigh

MAX_CLAIMS = 5
MAX_CLAIM_CHARACTERS = 500
_MAX_SKIPPED = 20
_MAX_SKIPPED_CHARACTERS = 200
_MAX_CONTEXT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a text holds."""

    claims: tuple[Claim, ...]
    """To be checked, in the order of the text."""
    skipped: tuple[Skipped, ...]
    """Not claims, and why."""
    left_out: tuple[Claim, ...]
    """Claims beyond the most that one text may have checked."""


def extract(text: str) -> tuple[list[Claim], list[Skipped]]:
    """The first `MAX_CLAIMS` claims of `text`, and what in it is none."""
    found = read_claims(text)
    return list(found.claims), list(found.skipped)


def read_claims(text: str, limit: int = MAX_CLAIMS) -> Extraction:
    """All that `text` holds: claims, at most `limit` of them to be checked, and the rest."""
    reading = undress(text)
    claims: dict[str, Claim] = {}
    skipped: dict[str, Skipped] = {}
    before: Span | None = None
    joking = False
    for span in _pieces(reading.text):
        if joking:
            _note(skipped, reading.text[slice(*span)], "no_claim")
            continue
        joking = opens_joke(reading.text[slice(*span)])
        verdicts = [
            verdict
            for part in _statements(reading.text, span)
            for verdict in _judged(reading.text, part)
        ]
        for part, reason in verdicts:
            words = reading.text[slice(*part)]
            if reason is not None:
                _note(skipped, words, reason)
                continue
            start, end = reading.span(*part)
            spoken = _with_context(reading.text, part, before)
            if spoken is None:
                _note(skipped, words, "vague")
                continue
            claims.setdefault(spoken.casefold(), Claim(text=spoken, start=start, end=end))
        before = span if verdicts else before
    found = tuple(claims.values())
    told = [item for item in skipped.values() if " " in item.text or not found]
    if not found and not told:
        shown = _tidy(read(text).text)[:_MAX_SKIPPED_CHARACTERS]
        told = [Skipped(text=shown, reason="no_claim")]
    return Extraction(found[:limit], tuple(told[:_MAX_SKIPPED]), found[limit:])


def _note(skipped: dict[str, Skipped], words: str, reason: SkipReason) -> None:
    shown = _tidy(words)[:_MAX_SKIPPED_CHARACTERS]
    if any(character.isalnum() for character in shown):
        skipped.setdefault(shown, Skipped(text=shown, reason=reason))


def _tidy(words: str) -> str:
    return " ".join(words.split())


_LOWER_START = re.compile(r"[.!?…]+[\"')]*\s+(?=[a-z$€£¥0-9])")
_ANNOUNCED_CLAIM = re.compile(
    r"(?<!\w)(?:claims?|fact[ -]?check(?: this)?|verify|verifica|check this(?: pls"
    r"| please)?)\s*:\s*",
    re.IGNORECASE,
)


_ENDED = frozenset(".!?…。！？\"'”’»)")


def _whole_sentences(text: str) -> Iterator[Span]:
    """Sentences, joined again where they were cut for nothing but their length."""
    held: Span | None = None
    for start, end in sentences(text):
        cut = held is not None and held[1] - held[0] > MAX_CLAIM_CHARACTERS
        ended = held is None or text[held[1] - 1] in _ENDED or "\n" in text[held[1] : start]
        if held and cut and not ended:
            held = (held[0], end)
            continue
        if held:
            yield held
        held = (start, end)
    if held:
        yield held


def _pieces(text: str) -> Iterator[Span]:
    """Sentences, as people in a chat write them: many begin with a small letter."""
    for start, end in _whole_sentences(text):
        cuts = [(start, start)]
        for match in _LOWER_START.finditer(text, start, end):
            word = (text[max(start, match.start() - 20) : match.start()].split() or [""])[-1]
            word = word.casefold().strip("\"'(")
            if len(word) > 1 and word not in CLOSING | CLOSING_NAMES | INNER and "." not in word:
                cuts.append((match.end(), match.end()))
        cuts += [match.span() for match in _ANNOUNCED_CLAIM.finditer(text, start, end)]
        cuts = [*sorted(cuts), (end, end)]
        for (_, begun), (ended, _) in pairwise(cuts):
            if text[begun:ended].strip():
                yield begun, ended


def _statements(text: str, span: Span) -> Iterator[Span]:
    """The statements of a sentence, each to be judged on its own; itself where it is but one.

    What is neither a claim nor an opinion without its neighbour stays with it, unless it is a
    remark that leads up to a claim with a colon.
    """
    parts = clauses(text, span, commas=span[1] - span[0] > MAX_CLAIM_CHARACTERS)
    kept = parts[:1]
    for part in parts[1:]:
        between = text[kept[-1][1] : part[0]].strip()
        before, after = (_told(text, one) for one in (kept[-1], part))
        if after is not None and (before is not None or (between == ":" and after == "claim")):
            kept.append(part)
        else:
            kept[-1] = (kept[-1][0], part[1])
    for part in kept:
        yield from lengths(text, part, MAX_CLAIM_CHARACTERS)


def _told(text: str, part: Span) -> Literal["claim", "other"] | None:
    """What a clause tells without its neighbours: a claim, an opinion or forecast, or nothing."""
    reason = judge(text[slice(*bare(text, part))])
    if reason is None:
        return "claim"
    return "other" if reason in {"opinion", "prediction"} else None


_STRONG = re.compile(
    r"\s*[;:]\s+|\s+[–—-]{1,2}\s+|\s*\.{2,}\s+|,?\s+(?:but|yet|whereas|because)\s+"
)
_WEAK = re.compile(r",\s+(?:and|so|or|which|where)\s+|,\s+|\s+and\s+|\s+\((?=\w)|\)\s+")
_COLOURS_ALL = frozenset({"hypothetical", "prediction"})


def _judged(text: str, span: Span) -> Iterator[tuple[Span, SkipReason | None]]:
    """The claims of one sentence, or the reason why it holds none."""
    start, end = bare(text, span)
    words = text[start:end]
    if len(words) < 3 or not any(character.isalnum() for character in words):
        return
    if is_aside(words):
        return
    order = is_order(words)
    reason: SkipReason | None = "no_claim" if order else _reason(text, (start, end), span)
    signs = weigh(words)
    coloured = min(signs.values(), default=0.0) <= -1.3
    meant = "joke" not in signs and not is_joke(text[slice(*span)])
    if reason is None and not meant:
        reason = "no_claim"
    divisible = reason != "question" and meant and not only_judges(words)
    if divisible and (order or coloured or reason is not None):
        keep = _clauses(text, (start, end), only_strong=bool(_COLOURS_ALL & signs.keys()))
        if order:
            keep = [part for part in keep if "statement" in weigh(text[slice(*part)])]
        if keep:
            yield from ((part, None) for part in keep)
            return
    yield (start, end), reason


def _reason(text: str, part: Span, span: Span) -> SkipReason | None:
    """Judges the claim; a question mark counts unless a frame asked the question."""
    asked = text[part[1] : span[1]].lstrip("\"'”» ")[:1] in {"?", "？"}
    framed = re.search(
        r"(?:true|know|confirm|verify|check|debunk|claims?)\b",
        text[max(0, span[0] - 15) : part[0]],
        re.IGNORECASE,
    )
    words = text[slice(*part)]
    reason = judge(words + "?" if asked and not framed else words)
    if framed and reason == "no_claim" and min(weigh(words).values(), default=0.0) >= 0:
        return None  # somebody says that it is a claim, and nothing speaks against it
    return reason


def _clauses(text: str, span: Span, *, only_strong: bool) -> list[Span]:
    """The clauses of a sentence that are claims on their own, neighbours joined."""
    for boundary in (_STRONG,) if only_strong else (_STRONG, _WEAK):
        cuts = [match.span() for match in boundary.finditer(text, *span)]
        if not cuts:
            continue
        edges = [span[0], *(edge for cut in cuts for edge in cut), span[1]]
        kept: list[Span] = []
        joins = False
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            part = bare(text, (start, end)) if end > start else (start, end)
            words = text[slice(*part)]
            if len(words) < 8 or is_order(words) or not _stands(words):
                joins = False
                continue
            if joins and text[kept[-1][1] : part[0]].strip(" ,") in {"", "and"}:
                kept[-1] = (kept[-1][0], part[1])
            else:
                kept.append(part)
            joins = True
        if kept:
            return kept
    return []


def _stands(words: str) -> bool:
    """Whether a clause is a claim without the sentence around it."""
    return judge(words) is None and min(weigh(words).values(), default=0.0) > -1.3


def _with_context(text: str, part: Span, before: Span | None) -> str | None:
    """The claim's words, after the sentence before where they point back; None if they dangle."""
    words = _tidy(text[slice(*part)])
    if "pointing" not in weigh(words):
        return words
    if before is not None and before[1] - before[0] <= _MAX_CONTEXT_CHARACTERS:
        earlier = _tidy(text[slice(*bare(text, before))]).rstrip(".")
        return f"{earlier}. {words}"
    return words if sum(weigh(words).values()) >= THRESHOLD + 0.5 else None
