"""The bot as a service: everything loaded before the first person asks, and a sign of life."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

from bot import living, refreshing
from bot.alive import BEAT_S, SignOfLife
from bot.app import App
from bot.discord.run import run, token_of
from bot.health import Health
from bot.schedule import Job, kept
from bot.shards import Shards

log = logging.getLogger(__name__)

TEXTS_EVERY = timedelta(hours=1)
"""How often texts older than a server's days are removed."""


def jobs_of(app: App) -> tuple[Job, ...]:
    """What comes round in an installation, whichever of its processes does it."""

    async def refresh(stop: threading.Event) -> None:
        await asyncio.to_thread(refreshing.refresh, app.library, stop.is_set)

    async def keep_up(_stop: threading.Event) -> None:
        await app.living.round()

    async def shorten(_stop: threading.Event) -> None:
        if blanked := await asyncio.to_thread(app.review.privacy.blank_old_texts):
            log.info("removed the text of %d checks that were old enough", blanked)

    return (
        Job("sources", refreshing.EVERY, refresh),
        Job("living verdicts", living.EVERY, keep_up),
        Job("old texts", TEXTS_EVERY, shorten),
    )


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
        await stack.enter_async_context(kept(app.leases, jobs_of(app)))
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
