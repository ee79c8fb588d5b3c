"""What retrieval and weighing hand on: hits, stances, findings, assessments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.model import Passage

Vectors = NDArray[np.float32]
"""Shape (n, dim), float32, each row of unit length."""


class Stance(StrEnum):
    """How a passage bears on a claim."""

    SUPPORTS = "supports"
    REFUTES = "refutes"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What may be retrieved at all."""

    as_of: date | None = None
    """Only sources surely published on or before this day; a source without a date is left out."""
    kinds: frozenset[str] | None = None
    guild_id: str | None = None
    """Adds this server's private sources to the shared ones."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that search found, best first."""

    passage: Passage
    score: float
    """Fused relevance, 0 to 1."""
    dense: float | None
    """Cosine of query and passage; None where only the lexical side found it."""
    lexical: float | None
    """BM25 over the best hit's BM25, 0 to 1; None where only the dense side found it."""


class Embedder(Protocol):
    """Turns text into vectors. `model_id` names the model and its version, for the index."""

    @property
    def model_id(self) -> str:
        """The model and its version."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fusion_weight(self) -> float | None:
        """Least share of the cosine beside BM25, tuned for the model; None: nothing is tuned."""
        ...

    @property
    def topic_floor(self) -> float | None:
        """Below it a claim's topic is absent (`retrieval.reach`); None where nothing is tuned."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, dim), one row a text, whatever else is embedded with it."""
        ...


class StanceModel(Protocol):
    """Scores premise and claim pairs."""

    @property
    def model_id(self) -> str:
        """The model and its version."""
        ...

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n, 3): probabilities of supports, refutes, neither, for (premise, claim)."""
        ...

    def judge(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n, 4): the same three, which add to 1, and the probability that the claim has a
        true part of the premise and leaves a false impression (0 where the model does not know)."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule found when it held a claim against a sentence, and the words it rests on."""

    kind: str
    """quantity, date, name, negation, antonym, quantifier, attribution, modality, scope,
    scope_beside."""
    effect: str
    """agrees, contradicts, limits, missing; derived where the claim's figure is the sum, the
    difference or the ratio of two of the evidence's."""
    claim_words: str
    evidence_words: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """One sentence (or short run of sentences) of a passage, held against the claim."""

    hit: Hit
    start: int
    end: int
    """Offsets of the sentence in `hit.passage.text`."""
    relevance: float
    probabilities: tuple[float, float, float]
    """supports, refutes, neither, by the stance model."""
    findings: tuple[Finding, ...] = ()
    opinion: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    """supports, refutes, misleading, neither: the stance model and the findings together."""
    stance: Stance = Stance.CONTEXT
    coverage: float = 0.0
    """Share of the claim's content that the sentence and those around it hold, 0 to 1."""

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the evidence says of a claim, all of it together."""

    label: str
    confidence: float
    """Calibrated probability that the label is right."""
    weighed: tuple[Weighed, ...]
    """Most telling first."""
    likelihoods: dict[str, float] = field(default_factory=dict)
    reason: str | None = None
    """Why it is not_enough_evidence, or what a misleading claim leaves out; for people."""
