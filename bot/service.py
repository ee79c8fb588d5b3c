"""The bot as a service: everything loaded before the first person asks, and a sign of life."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.alive import BEAT_S, SignOfLife
from bot.app import App
from bot.discord.run import run, token_of


async def serve(app: App) -> None:
    """Open `app` and run the bot until SIGTERM or SIGINT. Raises as `bot.discord.run.run` does."""
    token_of(app.settings)  # Told before the work of a first start, not after it.
    async with app:
        await asyncio.to_thread(app.warm_up)
        beating = asyncio.create_task(_beat(SignOfLife(app.settings.home)))
        try:
            await run(app)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


async def _beat(sign: SignOfLife) -> None:
    """From inside the event loop, so that a loop which hangs lets the sign grow old."""
    try:
        while True:
            sign.renew()
            await asyncio.sleep(BEAT_S)
    finally:
        sign.remove()
