"""The numbers that `receipts eval` prints, from plain lists; nothing here does I/O."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypedDict


class ClassScores(TypedDict):
    """How well one class was found."""

    precision: float
    recall: float
    f1: float
    support: int


def rounded(value: float) -> float:
    """Four decimals: finer than any of our sets can tell apart."""
    return round(value, 4)


def ratio(part: float, whole: float) -> float:
    """`part / whole`, 0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def accuracy(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of equal labels."""
    return ratio(sum(g == p for g, p in zip(gold, predicted, strict=True)), len(gold))


def per_class(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, ClassScores]:
    """Scores of every class that occurs in `gold`, by name."""
    truth, answers = Counter(gold), Counter(predicted)
    hits = Counter(g for g, p in zip(gold, predicted, strict=True) if g == p)
    scores: dict[str, ClassScores] = {}
    for name in sorted(truth):
        precision = ratio(hits[name], answers[name])
        recall = ratio(hits[name], truth[name])
        scores[name] = {
            "precision": rounded(precision),
            "recall": rounded(recall),
            "f1": rounded(ratio(2 * precision * recall, precision + recall)),
            "support": truth[name],
        }
    return scores


def confusion(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each gold label was answered with which label; every label that occurs."""
    pairs = Counter(zip(gold, predicted, strict=True))
    names = sorted({*gold, *predicted})
    return {g: {p: pairs[g, p] for p in names} for g in sorted(set(gold))}


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the classes that occur in `gold`, each counting the same."""
    scores = per_class(gold, predicted)
    return ratio(sum(score["f1"] for score in scores.values()), len(scores))


def balanced_accuracy(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean recall over the classes that occur in `gold`."""
    scores = per_class(gold, predicted)
    return ratio(sum(score["recall"] for score in scores.values()), len(scores))


def commonest(labels: Sequence[str]) -> str:
    """The label that occurs most; of several the first by name. ValueError where there is none."""
    return min(Counter(labels).items(), key=lambda item: (-item[1], item[0]))[0]


class Bin(TypedDict):
    """Answers of about the same confidence."""

    n: int
    confidence: float
    """Mean of what was claimed."""
    accuracy: float
    """Share that was right."""


def reliability(confidences: Sequence[float], correct: Sequence[bool], bins: int = 10) -> list[Bin]:
    """Answers by confidence, in bins of equal width from low to high; empty bins left out."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in zip(confidences, correct, strict=True):
        groups.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return [
        {
            "n": len(group),
            "confidence": sum(confidence for confidence, _ in group) / len(group),
            "accuracy": sum(right for _, right in group) / len(group),
        }
        for _, group in sorted(groups.items())
    ]


def expected_calibration_error(
    confidences: Sequence[float], correct: Sequence[bool], bins: int = 10
) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their size.

    Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    found = reliability(confidences, correct, bins)
    gaps = (group["n"] * abs(group["confidence"] - group["accuracy"]) for group in found)
    return ratio(sum(gaps), len(confidences))


def risk_curve(confidences: Sequence[float], correct: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, share wrong) where the most confident answers are given and the rest held back.

    A point for each distinct confidence: between equals nothing tells which to hold back.
    """
    wrong: Counter[float] = Counter()
    size: Counter[float] = Counter(confidences)
    for confidence, right in zip(confidences, correct, strict=True):
        wrong[confidence] += not right
    points = []
    taken = failed = 0
    for confidence in sorted(size, reverse=True):
        taken += size[confidence]
        failed += wrong[confidence]
        points.append((taken / len(correct), failed / taken))
    return points


def risk_coverage(
    confidences: Sequence[float],
    correct: Sequence[bool],
    coverages: Sequence[float] = (0.5, 0.7, 0.9),
) -> dict[str, float]:
    """Share of wrong answers among the most confident `coverage` of them.

    Where equals are cut apart, what a random choice among them would give.
    """
    risks = {}
    curve = [(0.0, 0.0), *risk_curve(confidences, correct)]
    for coverage in coverages:
        risk = 0.0
        for (before, low), (after, high) in pairwise(curve):
            if before < coverage <= after:
                failed = low * before
                part = (coverage - before) / (after - before)
                risk = (failed + part * (high * after - failed)) / coverage
                break
        risks[str(coverage)] = rounded(risk)
    return risks


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def latency(milliseconds: Sequence[float]) -> dict[str, float]:
    """The median, and what 19 in 20 stay under."""
    return {
        "p50": round(percentile(milliseconds, 0.5), 1),
        "p95": round(percentile(milliseconds, 0.95), 1),
    }


def binary(gold: Sequence[int], predicted: Sequence[int]) -> dict[str, float]:
    """Accuracy, balanced accuracy, and precision, recall and F1 of class 1."""
    pairs = Counter(zip(gold, predicted, strict=True))
    positives, negatives = pairs[1, 1] + pairs[1, 0], pairs[0, 0] + pairs[0, 1]
    precision = ratio(pairs[1, 1], pairs[1, 1] + pairs[0, 1])
    recall = ratio(pairs[1, 1], positives)
    rates = [recall] * bool(positives) + [ratio(pairs[0, 0], negatives)] * bool(negatives)
    return {
        "accuracy": rounded(ratio(pairs[1, 1] + pairs[0, 0], len(gold))),
        "balanced_accuracy": rounded(ratio(sum(rates), len(rates))),
        "precision": rounded(precision),
        "recall": rounded(recall),
        "f1": rounded(ratio(2 * precision * recall, precision + recall)),
    }


def ndcg(ranking: Sequence[str], gains: Mapping[str, float], k: int) -> float:
    """Normalised discounted cumulative gain at `k`, gain linear in relevance as in trec_eval."""
    found = [gains.get(item, 0.0) for item in ranking[:k]]
    best = sorted(gains.values(), reverse=True)[:k]
    return ratio(_discounted(found), _discounted(best))


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def recall(ranking: Sequence[str], relevant: frozenset[str], k: int) -> float:
    """Share of what is relevant among the first `k`."""
    return ratio(len(relevant.intersection(ranking[:k])), len(relevant))


def average_precision(ranking: Sequence[str], relevant: frozenset[str], k: int) -> float:
    """Mean precision at each relevant rank up to `k`, over the number of relevant items."""
    found, total = 0, 0.0
    for rank, item in enumerate(ranking[:k], 1):
        if item in relevant:
            found += 1
            total += found / rank
    return ratio(total, min(len(relevant), k))


def reciprocal_rank(ranking: Sequence[str], relevant: frozenset[str]) -> float:
    """1 over the rank of the first relevant item; 0 where there is none."""
    return next((1 / rank for rank, item in enumerate(ranking, 1) if item in relevant), 0.0)


def query_scores(
    rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, float]]
) -> dict[str, list[float]]:
    """Each score of each judged query, in the order of `qrels`; an unanswered one scores 0."""
    scores: dict[str, list[float]] = {name: [] for name in RANKING_SCORES}
    for query, gains in qrels.items():
        judged = {item: gain for item, gain in gains.items() if gain > 0}
        if judged:
            ranking, relevant = rankings.get(query, ()), frozenset(judged)
            for name, score in RANKING_SCORES.items():
                scores[name].append(score(ranking, judged, relevant))
    return scores


RANKING_SCORES: Mapping[
    str, Callable[[Sequence[str], Mapping[str, float], frozenset[str]], float]
] = {
    "ndcg@10": lambda ranking, judged, _: ndcg(ranking, judged, 10),
    "recall@5": lambda ranking, _, relevant: recall(ranking, relevant, 5),
    "recall@10": lambda ranking, _, relevant: recall(ranking, relevant, 10),
    "recall@50": lambda ranking, _, relevant: recall(ranking, relevant, 50),
    "map@5": lambda ranking, _, relevant: average_precision(ranking, relevant, 5),
    "mrr": lambda ranking, _, relevant: reciprocal_rank(ranking, relevant),
}
"""Of a ranking, given the gains of what is relevant, and which that is."""


def mean(values: Sequence[float]) -> float:
    """Of nothing, 0."""
    return rounded(ratio(sum(values), len(values)))
