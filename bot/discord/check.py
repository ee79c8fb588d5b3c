"""Asking for a check: the command, the message menu, a mention, a private message."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import cast

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.discord import words
from bot.discord.answers import (
    InteractionAnswer,
    MessageAnswer,
    is_acknowledged,
    is_gone,
    is_refused,
)
from bot.discord.attachments import address_of, picture_of
from bot.discord.client import ReceiptsBot
from bot.discord.desk import Asked
from bot.discord.question import Aim, Question, read_question, readable_text
from bot.ledger import Origin, Request
from bot.quotas import OverQuotaError
from bot.review.appearances import address
from bot.review.values import Place
from bot.screenshots import PictureError
from corpus.errors import ReceiptsError
from corpus.model import parse_past_date
from prompts.language import language_of, nearest
from prompts.verdict import Verdict

log = logging.getLogger(__name__)

_PATIENCE = 0.5
"""Seconds that a request's record may take before it is acknowledged all the same."""

_FURTHEST_EAST = timedelta(hours=14)
"""Where a day begins first: whoever asks may be there."""

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
BOTH_INSTALLS = app_commands.AppInstallationType(guild=True, user=True)


async def setup(bot: commands.Bot) -> None:
    """Loads this extension."""
    await bot.add_cog(CheckCog(cast(ReceiptsBot, bot)))


