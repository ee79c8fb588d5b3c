"""Several processes of the bot on one database, from outside."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from shutil import copytree

import pytest
import sqlalchemy as sa

from bot.leases import leases
from corpus.database import open_engine
from tests.bot.discord_stand_in import BOT, StandIn, guild_id, person
from tests.bot.test_black_box import process
from tests.load.rig import copied

CLAIM = "DeepSeek cost $5.5M"
JOBS = {"job sources", "job living verdicts", "job old texts"}


async def left(bot: asyncio.subprocess.Process) -> None:
    """Tells a process to stop, and waits until it has; two of them share the machine here."""
    bot.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(bot.wait(), 60) == 0


def answered_once(discord: StandIn) -> bool:
    """All that was asked has one answer."""
    asked = all(len(one.answers) == 1 for one in discord.asked.values())
    return asked and len(discord.own_messages()) == len(discord.asked) + len(discord.questions)


@pytest.fixture(params=["sqlite", "postgresql"])
def places(
    request: pytest.FixtureRequest, tmp_path: Path, starter_template: Path
) -> list[tuple[Path, dict[str, str]]]:
    """Where two processes live: in one home, or in two on one PostgreSQL."""
    if request.param == "sqlite":
        home = Path(copytree(starter_template, tmp_path / "home"))
        return [(home, {}), (home, {})]
    url = request.getfixturevalue("postgres").new_database()
    copied(starter_template, url)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    return [(tmp_path / name, {"RECEIPTS_DATABASE_URL": url}) for name in ("one", "two")]


def runs(home: Path, settings: dict[str, str]) -> dict[str, int]:
    """How often each job was run, by all processes together."""
    engine = open_engine(settings.get("RECEIPTS_DATABASE_URL", f"sqlite:///{home}/receipts.db"))
    with engine.connect() as db:
        rows = db.execute(sa.select(leases.c.name, leases.c.runs)).all()
    engine.dispose()
    return {row.name: row.runs for row in rows}


async def test_two_processes_share_the_shards_and_run_each_job_once(
    places: list[tuple[Path, dict[str, str]]],
) -> None:
    async with StandIn(servers=2) as discord, AsyncExitStack() as stack:
        bots = []
        for n, (home, settings) in enumerate(places):
            # However long this takes, no second run is due.
            once = settings | {"ROUND_SECONDS": "3600"}
            bot = process(discord, home, "bot", "--shards", f"{n}/2", **once)
            bots.append(await stack.enter_async_context(bot))
            await discord.up(n + 1)
        shards = [connection.ops(2)[0]["d"]["shard"] for connection in discord.connections]
        assert shards == [[0, 2], [1, 2]]
        for n in range(4):
            await discord.command(f"{CLAIM} {n}", n, n % 2)
            await discord.write(f"<@{BOT}> {CLAIM} and {n}", person(n), n % 2)
        await discord.until(lambda: answered_once(discord), 60)
        told = [seen for seen in discord.seen if seen.path.endswith("/commands")]
        assert len(told) == 1
        # Each process looks every five seconds.
        await asyncio.sleep(10)
        await discord.until(lambda: set(runs(*places[0])) >= JOBS, 60)
        assert {name: count for name, count in runs(*places[0]).items() if name in JOBS} == (
            dict.fromkeys(JOBS, 1)
        )
        assert discord.faults == []
        for bot in bots:
            await left(bot)


async def test_who_takes_over_before_the_other_leaves_loses_and_doubles_nothing(
    places: list[tuple[Path, dict[str, str]]],
) -> None:
    """As a deploy does: both are connected for a while, and hear of everything."""
    async with StandIn() as discord, AsyncExitStack() as stack:
        (old_home, old), (new_home, new) = places
        first = await stack.enter_async_context(process(discord, old_home, "bot", **old))
        await discord.up()
        second = await stack.enter_async_context(process(discord, new_home, "bot", **new))
        for n in range(3):
            await discord.command(f"{CLAIM} before {n}", n)
        await discord.up(2)
        for n in range(3):
            await discord.command(f"{CLAIM} meanwhile {n}", n)
            await discord.write(f"<@{BOT}> {CLAIM} meanwhile, and {n}", person(n))
        await left(first)
        for n in range(3):
            await discord.command(f"{CLAIM} after {n}", n)
        await discord.until(lambda: answered_once(discord), 90)
        assert set(discord.faults) <= {"acknowledged twice"}
        await left(second)


async def test_a_shard_that_moved_is_told_where_it_now_lives_what_it_missed(
    places: list[tuple[Path, dict[str, str]]],
) -> None:
    """Its new process loses the connection: Discord replays, and each event is answered once."""
    async with StandIn() as discord, AsyncExitStack() as stack:
        shard = int(guild_id(0)) // 2**22 % 2
        (home, settings), (new_home, new) = places
        serve = ("bot", "--shards", f"{shard}/2")
        giver = await stack.enter_async_context(process(discord, home, *serve, **settings))
        await discord.up()
        taker = await stack.enter_async_context(process(discord, new_home, *serve, **new))
        await discord.up(2)
        both = await discord.command(f"{CLAIM} to both")
        await discord.until(lambda: both.answers, 60)
        await left(giver)
        await discord.drop()
        await discord.until(lambda: discord.connections[1].socket.closed)
        for n in range(3):
            await discord.command(f"{CLAIM} missed {n}", n)
            await discord.write(f"<@{BOT}> {CLAIM} missed, and {n}", person(n))
        await discord.until(lambda: answered_once(discord), 90)
        assert discord.connections[2].ops(6)
        assert set(discord.faults) <= {"acknowledged twice"}
        await left(taker)
