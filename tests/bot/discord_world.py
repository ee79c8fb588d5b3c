"""A simulated Discord with the real bot in it, and a checker that answers as told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import simcord
import sqlalchemy as sa
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.checker import Checked, Examined
from bot.discord.client import ReceiptsBot, create_bot
from bot.leases import Leases
from bot.ledger import Ledger, open_ledger
from bot.memory import Memory
from bot.metrics import Metrics
from bot.quotas import Quotas
from bot.review.decisions import Rerun
from bot.review.review import Review
from bot.review.values import Making
from bot.screenshots import Screenshots
from bot.settings import Settings
from bot.work import Work, new_holder
from corpus.database import open_engine
from corpus.model import Passage, Source
from prompts.context import Trace
from prompts.verdict import CheckResult, Verdict
from tests.bot.values import REPORT, citation, result, verdict

SIMULATED_CDN = "cdn.simcord.invalid"


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

    threads: list[tuple[str, ...]] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)
    making: Making = field(default_factory=Making)

    memory: Memory | None = None

    async def examine(
        self,
        text: str,
        *,
        as_of: date | None = None,
        guild_id: str | None = None,
        user_id: str | None = None,
        thread: Sequence[str] = (),
        recall: bool = True,
        language: str | None = None,
    ) -> Examined:
        self.languages.append(language)
        self.threads.append(tuple(thread))
        if self.memory is not None and recall:
            known = await asyncio.to_thread(self.memory.recall, text, guild_id)
            if (served := known.served) is not None:
                return Examined(result(served.verdict), {}, served={served.verdict.id: served})
        self.asked.append(Asked(text, as_of, guild_id))
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        found = self.result or result(verdict(id=f"v{len(self.asked)}", claim=text))
        ways = [one for choice in found.choices for one in choice.verdicts]
        given = (*found.verdicts, *ways)
        steps = {one.id: [{"step": "verdict", "at_ms": 1, "notes": ["cut"]}] for one in given}
        return Examined(found, {one.id: self.making for one in given}, steps=steps)


@dataclass
class FakeApp:
    settings: Settings
    checker: FakeChecker
    ledger: Ledger
    review: Review
    work: Work
    quotas: Quotas
    leases: Leases
    metrics: Metrics = field(default_factory=Metrics)
    shelf: Any = None
    screenshots: Screenshots = field(default_factory=Screenshots)
    again: list[tuple[str, Rerun, str | None]] = field(default_factory=list)
    new_draft: Verdict | BaseException | None = None

    async def recheck(self, claim: str, how: Rerun, *, guild_id: str | None = None) -> Checked:
        """Answers with `new_draft`, under an id of its own."""
        self.again.append((claim, how, guild_id))
        if isinstance(self.new_draft, BaseException):
            raise self.new_draft
        made = self.new_draft or verdict(claim=claim)
        made = made.model_copy(update={"id": f"again-{secrets.token_hex(4)}"})
        return Checked(made, (), (), Trace(), Making(notes=("checked again",)))


def passages(ids: Sequence[str]) -> dict[str, Passage]:
    """Those that the verdicts of `values` cite: each says what it is cited for."""
    source = Source(
        id=REPORT.id,
        title=REPORT.title,
        publisher=REPORT.publisher,
        published=REPORT.published,
        url=REPORT.url,
        kind=REPORT.kind,
    )
    quote = citation().quote
    text = f"{quote} The rest of the passage says more of it."
    return {id_: Passage(id_, source, text, 0, len(text)) for id_ in ids}


def fake_app(
    engine: sa.Engine,
    *,
    message_content: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FakeApp:
    settings = Settings.model_validate({"RECEIPTS_MESSAGE_CONTENT": message_content})
    work = Work(engine, new_holder(), now=now)
    ledger = open_ledger(engine, now=now, holder=work.holder)
    return FakeApp(
        settings,
        FakeChecker(),
        ledger,
        Review(engine, passages, now=now),
        work,
        Quotas(now=now),
        Leases(engine, work.holder, now=now),
    )


class World:
    """One guild with a channel and people, the bot, and its ledger on disk."""

    def __init__(
        self, folder: Path, *, message_content: bool = False, settle_timeout: float = 5.0
    ) -> None:
        self.engine = open_engine(f"sqlite:///{folder / 'receipts.db'}")
        self.time = 0.0
        self.app = fake_app(self.engine, message_content=message_content, now=self.clock)
        self.checker = self.app.checker
        self.now = 0.0
        self.expected_errors = 0
        self.bot = self.new_bot()
        self.env = simcord.Env(self.bot, shard_count=1, settle_timeout=settle_timeout)

    def clock(self) -> datetime:
        """The time by which the ledger and the review go: now, and `time` seconds more."""
        return datetime.now(UTC) + timedelta(seconds=self.time)

    def new_bot(self) -> ReceiptsBot:
        bot = create_bot(self.app, clock=lambda: self.now)
        bot.picture_hosts = bot.picture_hosts | {SIMULATED_CDN}
        return bot

    def renewed(self) -> ReceiptsBot:
        """A bot as a new process would make it, over the same ledger."""
        self.bot.desk.close()
        self.app.work.release()
        self.app.work = Work(self.engine, new_holder(), now=self.clock)
        self.app.ledger = open_ledger(self.engine, now=self.clock, holder=self.app.work.holder)
        self.app.leases = Leases(self.engine, self.app.work.holder, now=self.clock)
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

    async def until_nothing_waits(self) -> None:
        """Lets time pass until every recorded check is closed."""
        for _ in range(30):
            await self.env.advance_time(1)
            if not self.rows("SELECT 1 FROM checks WHERE status = 'running'"):
                return
        raise AssertionError("a check was not gone on with")

    def set_checks(self, assignment: str) -> None:
        """Changes every recorded check, as time or a crash would."""
        with self.engine.begin() as db:
            db.exec_driver_sql(f"UPDATE checks SET {assignment}")

    def said(self, channel: ChannelHandle | None = None) -> list[Any]:
        """The bot's own messages in a channel that everybody sees, oldest first."""
        assert self.bot.user is not None
        own = self.bot.user.id
        return [m for m in (channel or self.channel).history() if m.author.id == own]
