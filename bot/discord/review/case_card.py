"""The live card of a case in the review channel: posted once, then edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.discord.review.case_embeds import short
from bot.discord.review.case_view import channel_view
from bot.review.case_cards import DueCard
from bot.translated import speaking
from prompts.language import nearest

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

_GONE = frozenset({10003, 10008})


async def post(bot: ReceiptsBot, due: DueCard) -> None:
    """Posts the card, or edits it; discord.HTTPException where it cannot be done."""
    desk, review = bot.desk, bot.app.review
    dossier = await desk.record(review.cases.for_channel, due.guild_id, due.case_id)
    if dossier is None:
        return
    speaking.set(await _language(bot, due.guild_id))
    embed, view = short(dossier), channel_view(dossier.case)
    place = bot.get_partial_messageable(int(due.channel_id))
    if due.message_id is not None:
        try:
            await place.get_partial_message(int(due.message_id)).edit(
                content=None, embed=embed, view=view
            )
        except discord.NotFound as error:
            if error.code not in _GONE:
                raise
            await desk.record(review.cards.gone, due)
        else:
            await desk.record(review.cards.shown, due, due.message_id)
        return
    # Discord takes a nonce once: a card whose posting was not heard of is not posted again.
    message = await place.send(embed=embed, view=view, nonce=due.case_id)
    await desk.record(review.cards.shown, due, str(message.id))


async def _language(bot: ReceiptsBot, home: str) -> str:
    """What moderators of a server are spoken to in where all can read it: what it has chosen, else
    what it is set to in Discord."""
    chosen = (await bot.desk.record(bot.app.review.settings.get, home)).language
    guild = bot.get_guild(int(home))
    return nearest(chosen or (str(guild.preferred_locale) if guild else None))
