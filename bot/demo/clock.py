"""The simulation's clock, which stands still by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import simcord

from bot.discord.client import ReceiptsBot


async def set_clock(env: simcord.Env, bot: ReceiptsBot) -> None:
    """Sets it to the time it is. The bot's rounds stand still meanwhile: each one that falls into
    the time between, months at the first time, would be run."""
    behind = (datetime.now(UTC) - env.now()).total_seconds()
    if behind < 1:
        return
    await bot.end_rounds()
    try:
        await env.advance_time(behind)
    finally:
        await bot.begin_rounds()
