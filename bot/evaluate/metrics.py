"""The numbers that `receipts eval` prints, from plain lists; nothing here does I/O."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the classes that occur in `gold`, each counting the same."""
    scores = per_class(gold, predicted)
    return ratio(sum(score["f1"] for score in scores.values()), len(scores))


def majority(gold: Sequence[str]) -> dict[str, float | str]:
    """What always answering the commonest gold label scores."""
    label = min(Counter(gold).items(), key=lambda item: (-item[1], item[0]))[0]
    answers = [label] * len(gold)
    return {
        "label": label,
        "accuracy": rounded(accuracy(gold, answers)),
        "macro_f1": rounded(macro_f1(gold, answers)),
    }


def expected_calibration_error(
    confidences: Sequence[float], correct: Sequence[bool], bins: int = 10
) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their size.

    Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in zip(confidences, correct, strict=True):
        groups.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    gaps = (
        abs(sum(confidence for confidence, _ in group) - sum(right for _, right in group))
        for group in groups.values()
    )
    return ratio(sum(gaps), len(confidences))


def risk_coverage(
    confidences: Sequence[float],
    correct: Sequence[bool],
    coverages: Sequence[float] = (0.5, 0.7, 0.9),
) -> dict[str, float]:
    """Share of wrong answers among the most confident `coverage` of them."""
    order = sorted(range(len(correct)), key=lambda i: (-confidences[i], i))
    risks = {}
    for coverage in coverages:
        taken = order[: max(1, math.ceil(coverage * len(order)))]
        risks[str(coverage)] = rounded(ratio(sum(not correct[i] for i in taken), len(taken)))
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


def ranking_scores(
    rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Mean scores over all judged queries; a query without an answer counts as 0."""
    judged = {
        query: {item: gain for item, gain in gains.items() if gain > 0}
        for query, gains in qrels.items()
        if any(gain > 0 for gain in gains.values())
    }
    relevant = {query: frozenset(gains) for query, gains in judged.items()}

    def mean(score: Callable[[str, Sequence[str]], float]) -> float:
        values = [score(query, rankings.get(query, ())) for query in judged]
        return rounded(ratio(sum(values), len(values)))

    return {
        "ndcg@10": mean(lambda query, ranking: ndcg(ranking, judged[query], 10)),
        "recall@5": mean(lambda query, ranking: recall(ranking, relevant[query], 5)),
        "recall@10": mean(lambda query, ranking: recall(ranking, relevant[query], 10)),
        "recall@50": mean(lambda query, ranking: recall(ranking, relevant[query], 50)),
        "map@5": mean(lambda query, ranking: average_precision(ranking, relevant[query], 5)),
        "mrr": mean(lambda query, ranking: reciprocal_rank(ranking, relevant[query])),
    }
