"""A small simulated Discord server with people, a channel, a thread, and the bot in it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import discord
import simcord
from simcord.backend.errors import SetupError
from simcord.builders import ChannelHandle
from simcord.preview import Preview

from bot.demo.clock import set_clock
from bot.discord.client import create_bot
from bot.discord.ports import App
from bot.discord.words import MENU

BOT = "Receipts"

CHANNEL_TALK = (
    ("bob", "So the whole thing was trained for pocket money: DeepSeek cost $5.5M."),
    ("carol", "And it is better too: R1 beats o1 on every benchmark."),
)
THREAD_TALK = ("bob", "Nvidia lost more market value that day than any company before.")

LONGEST_CHECK = 200.0
"""Seconds that an action may take: a language model on a small machine is slow."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that somebody can open the menu of."""

    id: int
    author: str
    text: str


_CDN = "cdn.simcord.invalid"
"""Where the simulated Discord keeps pictures."""


class Town:
    """The simulated server. One place of it is on view at a time."""

    def __init__(self, app: App) -> None:
        self._bot = create_bot(app)
        self._bot.picture_hosts = self._bot.picture_hosts | {_CDN}
        self._env = simcord.Env(
            self._bot, shard_count=1, check_errors=False, settle_timeout=LONGEST_CHECK
        )
        self._busy = asyncio.Lock()
        self.places: dict[str, ChannelHandle] = {}
        self.place = ""
        self.preview: Preview | None = None

    async def __aenter__(self) -> Self:
        await self._env.start()
        try:
            await self._settle_in()
            await self.go("#news")
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._leave()

    async def go(self, place: str) -> None:
        """Puts another place on view. KeyError where there is none of that name."""
        channel = self.places[place]
        async with self._busy:
            if self.preview is not None:
                await self.preview.close()
            viewers: list[Any] = [self._alice.user]
            if channel.guild is not None:
                viewers = [self._alice, *self._others.values()]
            preview = self._env.preview(channel, viewers=viewers, layout="channel")
            self.preview = await preview.__aenter__()
            self.place = place

    def recent(self) -> list[Said]:
        """What people wrote last in the place on view, newest first."""
        own = self._bot_id
        messages = self.places[self.place].history(viewer=self._viewer)
        return [
            Said(
                message.id,
                message.author.display_name,
                message.content.replace(f"<@{own}>", f"@{BOT}"),
            )
            for message in reversed(messages)
            if message.content and message.author.id != own
        ][:8]

    async def use_menu(self, message_id: int) -> None:
        """Opens a message's menu as Alice and chooses "Check this claim"."""
        channel = self.places[self.place]
        async with self._busy:
            await set_clock(self._env, self._bot)
            found = [m for m in channel.history(viewer=self._viewer) if m.id == message_id]
            if not found:
                raise KeyError(message_id)
            # A person's private chat has no verb for message menus in the simulation.
            await self._alice.context_menu(channel, MENU, found[0])
            if self.preview is not None:
                await self.preview.refresh()

    async def catch_up(self) -> None:
        """Sets the simulation's clock, which stands still by itself, for what happens next."""
        async with self._busy:
            # What is under way ends at the time it began at.
            with suppress(SetupError):
                await set_clock(self._env, self._bot)

    def as_typed(self, text: str) -> str:
        """`text` as Discord's own client sends it, where typing @Receipts makes a mention."""
        return text.replace(f"@{BOT}", f"<@{self._bot_id}>")

    @property
    def has_menu(self) -> bool:
        """Whether messages in the place on view have the menu."""
        return self.places[self.place].guild is not None

    @property
    def _bot_id(self) -> int:
        assert self._bot.user is not None
        return self._bot.user.id

    @property
    def _viewer(self) -> Any:
        return self._alice if self.has_menu else self._alice.user

    async def _settle_in(self) -> None:
        env = self._env
        assert self._bot.user is not None
        await self._bot.user.edit(username=BOT)
        # This Discord is new, and knows no command, whatever another run left on record.
        await self._bot.tree.sync()
        # Its clock starts on a fixed day, and people expect today's.
        await set_clock(self._env, self._bot)
        guild = env.create_guild("Receipts demo")
        news = guild.create_text_channel("news", topic="Claims go round here.")
        self._alice = guild.add_member(env.create_user("alice", global_name="Alice"))
        self._others = {
            name: guild.add_member(env.create_user(name, global_name=name.title()))
            for name in ("bob", "carol")
        }
        said = [await self._others[name].send(news, text) for name, text in CHANNEL_TALK]
        channel = self._bot.get_channel(news.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.create_thread(name="market-talk", message=discord.Object(said[-1].id))
        (thread,) = news.threads
        name, text = THREAD_TALK
        await self._others[name].send(thread, text)
        self.places = {
            "#news": news,
            "market-talk (thread)": thread,
            "Private message": self._alice.user.dm_channel,
        }

    async def _leave(self) -> None:
        if self.preview is not None:
            await self.preview.close()
        await self._bot.end_rounds()
        await self._env.shutdown()
        self._bot.desk.close()
