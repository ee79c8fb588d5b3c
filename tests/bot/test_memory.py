"""Memory: what is served again, to whom, and what is only shown beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.memory import Memory, Recalled
from corpus.model import Passage
from prompts.verdict import Label
from retrieval.embedder import load_embedder
from retrieval.model import Vectors
from tests.bot.courtroom import (
    ELSEWHERE,
    HOME,
    SAME_CLAIMS,
    Courtroom,
    allowed,
    manager,
    moderator,
)
from tests.bot.discord_world import passages

CLAIM = "Acme raised $5.5 million from investors in March 2024."
SAME = "In March 2024, Acme raised $5,500,000 from investors."
OTHER_NUMBER = "Acme raised $55 million from investors in March 2024."


class Once:
    """The shipped embedder, which counts what it is given."""

    def __init__(self) -> None:
        self._real = load_embedder()
        self.model_id, self.dim = self._real.model_id, self._real.dim
        self.fusion_weight = self.topic_floor = None
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return self._real.embed(texts)


class Room(Courtroom):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.embedder = Once()
        self.memory = Memory(self.review.published, self.embedder, SAME_CLAIMS)

    def publish(self, claim: str = CLAIM, home: str = HOME) -> str:
        shown = self.ask(claim, home=home)
        case = self.flag(shown, home=home)
        by = moderator(home=home)
        allowed(self.review.decisions.approve(by, home, case.id))
        return case.id


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as room:
        yield room


def test_the_same_claim_is_served_with_who_decided_it(room: Room) -> None:
    room.publish()
    for asked in (CLAIM, SAME):
        served = room.memory.recall(asked, HOME).served
        assert served is not None
        assert served.verdict.label is Label.REFUTED
        assert served.verdict.matched == served.verdict.id
        assert served.verdict.review == "reviewed"
        assert served.decision.actor_id == moderator().user_id and served.home == HOME


def test_another_number_is_only_related(room: Room) -> None:
    room.publish()
    recalled = room.memory.recall(OTHER_NUMBER, HOME)
    assert recalled.served is None
    assert [near.claim for near in recalled.related] == [CLAIM]


def test_drafts_and_what_was_withdrawn_or_reopened_are_never_served(room: Room) -> None:
    shown = room.ask(CLAIM)
    case = room.flag(shown)
    assert room.memory.recall(CLAIM, HOME).served is None
    by = moderator()
    allowed(room.review.decisions.approve(by, HOME, case.id))
    assert room.memory.recall(CLAIM, HOME).served is not None
    room.flag(shown, by="99")
    assert room.memory.recall(CLAIM, HOME).served is None
    allowed(room.review.decisions.approve(by, HOME, case.id))
    assert room.memory.recall(CLAIM, HOME).served is not None
    allowed(room.review.decisions.reopen(by, HOME, case.id))
    allowed(room.review.decisions.withdraw(by, HOME, case.id, "No."))
    recalled = room.memory.recall(CLAIM, HOME)
    assert recalled.served is None and recalled.related == ()


def test_another_server_is_served_only_what_is_shared_with_it(room: Room) -> None:
    room.publish(home=HOME)
    recalled = room.memory.recall(CLAIM, ELSEWHERE)
    assert recalled.served is None and recalled.related == ()
    room.review.settings.change(manager(home=HOME), HOME, {"share": True})
    served = room.memory.recall(CLAIM, ELSEWHERE).served
    assert served is not None and served.home == HOME
    elsewhere = manager(home=ELSEWHERE)
    room.review.settings.change(elsewhere, ELSEWHERE, {"use_shared": False})
    assert room.memory.recall(CLAIM, ELSEWHERE).served is None


def test_what_cites_another_servers_private_source_is_not_even_shown_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def private(ids: Sequence[str]) -> dict[str, Passage]:
        return {
            id_: replace(passage, source=replace(passage.source, guild_id=ELSEWHERE))
            for id_, passage in passages(ids).items()
        }

    monkeypatch.setattr("tests.bot.courtroom.passages", private)
    with Room(tmp_path) as room:
        room.publish(home=ELSEWHERE)
        room.review.settings.change(manager(home=ELSEWHERE), ELSEWHERE, {"share": True})
        for asked in (SAME, OTHER_NUMBER):
            assert room.memory.recall(asked, HOME) == Recalled()
        assert room.memory.recall(OTHER_NUMBER, ELSEWHERE).related


def test_a_servers_own_verdict_comes_before_a_shared_one(room: Room) -> None:
    room.publish(home=ELSEWHERE)
    room.review.settings.change(manager(home=ELSEWHERE), ELSEWHERE, {"share": True})
    room.publish(home=HOME)
    served = room.memory.recall(CLAIM, HOME).served
    assert served is not None and served.home == HOME


def test_a_correction_reaches_servers_that_it_was_shared_with(room: Room) -> None:
    case = room.publish(home=HOME)
    room.review.settings.change(manager(home=HOME), HOME, {"share": True})
    served = room.memory.recall(CLAIM, ELSEWHERE).served
    assert served is not None
    room.show(
        served.verdict,
        home=ELSEWHERE,
        message="m9",
        decision_id=served.decision.id,
        follows=HOME,
        reused=True,
    )
    room.deliver()
    by = moderator()
    allowed(room.review.decisions.reopen(by, HOME, case))
    allowed(room.review.decisions.withdraw(by, HOME, case, "It was wrong."))
    assert ("edit", "m9") in room.deliver()


def test_claims_are_embedded_once_and_known_after_a_restart(room: Room) -> None:
    room.publish()
    room.memory.recall(SAME, HOME)
    anew = Memory(room.review.published, room.embedder, SAME_CLAIMS)
    room.embedder.texts.clear()
    assert anew.recall(SAME, HOME).served is not None
    assert room.embedder.texts == [SAME]
