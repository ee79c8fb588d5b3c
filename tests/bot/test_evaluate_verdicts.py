"""Measuring verdicts: what counts as right, accused, sound, found; and on whose evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Literal

import pytest

from bot.checker import Checked, Checker
from bot.evaluate.data import ClaimRow, Evidence
from bot.evaluate.gold import GoldSources
from bot.evaluate.verdict_scores import report
from bot.evaluate.verdicts import GoldEvidence, Prediction, predict
from corpus.model import Passage, Source
from prompts.context import CheckContext
from prompts.verdict import Claim, Draft, Label, Sentence, cite
from retrieval.model import Hit, Stance


def row(label: Label, *evidence: Evidence, claim: str = "It rained.", **values: object) -> ClaimRow:
    given: dict[str, object] = {"claim_date": None, "sources": frozenset()}
    return ClaimRow("r1", claim, label, evidence=evidence, **(given | values))  # type: ignore[arg-type]


def prediction(label: Label, answer: Label, **values: object) -> Prediction:
    given: dict[str, object] = {"confidence": 0.8, "milliseconds": 10.0, "engine": "local"}
    return Prediction(row=row(label), label=answer, **(given | values))  # type: ignore[arg-type]


def hit(source: str) -> Hit:
    passage = Passage(f"{source}#1", Source(id=source, title=source), "It did.", 0, 7)
    return Hit(passage, score=1.0, dense=None, lexical=None)


class Echo:
    """An engine that supports every claim with the first passage given, whole."""

    name: Literal["local", "llm"] = "local"

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        if not hits:
            return Draft(label=Label.NOT_ENOUGH_EVIDENCE, confidence=0.6, engine="local")
        passage = hits[0].passage
        return Draft(
            label=Label.SUPPORTED,
            confidence=0.9,
            summary=(Sentence(text="So it is said.", citations=(1,)),),
            citations=(cite(1, passage, 0, len(passage.text), Stance.SUPPORTS),),
            engine="local",
        )


async def measured(rows: Sequence[ClaimRow], sources: Sequence[Source] = ()) -> list[Prediction]:
    async def judge(of: ClaimRow) -> Checked:
        evidence = GoldEvidence(of)
        return await Checker(evidence, evidence, Echo()).check_claim(Claim(text=of.claim))

    gold = GoldSources()
    for source in sources:
        gold.add(source)
    return await predict(rows, judge, gold, lambda _row: None, lambda _done: None)


async def test_a_claim_is_judged_on_its_own_evidence_and_only_that() -> None:
    wet = row(Label.SUPPORTED, Evidence("It did.", "https://a.example", "A", "2020-05", "Did it?"))
    none = row(Label.REFUTED)
    first, second = await measured([wet, none])
    assert (first.label, first.broken_rules) == (Label.SUPPORTED, ())
    assert [source.url for source in first.cited] == ["https://a.example"]
    assert (second.label, second.retrieved) == (Label.NOT_ENOUGH_EVIDENCE, ())
    (found,) = GoldEvidence(wet).search("", 10, None)  # type: ignore[arg-type]
    assert found.passage.heading == "Did it?"
    assert found.passage.source.published == "2020-05"


async def test_a_date_that_is_none_is_left_out() -> None:
    (found,) = GoldEvidence(row(Label.REFUTED, Evidence("It did.", date="yesterday"))).search(
        "",
        10,
        None,  # type: ignore[arg-type]
    )
    assert found.passage.source.published is None


async def test_gold_sources_are_named_or_known_by_address() -> None:
    by_url = row(Label.SUPPORTED, Evidence("It did.", "https://a.example"))
    by_name = row(Label.SUPPORTED, Evidence("It did."), sources=frozenset({"s-7"}))
    neither = row(Label.SUPPORTED, Evidence("It did.", "https://unknown.example"))
    held = Source(id="s-1", title="A", url="https://a.example")
    found = await measured([by_url, by_name, neither], [held])
    assert [p.gold for p in found] == [({"s-1"},), ({"s-7"},), ()]


def test_the_numbers_by_hand() -> None:
    s, r, n = Label.SUPPORTED, Label.REFUTED, Label.NOT_ENOUGH_EVIDENCE
    a, b = hit("a"), hit("b")
    gold = (frozenset({"a"}),)
    numbers = report(
        [
            prediction(s, s, gold=gold, evidence=(b, a), cited=(a.passage.source,)),
            prediction(s, Label.MISLEADING, milliseconds=30.0),
            prediction(r, r, gold=gold, evidence=(b,), cited=(b.passage.source,)),
            prediction(r, n, broken_rules=("a sentence cites nothing",)),
        ]
    )
    assert numbers["n"] == 4
    assert numbers["accuracy"] == 0.5
    assert numbers["false_accusation_rate"] == 0.5
    assert numbers["abstained"] == 0.25
    assert numbers["citation_integrity"] == 0.75
    assert numbers["evidence_recall"] == 0.5
    assert numbers["gold_cited"] == numbers["right_source_cited"] == 0.5
    assert numbers["latency_ms"] == {"p50": 10.0, "p95": 30.0}
    assert numbers["ece"] == pytest.approx(0.3)
    majority = numbers["baselines"]["majority"]
    assert (majority["label"], majority["accuracy"]) == ("refuted", 0.5)
    assert majority["macro_f1"] == 0.3333
    assert numbers["gains"]["majority"]["accuracy"]["value"] == 0.0
    assert numbers["confusion"]["refuted"]["not_enough_evidence"] == 1
    assert numbers["slices"]["with_evidence"]["n"] == 2
    json.dumps(numbers)


def test_an_undecided_answer_that_cites_counts_among_those_that_cite() -> None:
    n, gold = Label.NOT_ENOUGH_EVIDENCE, (frozenset({"a"}),)
    numbers = report(
        [
            prediction(n, n, gold=gold, cited=(hit("a").passage.source,)),
            prediction(n, n, gold=gold),
        ]
    )
    assert (numbers["gold_cited"], numbers["right_source_cited"]) == (1.0, 0.0)


def test_a_piece_of_evidence_that_several_sources_hold_is_found_in_any_of_them() -> None:
    gold = (frozenset({"a", "b"}), frozenset({"c"}))
    found = prediction(Label.SUPPORTED, Label.SUPPORTED, gold=gold, evidence=(hit("b"),))
    assert report([found])["evidence_recall"] == 0.5


def test_where_no_claim_is_true_none_is_called_false() -> None:
    numbers = report([prediction(Label.REFUTED, Label.REFUTED)])
    assert numbers["false_accusation_rate"] == 0
    assert "false_accusation_rate" not in numbers["intervals"]


def test_without_gold_sources_nothing_is_claimed_of_them() -> None:
    assert "evidence_recall" not in report([prediction(Label.REFUTED, Label.REFUTED)])


async def test_a_prediction_is_one_line_of_json() -> None:
    (made,) = await measured([row(Label.SUPPORTED, Evidence("It did."))])
    line = json.loads(json.dumps(made.as_json()))
    assert (line["gold"], line["predicted"], line["broken_rules"]) == ("supported", "supported", [])
