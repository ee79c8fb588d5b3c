"""The numbers of a yes-or-no question, with their intervals, beside those of plainer answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.evaluate import metrics
from bot.evaluate.bootstrap import Resampled, label_gains


@dataclass(frozen=True, slots=True)
class Answered:
    """What a data set asks, and what was answered: 0 or 1 a row."""

    gold: Sequence[int]
    answers: Sequence[int]
    names: tuple[str, str]
    """What 0 and 1 mean."""
    kinds: Sequence[str | None]
    """Of the rows, where the data set tells them apart."""


def report(
    answered: Answered, baselines: Mapping[str, Sequence[int]], seed: int
) -> dict[str, object]:
    """The contract's numbers, by class and by kind, and what is gained over the baselines.

    The commonest answer is a baseline everywhere.
    """
    gold, ours = answered.gold, answered.answers
    theirs = {"majority": [int(2 * sum(gold) > len(gold))] * len(gold), **baselines}
    shown = _named(gold, answered.names), _named(ours, answered.names)
    kinds = _by_kind(answered)
    return {
        "n": len(gold),
        **scores(gold, ours, seed),
        "per_class": metrics.per_class(*shown),
        "confusion": metrics.confusion(*shown),
        **({"recall_by_kind": kinds} if kinds else {}),
        "baselines": {name: scores(gold, given, seed) for name, given in theirs.items()},
        "gains": {
            name: label_gains(
                _bits(gold), _bits(ours), _bits(given), seed, ("accuracy", "balanced_accuracy")
            )
            for name, given in theirs.items()
        },
    }


def scores(gold: Sequence[int], answers: Sequence[int], seed: int) -> dict[str, object]:
    """Accuracy, balanced accuracy, and precision, recall and F1 of 1."""
    drawn = Resampled(_bits(gold), _bits(answers), seed)
    return {
        **metrics.binary(gold, answers),
        "intervals": {
            "balanced_accuracy": drawn.balanced_accuracy(),
            "accuracy": drawn.accuracy(),
            "precision": drawn.precision("1"),
            "recall": drawn.answered("1", {"1"}),
        },
    }


def _by_kind(answered: Answered) -> dict[str, float]:
    """The share of each kind that was judged rightly."""
    right: dict[str, list[bool]] = {}
    for kind, label, answer in zip(answered.kinds, answered.gold, answered.answers, strict=True):
        if kind is not None:
            right.setdefault(kind, []).append(label == answer)
    return {
        kind: metrics.rounded(metrics.ratio(sum(found), len(found)))
        for kind, found in sorted(right.items())
    }


def _named(bits: Sequence[int], names: tuple[str, str]) -> list[str]:
    return [names[bit] for bit in bits]


def _bits(values: Sequence[int]) -> list[str]:
    return [str(value) for value in values]
