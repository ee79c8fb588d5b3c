"""The bot as a process, from outside: its HTTP, its gateway, its start and its stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.labels import LABELS
from tests.bot.discord_stand_in import BOT, TOKEN, StandIn, person

ROOT = Path(__file__).parents[2]
CLAIM = "It cost $5.5M"
HOSTILE = "@everyone <@&123> [x](https://evil.example) ``` discord.gg/abc \u202e"


@asynccontextmanager
async def process(
    stand_in: StandIn, home: Path, kind: str = "stand-in-checker", *arguments: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot's process, its log in `home`; killed at the end if it is still there."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = kept | {
        "HOME": str(home),
        "RECEIPTS_HOME": str(home),
        "DISCORD_TOKEN": TOKEN,
        "STAND_IN": stand_in.base,
        "STAND_IN_GATEWAY": stand_in.gateway,
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    log = (home / "bot.log").open("ab")
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bot.launch",
        kind,
        *arguments,
        cwd=home,
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        log.close()
        # pytest shows this where a test fails.
        sys.stdout.write((home / "bot.log").read_text())


async def stopped(started: asyncio.subprocess.Process) -> float:
    """Tells the process to stop, and the seconds that it took."""
    begun = time.perf_counter()
    started.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(started.wait(), 10) == 0
    return time.perf_counter() - begun


async def test_twenty_at_once_are_acknowledged_within_a_second_and_answered(
    tmp_path: Path,
) -> None:
    async with StandIn() as discord, process(discord, tmp_path, CHECK_SECONDS="0.3") as bot:
        await discord.up()
        asked = [await discord.command(f"{CLAIM} {HOSTILE} {n}", n) for n in range(20)]
        await discord.until(lambda: all(one.answers for one in asked))
        assert max(one.waited for one in asked) < 1.0
        assert all(one.ack is not None and one.ack["type"] == 5 for one in asked)
        assert all(one.answers[0]["embeds"][0]["title"] == "Misleading" for one in asked)

        message = asked[0].answers[0]
        sources = await discord.click(
            message, message["components"][0]["components"][0]["custom_id"]
        )
        await discord.until(lambda: sources.answers)
        assert sources.answers[0]["embeds"][0]["description"].startswith("[1] Speaks against")
        flag = await discord.click(message, message["components"][0]["components"][1]["custom_id"])
        await discord.until(lambda: flag.ack)
        assert flag.ack is not None and flag.ack["type"] == 9
        assert discord.faults == []
        assert await stopped(bot) < 5.0
        assert discord.connections[-1].close_code == 1000


async def test_it_speaks_where_it_is_asked_and_nowhere_else(tmp_path: Path) -> None:
    async with StandIn() as discord, process(discord, tmp_path) as bot:
        await discord.up()
        identify = discord.connections[0].ops(2)[0]["d"]
        assert identify["intents"] == 1 | 1 << 9 | 1 << 10 | 1 << 12
        await discord.write(CLAIM)
        await discord.write(f"<@{BOT}> {CLAIM}", {**person(2), "bot": True})
        await discord.write(f"<@{BOT}> {CLAIM}", webhook_id="77")
        await discord.write(f"@everyone <@{BOT}> {CLAIM}", mention_everyone=True)
        await discord.write("A reply that pings", mentions=[{"id": BOT, "username": "x"}], type=19)
        edited = discord.messages[await discord.write("Nothing")]
        await discord.emit("MESSAGE_UPDATE", edited | {"content": f"<@{BOT}> {CLAIM}"})
        question = await discord.write(f"<@{BOT}> {CLAIM} {HOSTILE}")
        await discord.until(lambda: any(m["embeds"] for m in discord.own_messages()))
        (answer,) = discord.own_messages()
        assert str(answer["message_reference"]["message_id"]) == question
        assert discord.faults == []
        assert await stopped(bot) < 5.0


async def test_a_dropped_gateway_is_resumed_and_what_was_missed_is_answered(
    tmp_path: Path,
) -> None:
    async with StandIn() as discord, process(discord, tmp_path) as bot:
        await discord.up()
        await discord.until(lambda: discord.connections[0].ops(1))
        await discord.drop()
        await discord.until(lambda: discord.connections[0].socket.closed)
        missed = await discord.command(CLAIM)
        await discord.until(lambda: len(discord.connections) > 1)
        await discord.up()
        (resume,) = discord.connections[1].ops(6)
        assert resume["d"]["session_id"] == "session-1" and resume["d"]["seq"] >= 2
        assert not discord.connections[1].ops(2)
        await discord.until(lambda: missed.answers)
        again = await discord.command(CLAIM)
        await discord.until(lambda: again.answers)
        assert discord.faults == []
        assert await stopped(bot) < 5.0


async def test_what_stopping_leaves_the_next_start_answers(tmp_path: Path) -> None:
    async with StandIn() as discord:
        async with process(discord, tmp_path, CHECK_SECONDS="60") as bot:
            await discord.up()
            asked = await discord.command(CLAIM)
            await discord.write(f"<@{BOT}> {CLAIM} 2")
            await discord.until(lambda: asked.ack and discord.own_messages())
            assert await stopped(bot) < 5.0
        assert not asked.answers
        async with process(discord, tmp_path) as bot:
            await discord.until(lambda: asked.answers)
            await discord.until(lambda: all(m["embeds"] for m in discord.own_messages()))
            commands = [seen for seen in discord.seen if seen.path.endswith("/commands")]
            assert len(commands) == 1
            assert await stopped(bot) < 5.0
        assert discord.faults == []


async def test_no_kill_loses_or_doubles_an_answer(tmp_path: Path) -> None:
    async with StandIn() as discord:
        asked = []
        for _ in range(3):
            async with process(discord, tmp_path, CHECK_SECONDS="0.2") as bot:
                await discord.up_again()
                least = discord.acknowledged() + 3
                asked += [await discord.command(f"{CLAIM} {n}", n) for n in range(6)]
                asked_by_mention = len(discord.questions)
                for n in range(asked_by_mention, asked_by_mention + 3):
                    await discord.write(f"<@{BOT}> {CLAIM} {n}", person(n))
                await discord.until(lambda least=least: discord.acknowledged() >= least)
                bot.kill()
                await bot.wait()
        async with process(discord, tmp_path) as bot:
            await discord.until(discord.nothing_waits, 60)
            assert await stopped(bot) < 5.0
        # One that a kill came before is tried all the same: it may have been acknowledged.
        assert set(discord.faults) <= {"answered before it was acknowledged"}
        for one in asked:
            if one.ack is not None:
                assert len(one.answers) == 1 and one.answers[0]["embeds"]


async def failure(started: asyncio.subprocess.Process, home: Path) -> tuple[int, str]:
    """How a process that cannot start ends: its status and its last line."""
    status = await asyncio.wait_for(started.wait(), 30)
    lines = (home / "bot.log").read_text().strip().splitlines()
    assert not any(line.startswith("Traceback") for line in lines)
    return status, lines[-1]


async def test_without_a_token_it_says_what_to_do(tmp_path: Path) -> None:
    async with StandIn() as discord:
        async with process(discord, tmp_path, "no-warm-up", DISCORD_TOKEN="") as bot:
            status, line = await failure(bot, tmp_path)
        assert status == 2 and "DISCORD_TOKEN is not set" in line and "receipts demo" in line
        assert discord.seen == []


async def test_a_token_that_discord_does_not_know_is_named(tmp_path: Path) -> None:
    async with (
        StandIn(known_token=False) as discord,
        process(discord, tmp_path, "no-warm-up") as bot,
    ):
        status, line = await failure(bot, tmp_path)
        assert status == 2 and "does not know this DISCORD_TOKEN" in line
        assert TOKEN not in (tmp_path / "bot.log").read_text()


async def test_an_intent_that_discord_refuses_is_named(tmp_path: Path) -> None:
    async with (
        StandIn(close_on_identify=4014) as discord,
        process(discord, tmp_path, "no-warm-up", RECEIPTS_MESSAGE_CONTENT="1") as bot,
    ):
        status, line = await failure(bot, tmp_path)
        assert status == 1 and "RECEIPTS_MESSAGE_CONTENT" in line


async def test_a_discord_that_cannot_be_reached_is_said_to_be(tmp_path: Path) -> None:
    async with StandIn() as discord:
        discord.base = "http://127.0.0.1:9/api/v10"
        async with process(discord, tmp_path, "no-warm-up") as bot:
            status, line = await failure(bot, tmp_path)
        assert status == 1 and "cannot be reached" in line


async def test_the_whole_bot_answers_twenty_at_once_from_its_starter_corpus(
    starter_home: Path,
) -> None:
    claims = ["DeepSeek cost $5.5M", "Nvidia lost $589 billion in one day", "The Moon is cheese"]
    async with StandIn() as discord, process(discord, starter_home, "bot") as bot:
        await discord.up()
        asked = [await discord.command(claims[n % 3], n, as_of="2025-12") for n in range(20)]
        await discord.until(lambda: all(one.answers for one in asked), 120)
        assert max(one.waited for one in asked) < 1.0
        for one in asked:
            (embed,) = one.answers[0]["embeds"]
            assert embed["title"] in LABELS.values()
            assert "as of 31 Dec 2025" in embed["footer"]["text"]
        assert discord.faults == []
        assert await stopped(bot) < 5.0
        assert discord.connections[-1].close_code == 1000
