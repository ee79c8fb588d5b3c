"""The courier: brings to Discord what the review owes it, corrections and the cards of cases.

Everything owed is in the database; what is sent and when is decided there. The courier sends one
thing at a time in a channel, tells what came of it, and never retries by itself: discord.py waits
out rate limits, the review decides on the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import tasks

from bot.discord.correcting import send
from bot.discord.review.case_card import post
from bot.review.corrections import Correction

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)

EVERY_S = 30.0
_SWEEP, _SWEPT_EVERY = "job review", timedelta(seconds=EVERY_S - 5)
_CHANNELS_AT_ONCE = 4
_BATCH = 20


class Pump:
    """Runs `work` whenever it is woken: never twice at once, and once more if woken meanwhile."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._woken = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There may be something to do."""
        self._woken = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Breaks off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        while self._woken:
            self._woken = False
            try:
                await self._work()
            except Exception:
                log.exception("the courier failed; it tries again in %.0f s", EVERY_S)


class Courier:
    """Sends for one process."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self._bot = bot
        self._corrections = Pump(self._correct)
        self._cards = Pump(self._post_cards)
        self._channels = asyncio.Semaphore(_CHANNELS_AT_ONCE)
        self._name = bot.app.leases.holder

    def _mine(self, home: str) -> bool:
        """Whether this process speaks for that server; what is private goes to the first shard."""
        if self._bot.shard_ids is None or self._bot.shard_count is None:
            return True
        shard = (int(home) >> 22) % self._bot.shard_count if home.isdigit() else 0
        return shard in self._bot.shard_ids

    async def start(self) -> None:
        """Looks from time to time from now on."""
        self._look.start()

    async def recover(self, dead: str) -> None:
        """Takes up what a process that is no more had begun."""
        corrections, record = self._bot.app.review.corrections, self._bot.desk.record
        for guild in await record(corrections.guilds_held, dead):
            await record(corrections.recover, guild, dead)

    async def stop(self) -> None:
        """Breaks off; what was begun is looked into at the next start."""
        self._look.cancel()
        await self._corrections.stop()
        await self._cards.stop()

    def wake(self) -> None:
        """The review has changed."""
        self._cards.wake()
        self._corrections.wake()

    @tasks.loop(seconds=EVERY_S)
    async def _look(self) -> None:
        await self._bot.wait_until_ready()
        try:
            await self._sweep()
            await self._bot.rechecks.resume()
        except Exception:
            log.exception("the queue could not be swept")
        self.wake()

    async def _sweep(self) -> None:
        """Wakes snoozed cases and takes back those that nobody has touched."""
        app, record = self._bot.app, self._bot.desk.record
        cases, leases = app.review.cases, app.leases
        if not await record(leases.take, _SWEEP):
            return
        for guild in await record(cases.guilds_waiting):
            await record(cases.sweep, guild)
        await record(leases.done, _SWEEP, _SWEPT_EVERY)

    async def _correct(self) -> None:
        corrections = self._bot.app.review.corrections
        due = await self._bot.desk.record(corrections.guilds_due)
        guilds = [guild for guild in due if self._mine(guild)]
        await asyncio.gather(*(self._correct_in(guild) for guild in guilds))
        if guilds:
            self._cards.wake()

    async def _correct_in(self, guild: str) -> None:
        desk, corrections = self._bot.desk, self._bot.app.review.corrections
        while found := await desk.record(corrections.claim, guild, self._name, _BATCH):
            channels: dict[str | None, list[Correction]] = {}
            for correction in found:
                channels.setdefault(correction.channel_id, []).append(correction)
            await asyncio.gather(*(self._send_all(some) for some in channels.values()))

    async def _send_all(self, found: list[Correction]) -> None:
        """One after the other, as they are for one channel."""
        corrections = self._bot.app.review.corrections
        async with self._channels:
            for correction in found:
                sent = await send(self._bot, correction)
                await self._bot.desk.record(
                    corrections.finish,
                    correction.guild_id,
                    correction.id,
                    self._name,
                    sent.outcome,
                    problem=sent.problem,
                    sent_id=sent.message_id,
                    retry_after=sent.retry_after,
                )

    async def _post_cards(self) -> None:
        desk, cards = self._bot.desk, self._bot.app.review.cards
        while due := await desk.record(cards.due):
            mine = [card for card in due if self._mine(card.guild_id)]
            if not mine:
                return
            for card in mine:
                try:
                    await post(self._bot, card)
                except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                    log.warning("the card of case %s cannot be shown: %s", card.case_id, error)
                    await desk.record(cards.failed, card, str(error)[:200])
