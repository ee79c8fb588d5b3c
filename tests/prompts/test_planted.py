"""A small sample of `tests.prompts.planted`: what is planted does not reach people."""

from __future__ import annotations

import pytest

from retrieval.model import StanceModel
from retrieval.stance import load_stance
from tests.prompts.planted import DETERMINISTIC, cases, figures, outcomes


@pytest.fixture(scope="module")
def stance() -> StanceModel:
    return load_stance()


async def test_no_planted_fault_of_a_plain_kind_reaches_the_verdict(stance: StanceModel) -> None:
    found = await outcomes(
        cases(8), [*DETERMINISTIC, "label against evidence", "instruction obeyed"], stance
    )
    assert [outcome.kind for outcome in found if outcome.reached] == []
    assert [outcome.broken for outcome in found if outcome.broken] == []
    assert {outcome.kind for outcome in found} >= {"invented quote", "wrong passage", "link"}


async def test_most_sound_drafts_come_through_whole(stance: StanceModel) -> None:
    counted = figures(await outcomes(cases(30), ["sound"], stance))
    assert counted["rules_broken"] == 0
    assert counted["kinds"]["sound"]["through"] >= 24
