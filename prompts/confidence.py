"""How sure a verdict is, worked out from signals: never a model's own number alone.

A logistic regression for each engine over named signals gives the probability that the label is
right; under a threshold, chosen on the risk-coverage curve of the same data, the answer becomes
`not_enough_evidence`. Weights, thresholds and curves are data (`confidence.json`), with what they
were fitted on, by `prompts/training/fit_confidence.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from prompts.rules import FALLEN_CONFIDENCE, MATCHING_STANCES, undecided
from prompts.verdict import Draft, Label

CONFIDENCE_FILE = Path(__file__).parent / "confidence.json"
GOOD_TIERS = frozenset({"primary", "official", "reputable"})
_OLD_YEARS = 10.0
"""An age from which a source is as old as any."""
_LEAST, _MOST = 0.02, 0.98
"""A confidence claims no more than this."""


def signals_of(draft: Draft, other: Draft | None, day: date) -> dict[str, float]:
    """What speaks for a draft's label; `other` is what the other engine says of the claim."""
    cited = [citation.source for citation in draft.citations]
    ages = [_age(source.published, day) for source in cited if source.published]
    share = draft.likelihoods.get(str(draft.label), draft.confidence)
    return {
        "likelihood": _logit(share),
        "given": _logit(draft.confidence),
        **draft.signals,
        "cut": float(any(note.startswith("sentence cut") for note in draft.notes)),
        "agrees": float(other is not None and other.label is draft.label),
        "other": _lean_of(draft.label, other.likelihoods) if other else 0.0,
        "good_sources": sum(source.tier in GOOD_TIERS for source in cited) / max(len(cited), 1),
        "sources": min(len({source.id for source in cited}), 3) / 3,
        "age": min(ages, default=_OLD_YEARS / 2) / _OLD_YEARS,
    }


def _lean_of(label: Label, likelihoods: Mapping[str, float]) -> float:
    """How far likelihoods lean to `label` against its strongest rival that says something."""
    judged = {str(name): likelihoods.get(str(name), 0.0) for name in MATCHING_STANCES}
    if not likelihoods or str(label) not in judged:
        return 0.0
    mine = judged.pop(str(label))
    return math.log(mine + 0.01) - math.log(max(judged.values()) + 0.01)


def _logit(share: float) -> float:
    bounded = min(_MOST, max(_LEAST, share))
    return math.log(bounded / (1 - bounded))


def _age(published: str, day: date) -> float:
    """Years from a date of any precision to `day`, at most those from which all is old."""
    return min(_OLD_YEARS, max(0.0, float(day.year - int(published[:4]))))


@dataclass(frozen=True, slots=True)
class Scale:
    """One engine's weights, and the least confidence at which its label is given."""

    weights: Mapping[str, float]
    bias: float
    least: float
    labels: frozenset[str] = frozenset(map(str, MATCHING_STANCES))
    """Those that it was fitted on; the least confidence is asked of these alone."""
    curve: Sequence[tuple[float, float, float]] = ()
    """Points of the risk-coverage curve: confidence, coverage, risk."""

    def of(self, signals: Mapping[str, float]) -> float:
        """The probability that the label is right."""
        total = self.bias + sum(w * signals.get(name, 0.0) for name, w in self.weights.items())
        return min(_MOST, max(_LEAST, 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))))


@dataclass(frozen=True)
class Confidence:
    """What is known of each engine."""

    version: str
    scales: Mapping[str, Scale]

    @classmethod
    @cache
    def load(cls, path: Path = CONFIDENCE_FILE) -> Confidence:
        """The shipped weights, or others of the same form."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            data["version"],
            {
                engine: Scale(
                    scale["weights"],
                    scale["bias"],
                    scale["least"],
                    frozenset(scale["labels"]),
                    [(x, y, z) for x, y, z in scale["curve"]],
                )
                for engine, scale in data["engines"].items()
            },
        )

    def settle(self, draft: Draft, signals: Mapping[str, float]) -> Draft:
        """The draft with its calibrated confidence, or fallen where that is too low.

        What is left open keeps the engine's own: it says how often nothing was there to be found.
        """
        scale = self.scales.get(draft.engine)
        if scale is None or draft.label not in MATCHING_STANCES:
            return draft
        sure = scale.of(signals)
        if sure >= scale.least or draft.label not in scale.labels:
            return draft.model_copy(update={"confidence": round(sure, 4)})
        note = f"{draft.label} fell: its confidence of {sure:.2f} is under {scale.least:.2f}"
        return undecided(draft).model_copy(
            update={"confidence": FALLEN_CONFIDENCE, "notes": (*draft.notes, note)}
        )
