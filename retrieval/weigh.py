"""Weighing: from sentences, stances and findings to one label for a claim.

Two small steps, both inspectable: each is a multinomial logistic regression over named features.
The first says of each sentence whether it supports the claim, refutes it, shows it to be
misleading, or neither; the second comes to the claim's label from what the sentences say together.
The weights are data (`models/weigher/weigher.json`), fitted by `retrieval/training/fit_weigher.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelFileError
from retrieval.evidence import Unit, units
from retrieval.features import (
    CLAIM_FEATURES,
    CLASSES,
    SENTENCE_FEATURES,
    claim_features,
    sentence_features,
)
from retrieval.findings import Reading
from retrieval.model import Assessment, Hit, Stance, StanceModel, Weighed
from retrieval.modelfiles import SHIPPED

WEIGHER_FILE = SHIPPED / "weigher" / "weigher.json"

LABELS = ("supported", "refuted", "misleading", "not_enough_evidence")


@dataclass(frozen=True, slots=True)
class Linear:
    """A multinomial logistic regression."""

    weights: NDArray[np.float64]
    """Shape (classes, features + 1); the last column is the bias."""

    @classmethod
    def read(cls, data: Mapping[str, Any], classes: Sequence[str], names: Sequence[str]) -> Linear:
        """From `{"features": [...], "weights": {class: [..., bias]}}`, in the order of `names`."""
        known = {name: column for column, name in enumerate(data["features"])}
        order = [*(known[name] for name in names), len(known)]
        return cls(np.array([[data["weights"][c][i] for i in order] for c in classes]))

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape (n, classes), for rows of shape (n, features)."""
        logits = rows @ self.weights[:, :-1].T + self.weights[:, -1]
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        result: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
        return result


@dataclass(frozen=True, slots=True)
class WeigherModel:
    """Both steps, and what turns their numbers into a label that one can rely on."""

    version: str
    sentence: Linear
    claim: Linear
    prior: Mapping[str, float]
    """By label: what its likelihood is multiplied with. Chosen so that true claims are rarely
    called false."""
    calibration: Sequence[tuple[float, float]]
    """Points (likelihood of the label given, share right), ascending: isotonic regression."""

    @classmethod
    def load(cls, path: Path = WEIGHER_FILE) -> WeigherModel:
        """Read the shipped model, or another of the same form; ModelFileError where it is not."""
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                version=data["version"],
                sentence=Linear.read(data["sentence"], CLASSES, SENTENCE_FEATURES),
                claim=Linear.read(data["claim"], LABELS, CLAIM_FEATURES),
                prior=data["prior"],
                calibration=[(float(x), float(y)) for x, y in data["calibration"]],
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise ModelFileError(
                f"model file {path} cannot be read ({error!r}): reinstall receipts"
            ) from error

    def likelihoods(self, found: Sequence[Unit], opinions: NDArray[np.float64]) -> dict[str, float]:
        """Likelihood of each label, adding to 1."""
        row = self.claim.probabilities(claim_features(found, opinions)[None, :])[0]
        weighted = {
            label: float(p) * self.prior[label] for label, p in zip(LABELS, row, strict=True)
        }
        return _normalised(weighted)

    def confidence(self, likelihood: float) -> float:
        """The calibrated probability that a label with this likelihood is right."""
        xs, ys = zip(*self.calibration, strict=True)
        return float(np.interp(likelihood, xs, ys))


class Weigher:
    """Holds claims against passages. One object serves all checks; it keeps no state of them."""

    def __init__(self, stance: StanceModel, model: WeigherModel) -> None:
        self._stance = stance
        self._model = model

    def assess(
        self, claim: str, hits: Sequence[Hit], *, labels: frozenset[str] | None = None
    ) -> Assessment:
        """What `hits`, and nothing else, say of `claim`; `labels` restricts the answers."""
        found = units(Reading(claim), hits)
        if not found:
            return Assessment("not_enough_evidence", self._model.confidence(1.0), ())
        stances = self._stance.score([(unit.premise, claim) for unit in found])
        opinions = self._model.sentence.probabilities(sentence_features(found, stances))
        likelihoods = self._model.likelihoods(found, opinions)
        if labels is not None:
            allowed = {label: p for label, p in likelihoods.items() if label in labels}
            likelihoods = _normalised(allowed) if allowed else likelihoods
        label = max(likelihoods, key=lambda key: likelihoods[key])
        weighed = [
            _weighed(unit, stance, opinion)
            for unit, stance, opinion in zip(
                found, stances.tolist(), opinions.tolist(), strict=True
            )
        ]
        weighed.sort(key=lambda item: -item.relevance)
        confidence = self._model.confidence(likelihoods[label])
        return Assessment(label, confidence, tuple(weighed), likelihoods)


def _normalised(values: Mapping[str, float]) -> dict[str, float]:
    total = sum(values.values()) or 1.0
    return {label: value / total for label, value in values.items()}


def _weighed(unit: Unit, stance: list[float], opinion: list[float]) -> Weighed:
    supports, refutes, misleading, neither = opinion
    chosen = Stance.SUPPORTS if supports >= refutes else Stance.REFUTES
    return Weighed(
        hit=unit.hit,
        start=unit.start,
        end=unit.end,
        relevance=1.0 - neither,
        probabilities=(stance[0], stance[1], stance[2]),
        findings=unit.findings,
        opinion=(supports, refutes, misleading, neither),
        stance=Stance.CONTEXT if neither > max(supports, refutes, misleading) else chosen,
    )
