"""Weighing: from sentences, stances and findings to one label for a claim.

Two small steps, both inspectable. A multinomial logistic regression over named features
says of each sentence whether it supports the claim, refutes it, shows it to be misleading, or
neither. A claim's label then comes from its most decisive sentences; support and refutation
from different sources together are `misleading`. The weights and thresholds are data
(`models/weigher/weigher.json`), fitted by `retrieval/training/fit_weigher.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.evidence import Unit, units
from retrieval.findings import Reading
from retrieval.model import Assessment, Hit, Stance, StanceModel, Weighed

WEIGHER_FILE = Path(__file__).parent / "models" / "weigher" / "weigher.json"

CLASSES = ("supports", "refutes", "misleading", "neither")
LABELS = ("supported", "refuted", "misleading", "not_enough_evidence")

FEATURES = (
    "p_supports", "p_refutes", "p_neither", "coverage", "window_coverage",
    "quantity_agrees", "quantity_limits", "quantity_contradicts", "quantity_missing",
    "date_agrees", "date_contradicts", "date_missing",
    "name_missing", "name_contradicts", "all_names",
    "negation", "antonym", "quantifier_contradicts", "quantifier_limits",
    "attribution_contradicts", "attribution_limits", "modality_limits", "scope_limits",
    "scope_beside_limits",
    "covered_supports", "covered_refutes", "covered_quantity_contradicts",
    "covered_date_contradicts", "covered_negation", "covered_antonym",
    "supports_scope", "supports_quantity_contradicts", "supports_name_missing",
    "low_coverage",
)  # fmt: skip


def features(unit: Unit, probabilities: Sequence[float]) -> NDArray[np.float64]:
    """Shape (len(FEATURES),): what is known of one sentence, in numbers."""
    counts: dict[str, float] = {}
    for finding in unit.findings:
        for key in (f"{finding.kind}_{finding.effect}", finding.kind):
            counts[key] = counts.get(key, 0.0) + finding.weight
    capped = {key: min(value, 2.0) for key, value in counts.items()}
    supports, refutes, neither = probabilities
    coverage = unit.window_coverage
    names_known = capped.get("name_agrees", 0.0) > 0 and not capped.get("name_missing")
    values = {
        **capped,
        "p_supports": supports,
        "p_refutes": refutes,
        "p_neither": neither,
        "coverage": unit.coverage,
        "window_coverage": coverage,
        "all_names": float(names_known),
        "covered_supports": coverage * supports,
        "covered_refutes": coverage * refutes,
        "covered_quantity_contradicts": coverage * capped.get("quantity_contradicts", 0.0),
        "covered_date_contradicts": coverage * capped.get("date_contradicts", 0.0),
        "covered_negation": coverage * capped.get("negation", 0.0),
        "covered_antonym": coverage * capped.get("antonym", 0.0),
        "supports_scope": supports * capped.get("scope_limits", 0.0),
        "supports_quantity_contradicts": supports * capped.get("quantity_contradicts", 0.0),
        "supports_name_missing": supports * capped.get("name_missing", 0.0),
        "low_coverage": max(0.0, 0.5 - coverage),
    }
    return np.array([values.get(name, 0.0) for name in FEATURES])


@dataclass(frozen=True, slots=True)
class WeigherModel:
    """Weights of the sentence step and thresholds of the claim step."""

    version: str
    weights: NDArray[np.float64]
    """Shape (4, len(FEATURES) + 1); the last column is the bias."""
    thresholds: Mapping[str, float]
    calibration: tuple[tuple[float, float], ...]
    """Points (raw score, share right), ascending: isotonic, read with linear interpolation."""

    @classmethod
    def load(cls, path: Path = WEIGHER_FILE) -> WeigherModel:
        """Read the shipped model, or another of the same form."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names: list[str] = data["features"]
        table = np.array([data["weights"][name] for name in CLASSES], dtype=np.float64)
        order = [names.index(name) for name in FEATURES]
        return cls(
            version=data["version"],
            weights=np.column_stack([table[:, order], table[:, -1]]),
            thresholds=data["thresholds"],
            calibration=tuple((float(x), float(y)) for x, y in data["calibration"]),
        )

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape (n, 4), in the order of CLASSES, for features of shape (n, len(FEATURES))."""
        logits = rows @ self.weights[:, :-1].T + self.weights[:, -1]
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        result: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
        return result

    def confidence(self, raw: float) -> float:
        """The calibrated probability that a label with this raw score is right."""
        xs, ys = zip(*self.calibration, strict=True)
        return float(np.interp(raw, xs, ys))


class Weigher:
    """Holds claims against passages. One object serves all checks; it keeps no state of them."""

    def __init__(self, stance: StanceModel, model: WeigherModel) -> None:
        self._stance = stance
        self._model = model

    def assess(
        self, claim: str, hits: Sequence[Hit], *, labels: frozenset[str] | None = None
    ) -> Assessment:
        """What `hits`, and nothing else, say of `claim`."""
        reading = Reading(claim)
        found = units(reading, hits)
        if not found:
            return Assessment(
                "not_enough_evidence", self._model.confidence(1.0), (), reason="nothing_found"
            )
        stances = self._stance.score([(unit.premise, claim) for unit in found])
        rows = np.array([features(u, p) for u, p in zip(found, stances.tolist(), strict=True)])
        opinions = self._model.probabilities(rows)
        return decide(found, stances, opinions, self._model, labels)


def decide(
    found: Sequence[Unit],
    stances: NDArray[np.float32],
    opinions: NDArray[np.float64],
    model: WeigherModel,
    labels: frozenset[str] | None = None,
) -> Assessment:
    """The claim step: from what each sentence says to a label, its confidence and its evidence."""
    likelihoods = claim_likelihoods(found, opinions, model.thresholds)
    if labels is not None:
        likelihoods = {k: v for k, v in likelihoods.items() if k in labels} or likelihoods
        total = sum(likelihoods.values()) or 1.0
        likelihoods = {key: value / total for key, value in likelihoods.items()}
    label = max(likelihoods, key=lambda key: likelihoods[key])
    weighed = tuple(
        Weighed(
            hit=unit.hit,
            start=unit.start,
            end=unit.end,
            relevance=float(1.0 - opinion[3]),
            probabilities=(float(stance[0]), float(stance[1]), float(stance[2])),
            findings=unit.findings,
            opinion=(float(opinion[0]), float(opinion[1]), float(opinion[2]), float(opinion[3])),
            stance=_stance_of(opinion),
        )
        for unit, stance, opinion in zip(found, stances, opinions, strict=True)
    )
    ordered = tuple(sorted(weighed, key=lambda item: -item.relevance))
    return Assessment(label, model.confidence(likelihoods[label]), ordered, likelihoods)


def _stance_of(opinion: NDArray[np.float64]) -> Stance:
    supports, refutes, misleading, neither = opinion
    if neither > max(supports, refutes, misleading):
        return Stance.CONTEXT
    return Stance.SUPPORTS if supports >= refutes else Stance.REFUTES


def claim_likelihoods(
    found: Sequence[Unit], opinions: NDArray[np.float64], thresholds: Mapping[str, float]
) -> dict[str, float]:
    """Likelihood of each label, adding to 1, from the most decisive sentences.

    A sentence counts by how decisive it is, and each further one counts less; so ten
    sentences that merely touch on the topic do not outvote the one that answers.
    """
    decisive = 1.0 - opinions[:, 3]
    order = np.argsort(-decisive, kind="stable")
    votes = np.zeros(3)
    weight_sum = 0.0
    for place, index in enumerate(order[:4]):
        weight = float(decisive[index]) ** 2 * thresholds["decay"] ** place
        share = opinions[index, :3] / max(float(decisive[index]), 1e-9)
        votes += weight * share
        weight_sum += weight
    shares = votes / max(weight_sum, 1e-9)
    best = float(decisive[order[0]])
    conflict = _conflict(found, opinions) * thresholds["conflict"]
    nothing = max(0.0, 1.0 - best) ** thresholds["abstain_power"] * thresholds["abstain"]
    raw = {
        "supported": float(shares[0]) * (1.0 - conflict) * best,
        "refuted": float(shares[1]) * (1.0 - conflict) * best,
        "misleading": (float(shares[2]) + conflict * float(shares[0] + shares[1])) * best,
        "not_enough_evidence": nothing,
    }
    total = sum(raw.values()) or 1.0
    return {label: value / total for label, value in raw.items()}


def _conflict(found: Sequence[Unit], opinions: NDArray[np.float64]) -> float:
    """How strongly one source supports what another refutes, 0 to 1."""
    best: dict[str, NDArray[np.float64]] = {}
    for unit, opinion in zip(found, opinions, strict=True):
        source = unit.hit.passage.source.id
        if source not in best or opinion[3] < best[source][3]:
            best[source] = opinion
    pairs = [
        min(float(a[0]), float(b[1]))
        for one, a in best.items()
        for other, b in best.items()
        if one != other
    ]
    return max(pairs, default=0.0)
