"""A simulated Discord with the real bot in it, and a checker that answers as told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import simcord
import sqlalchemy as sa
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.discord.client import ReceiptsBot, create_bot
from bot.ledger import Ledger, open_ledger
from bot.metrics import Metrics
from bot.settings import Settings
from corpus.database import open_engine
from prompts.verdict import CheckResult
from tests.bot.values import result, verdict


@dataclass
class Asked:
    text: str
    as_of: date | None
    guild_id: str | None


@dataclass
class FakeChecker:
    """Answers with `result`, or fails with `error`, after `delay` seconds of simulated time."""

    result: CheckResult | None = None
    error: BaseException | None = None
    delay: float = 0
    asked: list[Asked] = field(default_factory=list)

    async def check(
        self, text: str, *, as_of: date | None = None, guild_id: str | None = None
    ) -> CheckResult:
        self.asked.append(Asked(text, as_of, guild_id))
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        if self.result is not None:
            return self.result
        return result(verdict(id=f"v{len(self.asked)}", claim=text))


@dataclass
class FakeApp:
    settings: Settings
    checker: FakeChecker
    ledger: Ledger
    metrics: Metrics = field(default_factory=Metrics)


def fake_app(engine: sa.Engine, *, message_content: bool = False) -> FakeApp:
    settings = Settings.model_validate({"RECEIPTS_MESSAGE_CONTENT": message_content})
    return FakeApp(settings, FakeChecker(), open_ledger(engine))


class World:
    """One guild with a channel and people, the bot, and its ledger on disk."""

    def __init__(self, folder: Path, *, message_content: bool = False) -> None:
        self.engine = open_engine(f"sqlite:///{folder / 'receipts.db'}")
        self.app = fake_app(self.engine, message_content=message_content)
        self.checker = self.app.checker
        self.now = 0.0
        self.expected_errors = 0
        self.bot = self.new_bot()
        self.env = simcord.Env(self.bot, shard_count=1)

    def new_bot(self) -> ReceiptsBot:
        return create_bot(self.app, clock=lambda: self.now)

    def renewed(self) -> ReceiptsBot:
        """A bot as a new process would make it, over the same ledger."""
        self.bot.desk.close()
        self.bot = self.new_bot()
        return self.bot

    async def start(self) -> None:
        await self.env.start()
        self.guild: GuildHandle = self.env.create_guild("Newsroom")
        self.channel: ChannelHandle = self.guild.create_text_channel("general")
        self.alice: MemberActor = self.guild.add_member(self.env.create_user("alice"))
        self.bob: MemberActor = self.guild.add_member(self.env.create_user("bob"))

    async def stop(self) -> None:
        await self.env.shutdown()
        self.bot.desk.close()
        self.engine.dispose()
        if raised := self.env.errors_since(self.expected_errors):
            raise ExceptionGroup("the bot raised", [e for e in raised if isinstance(e, Exception)])

    @property
    def mention(self) -> str:
        assert self.bot.user is not None
        return self.bot.user.mention

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as db:
            return [tuple(row) for row in db.exec_driver_sql(query)]

    def said(self, channel: ChannelHandle | None = None) -> list[Any]:
        """The bot's own messages in a channel that everybody sees, oldest first."""
        assert self.bot.user is not None
        own = self.bot.user.id
        return [m for m in (channel or self.channel).history() if m.author.id == own]
