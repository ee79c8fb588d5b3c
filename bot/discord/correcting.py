"""One correction sent to Discord, and what came of it in the review's words."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.discord.answers import BLOCKED_LINK, Card
from bot.discord.cards import without_links
from bot.discord.shown import Standing, given, taken_back, told
from bot.review.corrections import Correction, Outcome
from bot.review.tables import PRIVATE
from bot.translated import later
from prompts.language import language_of, nearest
from prompts.verdict import Verdict

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_GONE = frozenset({10003, 10008})
_ARCHIVED = 50083
_LOCKED = 160005
_SAID = later({
    10003: "its channel is gone",
    10008: "the message is gone",
    50001: "I may not see that channel: allow me View Channel there",
    50007: "private messages from me are closed",
    50013: "a permission is missing: allow me Send Messages, Embed Links and Read Message History",
    _ARCHIVED: "the thread is archived and locked: unlock it",
    _LOCKED: "the thread is locked: unlock it",
})  # fmt: skip
_LOOKED_BACK = timedelta(minutes=5)
_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one correction."""

    outcome: Outcome
    problem: str = ""
    message_id: str | None = None
    """Of a reply."""
    retry_after: timedelta | None = None


async def send(bot: ReceiptsBot, correction: Correction) -> Sent:
    """Edits the message, or replies to it. What goes wrong is an outcome, never a raise."""
    if correction.channel_id is None:
        return Sent("forbidden", later("its channel is not known"))
    channel = bot.get_channel(int(correction.channel_id))
    if problem := _shut_out(channel):
        return Sent("forbidden", problem)
    try:
        return await _sent(bot, correction)
    except discord.RateLimited as error:
        return Sent(
            "failed", later("rate limited"), retry_after=timedelta(seconds=error.retry_after)
        )
    except discord.HTTPException as error:
        return _refused(error)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Sent("failed", f"{type(error).__name__}: {error}"[:200])


def _shut_out(channel: object) -> str | None:
    """What the bot knows to be in the way, so that Discord is not asked in vain."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return None
    me = channel.guild.me
    try:
        may = channel.permissions_for(me) if me is not None else None
    except discord.ClientException:
        return None
    if may is not None and not may.view_channel:
        return later("the bot may not see that channel")
    return None


async def _sent(bot: ReceiptsBot, correction: Correction) -> Sent:
    assert correction.channel_id is not None
    place = bot.get_partial_messageable(int(correction.channel_id))
    message = place.get_partial_message(int(correction.message_id))
    if correction.kind == "reply":
        return await _reply(bot, correction, message)
    home = None if correction.guild_id == PRIVATE else correction.guild_id
    verdict = correction.verdict
    receipt = await bot.desk.receipt(verdict.id, home) if verdict else None
    card = corrected(correction, receipt)
    if correction.uncertain and await _reads(message, card):
        return Sent("done")
    try:
        await _edit(message, card)
    except discord.HTTPException as error:
        if error.code == BLOCKED_LINK and correction.verdict is not None:
            await _edit(message, corrected(correction, receipt, without_links(correction.verdict)))
        elif error.code == _ARCHIVED and await _opened(bot, int(correction.channel_id)):
            await _edit(message, card)
        else:
            raise
    return Sent("done")


def corrected(correction: Correction, receipt: str | None, verdict: Verdict | None = None) -> Card:
    """What the message is to show."""
    verdict = verdict or correction.verdict
    standing = Standing(
        decision=correction.decision,
        outcome=correction.outcome,
        changes=correction.changes,
        elsewhere=correction.elsewhere,
    )
    about = correction.source_link or None
    if verdict is None:
        language = nearest(language_of(correction.claim))
        return taken_back(correction.claim, standing, about=about, language=language)
    left_out = correction.left_out or None
    return given(verdict, standing, about=about, left_out=left_out, receipt=receipt)


async def _edit(message: discord.PartialMessage, card: Card) -> None:
    await message.edit(content=None, embed=card.embed, view=card.view)


async def _reads(message: discord.PartialMessage, card: Card) -> bool:
    """Whether an edit that may have got through did."""
    try:
        found = await message.fetch()
    except discord.Forbidden:
        return False
    wanted = (card.embed.title, card.embed.description)
    return wanted in [(embed.title, embed.description) for embed in found.embeds]


async def _opened(bot: ReceiptsBot, channel_id: int) -> bool:
    """Whether an archived thread could be opened again: one that is locked stays shut."""
    thread = await bot.fetch_channel(channel_id)
    if not isinstance(thread, discord.Thread) or thread.locked:
        return False
    await thread.edit(archived=False)
    return True


async def _reply(bot: ReceiptsBot, correction: Correction, message: discord.PartialMessage) -> Sent:
    old = correction.changes[-1] if correction.changes else None
    text = told(
        correction.claim,
        old.old if old else None,
        correction.decision.new_label,
        correction.decision.reason,
        nearest(language_of(correction.claim)),
    )
    if correction.asker_id:
        text = f"<@{correction.asker_id}> {text}"
    if correction.uncertain and (found := await _found(bot, correction, message, text)):
        return Sent("done", message_id=found)
    reference = discord.MessageReference(
        message_id=message.id, channel_id=message.channel.id, fail_if_not_exists=False
    )
    sent = await message.channel.send(
        text,
        reference=reference,
        mention_author=False,
        suppress_embeds=True,
        # Discord takes a nonce once, so a reply that got through is not sent again.
        nonce=correction.id,
    )
    return Sent("done", message_id=str(sent.id))


async def _found(
    bot: ReceiptsBot, correction: Correction, message: discord.PartialMessage, text: str
) -> str | None:
    """The id of a reply that an earlier try has left, where the channel can be read."""
    assert bot.user is not None
    history: Any = message.channel.history(
        after=correction.first_tried_at - _LOOKED_BACK, limit=_LOOKED_AT, oldest_first=True
    )
    try:
        async for other in history:
            reference = other.reference
            if (
                other.author.id == bot.user.id
                and reference is not None
                and reference.message_id == message.id
                and other.content == text
            ):
                return str(other.id)
    except discord.HTTPException as error:
        log.info("channel %s cannot be looked through: %s", correction.channel_id, error)
    return None


def _refused(error: discord.HTTPException) -> Sent:
    why = _SAID.get(error.code, error.text or str(error.status))
    problem = f"{why} ({error.code or error.status})"[:200]
    if error.code in _GONE:
        return Sent("gone", problem)
    if error.code in {_ARCHIVED, _LOCKED}:
        return Sent("locked", problem)
    if isinstance(error, discord.Forbidden):
        return Sent("forbidden", problem)
    return Sent("failed", problem)
