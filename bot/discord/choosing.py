"""Asking back where words can be meant in two ways: one button for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord

from bot.discord import words
from bot.discord.answers import Card
from bot.discord.escape import plain
from bot.discord.verdict_button import VerdictButton
from prompts.verdict import Choice

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

_LABEL = 80
"""Characters of a button, at most."""


def choice_card(choice: Choice) -> Card:
    """The question, and the buttons that answer it."""
    ways = "\n".join(f"- {plain(verdict.claim, 300)}" for verdict in choice.verdicts)
    embed = discord.Embed(
        title=words.WHICH, description=f"> {plain(choice.text, 300)}\n\n{words.TWO_WAYS}\n{ways}"
    )
    view = discord.ui.View(timeout=None)
    for verdict in choice.verdicts:
        claim = verdict.claim
        label = claim if len(claim) <= _LABEL else f"{claim[: _LABEL - 1]}…"
        view.add_item(ReadingButton(verdict.id, label))
    return Card(embed, view)


class ReadingButton(VerdictButton, act="reading", style=discord.ButtonStyle.primary):
    """Shows the verdict on one way of reading."""

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """Answers a click with the verdict that was made for this reading."""
        bot = cast("ReceiptsBot", interaction.client)
        await bot.show_reading(interaction, self.verdict_id)
