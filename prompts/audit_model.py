"""What an audit of a sentence says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """In what way a sentence is not carried by its evidence."""

    QUANTITY = "quantity"
    UNIT = "unit"
    DATE = "date"
    NAME = "name"
    ATTRIBUTION = "attribution"
    NEGATION = "negation"
    BOUND = "bound"
    CAVEAT = "caveat"
    REVERSED = "reversed"
    OVERREACH = "overreach"
    EXTRA_DETAIL = "extra_detail"
    UNRELATED = "unrelated"
    ENTAILMENT = "entailment"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the words it rests on, so that a person can check it."""

    kind: FaultKind
    words: str
    """In the sentence; empty where something is left out."""
    evidence: str
    """In the evidence; empty where nothing there answers."""
    reason: str
    """A short clause for people."""


@dataclass(frozen=True, slots=True)
class SentenceAudit:
    """Whether a sentence is carried by its evidence, and what speaks against it."""

    supported: bool
    faults: tuple[Fault, ...]
    """Empty where it is supported."""
    score: float
    """0 to 1: how well the evidence carries the sentence; 0 where a fact is plainly not there."""
