"""Which claims are taken for the same: rules first, and a model only where they leave it open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.same_claim import SameClaims
from tests.bot.courtroom import SAME_CLAIMS

DATA = Path(__file__).parents[1] / "data"
ASKED = "Orsk stopped the expansion of the quarry."
SAME = "Orsk stopped the quarry expansion."
OTHER_WORDS = "The plan to widen the quarry was halted by Orsk."
MORE_WORDS = "Orsk put an end to plans for a wider quarry."
OPPOSITE = "Orsk never stopped the expansion of the quarry."
GERMAN = "Orsk hat die Erweiterung des Steinbruchs gestoppt."


class Scripted:
    """A model that is as sure as it is told, and keeps what it was asked."""

    def __init__(self, *odds: float) -> None:
        self.told = list(odds)
        self.asked: list[tuple[str, str]] = []

    def odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        self.asked += pairs
        return np.array(self.told[: len(pairs)], dtype=np.float32)


def places(model: Scripted, *others: str, asked: str = ASKED) -> list[int]:
    return list(SameClaims(lambda: model).places(asked, others))


def test_what_the_rules_decide_is_not_asked_of_the_model() -> None:
    model = Scripted()
    assert places(model, OPPOSITE, SAME) == [1]
    assert not model.asked


def test_the_surest_of_what_is_left_open_comes_first_and_the_rest_not_at_all() -> None:
    model = Scripted(40.0, 50.0, -1.0)
    assert places(model, OTHER_WORDS, MORE_WORDS, "Orsk drew a picture of the quarry.") == [1, 0]
    assert len(model.asked) == 3


def test_the_rules_come_before_the_model() -> None:
    model = Scripted(50.0)
    found = SameClaims(lambda: model).places(ASKED, [OTHER_WORDS, SAME])
    assert next(found) == 1
    assert not model.asked
    assert list(found) == [0]


def test_a_model_that_is_hardly_sure_is_not_believed() -> None:
    assert places(Scripted(0.1), OTHER_WORDS) == []


def test_claims_in_another_language_are_not_read_by_the_model() -> None:
    model = Scripted(50.0, 50.0)
    assert places(model, GERMAN) == []
    assert places(model, OTHER_WORDS, asked=GERMAN) == []
    assert not model.asked


def test_no_more_than_a_few_are_read() -> None:
    model = Scripted(*[-1.0] * 20)
    assert places(model, *[f"{OTHER_WORDS[:-1]}, {word}." for word in "abcdefgh"]) == []
    assert len(model.asked) <= 3


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_compared_nothing_fails(a: str, b: str) -> None:
    assert next(iter(SAME_CLAIMS.places(a, [b, a]))) in (0, 1)


@pytest.mark.parametrize(
    "other",
    [
        "Orsk has halted its quarry extension.",
        "orsk put a stop to the quarry extension",
    ],
)
def test_the_shipped_model_knows_other_words(other: str) -> None:
    assert list(SAME_CLAIMS.places(ASKED, [other])) == [0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Spain was beaten by England in Berlin.", "Spain defeated England in Berlin."),
        ("The club owes its players a sum.", "The players owe the club a sum."),
        ("Acme sold its plant to Boreal.", "Boreal sold its plant to Acme."),
        ("The union sued the mine.", "The mine sued the union."),
    ],
)
def test_who_did_it_to_whom_is_not_left_to_the_model(one: str, other: str) -> None:
    assert not list(SameClaims(lambda: Scripted(50.0)).places(one, [other]))


@pytest.mark.parametrize(
    ("name", "precision", "recall"), [("unseen", 0.96, 0.62), ("news", 0.93, 0.55)]
)
def test_pairs_are_told_apart_as_surely_as_was_measured(
    name: str, precision: float, recall: float
) -> None:
    """A floor, with room for what another processor rounds: see RESULTS.md for the figures."""
    lines = (DATA / f"pairs.{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    taken = [row for row in rows if list(SAME_CLAIMS.places(row["a"], [row["b"]]))]
    right = sum(row["same"] for row in taken)
    assert right / len(taken) >= precision
    assert right / sum(row["same"] for row in rows) >= recall
