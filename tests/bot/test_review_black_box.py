"""Moderators at random, all at once, on a bot that is killed as it works: from outside.

The judged size: REVIEW_CASES=200 and REVIEW_KILLS=20 in the environment; REVIEW_SEED draws anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from bot.ledger import open_ledger
from bot.review.review import Review
from bot.review.values import Actor
from corpus.database import open_engine
from tests.bot.discord_stand_in import CHANNEL, GUILD, StandIn
from tests.bot.discord_world import passages
from tests.bot.test_black_box import process

CASES = int(os.environ.get("REVIEW_CASES", "6"))
KILLS = int(os.environ.get("REVIEW_KILLS", "1"))
SEED = int(os.environ.get("REVIEW_SEED", "7"))
MODERATORS = (1, 2, 3)
WAIT_S = int(os.environ.get("REVIEW_WAIT_S", "120"))
WAITING = "SELECT 1 FROM corrections WHERE state IN ('pending', 'leased')"


def prepare(home: Path) -> None:
    """A server where every verdict becomes a case, with its cards in the one channel there is."""
    engine = open_engine(f"sqlite:///{home / 'receipts.db'}")
    open_ledger(engine)
    owner = Actor("1", GUILD, manage_guild=True)
    changes: dict[str, object] = {
        "min_confidence": 1.0,
        "review_channel": CHANNEL,
        "checks_an_hour": 1000,
    }
    Review(engine, passages).settings.change(owner, GUILD, changes)
    engine.dispose()


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    engine = open_engine(f"sqlite:///{home / 'receipts.db'}")
    with engine.connect() as db:
        found = [tuple(row) for row in db.exec_driver_sql(query)]
    engine.dispose()
    return found


def cards(discord: StandIn) -> dict[str, tuple[dict[str, Any], str]]:
    """By case, its card and the version of the case that the card shows."""
    found = {}
    for message in discord.own_messages():
        told = re.search(r"receipts:case:open:(\w+):(\d+)", json.dumps(message["components"]))
        if told:
            found[told[1]] = (message, told[2])
    return found


def over(home: Path) -> int:
    return len(rows(home, "SELECT 1 FROM cases WHERE state IN ('decided', 'closed')"))


async def moderate(discord: StandIn, number: int, seed: int) -> None:
    """One moderator, who opens cases at random and presses what is there without looking twice."""
    draw = random.Random(seed)
    while True:
        await asyncio.sleep(draw.uniform(0.05, 0.3))
        shown = list(cards(discord).items())
        if not shown:
            continue
        case, (message, version) = draw.choice(shown)
        opened = await discord.click(message, f"receipts:case:open:{case}:{version}", number)
        try:
            await discord.until(lambda: opened.answers, 8)  # noqa: B023
        except TimeoutError:
            continue  # The bot was killed meanwhile.
        view = opened.answers[0]
        there = re.findall(r'"(receipts:(?:case|more):[^"]+)"', json.dumps(view["components"]))
        wanted = [one for one in there if ":more:" not in one and _pressed(one)] + [
            one for one in there if ":more:" in one
        ]
        if not wanted:
            continue
        what = draw.choice(wanted)
        if ":more:" in what:
            await discord.choose(view, what, "close_opinion", number)
        else:
            await discord.click(view, what, number)


def _pressed(custom_id: str) -> bool:
    return custom_id.split(":")[2] in {"approve", "assign", "release"}


async def test_nothing_is_decided_twice_lost_or_sent_twice(tmp_path: Path) -> None:
    prepare(tmp_path)
    draw = random.Random(SEED)
    async with StandIn() as discord:
        async with process(discord, tmp_path) as bot:
            await discord.up()
            asked = [await discord.command(f"It cost ${n} million", n % 7) for n in range(CASES)]
            await discord.until(lambda: all(one.answers for one in asked), WAIT_S)
            await discord.until(lambda: len(cards(discord)) == CASES, WAIT_S)
            crowd = [
                asyncio.create_task(moderate(discord, number, SEED + number))
                for number in MODERATORS
            ]
            if KILLS:
                await asyncio.sleep(draw.uniform(0.2, 2))
                bot.kill()
        for kill in range(KILLS):
            async with process(discord, tmp_path) as bot:
                await discord.up_again()
                if kill < KILLS - 1:
                    await asyncio.sleep(draw.uniform(0.2, 3))
                    bot.kill()
                else:
                    await settled(discord, tmp_path, crowd)
        if not KILLS:
            await settled(discord, tmp_path, crowd)
        assert_all_is_right(discord, tmp_path)


async def settled(discord: StandIn, home: Path, crowd: list[asyncio.Task[None]]) -> None:
    """Waits until all is decided and every correction is made."""
    async with asyncio.timeout(WAIT_S * 3):
        while over(home) < CASES:  # noqa: ASYNC110 - it is the database that is waited for
            await asyncio.sleep(1)
        for one in crowd:
            one.cancel()
        while rows(home, WAITING):  # noqa: ASYNC110
            await asyncio.sleep(1)


def assert_all_is_right(discord: StandIn, home: Path) -> None:
    decided = rows(home, "SELECT case_id, count(*) FROM decisions WHERE state='final' GROUP BY 1")
    assert len(decided) == CASES and all(count == 1 for _, count in decided)
    moderators = {str(4000000000000000000 + number) for number in MODERATORS}
    assert {row[0] for row in rows(home, "SELECT actor_id FROM decisions")} <= moderators

    last: dict[str, str] = {}
    log = rows(home, "SELECT seq, case_id, before, after FROM audit_log ORDER BY seq")
    assert [row[0] for row in log] == list(range(1, len(log) + 1))
    for _, case, before, after in log:
        if case is not None and "state" in (to := json.loads(after)):
            assert json.loads(before).get("state") == last.get(case)
            last[case] = to["state"]
    assert last == dict(rows(home, "SELECT id, state FROM cases"))

    shown = rows(home, "SELECT message_id, shown_decision, reachable FROM appearances")
    assert len(shown) == CASES
    for message_id, decision, reachable in shown:
        assert decision is not None and reachable == "yes"
        (embed,) = discord.messages[message_id]["embeds"]
        assert embed["title"] == "Closed" or "Reviewed by" in embed["description"]
    edits = Counter(
        seen.path.rpartition("/")[2]
        for seen in discord.seen
        if seen.method == "PATCH"
        and seen.path.startswith("channels/")
        and "Reviewed by" in json.dumps(seen.body)
    )
    assert all(edits[message_id] <= 1 for message_id, *_ in shown), edits
    replies = Counter(
        message["message_reference"]["message_id"]
        for message in discord.own_messages()
        if message.get("message_reference")
    )
    assert all(count == 1 for count in replies.values())
    assert len(cards(discord)) == CASES
    assert discord.faults == []
