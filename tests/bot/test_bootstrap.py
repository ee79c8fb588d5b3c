"""Intervals: seeded, around the figure, narrower with more rows, and paired where rows are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evaluate import metrics
from bot.evaluate.bootstrap import Resampled, label_gains, mean_gain, mean_interval

ROWS = st.lists(st.tuples(st.sampled_from("srn"), st.sampled_from("srnm")), min_size=1, max_size=60)


@settings(max_examples=25)
@given(ROWS, st.integers(0, 2**32 - 1))
def test_intervals_are_shares_and_the_same_for_the_same_seed(
    rows: list[tuple[str, str]], seed: int
) -> None:
    gold, answers = [g for g, _ in rows], [a for _, a in rows]
    for name in ("accuracy", "macro_f1", "balanced_accuracy"):
        low, high = getattr(Resampled(gold, answers, seed), name)()
        assert 0 <= low <= high <= 1
        assert [low, high] == getattr(Resampled(gold, answers, seed), name)()


def test_the_interval_of_an_accuracy_is_that_of_a_share() -> None:
    gold = ["s"] * 1000
    answers = ["s"] * 800 + ["r"] * 200
    low, high = Resampled(gold, answers, 1).accuracy()
    # 1.96 standard errors of a share of .8 among a thousand
    assert low == pytest.approx(0.8 - 0.0248, abs=0.005)
    assert high == pytest.approx(0.8 + 0.0248, abs=0.005)
    few = Resampled(gold[::50], answers[::50], 1).accuracy()
    assert few[1] - few[0] > 4 * (high - low)


def test_figures_lie_within_their_intervals() -> None:
    generator = random.Random(3)
    gold = generator.choices("srn", [5, 3, 2], k=400)
    answers = [g if generator.random() < 0.6 else generator.choice("srn") for g in gold]
    drawn = Resampled(gold, answers, 0)
    for exact, (low, high) in (
        (metrics.accuracy(gold, answers), drawn.accuracy()),
        (metrics.macro_f1(gold, answers), drawn.macro_f1()),
        (answers_to("s", gold, answers, "r"), drawn.answered("s", {"r"})),
    ):
        assert low < exact < high


def answers_to(label: str, gold: list[str], answers: list[str], among: str) -> float:
    given = [a for g, a in zip(gold, answers, strict=True) if g == label]
    return sum(a in among for a in given) / len(given)


def test_a_certain_figure_has_no_width() -> None:
    drawn = Resampled(["s", "r"], ["s", "r"], 0)
    assert drawn.accuracy() == drawn.macro_f1() == drawn.balanced_accuracy() == [1.0, 1.0]
    assert drawn.answered("n", {"r"}) == [0.0, 0.0]
    assert Resampled([], [], 0).accuracy() == mean_interval([], 0) == [0.0, 0.0]
    assert mean_interval([0.5] * 9, 0) == [0.5, 0.5]


def test_a_gain_is_surer_than_the_two_figures_apart() -> None:
    gold = ["s", "r"] * 150
    theirs = [g if n % 3 else "n" for n, g in enumerate(gold)]
    ours = [g if n % 3 or n % 2 else "n" for n, g in enumerate(gold)]
    gain = label_gains(gold, ours, theirs, 0)["accuracy"]
    assert gain["value"] == pytest.approx(
        metrics.accuracy(gold, ours) - metrics.accuracy(gold, theirs), abs=1e-4
    )
    low, high = gain["interval"]
    assert 0 < low < gain["value"] < high
    alone = Resampled(gold, ours, 0).accuracy()
    assert high - low < 2 * (alone[1] - alone[0])
    assert label_gains(gold, ours, ours, 0)["macro_f1"]["interval"] == [0.0, 0.0]
    assert mean_gain([1.0, 0.5], [0.5, 0.0], 0) == {"value": 0.5, "interval": [0.5, 0.5]}
