"""Leases on open checks: who takes what, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.ledger import LEASE, Ledger, Request, open_ledger
from bot.work import Left, Work, tenancy
from corpus.errors import CatalogueError
from tests.corpus.values import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(engine: sa.Engine, clock: Clock) -> Ledger:
    return open_ledger(engine, now=clock, holder="first")


def request(event: str = "100") -> Request:
    return Request(
        id=event,
        text="It cost $5.5M",
        origin="slash",
        user_id="7",
        guild_id="1",
        channel_id="2",
        context={"as_of": "2025-02-05", "about": None},
        token="a token",
    )


def ids(left: list[Left]) -> list[str]:
    return [one.request.id for one in left]


def test_a_check_under_way_is_nobody_elses(engine: sa.Engine, clock: Clock, ledger: Ledger) -> None:
    first, second = Work(engine, "first", now=clock), Work(engine, "second", now=clock)
    ledger.begin(request())
    assert second.claim(5) == []
    clock.now += LEASE - timedelta(seconds=1)
    first.renew(["100"])
    clock.now += LEASE - timedelta(seconds=1)
    assert second.claim(5) == []
    clock.now += timedelta(seconds=2)
    (left,) = second.claim(5)
    assert left == Left(request(), 2 * LEASE, None, 1)
    assert second.claim(5) == [] and first.claim(5) == []
    first.renew(["100"])
    clock.now += LEASE + timedelta(seconds=1)
    assert first.claim(5)[0].attempts == 2


def test_what_its_process_is_not_at_any_more_is_taken_by_another(
    engine: sa.Engine, clock: Clock, ledger: Ledger
) -> None:
    first, second = Work(engine, "first", now=clock), Work(engine, "second", now=clock)
    ledger.begin(request("100"))
    ledger.begin(request("101"))
    clock.now += LEASE - timedelta(seconds=1)
    first.renew(["101"])
    clock.now += timedelta(seconds=2)
    assert ids(second.claim(5)) == ["100"]


def test_what_is_let_go_is_taken_at_once(engine: sa.Engine, clock: Clock, ledger: Ledger) -> None:
    second = Work(engine, "second", now=clock)
    for event in ("100", "101", "102"):
        ledger.begin(request(event))
        clock.now += timedelta(seconds=1)
    ledger.finish("101", "done")
    second.release("first")
    assert ids(second.claim(1)) == ["100"]
    assert ids(second.claim(5)) == ["102"]


def test_the_token_is_forgotten_once_it_is_answered(engine: sa.Engine, ledger: Ledger) -> None:
    assert "a token" not in repr(request())
    ledger.begin(request())
    ledger.finish("100", "done")
    with engine.connect() as db:
        assert db.execute(sa.text("SELECT token FROM checks")).scalar_one() is None


def test_those_who_look_at_once_take_different_checks(
    engine: sa.Engine, clock: Clock, ledger: Ledger
) -> None:
    wanted = {str(number) for number in range(60)}
    for event in wanted:
        ledger.begin(request(event))
    Work(engine, "gone", now=clock).release("first")

    def take(number: int) -> list[str]:
        work, taken = Work(engine, f"worker-{number}", now=clock), []
        while more := ids(work.claim(3)):
            taken += more
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [event for part in pool.map(take, range(4)) for event in part]
    # Who found every row locked has left; what nobody took is free still.
    taken += take(9)
    assert len(taken) == len(set(taken)) and set(taken) == wanted


def test_a_home_tells_the_next_process_who_had_it(tmp_path: Path) -> None:
    with tenancy(tmp_path, "first") as before:
        assert before is None
        with tenancy(tmp_path, "beside") as living:
            assert living is None
    with tenancy(tmp_path, "second") as before:
        assert before == "first"
    (tmp_path / "file").touch()
    with pytest.raises(CatalogueError, match="RECEIPTS_HOME"), tenancy(tmp_path / "file", "x"):
        pass
