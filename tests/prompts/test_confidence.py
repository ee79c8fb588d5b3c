"""Confidence: from signals, with a threshold, in data that says what it was fitted on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.confidence import CONFIDENCE_FILE, Confidence, Scale, signals_of
from prompts.label_audit import label_signals
from prompts.rules import violations
from prompts.verdict import Draft, Label, Sentence, cite
from retrieval.model import Stance
from tests.prompts.samples import passage, source

PASSAGE = passage("The dam broke in May.", "p1", source("s1", "2024-12-27"))
DAY = date(2026, 3, 1)


def draft(label: Label = Label.SUPPORTED, **changes: object) -> Draft:
    values: dict[str, object] = {
        "label": label,
        "confidence": 0.9,
        "summary": (Sentence(text="The dam broke.", citations=(1,)),),
        "citations": (cite(1, PASSAGE, 0, 21, Stance.SUPPORTS),),
        "engine": "llm",
        "likelihoods": {"supported": 0.9, "refuted": 0.05, "misleading": 0.05},
    }
    return Draft.model_validate(values | changes)


def local(label: Label, **likelihoods: float) -> Draft:
    return Draft(label=label, confidence=0.7, engine="local", likelihoods=likelihoods)


def test_an_engine_that_agrees_and_quotes_that_lean_make_it_surer() -> None:
    known = Confidence.load()
    agreeing = local(Label.SUPPORTED, supported=0.8, refuted=0.1)
    opposed = local(Label.REFUTED, supported=0.1, refuted=0.8)
    scale = known.scales["llm"]
    for name in ("lean", "said"):
        for lean in (-4.0, 0.0, 4.0):
            leaning = draft(signals={name: lean})
            with_it = scale.of(signals_of(leaning, agreeing, DAY))
            assert with_it > scale.of(signals_of(leaning, opposed, DAY))
        one, two = (
            scale.of(signals_of(draft(signals={name: lean}), None, DAY)) for lean in (-4.0, 4.0)
        )
        assert one < two


class Leaning:
    """A stance model for which every premise leans one way."""

    model_id = "leaning"

    def __init__(self, supports: float) -> None:
        self._row = [supports, 0.9 - supports, 0.1, 0.0]

    def judge(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([self._row for _ in pairs], dtype=np.float32)

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return self.judge(pairs)[:, :3]


@pytest.mark.parametrize("label", [Label.SUPPORTED, Label.REFUTED])
def test_a_label_against_its_own_quotes_and_words_falls(label: Label) -> None:
    claim, quote = "The dam broke in May.", "In May the dam broke."
    scale = Confidence.load().scales["llm"]
    sure = {
        bears_out: scale.of(
            signals_of(
                draft(label, signals=label_signals(label, claim, [quote], [said], model)), None, DAY
            )
        )
        for bears_out, model, said in (
            (label is Label.SUPPORTED, Leaning(0.88), claim),
            (label is Label.REFUTED, Leaning(0.02), "The dam did not break in May."),
        )
    }
    assert sure[True] >= scale.least > sure[False]


def test_a_summary_that_says_the_claim_speaks_against_refuted() -> None:
    claim = "The dam broke in May."
    said = {
        label: label_signals(label, claim, [], [claim], None)
        for label in (Label.SUPPORTED, Label.REFUTED, Label.MISLEADING)
    }
    assert said[Label.SUPPORTED]["same"] == 1
    assert said[Label.REFUTED]["same"] == -1
    assert said[Label.MISLEADING] == {}


def test_a_models_own_number_alone_makes_no_certainty() -> None:
    scale = Confidence.load().scales["llm"]
    sure = draft(likelihoods={"supported": 1.0}, confidence=1.0)
    unsure = draft(likelihoods={"supported": 0.5, "refuted": 0.5}, confidence=0.5)
    gap = scale.of(signals_of(sure, None, DAY)) - scale.of(signals_of(unsure, None, DAY))
    assert 0 <= gap < 0.4


def test_below_the_threshold_the_answer_is_left_open_and_says_why() -> None:
    strict = Confidence("t", {"llm": Scale({"lean": 1.0}, 0.0, 0.6)})
    fallen = strict.settle(draft(), signals_of(draft(signals={"lean": -3.0}), None, DAY))
    assert fallen.label is Label.NOT_ENOUGH_EVIDENCE
    assert any("under 0.60" in note for note in fallen.notes)
    assert violations(fallen, {"p1": PASSAGE}) == []
    assert {citation.stance for citation in fallen.citations} == {Stance.CONTEXT}
    kept = strict.settle(draft(), signals_of(draft(signals={"lean": 3.0}), None, DAY))
    assert (kept.label, kept.confidence) == (Label.SUPPORTED, pytest.approx(0.9526))


def test_a_label_that_the_threshold_was_not_fitted_on_is_not_judged_by_it() -> None:
    strict = Confidence("t", {"llm": Scale({}, -3.0, 0.6, frozenset({"supported"}))})
    assert strict.settle(draft(Label.MISLEADING), {}).label is Label.MISLEADING
    assert strict.settle(draft(Label.SUPPORTED), {}).label is Label.NOT_ENOUGH_EVIDENCE


def test_what_is_left_open_keeps_the_engines_own() -> None:
    undecided = draft(Label.NOT_ENOUGH_EVIDENCE, confidence=0.4)
    assert Confidence.load().settle(undecided, {}) == undecided


@given(st.dictionaries(st.sampled_from(["likelihood", "lean", "said", "same", "other", "given"]),
                       st.floats(-1e6, 1e6)))  # fmt: skip
def test_any_signals_give_a_probability(signals: dict[str, float]) -> None:
    for scale in Confidence.load().scales.values():
        assert 0 < scale.of(signals) < 1


def test_the_file_says_what_made_it_and_holds_the_curve() -> None:
    data = json.loads(Path(CONFIDENCE_FILE).read_text(encoding="utf-8"))
    assert data["version"]
    assert all(engine["fitted_on"] for engine in data["engines"].values())
    assert set(data["engines"]) == {"local", "llm"}
    for engine in data["engines"].values():
        coverage = [point[1] for point in engine["curve"]]
        assert coverage == sorted(coverage)
        assert coverage[-1] == 1.0
        assert engine["least"] <= engine["curve"][0][0]
