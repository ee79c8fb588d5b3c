"""Published verdicts when the sources that they rest on change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.checker import Checked
from bot.living import Living
from bot.memory import Memory
from bot.review.decisions import Rerun
from bot.review.values import Making, State
from corpus.catalogue import Catalogue
from corpus.model import Source
from corpus.split import PassageSpan
from prompts.context import Trace
from prompts.verdict import Label, Verdict
from retrieval.embedder import load_embedder
from retrieval.model import Embedder
from tests.bot.courtroom import HOME, SAME_CLAIMS, Courtroom, allowed, manager, moderator
from tests.bot.values import REPORT

CLAIM = "Acme raised $5.5 million from investors in March 2024."
EMBEDDER = load_embedder()


@dataclass
class Home:
    """What Living needs of an application."""

    room: Courtroom
    catalogue: Catalogue
    memory: Memory
    embedder: Embedder = EMBEDDER
    label: Label = Label.REFUTED
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.review, self.ledger, self.clock = self.room.review, self.room.ledger, self.room.now

    async def recheck(self, claim: str, how: Rerun, *, guild_id: str | None = None) -> Checked:
        self.asked.append(claim)
        made = self.published.model_copy(
            update={"id": f"again{len(self.asked)}", "label": self.label}
        )
        return Checked(made, (), (), Trace(), Making())

    published: Verdict = field(init=False)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Courtroom(tmp_path) as room:
        catalogue = Catalogue(room.engine, clock=room.now)
        memory = Memory(room.review.published, EMBEDDER, SAME_CLAIMS)
        home = Home(room, catalogue, memory)
        add(home, REPORT.id, "The rental price of the final run is an assumption.")
        home.published = room.ask(CLAIM)
        case = room.flag(home.published)
        allowed(room.review.decisions.approve(moderator(), HOME, case.id))
        room.deliver()
        room.pass_time(minutes=5)
        Living(home).look()  # type: ignore[arg-type]
        room.pass_time(hours=1)
        yield home


def add(home: Home, source_id: str, text: str, guild: str | None = None) -> None:
    vectors: NDArray[np.float32] = EMBEDDER.embed([text])
    home.catalogue.add(
        Source(source_id, "A source", guild_id=guild),
        text,
        [PassageSpan(0, len(text), None)],
        vectors,
        EMBEDDER.model_id,
    )


def state(home: Home) -> Any:
    (case,) = home.room.engine.connect().exec_driver_sql("SELECT id FROM cases").scalars()
    return home.room.case(case)


async def test_a_retracted_source_reopens_the_case_with_both_versions(home: Home) -> None:
    home.catalogue.retract(REPORT.id, "It was made up.")
    living = Living(home)  # type: ignore[arg-type]
    assert living.look() == 1
    assert await living.check_some() == 1
    case = state(home)
    assert case.state is State.OPEN
    assert case.published_id == home.published.id and case.verdict_id == "again1"
    flags = home.room.review.flags.of_case(HOME, case.id)
    assert flags[-1].trigger == "evidence_changed" and "retracted" in flags[-1].details
    assert home.room.deliver() == []


async def test_what_is_new_and_near_is_checked_and_the_same_label_changes_nothing(
    home: Home,
) -> None:
    add(home, "news", "In March 2024 the firm Acme raised $5.5 million from its investors.")
    add(home, "other", "Pandas live in the mountains of central China and eat bamboo.")
    living = Living(home)  # type: ignore[arg-type]
    assert living.look() == 1
    await living.check_some()
    assert home.asked == [CLAIM]
    assert state(home).state is State.DECIDED


async def test_another_label_waits_for_a_moderator_unless_the_server_chose_otherwise(
    home: Home,
) -> None:
    home.label = Label.MISLEADING
    living = Living(home)  # type: ignore[arg-type]
    living.sources_changed([REPORT.id])
    await living.check_some()
    assert state(home).state is State.OPEN
    assert home.room.deliver() == []
    home.room.review.settings.change(manager(), HOME, {"auto_correct": True})
    allowed(home.room.review.decisions.withdraw(moderator(), HOME, state(home).id, "No."))


async def test_another_servers_source_touches_nothing_here(home: Home) -> None:
    add(home, "private", "In March 2024 the firm Acme raised $5.5 million.", guild="77")
    assert Living(home).look() == 0  # type: ignore[arg-type]
