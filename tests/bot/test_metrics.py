"""The numbers of `receipts eval`, against values worked out by hand or by definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate import metrics


def test_labels_by_hand() -> None:
    gold = ["s", "s", "s", "r", "r", "n"]
    predicted = ["s", "s", "r", "r", "n", "n"]
    assert metrics.accuracy(gold, predicted) == pytest.approx(4 / 6)
    scores = metrics.per_class(gold, predicted)
    assert scores["s"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "support": 3}
    assert scores["r"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert metrics.macro_f1(gold, predicted) == pytest.approx((0.8 + 0.5 + 0.6667) / 3)
    assert metrics.commonest(gold) == "s"
    assert metrics.confusion(gold, predicted)["r"] == {"s": 0, "r": 1, "n": 1}


def test_a_class_that_is_only_answered_costs_recall_not_a_class_of_its_own() -> None:
    assert metrics.macro_f1(["s", "r"], ["s", "n"]) == pytest.approx(0.5)


def test_calibration_by_hand() -> None:
    assert metrics.expected_calibration_error([0.8] * 5, [True] * 4 + [False]) == pytest.approx(0)
    assert metrics.expected_calibration_error([1.0, 0.0], [False, True]) == pytest.approx(1)


def test_risk_falls_where_confidence_tells() -> None:
    confidences = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
    correct = [True] * 5 + [False] * 5
    assert metrics.risk_coverage(confidences, correct) == {
        "0.5": 0.0,
        "0.7": pytest.approx(2 / 7, abs=1e-4),
        "0.9": pytest.approx(4 / 9, abs=1e-4),
    }


def test_equals_in_confidence_count_alike_in_whatever_order_they_come() -> None:
    correct = [True, True, False, False]
    for order in (correct, correct[::-1]):
        assert metrics.risk_coverage([0.5] * 4, order)["0.5"] == 0.5
    assert metrics.risk_curve([0.9, 0.5, 0.5], [True, True, False]) == [
        (pytest.approx(1 / 3), 0.0),
        (1.0, pytest.approx(1 / 3)),
    ]


def test_binary_by_hand() -> None:
    assert metrics.binary([1, 1, 1, 0], [1, 1, 0, 1]) == {
        "accuracy": 0.5,
        "balanced_accuracy": 0.3333,
        "precision": 0.6667,
        "recall": 0.6667,
        "f1": 0.6667,
    }


def test_rankings_by_hand() -> None:
    qrels = {"q": {"a": 1.0, "b": 1.0}, "unjudged": {"c": 0.0}}
    scores = metrics.query_scores({"q": ["x", "a", "y", "b"]}, qrels)
    ideal = 1 + 1 / math.log2(3)
    (ndcg,) = scores["ndcg@10"]
    assert ndcg == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert scores["map@5"] == [pytest.approx((1 / 2 + 2 / 4) / 2)]
    assert (scores["mrr"], scores["recall@5"], scores["recall@50"]) == ([0.5], [1.0], [1.0])


def test_a_query_without_an_answer_counts() -> None:
    qrels = {"p": {"a": 1.0}, "q": {"a": 1.0}}
    assert metrics.query_scores({"p": ["a"]}, qrels)["mrr"] == [1.0, 0.0]


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.95, 10), (1.0, 10), (0.0, 1)])
def test_percentile(share: float, value: float) -> None:
    assert metrics.percentile(list(range(1, 11)), share) == value


def test_nothing_measured_is_no_crash() -> None:
    assert metrics.percentile([], 0.5) == 0
    assert metrics.accuracy([], []) == 0
    assert metrics.macro_f1([], []) == 0
    assert metrics.binary([], [])["balanced_accuracy"] == 0


LABELS = st.lists(st.tuples(st.sampled_from("srn"), st.sampled_from("srn")), min_size=1)


@given(LABELS)
def test_scores_are_shares(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    for value in (metrics.accuracy(gold, predicted), metrics.macro_f1(gold, predicted)):
        assert 0 <= value <= 1
    assert metrics.accuracy(gold, gold) == metrics.macro_f1(gold, gold) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_and_risk_are_shares(pairs: list[tuple[float, bool]]) -> None:
    confidences, correct = [c for c, _ in pairs], [right for _, right in pairs]
    assert 0 <= metrics.expected_calibration_error(confidences, correct) <= 1
    assert all(0 <= risk <= 1 for risk in metrics.risk_coverage(confidences, correct).values())


@given(st.permutations("abcdefgh"), st.sets(st.sampled_from("abcdefgh"), min_size=1))
def test_a_perfect_ranking_scores_one(ranking: list[str], relevant: set[str]) -> None:
    best = sorted(ranking, key=lambda item: item not in relevant)
    qrels = {"q": dict.fromkeys(relevant, 1.0)}
    scores = metrics.query_scores({"q": best}, qrels)
    assert scores["ndcg@10"] == [pytest.approx(1)]
    assert scores["mrr"] == scores["recall@50"] == [1]
    assert metrics.query_scores({"q": ranking}, qrels)["mrr"][0] > 0
