"""What is the same wherever people read a verdict: names, confidence, what it tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from prompts.language import Phrases, phrases
from prompts.verdict import Citation, Label, Verdict
from retrieval.model import Stance

LABELS = {label: phrases()(f"label.{label}") for label in Label}

MEANINGS = {label: phrases()(f"meaning.{label}") for label in Label}

STANCES = {stance: phrases()(f"stance.{stance}") for stance in Stance}

_QUOTATION_MARKS = ' “”„"«»'


class Line(NamedTuple):
    """Something said, with the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]


class Told(NamedTuple):
    """What a verdict says, and apart from it what the claim leaves out or what is not known."""

    summary: tuple[Line, ...]
    missing: Line | None


def told(verdict: Verdict) -> Told:
    """Nothing is told twice: where what is missing is a quote that the summary gives, its sentence,
    with source and citation, stands for it."""
    summary = tuple(Line(sentence.text, sentence.citations) for sentence in verdict.summary)
    if not verdict.missing_context:
        return Told(summary, None)
    quote = verdict.missing_context.strip(_QUOTATION_MARKS)
    giving = next((line for line in summary if quote in line.text), None)
    if giving is None:
        return Told(summary, Line(verdict.missing_context, ()))
    rest = tuple(line for line in summary if line is not giving)
    return Told(rest, giving) if rest else Told(summary, None)


def missing_heading(label: Label, say: Phrases | None = None) -> str:
    """What stands over that part: of a misleading claim it is what the claim does not say."""
    key = "card.leaves_out" if label is Label.MISLEADING else "card.missing"
    return (say or phrases())(key)


OPEN_BELOW = 0.75
"""Of an undecided verdict a confidence near one half says no more than that it is undecided."""


def confidence_in_words(verdict: Verdict, say: Phrases | None = None) -> str | None:
    """The calibrated probability as people say it; None where it would tell them nothing."""
    say = say or phrases()
    steps = ((0.9, "very"), (0.75, "fairly"), (0.55, "somewhat"), (0.0, "not"))
    name = next(name for least, name in steps if verdict.confidence >= least)
    if verdict.label is not Label.NOT_ENOUGH_EVIDENCE:
        return say(f"sure.{name}")
    if verdict.confidence < OPEN_BELOW:
        return None
    return say("sure.nothing_settles", sure=say(f"sure.{name}"))


def pages(citations: Iterable[Citation], say: Phrases | None = None) -> str | None:
    """The pages on which the quotes of one PDF begin: "p. 3", "pp. 3, 7"."""
    known = sorted({citation.page for citation in citations if citation.page is not None})
    if not known:
        return None
    key = "card.pages" if len(known) > 1 else "card.page"
    return (say or phrases())(key, pages=", ".join(map(str, known)))
