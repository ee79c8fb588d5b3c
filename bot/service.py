"""The bot as a service: everything loaded before the first person asks, and a sign of life."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress

from bot.alive import BEAT_S, SignOfLife
from bot.app import App
from bot.discord.run import run, token_of
from bot.health import Health
from bot.living import kept_living
from bot.refreshing import kept_fresh
from bot.retention import kept_short
from bot.shards import Shards


async def serve(app: App, shards: Shards | None = None) -> None:
    """Open `app` and run the bot until SIGTERM or SIGINT. Raises as `bot.discord.run.run` does.

    `shards`: those of this process; None: all there are.
    """
    token_of(app.settings)  # Told before the work of a first start, not after it.
    async with app, AsyncExitStack() as stack:
        health = Health(app)
        if (port := app.settings.http_port) is not None:
            from bot.web.pages import served

            await stack.enter_async_context(served(app, health, app.settings.http_host, port))
        await asyncio.to_thread(app.warm_up)
        if shards is None or shards.first == 0:
            # Of many processes one is enough.
            await stack.enter_async_context(kept_fresh(app.library))
            await stack.enter_async_context(kept_living(app.living))
            await stack.enter_async_context(kept_short(app.review.privacy))
        health.models = True
        beating = asyncio.create_task(_beat(app, SignOfLife(app.settings.home)))
        try:
            await run(app, health, shards)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


async def _beat(app: App, sign: SignOfLife) -> None:
    """From inside the event loop, so that a loop which hangs lets the sign grow old."""
    try:
        while True:
            sign.renew()
            await asyncio.sleep(BEAT_S)
            # A Chroma server that was away may be back; until then every vector is searched.
            await asyncio.to_thread(app.open_index)
    finally:
        sign.remove()
