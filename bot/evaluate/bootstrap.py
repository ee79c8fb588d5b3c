"""How sure a figure is: percentile intervals of a seeded bootstrap.

Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. A figure that follows
from how often each answer met each label is drawn again from the table of those counts, which is
the same as drawing rows, and quick for any number of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from bot.evaluate import metrics
from bot.evaluate.metrics import rounded

RESAMPLES = 2_000
LEVEL = 0.95

Interval = list[float]
"""Lower and upper end."""
Counts = NDArray[np.float64]
"""Shape (resamples, labels, labels): gold by predicted."""
Figure = Callable[[Sequence[str], Sequence[str]], float]


class Resampled:
    """The counts of labels and answers, drawn again and again."""

    def __init__(self, gold: Sequence[str], predicted: Sequence[str], seed: int) -> None:
        self._names = sorted({*gold, *predicted})
        self._counts = _drawn([gold, predicted], self._names, seed)

    def accuracy(self) -> Interval:
        """Of the share of equal labels."""
        return interval(_accuracy(self._counts))

    def macro_f1(self) -> Interval:
        """Of the mean F1 over the labels of the gold that a resample holds."""
        return interval(_macro_f1(self._counts))

    def balanced_accuracy(self) -> Interval:
        """Of the mean recall over the labels of the gold that a resample holds."""
        return interval(_balanced_accuracy(self._counts))

    def precision(self, label: str) -> Interval:
        """Of the share of the answers `label` that were right."""
        if label not in self._names:
            return [0.0, 0.0]
        place = self._names.index(label)
        return interval(
            _share(self._counts[:, place, place], self._counts[:, :, place].sum(axis=1))
        )

    def answered(self, gold: str, among: Collection[str]) -> Interval:
        """Of the share of the rows labelled `gold` that were answered with one of `among`."""
        if gold not in self._names:
            return [0.0, 0.0]
        rows = self._counts[:, self._names.index(gold), :]
        chosen = [place for place, name in enumerate(self._names) if name in among]
        return interval(_share(rows[:, chosen].sum(axis=1), rows.sum(axis=1)))


class Gain(TypedDict):
    """How much better one way is than another on the same rows."""

    value: float
    interval: Interval


def label_gains(
    gold: Sequence[str],
    ours: Sequence[str],
    theirs: Sequence[str],
    seed: int,
    figures: Sequence[str] = ("accuracy", "macro_f1"),
) -> dict[str, Gain]:
    """In each figure, of our answers over theirs, both drawn together."""
    names = sorted({*gold, *ours, *theirs})
    joint = _drawn([gold, ours, theirs], names, seed)
    both = joint.sum(axis=3), joint.sum(axis=2)
    gains: dict[str, Gain] = {}
    for name in figures:
        exact, resampled = _FIGURES[name]
        gains[name] = {
            "value": rounded(exact(gold, ours) - exact(gold, theirs)),
            "interval": interval(resampled(both[0]) - resampled(both[1])),
        }
    return gains


def mean_gain(ours: Sequence[float], theirs: Sequence[float], seed: int) -> Gain:
    """In the mean, of our values over theirs on the same rows."""
    apart = [a - b for a, b in zip(ours, theirs, strict=True)]
    return {
        "value": rounded(sum(apart) / max(len(apart), 1)),
        "interval": mean_interval(apart, seed),
    }


def mean_interval(values: Sequence[float], seed: int) -> Interval:
    """Of the mean of `values`."""
    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        return [0.0, 0.0]
    generator = np.random.default_rng(seed)
    means = [given[generator.integers(0, len(given), len(given))].mean() for _ in range(RESAMPLES)]
    return interval(np.array(means))


def interval(figures: NDArray[np.float64]) -> Interval:
    """What the middle `LEVEL` of the resamples lies between."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(figures, [tail, 1 - tail]) if len(figures) else (0.0, 0.0)
    return [rounded(float(low)), rounded(float(high))]


def _drawn(columns: Sequence[Sequence[str]], names: Sequence[str], seed: int) -> Counts:
    """Shape (resamples, names, names, ...): how often these labels met, an axis a column."""
    places = {name: place for place, name in enumerate(names)}
    shape = (len(names),) * len(columns)
    counts = np.zeros(shape)
    for row in zip(*columns, strict=True):
        counts[tuple(places[name] for name in row)] += 1
    total = int(counts.sum())
    if not total:
        return np.zeros((RESAMPLES, *shape))
    shares = (counts / total).ravel()
    drawn = np.random.default_rng(seed).multinomial(total, shares, size=RESAMPLES)
    return drawn.reshape(RESAMPLES, *shape).astype(np.float64)


def _accuracy(counts: Counts) -> NDArray[np.float64]:
    return _share(np.trace(counts, axis1=1, axis2=2), counts.sum(axis=(1, 2)))


def _macro_f1(counts: Counts) -> NDArray[np.float64]:
    hits = np.diagonal(counts, axis1=1, axis2=2)
    truth, answers = counts.sum(axis=2), counts.sum(axis=1)
    return _mean_over(_share(2 * hits, truth + answers), truth > 0)


def _balanced_accuracy(counts: Counts) -> NDArray[np.float64]:
    hits = np.diagonal(counts, axis1=1, axis2=2)
    truth = counts.sum(axis=2)
    return _mean_over(_share(hits, truth), truth > 0)


def _mean_over(scores: NDArray[np.float64], held: NDArray[np.bool_]) -> NDArray[np.float64]:
    return _share((scores * held).sum(axis=1), held.sum(axis=1).astype(np.float64))


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """`part / whole`, 0 where there is nothing to divide by."""
    result: NDArray[np.float64] = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return result


_FIGURES: Mapping[str, tuple[Figure, Callable[[Counts], NDArray[np.float64]]]] = {
    "accuracy": (metrics.accuracy, _accuracy),
    "macro_f1": (metrics.macro_f1, _macro_f1),
    "balanced_accuracy": (metrics.balanced_accuracy, _balanced_accuracy),
}
"""From labels, and from the counts of resamples."""
