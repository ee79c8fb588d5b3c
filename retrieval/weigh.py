"""Weighing: from sentences, stances and findings to one label for a claim.

Two small steps, both inspectable: each is a multinomial logistic regression over named features.
The first says of each sentence whether it supports the claim, refutes it, shows it to be
misleading, or neither; the second comes to the claim's label from what the sentences say together.
A plain denial is read a second time as what it denies (`retrieval.denial`).
The weights are data (`models/weigher`), fitted by `retrieval/training/fit_weigher.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelFileError
from retrieval.claim_reading import ClaimReading
from retrieval.claim_wording import speaks_of
from retrieval.denial import denied
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
from retrieval.modelfiles import SHIPPED, ModelFolder, open_model

UNDECIDED = "not_enough_evidence"
LABELS = ("supported", "refuted", "misleading", UNDECIDED)
NEARLY_ALL = 0.85
"""Coverage from which a sentence says nearly all that the claim does."""
LEAST_AGAINST = 0.3
"""How surely some sentence speaks against a claim that is called refuted. Of 1,292 labelled claims
over the starter notes one was, rightly, with less."""
OF_DENIAL = 0.4
"""What a denial's own reading counts beside that of what it denies, turned round."""


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
    thresholds: Mapping[str, float]
    """By label: the least likelihood at which it is given; below all of them the claim is left
    undecided. Chosen so that true claims are rarely called false."""
    calibration: Sequence[tuple[float, float]]
    """Points (likelihood of the label given, share right), ascending: isotonic regression."""
    undecided_right: float
    """Share of the claims left undecided that nothing settles."""

    @classmethod
    def load(cls, folder: ModelFolder | None = None) -> WeigherModel:
        """Read the shipped model, or another of the same form; ModelFileError where it is not."""
        folder = folder or open_model(SHIPPED / "weigher")
        path = folder.file("weigher.json")
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                version=folder.model_id,
                sentence=Linear.read(data["sentence"], CLASSES, SENTENCE_FEATURES),
                claim=Linear.read(data["claim"], LABELS, CLAIM_FEATURES),
                thresholds={label: float(data["thresholds"][label]) for label in LABELS[:3]},
                calibration=[(float(x), float(y)) for x, y in data["calibration"]],
                undecided_right=float(data["undecided_right"]),
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise ModelFileError(
                f"model file {path} cannot be read ({error!r}): reinstall receipts"
            ) from error

    def likelihoods(
        self, found: Sequence[Unit], rows: NDArray[np.float64], opinions: NDArray[np.float64]
    ) -> dict[str, float]:
        """Likelihood of each label, adding to 1."""
        row = self.claim.probabilities(claim_features(found, rows, opinions)[None, :])[0]
        return dict(zip(LABELS, row.tolist(), strict=True))

    def label(self, likelihoods: Mapping[str, float]) -> str:
        """The label that is likely enough to be given."""
        best = max(likelihoods, key=lambda label: likelihoods[label])
        sure = likelihoods[best] >= self.thresholds.get(best, 0.0)
        return best if sure else UNDECIDED

    def confidence(self, label: str, likelihood: float) -> float:
        """The calibrated probability that a label with this likelihood is right."""
        if label == UNDECIDED:
            return self.undecided_right
        xs, ys = zip(*self.calibration, strict=True)
        return float(np.interp(likelihood, xs, ys))


@dataclass(frozen=True, slots=True)
class _Read:
    """What both steps make of a claim."""

    found: Sequence[Unit]
    stances: NDArray[np.float32]
    opinions: NDArray[np.float64]
    likelihoods: dict[str, float]


