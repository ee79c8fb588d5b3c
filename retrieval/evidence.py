"""From retrieved passages to evidence: the sentences that bear on a claim, and their features."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.split import Span, sentences
from retrieval.dates import DateRelation, compare_dates
from retrieval.findings import Reading, Surroundings, find
from retrieval.model import Finding, Hit
from retrieval.quantities import QuantityRelation, compare_quantities

_POINTS_BACK = re.compile(
    r"(?:It|Its|This|That|These|Those|They|Their|He|His|She|Her|Both|The same|In the same)\b"
)

MAX_WINDOW_WORDS = 80
MAX_UNITS = 10
UNITS_PER_PASSAGE = 2


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of a passage that may bear on the claim, with the sentences it needs around it."""

    hit: Hit
    start: int
    end: int
    """Offsets of the sentence in the passage."""
    window: str
    """The sentence and its neighbours: where the rules look too."""
    coverage: float
    """Share of the claim's content that the sentence holds, 0 to 1."""
    window_coverage: float
    """The same of the window with the source's title."""
    findings: tuple[Finding, ...]

    @property
    def premise(self) -> str:
        """What the stance model is given: the title, which names what is spoken of, then the
        sentence, after the one that it points back to where it opens so."""
        passage = self.hit.passage
        text = passage.text[self.start : self.end]
        if points_back(text):
            text = self.window[: self.window.find(text)] + text
        title = passage.source.given_title
        return f"{title}. {text}" if title else text


def points_back(sentence: str) -> bool:
    """Whether a sentence opens with a word for something named in the one before it."""
    return _POINTS_BACK.match(sentence) is not None


def units(claim: Reading, hits: Sequence[Hit]) -> list[Unit]:
    """The sentences among `hits` that best cover the claim, best passages first."""
    candidates: list[tuple[float, int, Hit, Reading, list[Span], int]] = []
    for rank, hit in enumerate(hits):
        passage = hit.passage
        context, title = context_of(hit), passage.source.given_title
        spans = sentences(passage.text)
        scored = sorted(
            (
                (share_covered(claim, Reading(f"{title}. {passage.text[start:end]}")), -index)
                for index, (start, end) in enumerate(spans)
            ),
            reverse=True,
        )
        for place, (coverage, negative) in enumerate(scored[:UNITS_PER_PASSAGE]):
            if place and coverage < 0.25:
                continue
            priority = coverage + 0.5 * hit.score - 0.25 * place - 0.01 * rank
            candidates.append((priority, rank, hit, context, spans, -negative))
    candidates.sort(key=lambda candidate: (-candidate[0], candidate[1]))
    return [
        _unit(claim, hit, context, spans, index)
        for _, _, hit, context, spans, index in candidates[:MAX_UNITS]
    ]


def context_of(hit: Hit) -> Reading:
    """The whole passage with title, publisher, author and heading."""
    source = hit.passage.source
    parts = (
        source.given_title,
        source.publisher,
        source.author,
        hit.passage.heading,
        hit.passage.text,
    )
    return Reading(". ".join(part for part in parts if part))


def _unit(claim: Reading, hit: Hit, context: Reading, spans: Sequence[Span], index: int) -> Unit:
    text = hit.passage.text
    first, last = _window(text, spans, index)
    window = text[spans[first][0] : spans[last][1]]
    start, end = spans[index]
    sentence = Reading(text[start:end])
    title = hit.passage.source.given_title
    return Unit(
        hit=hit,
        start=start,
        end=end,
        window=window,
        coverage=share_covered(claim, sentence),
        window_coverage=share_covered(claim, Reading(f"{title}. {window}")),
        findings=find(claim, Surroundings(sentence, Reading(window), context)),
    )


def _window(text: str, spans: Sequence[Span], index: int) -> tuple[int, int]:
    """Indices of the first and last sentence around `index` that fit the window: one before, for
    what `it` and `that` refer to, then one after, for the limits that often follow a figure."""
    first = last = index

    def fits(low: int, high: int) -> bool:
        return len(text[spans[low][0] : spans[high][1]].split()) <= MAX_WINDOW_WORDS

    if index > 0 and fits(index - 1, last):
        first = index - 1
    if index + 1 < len(spans) and fits(first, index + 1):
        last = index + 1
    return first, last


def share_covered(claim: Reading, evidence: Reading) -> float:
    """Share of the claim's content that the evidence holds: words, names, quantities, dates.

    Names and quantities weigh half as much again, since they tell one fact from another.
    """
    names = {name.stem for name in claim.names}
    total = held = 0.0
    for item in claim.stems - claim.figures:
        weight = 1.5 if item in names else 1.0
        total += weight
        if item in evidence.known:
            held += weight
    for quantity in claim.quantities:
        total += 1.5
        relations = {compare_quantities(quantity, other) for other in evidence.quantities}
        held += 1.5 * bool(relations & {QuantityRelation.AGREES, QuantityRelation.LIMITS})
    for mention in claim.dates:
        total += 1.0
        held += DateRelation.AGREES in {compare_dates(mention, other) for other in evidence.dates}
    return held / total if total else 0.0
