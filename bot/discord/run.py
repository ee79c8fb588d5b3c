"""The bot from start to stop: connects, and leaves in good order when told to."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from typing import Any

import aiohttp
import discord

from bot.discord.client import ReceiptsBot, create_bot
from bot.discord.ports import App
from bot.health import Health
from bot.settings import Settings
from bot.shards import Shards
from bot.work import tenancy
from corpus.errors import InputError, OperationError

log = logging.getLogger(__name__)

PORTAL = "https://discord.com/developers/applications"

# Together well under the 5 seconds that process managers and people are ready to wait.
GRACE = 2.0
FAREWELL = 0.5
CANCELLING = 0.3
LEAVING = 1.2


def token_of(settings: Settings) -> str:
    """The bot's token; InputError says how to get one."""
    token = settings.discord_token
    if token is None or not token.get_secret_value().strip():
        raise InputError(
            f"DISCORD_TOKEN is not set: make an application at {PORTAL}, copy its bot's token, "
            "and set it in the environment or .env; `receipts demo` needs none"
        )
    return token.get_secret_value().strip()


async def run(app: App, health: Health | None = None, shards: Shards | None = None) -> None:
    """Runs until SIGTERM or SIGINT, then returns; tells `health` how it stands with Discord.

    InputError: no token, or one that Discord does not know. OperationError: Discord cannot be
    reached, or refuses the intents.
    """
    token = token_of(app.settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Windows has no handlers in its loop; Ctrl-C raises KeyboardInterrupt there.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    bot = create_bot(app, **_sharding(shards))
    if health is not None:
        health.gateway = bot.is_ready
    try:
        name = f"run-{shards.name}" if shards else "run"
        with tenancy(app.settings.home, app.work.holder, name) as before:
            if before is not None:
                await bot.desk.record(app.work.release, before)
                await bot.desk.record(app.leases.release, before)
                await bot.courier.recover(before)
            await _until(stop, bot, token, health)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def _sharding(shards: Shards | None) -> dict[str, Any]:
    return {} if shards is None else {"shard_ids": shards.ids, "shard_count": shards.of}


async def _until(stop: asyncio.Event, bot: ReceiptsBot, token: str, health: Health | None) -> None:
    running = asyncio.create_task(_start(bot, token))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            log.info("stopping")
            if health is not None:
                health.draining = True
            # New events are then for whoever serves these shards next, or already does.
            await bot.leave_gateway()
            await bot.desk.drain(GRACE, FAREWELL)
            await _cancelled(running)
    finally:
        stopping.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(bot.close(), LEAVING)
        if not stop.is_set():
            await running


async def _cancelled(running: asyncio.Task[None]) -> None:
    """Ends the client's own loop, before its sessions are closed under it.

    While it connects it may take a cancellation for a failure to connect, and wait to try again.
    """
    for _ in range(3):
        running.cancel()
        await asyncio.wait({running}, timeout=CANCELLING)
        if running.done():
            return


async def _start(bot: ReceiptsBot, token: str) -> None:
    try:
        await bot.start(token)
    except discord.LoginFailure as error:
        raise InputError(
            f"Discord does not know this DISCORD_TOKEN: copy it again from {PORTAL} > Bot > Token"
        ) from error
    except discord.PrivilegedIntentsRequired as error:
        raise OperationError(
            f"Discord refuses the message content intent: switch it on at {PORTAL} > Bot > "
            "Privileged Gateway Intents, or unset RECEIPTS_MESSAGE_CONTENT"
        ) from error
    except (aiohttp.ClientError, discord.HTTPException, discord.GatewayNotFound, OSError) as error:
        raise OperationError(
            f"Discord cannot be reached ({error}): check the network and try again"
        ) from error