class Weigher:
    """Holds claims against passages. One object serves all checks; it keeps no state of them."""

    def __init__(self, stance: StanceModel, model: WeigherModel) -> None:
        self._stance = stance
        self._model = model

    @property
    def stance(self) -> StanceModel:
        """What scores pairs for it."""
        return self._stance

    def assess(
        self, claim: str, hits: Sequence[Hit], *, labels: frozenset[str] | None = None
    ) -> Assessment:
        """What `hits`, and nothing else, say of `claim`; `labels` restricts the answers."""
        read = self._read(claim, hits)
        found = read.found
        if not found:
            return Assessment(UNDECIDED, self._model.confidence(UNDECIDED, 1.0), ())
        affirmed = denied(claim)
        if affirmed is not None:
            opposite = self._read(affirmed, hits)
            if self._model.label(opposite.likelihoods) in ("supported", "refuted"):
                read = _mixed(read, opposite)
        likelihoods = read.likelihoods
        if labels is None:
            label = self._model.label(likelihoods)
            if label == "refuted" and not _is_refuted(claim, read):
                label = UNDECIDED
        else:
            allowed = {name: p for name, p in likelihoods.items() if name in labels}
            likelihoods = _normalised(allowed or likelihoods)
            label = max(likelihoods, key=lambda name: likelihoods[name])
        weighed = [
            _weighed(unit, stance, opinion)
            for unit, stance, opinion in zip(
                found, read.stances.tolist(), read.opinions.tolist(), strict=True
            )
        ]
        weighed.sort(key=lambda item: -item.relevance)
        confidence = self._model.confidence(label, likelihoods.get(label, 0.0))
        return Assessment(label, confidence, tuple(weighed), likelihoods)

    def _read(self, claim: str, hits: Sequence[Hit]) -> _Read:
        found = units(Reading(claim), hits)
        if not found:
            return _Read((), np.empty((0, 4), np.float32), np.empty((0, 4)), {})
        stances = self._stance.judge([(unit.premise, claim) for unit in found])
        rows = sentence_features(found, stances)
        opinions = self._model.sentence.probabilities(rows)
        return _Read(found, stances, opinions, self._model.likelihoods(found, rows, opinions))


def _mixed(denial: _Read, affirmed: _Read) -> _Read:
    """A denial's reading and that of what it denies: what supports the one refutes the other."""

    def mix(own: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
        return OF_DENIAL * own + (1.0 - OF_DENIAL) * other[[1, 0, 2, 3]]

    spoken = {
        (unit.hit.passage.id, unit.start): opinion
        for unit, opinion in zip(affirmed.found, affirmed.opinions, strict=True)
    }
    opinions = denial.opinions.copy()
    for index, unit in enumerate(denial.found):
        other = spoken.get((unit.hit.passage.id, unit.start))
        if other is not None:
            opinions[index] = mix(opinions[index], other)
    likely, unlikely = (
        np.array([read.likelihoods[label] for label in LABELS]) for read in (denial, affirmed)
    )
    likelihoods = dict(zip(LABELS, mix(likely, unlikely).tolist(), strict=True))
    return replace(denial, opinions=opinions, likelihoods=likelihoods)


def _is_refuted(claim: str, read: _Read) -> bool:
    """Whether some sentence speaks against the claim, and is about what it says.

    The stance model at times takes a sentence on the same firm or person, with a date of its own,
    for a refutation: bought in 2021, of founded in 1993.
    """
    against = [
        unit
        for unit, opinion in zip(read.found, read.opinions, strict=True)
        if opinion[1] >= LEAST_AGAINST
    ]
    asked = ClaimReading(claim)
    return any(
        _contradicts(unit)
        or speaks_of(asked, ClaimReading(unit.hit.passage.text[unit.start : unit.end]))
        for unit in against
    ) and not any(_says_the_same(unit) for unit in read.found)


def _contradicts(unit: Unit) -> bool:
    """Whether a figure or a denial speaks against the claim; any other date or name may."""
    return any(
        finding.effect == "contradicts" and finding.kind in ("quantity", "negation", "antonym")
        for finding in unit.findings
    )


def _says_the_same(unit: Unit) -> bool:
    """Whether a sentence holds nearly all of the claim, and no rule sees anything against it there.

    The stance model at times takes such a sentence for a refutation: on 1,622 labelled claims over
    the starter notes 15 times, of which 5 were right.
    """
    contradicted = any(finding.effect == "contradicts" for finding in unit.findings)
    return unit.coverage >= NEARLY_ALL and not contradicted


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
        coverage=(unit.coverage + unit.window_coverage) / 2,
        stance=Stance.CONTEXT if neither > max(supports, refutes, misleading) else chosen,
    )
