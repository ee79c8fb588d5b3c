"""Jobs that come round: once a period, whoever runs them, whatever becomes of them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.leases import HOLD, Leases
from bot.ledger import open_ledger
from bot.library import Due
from bot.refreshing import refresh
from bot.schedule import Job, kept
from corpus.errors import LockedError, OperationError
from retrieval.ingest import Ingested
from tests.corpus.values import Clock


@pytest.fixture
def engine(engine: sa.Engine) -> sa.Engine:
    open_ledger(engine)
    return engine


def test_one_holds_it_until_it_is_done_and_nobody_before_it_is_due(engine: sa.Engine) -> None:
    clock = Clock()
    first, second = (Leases(engine, name, now=clock) for name in ("first", "second"))
    assert first.take("sweep") == 1
    assert second.take("sweep") == first.take("sweep") == 0
    first.done("sweep", timedelta(minutes=1))
    assert second.take("sweep") == 0
    clock.now += timedelta(minutes=1)
    assert second.take("sweep") == 2
    first.done("sweep", timedelta(minutes=1))  # It is not the first one's any more.
    assert first.take("sweep") == 0
    second.done("sweep")
    assert first.take("sweep") == 1


def test_what_a_silent_holder_has_is_free_and_what_a_living_one_has_is_not(
    engine: sa.Engine,
) -> None:
    clock = Clock()
    first, second = (Leases(engine, name, now=clock) for name in ("first", "second"))
    first.take("sweep")
    clock.now += HOLD
    assert first.renew("sweep")
    clock.now += HOLD
    assert second.take("sweep") == 0
    clock.now += timedelta(seconds=1)
    assert second.take("sweep") == 2
    assert not first.renew("sweep")


def test_what_is_released_is_free_at_once(engine: sa.Engine) -> None:
    first, second, third = (Leases(engine, name) for name in ("first", "second", "third"))
    first.take("a")
    second.take("b")
    first.release()
    third.release("second")
    assert third.take("a") == third.take("b") == 2


def test_of_many_who_look_at_once_one_gets_it(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: Leases(engine, f"p{n}").take("sweep"), range(24)))
    assert sorted(taken) == [0] * 23 + [1]


async def test_of_many_processes_one_runs_a_job_in_a_period(engine: sa.Engine) -> None:
    begun: list[str] = []

    def job(who: str) -> Job:
        async def run(_stop: threading.Event) -> None:
            begun.append(who)
            await asyncio.sleep(0.02)

        return Job("sweep", timedelta(seconds=30), run)

    async def process(who: str) -> None:
        async with kept(Leases(engine, who), [job(who)], look_s=0.01):
            await asyncio.sleep(0.5)

    await asyncio.gather(*(process(f"p{n}") for n in range(4)))
    assert len(begun) == 1


async def test_a_run_that_fails_is_not_the_last(engine: sa.Engine) -> None:
    done = asyncio.Event()
    runs: list[int] = []

    async def run(_stop: threading.Event) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError("odd")
        done.set()

    async with kept(Leases(engine, "me"), [Job("odd", timedelta(0), run)], look_s=0.01):
        await asyncio.wait_for(done.wait(), 30)


async def test_what_runs_on_leaving_ends_in_order_and_is_left_to_the_next(
    engine: sa.Engine,
) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def run(stop: threading.Event) -> None:
        begun.set()
        await asyncio.to_thread(stop.wait, 30)
        ended.set()

    job = Job("long", timedelta(hours=1), run)
    async with kept(Leases(engine, "me"), [job], look_s=0.01):
        assert await asyncio.to_thread(begun.wait, 30)
    assert ended.is_set()
    assert Leases(engine, "next").take("job long") == 2


class Shelf:
    """A library with something due, which may fail."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.refreshed: list[str | None] = []

    def due(self) -> list[Due]:
        return [Due(None, (), ()), Due("1", (), ())]

    def refresh(self, due: Due, _run: Any, *, most_pages: int) -> Ingested:
        assert most_pages > 0
        if self.errors:
            raise self.errors.pop(0)
        self.refreshed.append(due.guild_id)
        return Ingested(0, 0, 0, ())


def test_what_is_due_is_fetched_for_each_server() -> None:
    library: Any = Shelf()
    refresh(library, lambda: False)
    assert library.refreshed == [None, "1"]


@pytest.mark.parametrize("error", [LockedError("busy"), OperationError("down")])
def test_what_cannot_be_fetched_now_is_left_to_the_next_run(error: Exception) -> None:
    library: Any = Shelf(error)
    refresh(library, lambda: False)
    assert library.refreshed == []
    refresh(library, lambda: False)
    assert library.refreshed == [None, "1"]


def test_no_server_is_begun_once_it_is_stopped() -> None:
    library: Any = Shelf()
    refresh(library, lambda: bool(library.refreshed))
    assert library.refreshed == [None]
