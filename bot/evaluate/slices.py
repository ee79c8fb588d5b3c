"""Kinds of claims that are reported apart, told by rules from the claim and what it was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluate.fact_checkers import is_fact_check
from retrieval.findings import Reading, Surroundings, find

LONG_WORDS = 25
"""A claim of more words is long."""

_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»\n]+)[\"“”„«»]|(?<!\w)['‘]([^'‘’\n]+)['’](?!\w)")
_QUOTED_WORDS = 2
_SAID = re.compile(
    r"\b(?:said|says|told|tweeted|wrote|stated|claimed|claims|announced|admitted|according to)\b",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(r"^\W*no (?:answer|information|evidence) (?:could|can) be found", re.I)


@dataclass(frozen=True, slots=True)
class Given:
    """A claim, and the evidence that a verdict on it was made from."""

    claim: str
    texts: Sequence[str]
    urls: Sequence[str]
    pieces: int
    """Pieces of evidence that the data set holds necessary."""


def kinds_of(given: Given) -> tuple[str, ...]:
    """The slices that a claim belongs to, in the order of `SLICES`."""
    return tuple(name for name, belongs in SLICES.items() if belongs(given))


def _found(claim: str, kind: str) -> bool:
    """Whether the claim has something that a rule would look for in its evidence."""
    nothing = Reading("")
    against_nothing = find(Reading(claim), Surroundings(nothing, nothing, nothing))
    return any(finding.kind == kind for finding in against_nothing)


def _quotes(given: Given) -> bool:
    quoted = (first or second for first, second in _QUOTED.findall(given.claim))
    return any(len(words.split()) >= _QUOTED_WORDS for words in quoted) or bool(
        _SAID.search(given.claim)
    )


SLICES: Mapping[str, Callable[[Given], bool]] = {
    "numeric": lambda given: _found(given.claim, "quantity"),
    "dated": lambda given: _found(given.claim, "date"),
    "negated": lambda given: _found(given.claim, "negation"),
    "multi_hop": lambda given: given.pieces > 1,
    "quote": _quotes,
    "long": lambda given: len(given.claim.split()) > LONG_WORDS,
    "with_fact_check_source": lambda given: any(map(is_fact_check, given.urls)),
    "without_fact_check_source": lambda given: (
        bool(given.urls) and not any(map(is_fact_check, given.urls))
    ),
    "with_evidence": lambda given: bool(given.texts),
    "without_evidence": lambda given: not given.texts,
    "evidence_says_no_answer": lambda given: any(map(_NO_ANSWER.search, given.texts)),
}
"""A quantity, a date, a denial; more than one piece of evidence; somebody's words; length. Then
what a data set may give away: a fact-checker's page, and the note that no answer was found."""
