"""A verdict that was shown many times is put right everywhere, within Discord's rate limits.

The judged size: REVIEW_APPEARANCES=500 in the environment. Discord's limit of 5 edits in 5 seconds
is held at a fiftieth of the time, so that 500 take ten seconds and not eight minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.ledger import Request, open_ledger
from bot.review.appearances import Shown
from bot.review.review import Review
from bot.review.values import Actor, FlagReason, Refused
from corpus.database import open_engine
from prompts.verdict import Label
from tests.bot.discord_stand_in import BOT_USER, CHANNEL, GUILD, StandIn
from tests.bot.discord_world import passages
from tests.bot.test_black_box import process
from tests.bot.test_review_black_box import WAITING, rows
from tests.bot.values import citation, verdict

APPEARANCES = int(os.environ.get("REVIEW_APPEARANCES", "40"))
LIMIT = (5, 0.1)
FIRST = 5000000000000000000


def shown_and_withdrawn(home: Path) -> None:
    """One verdict in many messages of many people, which a moderator has just withdrawn."""
    engine = open_engine(f"sqlite:///{home / 'receipts.db'}")
    ledger = open_ledger(engine)
    review = Review(engine, passages)
    made = verdict(id="often", label=Label.REFUTED, citations=(citation(1),))
    ledger.begin(Request("1", made.claim, "slash", "7", GUILD, CHANNEL))
    ledger.keep("1", [made], {made.id: ("p1", "p2")})
    ledger.finish("1", "done")
    for n in range(APPEARANCES):
        review.appearances.add(
            GUILD, Shown(made.id, str(FIRST + n), CHANNEL, "channel", str(7 + n), None)
        )
    moderator = Actor("9", GUILD, manage_messages=True)
    flagged = review.flags.add(Actor("8", GUILD), GUILD, made.id, FlagReason.WRONG_VERDICT)
    assert not isinstance(flagged, Refused)
    done = review.decisions.withdraw(moderator, GUILD, flagged.case.id, "It was another year.")
    assert not isinstance(done, Refused), done
    engine.dispose()


def message(n: int) -> dict[str, Any]:
    old = {"title": "Refuted", "type": "rich", "description": "> It cost $5.5M"}
    return {"id": str(FIRST + n), "embeds": [old]}


async def test_every_appearance_is_corrected_once_and_no_limit_is_run_into(tmp_path: Path) -> None:
    shown_and_withdrawn(tmp_path)
    async with StandIn(limit=LIMIT) as discord:
        for n in range(APPEARANCES):
            discord.messages[str(FIRST + n)] = discord._message(author=BOT_USER) | message(n)
        async with process(discord, tmp_path):
            await discord.up()
            # Meanwhile people are served as ever.
            asked = await discord.command("It cost $6 million")

            def corrected() -> list[str]:
                return [
                    one.path.rpartition("/")[2]
                    for one in discord.seen
                    if one.method == "PATCH" and "Withdrawn" in json.dumps(one.body)
                ]

            await discord.until(lambda: len(set(corrected())) == APPEARANCES, 240)
            await discord.until(lambda: asked.answers, 60)
            assert asked.waited < 3
            async with asyncio.timeout(240):
                while rows(tmp_path, WAITING):  # noqa: ASYNC110 - it is the database that is waited for
                    await asyncio.sleep(0.5)
        edits = Counter(corrected())
        assert set(edits) == {str(FIRST + n) for n in range(APPEARANCES)}
        # A request that came too early is sent again by discord.py, and counted by Discord.
        assert sum(edits.values()) <= APPEARANCES + discord.limited
        assert discord.limited <= 2 + APPEARANCES // 20
        moments = [one.at for one in discord.seen if one.method == "PATCH"]
        assert all(a <= b for a, b in pairwise(moments))
        for n in range(APPEARANCES):
            (embed,) = discord.messages[str(FIRST + n)]["embeds"]
            assert embed["title"] == "Withdrawn" and "~~Refuted~~" in embed["description"]
        # Everybody had asked, and everybody is told once.
        replies = Counter(
            str(one["message_reference"]["message_id"])
            for one in discord.own_messages()
            if one.get("message_reference")
        )
        assert replies == dict.fromkeys(edits, 1)
        assert discord.faults == []
    states = Counter(rows(tmp_path, "SELECT kind, state FROM corrections"))
    assert states == {("edit", "done"): APPEARANCES, ("reply", "done"): APPEARANCES}
