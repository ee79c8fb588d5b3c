"""The bot's client: as little access as it needs, one place for what goes wrong, one sync."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord import words
from bot.discord.answers import is_gone
from bot.discord.appealing import AppealButton
from bot.discord.attachments import HOSTS, fetched
from bot.discord.buttons import AgainButton, SourcesButton
from bot.discord.choosing import ReadingButton
from bot.discord.courier import Courier
from bot.discord.desk import Desk
from bot.discord.form import OpenForms, answer_lost_form
from bot.discord.localising import CommandTranslator
from bot.discord.ports import App
from bot.discord.resume import Resumer
from bot.discord.review.case_view import Act
from bot.discord.review.rechecks import Rechecks
from bot.discord.trouble import last_word, speak_to
from bot.review.drafts import Typed

log = logging.getLogger(__name__)

EXTENSIONS = (
    "bot.discord.check",
    "bot.discord.flagging",
    "bot.discord.privacy",
    "bot.discord.review.queue",
    "bot.discord.review.settings",
    "bot.discord.sources",
)

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    read_message_history=True,
)
"""What an invitation asks for."""


def intents_for(message_content: bool) -> discord.Intents:
    """The least that the bot works with: that it is in servers, and that people write to it."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.guild_reactions = True
    intents.message_content = message_content
    return intents


_LEAVING_S = 0.5
_GUILDS_COME_WITHIN_S = 0.5
"""So long after the last server that Discord tells of, the bot is ready. Nothing of a later one is
missed, as READY has named it already. discord.py waits 2 s."""


class Tree(app_commands.CommandTree["ReceiptsBot"]):
    """The commands, and what people read when one fails."""

    async def interaction_check(self, interaction: discord.Interaction[ReceiptsBot], /) -> bool:
        """Speaks to each in their own language; allows all."""
        speak_to(interaction)
        return True

    async def on_error(
        self, interaction: discord.Interaction[ReceiptsBot], error: app_commands.AppCommandError, /
    ) -> None:
        """Answers in whatever state the interaction is in; the log gets what happened."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if interaction.client.is_closed():
            log.info("an interaction came too late to be answered by this process: %s", cause)
            return
        if is_gone(cause):
            log.info("an interaction could not be answered in time: %s", cause)
            return
        incident = secrets.token_hex(4)
        match cause:
            case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
                sentence = words.OLD_COMMAND
            case app_commands.CheckFailure():
                sentence = words.NOT_HERE
            case _:
                sentence = words.failed(cause, incident)
        log.error("a command failed (error %s)", incident, exc_info=cause)
        await last_word(interaction, sentence)


class ReceiptsBot(commands.AutoShardedBot):
    """The client. Nothing it knows would be missed after a restart: that is in the ledger."""

    def __init__(
        self,
        app: App,
        *,
        tree_cls: type[app_commands.CommandTree[Any]] = Tree,
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=tree_cls,
            intents=intents_for(app.settings.message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=_GUILDS_COME_WITHIN_S,
            member_cache_flags=discord.MemberCacheFlags.none(),
            http_trace=app.metrics.trace(),
            max_messages=None,
            **options,
        )
        self.app = app
        self.desk = Desk(app, clock=clock)
        self.courier = Courier(self)
        self.rechecks = Rechecks(self)
        self.case_acts: dict[str, Act] = {}
        """What the buttons of a case do, by name."""
        self.check_again: Callable[[discord.Interaction[Any], str], Awaitable[None]]
        """Checks the claim of a verdict anew; the extension that checks sets it."""
        self.show_reading: Callable[[discord.Interaction[Any], str], Awaitable[None]]
        """Shows the verdict on one way of reading; the extension that checks sets it."""
        self.typed: dict[tuple[int, str], Typed] = {}
        """What a moderator typed that broke a rule, by person and case."""
        self.forms = OpenForms()
        self.desk.changed = self.courier.wake
        self.desk.fetch = partial(fetched, self)
        self.picture_hosts = HOSTS
        """Where pictures may be fetched from."""
        self._resumer = Resumer(self)

    async def setup_hook(self) -> None:
        """Before the gateway: extensions, buttons, commands, and what a crash left behind."""
        await self.tree.set_translator(CommandTranslator())
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        self.add_dynamic_items(SourcesButton, AppealButton, AgainButton, ReadingButton)
        await self._sync_commands()
        await self.begin_rounds()

    async def begin_rounds(self) -> None:
        """From now on looks every few seconds for what is left to do."""
        self._resumer.start()
        await self.courier.start()

    async def end_rounds(self) -> None:
        """Looks no more."""
        self._resumer.stop()
        await self.courier.stop()

    async def on_message(self, message: discord.Message, /) -> None:
        """No commands by text: the check extension listens by itself."""

    async def on_interaction(self, interaction: discord.Interaction[Any], /) -> None:
        """Answers a form that was open when the bot was restarted; all else has its own answer."""
        await answer_lost_form(interaction, self.forms)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Logs what a listener raised."""
        log.exception("%s failed", event_method)

    async def leave_gateway(self) -> None:
        """Hears of nothing more; what runs can still be answered."""
        leaving = [asyncio.ensure_future(shard.disconnect()) for shard in self.shards.values()]
        if leaving:
            await asyncio.wait(leaving, timeout=_LEAVING_S)

    async def close(self) -> None:
        """Leaves Discord."""
        self.rechecks.stop()
        await self.end_rounds()
        await super().close()
        self.desk.close()

    async def _sync_commands(self) -> None:
        """Tells Discord the commands where they differ from what it was last told.

        Never more: a server takes 200 new commands a day, and every sync counts.
        """
        ledger = self.app.ledger
        translator = self.tree.translator
        assert translator is not None
        payload = [
            await command.get_translated_payload(self.tree, translator)
            for command in self.tree.get_commands()
        ]
        told = json.dumps([self.application_id, payload], sort_keys=True, default=str)
        digest = hashlib.sha256(told.encode()).hexdigest()
        if await self.desk.record(ledger.note, "commands") == digest:
            return
        leases = self.app.leases
        if not await self.desk.record(leases.take, "commands"):
            return  # Another process that has just started is telling it.
        try:
            await self.tree.sync()
        except Exception:
            # The bot is of use with the commands that Discord knows already, and by mention.
            log.exception("the commands could not be sent to Discord; the old ones stay")
        else:
            await self.desk.record(ledger.set_note, "commands", digest)
            log.info("Discord was told the commands")
        await self.desk.record(leases.done, "commands")


def create_bot(
    app: App,
    *,
    tree_cls: type[app_commands.CommandTree[Any]] = Tree,
    clock: Callable[[], float] = time.monotonic,
    **options: Any,
) -> ReceiptsBot:
    """The bot of `app`, not yet connected. `options` go to discord.py's client."""
    # It never speaks: that the libraries for it are missing is nothing to warn an operator of.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    return ReceiptsBot(app, tree_cls=tree_cls, clock=clock, **options)
