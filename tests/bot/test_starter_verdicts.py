"""The local engine over the starter corpus, on labelled claims: what a newcomer meets first.

The floors are what an operator may rely on; RESULTS.md has the figures themselves.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.app import create_app
from bot.evaluate.data import ClaimRow, read_claims
from bot.evaluate.gold import GoldSources
from bot.evaluate.verdict_scores import report
from bot.evaluate.verdicts import Prediction, predict
from bot.settings import Settings
from prompts.claims import extract
from prompts.verdict import CheckResult, Claim, Label

DATA = Path(__file__).parents[1] / "data"


def judged(home: Path, rows: list[ClaimRow]) -> list[Prediction]:
    async def run() -> list[Prediction]:
        settings = Settings(RECEIPTS_HOME=home, RECEIPTS_ENGINE="local", _env_file=None)
        async with create_app(settings) as app:

            async def judge(row: ClaimRow):
                if not extract(row.claim)[0]:
                    return None
                return await app.checker.check_claim(Claim(text=row.claim))

            return await predict(rows, judge, GoldSources(), lambda _row: None, lambda _n: None)

    return asyncio.run(run())


@pytest.fixture(scope="module")
def predictions(starter_template: Path) -> list[Prediction]:
    rows = read_claims(DATA / "starter_claims.dev.jsonl")
    return judged(starter_template, rows + read_claims(DATA / "starter_claims.own.jsonl"))


@pytest.fixture(scope="module")
def numbers(predictions: list[Prediction]) -> dict[str, Any]:
    return report(predictions)


def test_every_rule_holds_on_every_verdict(predictions):
    assert [p.row.id for p in predictions if p.broken_rules] == []


def test_most_claims_get_the_right_label(numbers):
    assert numbers["accuracy"] >= 0.70
    assert numbers["macro_f1"] >= 0.55


def test_what_is_called_supported_or_refuted_mostly_is(numbers):
    scores = numbers["per_class"]
    assert scores["supported"]["precision"] >= 0.70
    assert scores["refuted"]["precision"] >= 0.85


def test_true_claims_are_rarely_called_false(numbers):
    assert numbers["false_accusation_rate"] <= 0.08


def test_the_source_that_settles_a_claim_is_cited(numbers):
    assert numbers["right_source_cited"] >= 0.85


def check(home: Path, text: str) -> CheckResult:
    async def run() -> CheckResult:
        settings = Settings(RECEIPTS_HOME=home, RECEIPTS_ENGINE="local", _env_file=None)
        async with create_app(settings) as app:
            return await app.checker.check(text)

    return asyncio.run(run())


def test_a_notional_cost_told_as_the_cost_is_misleading_and_says_what_is_left_out(starter_template):
    (verdict,) = check(starter_template, "DeepSeek cost $5.5M").verdicts
    assert verdict.label is Label.MISLEADING
    assert "ds-v3-report" in {citation.source.id for citation in verdict.citations}
    assert verdict.missing_context


def test_what_the_corpus_does_not_hold_is_left_undecided(starter_template):
    (verdict,) = check(starter_template, "The bakery on Elm Street sold 40 pies in June.").verdicts
    assert verdict.label is Label.NOT_ENOUGH_EVIDENCE
    assert all(citation.stance == "context" for citation in verdict.citations)
