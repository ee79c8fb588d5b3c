"""Goes on with what a crash or a deploy left unanswered, and holds on to what is under way."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import discord
from discord.ext import tasks

from bot.discord import words
from bot.discord.answers import (
    MARGIN,
    TOKEN_DEAD,
    Card,
    UnreachableError,
    as_sent,
    is_gone,
    is_refused,
    may_write,
)
from bot.discord.desk import Asked
from bot.work import Left
from corpus.errors import CatalogueError

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)

BEAT_S = 5.0
"""How often leases are renewed, and checks that nobody is at are looked for."""
MOST_AT_ONCE = 20
GIVE_UP_AFTER = timedelta(hours=6)
MOST_ATTEMPTS = 5
"""A check that ends its process each time must not do so for ever."""
_TOKEN_LIFE = timedelta(minutes=15)
_ORIGINAL = cast("int", "@original")
"""Discord's name for an interaction's first answer, where a message's id would stand."""


class Resumer:
    """One a process."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self._bot = bot

    def start(self) -> None:
        """Begins once Discord has told of every server."""
        self._beat.start()

    def stop(self) -> None:
        """Takes up nothing more."""
        self._beat.cancel()

    @tasks.loop(seconds=BEAT_S)
    async def _beat(self) -> None:
        desk = self._bot.desk
        try:
            if holding := desk.holding:
                await desk.record(desk.work.renew, holding)
            if desk.closing or desk.busy:
                return
            left = await desk.record(desk.work.claim, MOST_AT_ONCE)
        except CatalogueError as error:
            log.warning("unfinished checks cannot be looked for: %s", error)
            return
        for one in left:
            desk.keep(self._resume(one))

    @_beat.before_loop
    async def _connected(self) -> None:
        await self._bot.wait_until_ready()

    async def _resume(self, left: Left) -> None:
        request, desk = left.request, self._bot.desk
        answer = ResumedAnswer(self._bot, left)
        if left.age > GIVE_UP_AFTER or left.attempts > MOST_ATTEMPTS:
            log.warning("check %s is given up after %s", request.id, left.age)
            try:
                await answer.say(words.INTERRUPTED)
            except (discord.HTTPException, UnreachableError) as error:
                log.info("a last word could not be sent: %s", error)
            await desk.record(desk.ledger.finish, request.id, "interrupted")
            return
        log.info(
            "going on with check %s, asked for %.0f s ago", request.id, left.age.total_seconds()
        )
        await desk.take(Asked.restored(request), answer, begun=True)


class ResumedAnswer:
    """Answers a request of which only its record is left.

    An interaction's answer is edited in while its token lives; after that, and for messages, the
    answer is a reply in the channel, or is edited into the message that says it is being checked.
    """

    def __init__(self, bot: ReceiptsBot, left: Left) -> None:
        self._bot = bot
        self._left = left
        self._placed = int(left.answer_id) if left.answer_id else None
        self._webhook: discord.Webhook | None = None
        if left.request.token is None:
            return
        if left.age + MARGIN < _TOKEN_LIFE:
            assert bot.application_id is not None
            self._webhook = discord.Webhook.partial(
                bot.application_id, left.request.token, client=bot
            )
        else:
            # An interaction's own message can be edited with its token alone.
            self._placed = None

    async def open(self) -> int | None:
        """Says that it is being checked, where nothing says so yet."""
        if self._left.request.token is None and self._placed is None:
            await self._put({"content": words.CHECKING})
        return self._placed

    async def show(self, cards: list[Card] | Any) -> list[int]:
        """Puts the cards, the first in place of the sign of work."""
        first, *others = cards
        shown = [await self._put({"content": None, **as_sent(first)})]
        for n, card in enumerate(others, 1):
            shown.append(await self._send(as_sent(card), nonce=f"{self._left.request.id}.{n}"))
        return shown

    async def say(self, sentence: str) -> None:
        """Puts a sentence in place of the sign of work."""
        await self._put({"content": sentence, "embed": None, "view": None})

    async def withdraw(self) -> None:
        """Takes the sign of work away."""
        if self._webhook is not None:
            await self._webhook.delete_message(self._placed or _ORIGINAL)
        elif self._placed is not None:
            await self._partial(self._placed).delete()

    async def _put(self, sent: dict[str, Any]) -> int:
        if self._webhook is not None:
            try:
                shown = await self._webhook.edit_message(self._placed or _ORIGINAL, **sent)
                return shown.id
            except discord.HTTPException as error:
                # Its token has died, or it was never acknowledged before the crash.
                if error.code not in TOKEN_DEAD and not is_gone(error):
                    raise
                self._webhook = self._placed = None
        if self._placed is not None:
            await self._partial(self._placed).edit(**sent)
            return self._placed
        fresh = {name: value for name, value in sent.items() if value is not None}
        self._placed = await self._send(fresh, nonce=self._left.request.id)
        return self._placed

    async def _send(self, sent: dict[str, Any], *, nonce: str) -> int:
        if self._webhook is not None:
            return (await self._webhook.send(wait=True, **sent)).id
        request = self._left.request
        if request.channel_id is None:
            raise UnreachableError("it is not known where it was asked for")
        channel = self._bot.get_channel(int(request.channel_id))
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            allowed = channel.permissions_for(channel.guild.me)
            if not may_write(allowed, channel):
                raise UnreachableError("the bot may no longer write in that channel")
        elif request.guild_id is not None and self._bot.get_guild(int(request.guild_id)) is None:
            raise UnreachableError("the bot is not in that server")
        place = self._bot.get_partial_messageable(int(request.channel_id))
        if request.token is None:
            sent["reference"] = discord.MessageReference(
                message_id=int(request.id),
                channel_id=int(request.channel_id),
                guild_id=int(request.guild_id) if request.guild_id else None,
                fail_if_not_exists=False,
            )
            sent["mention_author"] = False
        try:
            return (await place.send(nonce=nonce, **sent)).id
        except discord.HTTPException as error:
            if "reference" not in sent or not is_refused(error):
                raise
        # Discord answers 160002 to a reply where the channel's history may not be read.
        del sent["reference"], sent["mention_author"]
        return (await place.send(nonce=nonce, **sent)).id

    def _partial(self, message_id: int) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(int(self._left.request.channel_id or 0))
        return channel.get_partial_message(message_id)
