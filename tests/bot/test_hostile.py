"""A part of the hostile texts; `python -m tests.bot.hostile FILE` runs a file of them."""

from __future__ import annotations

from pathlib import Path

from tests.bot import hostile_discord
from tests.bot.hostile import read, run

SAMPLE = Path(__file__).parents[1] / "data" / "hostile.jsonl"


async def test_nothing_a_text_says_makes_the_bot_do_it(starter_home: Path) -> None:
    rows = read(SAMPLE)
    assert {row["where"] for row in rows} == {"claim", "passage", "thread"}
    assert await run(rows, starter_home) == {}


async def test_nothing_a_text_says_gets_through_discord(starter_home: Path) -> None:
    by_place = {row["where"]: row for row in read(SAMPLE)}
    assert await hostile_discord.run(list(by_place.values()), starter_home) == {}
