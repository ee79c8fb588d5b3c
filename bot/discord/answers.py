"""Where an answer is put: an interaction's response, or a reply to a message.

Both show at once that work is under way, then turn that sign into the answer. Every send goes out
without mentions; permissions are looked at before a send, and a refusal is never retried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import discord

from bot.discord import words
from corpus.errors import OperationError

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
TOKEN_DEAD = frozenset({10015, 50027})
_ACKNOWLEDGED = 40060
_GONE = frozenset({10003, 10004, 10008, 10062, _ACKNOWLEDGED})
_NOT_ALLOWED = frozenset({50001, 50007, 50013, 50083, 160002, 160005})
BLOCKED_LINK = 240000

# A token that dies while the request is on its way costs the answer.
MARGIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Card:
    """An embed and the buttons under it."""

    embed: discord.Embed
    view: discord.ui.View | None = None


class Answer(Protocol):
    """A place for the answer to one request."""

    async def open(self) -> int | None:
        """Shows that work is under way; the id of the message that does, where one was made."""
        ...

    async def show(self, cards: Sequence[Card]) -> list[int]:
        """Puts the cards, the first in place of the sign of work; the messages' ids."""
        ...

    async def say(self, sentence: str) -> None:
        """Puts a sentence in place of the sign of work."""
        ...

    async def withdraw(self) -> None:
        """Takes the sign of work away."""
        ...


def is_gone(error: BaseException) -> bool:
    """Whether what was to be answered, or the answer itself, has been deleted."""
    return isinstance(error, discord.HTTPException) and error.code in _GONE


def is_acknowledged(error: BaseException) -> bool:
    """Whether an interaction could not be acknowledged because it had been."""
    return isinstance(error, discord.HTTPException) and error.code == _ACKNOWLEDGED


def is_refused(error: BaseException) -> bool:
    """Whether Discord does not let the bot write there."""
    return isinstance(error, discord.Forbidden) or (
        isinstance(error, discord.HTTPException) and error.code in _NOT_ALLOWED
    )


class InteractionAnswer:
    """Answers a deferred interaction, in its channel where the token has died meanwhile."""

    def __init__(
        self, interaction: discord.Interaction[Any], response_id: int | None = None
    ) -> None:
        """`response_id` is the id of the deferred response, where Discord has told it."""
        self._interaction = interaction
        self._response_id = response_id
        self._begun = False

    async def open(self) -> int | None:
        """The interaction shows it by itself since it was deferred."""
        return self._response_id

    async def show(self, cards: Sequence[Card]) -> list[int]:
        """Edits the first card in, sends the others after it."""
        return [await self._put(card.embed, card.view) for card in cards]

    async def say(self, sentence: str) -> None:
        """Edits a sentence in."""
        await self._put(None, None, sentence)

    async def withdraw(self) -> None:
        """Deletes the response."""
        await self._interaction.delete_original_response()

    async def _put(
        self, embed: discord.Embed | None, view: discord.ui.View | None, text: str | None = None
    ) -> int:
        interaction = self._interaction
        sent: dict[str, Any] = {"content": text} if text else {"embed": embed}
        if view is not None:
            sent["view"] = view
        if discord.utils.utcnow() + MARGIN < interaction.expires_at:
            try:
                return await self._respond(sent)
            except discord.HTTPException as error:
                if error.code not in TOKEN_DEAD:
                    raise
        return await self._send(sent)

    async def _respond(self, sent: dict[str, Any]) -> int:
        if self._begun:
            return (await self._interaction.followup.send(wait=True, **sent)).id
        message = await self._interaction.edit_original_response(**sent)
        self._begun = True
        return message.id

    async def _send(self, sent: dict[str, Any]) -> int:
        """Without the token only a bot that is in the server, or the private chat, can write."""
        interaction = self._interaction
        channel = interaction.channel
        here = interaction.guild_id is None or interaction.client.get_guild(interaction.guild_id)
        if not here or not isinstance(channel, discord.abc.Messageable):
            raise UnreachableError("its token has died and the bot is not in that server")
        if interaction.guild_id is not None and not may_write(interaction.app_permissions, channel):
            raise UnreachableError("its token has died and the bot may not write in that channel")
        return (await channel.send(**sent)).id


class UnreachableError(OperationError):
    """There is no way left to put an answer where it was asked for."""


class MessageAnswer:
    """Answers a message with a reply."""

    def __init__(self, message: discord.Message) -> None:
        self._message = message
        self._reply: discord.Message | None = None

    def may(self) -> discord.Permissions:
        """What the bot may do in the message's channel; everything where nothing is known."""
        guild, channel = self._message.guild, self._message.channel
        if guild is None or guild.me is None:
            return discord.Permissions.all()
        try:
            return channel.permissions_for(guild.me)
        except discord.ClientException:
            # A thread whose channel is not cached: Discord has the last word.
            return discord.Permissions.all()

    def may_write(self) -> bool:
        """Whether the bot may answer here at all."""
        return may_write(self.may(), self._message.channel)

    async def open(self) -> int | None:
        """Replies that it is checking."""
        await self.say(words.CHECKING)
        return self._reply.id if self._reply else None

    async def say(self, sentence: str) -> None:
        """Replies with a sentence, or edits it into the reply."""
        if self._reply is None:
            self._reply = await self._send(content=sentence)
        else:
            await self._reply.edit(content=sentence, embed=None, view=None)

    async def show(self, cards: Sequence[Card]) -> list[int]:
        """Edits the first card into the reply, sends the others after it."""
        first, *others = cards
        if self._reply is None:
            self._reply = await self._send(**as_sent(first))
        else:
            await self._reply.edit(content=None, embed=first.embed, view=first.view)
        # With a nonce, Discord sends the same answer once, also after a crash half-way.
        sent = [
            await self._message.channel.send(nonce=f"{self._message.id}.{n}", **as_sent(card))
            for n, card in enumerate(others, 1)
        ]
        return [self._reply.id, *(message.id for message in sent)]

    async def withdraw(self) -> None:
        """Deletes the reply."""
        if self._reply is not None:
            await self._reply.delete()

    async def _send(self, **sent: Any) -> discord.Message:
        # Discord answers 160002 to a reply where the channel's history may not be read.
        if self.may().read_message_history:
            sent["reference"] = self._message.to_reference(fail_if_not_exists=False)
            sent["mention_author"] = False
        return await self._message.channel.send(nonce=str(self._message.id), **sent)


def as_sent(card: Card) -> dict[str, Any]:
    """A card as the arguments of a send."""
    return {"embed": card.embed} | ({"view": card.view} if card.view else {})


def may_write(permissions: discord.Permissions, channel: object) -> bool:
    """Whether these permissions let the bot write in this channel."""
    if not permissions.view_channel:
        return False
    if isinstance(channel, discord.Thread):
        return permissions.send_messages_in_threads
    return permissions.send_messages