class CheckCog(commands.Cog):
    """The four ways to ask."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(
            name=words.MENU,
            callback=self.check_message,
            allowed_contexts=EVERYWHERE,
            allowed_installs=BOTH_INSTALLS,
        )

    async def cog_load(self) -> None:
        """Adds the message menu, which a cog does not do by itself."""
        self.bot.tree.add_command(self.menu)
        self.bot.check_again = partial(self._answer_again, is_made=False)
        self.bot.show_reading = partial(self._answer_again, is_made=True)

    async def cog_unload(self) -> None:
        """Takes it away again."""
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)

    @app_commands.command(name="check", description="Check a claim against sources, with quotes.")
    @app_commands.describe(
        claim="The claim to check, in plain words",
        as_of="Use only sources published by then: 2025, 2025-02 or 2025-02-05",
        picture="A screenshot to check with the claim. A screenshot alone: Apps > Check this claim",
    )
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def check(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        claim: str,
        as_of: str | None = None,
        picture: discord.Attachment | None = None,
    ) -> None:
        """The command."""
        try:
            day = _day(as_of)
        except ValueError:
            await interaction.response.send_message(words.BAD_DATE, ephemeral=True)
            return
        await self._answer(
            interaction, "slash", claim.strip(), words.HOW_TO, as_of=day, picture=picture
        )

    async def check_message(
        self, interaction: discord.Interaction[ReceiptsBot], message: discord.Message
    ) -> None:
        """The message menu."""
        assert self.bot.user is not None
        if message.author.id == self.bot.user.id:
            await interaction.response.send_message(words.OWN_MESSAGE, ephemeral=True)
            return
        await self._answer(
            interaction,
            "menu",
            readable_text(message),
            words.NO_TEXT,
            about=message,
            picture=picture_of(message),
        )

    async def _answer(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        origin: Origin,
        text: str,
        if_empty: str,
        *,
        as_of: date | None = None,
        about: discord.Message | None = None,
        chosen: Verdict | None = None,
        picture: discord.Attachment | None = None,
    ) -> None:
        """Acknowledges within the time that Discord gives, once the request is on record."""
        desk = self.bot.desk
        if not desk.first_sight(interaction.id):
            return
        address, refusal = self._address(picture, text)
        refusal = refusal or self._refusal(text or address or "", if_empty)
        if refusal is None and (often := desk.limiter.ask(interaction.user.id)):
            refusal = words.slow_down(desk.limiter.most, desk.limiter.window, often.wait)
        if refusal is not None:
            await interaction.response.send_message(refusal, ephemeral=True)
            return
        request = Request(
            id=str(interaction.id),
            text=text,
            origin=origin,
            user_id=str(interaction.user.id),
            guild_id=_text(interaction.guild_id),
            channel_id=_text(interaction.channel_id),
            token=interaction.token,
        )
        asked = Asked(
            request,
            place_of(interaction.channel),
            about=about.jump_url if about else None,
            author_id=str(about.author.id) if about else None,
            parent_id=parent_of(interaction.channel),
            thread=_thread_of(about) if about else (),
            chosen=chosen,
            as_of=as_of,
            picture=address,
        )
        # Recorded first, so that nothing acknowledged is lost; but Discord waits 3 seconds.
        beginning = asyncio.ensure_future(desk.begin(asked))
        await asyncio.wait({beginning}, timeout=_PATIENCE)
        if beginning.done() and not beginning.cancelled():
            if error := beginning.exception():
                await interaction.response.send_message(_not_begun(error), ephemeral=True)
                return
            if not beginning.result():
                return
        response_id = None
        try:
            deferred = await interaction.response.defer(thinking=True)
            response_id = deferred.message_id if deferred else None
            desk.metrics.acknowledged.observe(_age(interaction))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            if not is_acknowledged(error):
                # Nobody waits for an answer: Discord has said that the bot did not respond.
                desk.keep(self._forgotten(beginning, request))
                raise
            # Another process heard of it as well, and was first. Whoever has it on record answers.
            log.info("interaction %s is acknowledged already", interaction.id)
        answer = InteractionAnswer(interaction, response_id)
        if await _begun(beginning, answer):
            await desk.take(asked, answer, begun=True)

    async def _forgotten(self, beginning: asyncio.Future[bool], request: Request) -> None:
        """Closes a request that could not be acknowledged, once it is on record."""
        with suppress(ReceiptsError):
            if await beginning:
                await self.bot.desk.forget(request)

    async def _answer_again(
        self, interaction: discord.Interaction[ReceiptsBot], verdict_id: str, *, is_made: bool
    ) -> None:
        """The button under a verdict that was published before it was asked for; or, where
        `is_made`, for one of two ways of reading, whose verdict is there already."""
        desk = self.bot.desk
        verdict = await desk.record(desk.ledger.verdict, verdict_id)
        claim = verdict.claim if verdict else ""
        chosen = verdict if is_made else None
        await self._answer(interaction, "again", claim, words.NO_VERDICT, chosen=chosen)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Mentions and private messages; edits never come here."""
        assert self.bot.user is not None
        question = read_question(message, self.bot.user.id)
        words.speaking.set(nearest(language_of(question.text if question else "")))
        if question is None or not self.bot.desk.first_sight(message.id):
            return
        answer = MessageAnswer(message)
        if not answer.may_write():
            log.info("asked in channel %s, where the bot may not write", message.channel.id)
            return
        try:
            await self._reply(message, question, answer)
        except discord.HTTPException as error:
            if not is_gone(error) and not is_refused(error):
                raise
            log.info("message %s cannot be answered: %s", message.id, error)

    async def _reply(
        self, message: discord.Message, question: Question, answer: MessageAnswer
    ) -> None:
        desk = self.bot.desk
        often = desk.limiter.ask(message.author.id)
        if often is not None:
            if often.first:
                limit = desk.limiter
                await answer.say(words.slow_down(limit.most, limit.window, often.wait))
            return
        text, problem, about, author = question.text, None, None, None
        picture = picture_of(message)
        if question.aim is Aim.NOTHING and picture is None:
            problem = words.HOW_TO if message.guild else words.HOW_TO_DM
        elif question.aim is Aim.REPLIED and picture is None:
            target, problem = await self._replied_to(message, answer)
            text = readable_text(target) if target else ""
            picture = picture_of(target) if target else None
            author = str(target.author.id) if target else None
            about = _replied_address(message)
        address, refusal = self._address(picture, text)
        problem = problem or refusal or self._refusal(text or address or "", words.NO_TEXT)
        if problem is None and not answer.may().embed_links:
            problem = words.NO_CARDS
        if problem is not None:
            await answer.say(problem)
            return
        request = Request(
            id=str(message.id),
            text=text,
            origin="mention" if message.guild else "dm",
            user_id=str(message.author.id),
            guild_id=str(message.guild.id) if message.guild else None,
            channel_id=str(message.channel.id),
        )
        asked = Asked(
            request,
            "reply" if message.guild else "dm",
            about=about,
            author_id=author,
            parent_id=parent_of(message.channel),
            thread=_thread_of(message) if question.aim is Aim.TEXT else (),
            picture=address,
        )
        try:
            new = await desk.begin(asked)
        except OverQuotaError as error:
            if desk.limiter.tell(error.scope, message.author.id):
                await answer.say(words.over_quota(error))
            return
        except ReceiptsError as error:
            await answer.say(_not_begun(error))
            return
        if new:
            await desk.take(asked, answer, begun=True)

    async def _replied_to(
        self, message: discord.Message, answer: MessageAnswer
    ) -> tuple[discord.Message | None, str | None]:
        """The message replied to, or why it cannot be checked."""
        assert self.bot.user is not None
        reference = message.reference
        target = reference.resolved if reference else None
        if isinstance(target, discord.DeletedReferencedMessage):
            return None, words.MESSAGE_GONE
        if isinstance(target, discord.Message) and target.author.id == self.bot.user.id:
            return None, words.OWN_MESSAGE
        if message.guild is not None and not self.bot.intents.message_content:
            return None, words.HOW_TO_REPLY
        if target is None and reference is not None and reference.message_id is not None:
            if not answer.may().read_message_history:
                return None, words.HOW_TO_REPLY
            try:
                target = await message.channel.fetch_message(reference.message_id)
            except discord.HTTPException:
                return None, words.MESSAGE_GONE
        return (target, None) if target else (None, words.MESSAGE_GONE)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Whoever deletes the question wants no answer."""
        self.bot.desk.cancel(event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """The same, for many at once."""
        for message_id in event.message_ids:
            self.bot.desk.cancel(message_id)

    def _refusal(self, text: str, if_empty: str) -> str | None:
        """Why this text is not checked, as far as that shows without looking at what it says."""
        desk = self.bot.desk
        if desk.closing:
            return words.STOPPING
        if desk.busy:
            return words.BUSY
        if not text:
            return if_empty
        return words.too_long(len(text)) if len(text) > words.LONGEST_TEXT else None

    def _address(
        self, picture: discord.Attachment | None, text: str
    ) -> tuple[str | None, str | None]:
        """Where the picture is, or why it is not read; words beside it are checked without it."""
        if picture is None:
            return None, None
        try:
            return address_of(picture, self.bot.picture_hosts), None
        except PictureError as error:
            return None, None if text else words.picture(error.why)


def _day(as_of: str | None) -> date | None:
    """The last day that `as_of` may mean; ValueError where it is no date, or is to come."""
    if as_of is None or not as_of.strip():
        return None
    return parse_past_date(as_of, (discord.utils.utcnow() + _FURTHEST_EAST).date())


def _thread_of(message: discord.Message) -> tuple[str, ...]:
    """What `message` replies to, where Discord sent it along: the asker sees it beside it."""
    target = message.reference.resolved if message.reference else None
    text = readable_text(target) if isinstance(target, discord.Message) else ""
    return (text,) if text else ()


async def _begun(beginning: asyncio.Future[bool], answer: InteractionAnswer) -> bool:
    """Whether it is this process that has the request on record; says so where nobody has."""
    try:
        return await beginning
    except ReceiptsError as error:
        await answer.say(_not_begun(error))
    return False


def _not_begun(error: BaseException) -> str:
    """Why a request is not taken."""
    if isinstance(error, OverQuotaError):
        return words.over_quota(error)
    log.warning("a check could not be recorded: %s", error)
    return words.NOT_NOW


def _age(interaction: discord.Interaction[ReceiptsBot]) -> float:
    """Seconds since Discord made it, by this machine's clock."""
    return max(0.0, (discord.utils.utcnow() - interaction.created_at).total_seconds())


def _text(snowflake: int | None) -> str | None:
    return None if snowflake is None else str(snowflake)


def place_of(channel: object) -> Place:
    """What kind of place a channel is, for the record of where a verdict is shown."""
    if isinstance(channel, discord.Thread):
        return "thread"
    return "dm" if isinstance(channel, discord.DMChannel | discord.GroupChannel) else "channel"


def parent_of(channel: object) -> str | None:
    """The id of the channel that a thread belongs to."""
    return str(channel.parent_id) if isinstance(channel, discord.Thread) else None


def _replied_address(message: discord.Message) -> str | None:
    """The address of the message replied to; a reference by itself does not know its server."""
    reference = message.reference
    if reference is None:
        return None
    place = str(message.guild.id) if message.guild else "@me"
    return address(place, str(reference.channel_id), str(reference.message_id))
