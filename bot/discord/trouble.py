"""What a person hears when a button or form fails: one private sentence; the log has the rest."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord

from bot.discord import words
from bot.discord.answers import is_gone
from prompts.language import nearest

log = logging.getLogger(__name__)


def speak_to(interaction: discord.Interaction[Any]) -> None:
    """From here on in this task, `words` are those of the person's language."""
    words.speaking.set(nearest(str(interaction.locale)))


@asynccontextmanager
async def reported(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Turns what goes wrong into a private sentence and a line in the log.

    Within, the person is spoken to in the language of their Discord.
    """
    speak_to(interaction)
    try:
        yield
    except Exception as error:
        if is_gone(error):
            log.info("an interaction is gone: %s", error)
            return
        incident = secrets.token_hex(4)
        log.exception("an interaction failed (error %s)", incident)
        await last_word(interaction, words.failed(error, incident))


async def last_word(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Says something in private, in whatever state the interaction is."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as later:
        log.info("a last word could not be sent: %s", later)
