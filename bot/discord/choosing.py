"""Asking back where words can be meant in two ways: one button for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, cast

import discord

from bot.discord import words
from bot.discord.answers import Card
from bot.discord.escape import plain
from bot.discord.trouble import reported
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
        view.add_item(ReadingButton(verdict.id, verdict.claim))
    return Card(embed, view)


class ReadingButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"receipts:reading:(?P<id>[\w-]{1,64})",
):
    """Shows the verdict on one way of reading."""

    def __init__(self, verdict_id: str, claim: str = "") -> None:
        label = claim if len(claim) <= _LABEL else f"{claim[: _LABEL - 1]}…"
        super().__init__(
            discord.ui.Button(
                label=label or "?",
                style=discord.ButtonStyle.primary,
                custom_id=f"receipts:reading:{verdict_id}",
            )
        )
        self.verdict_id = verdict_id

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button of that verdict."""
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answers a click with the verdict that was made for this reading."""
        async with reported(interaction):
            bot = cast("ReceiptsBot", interaction.client)
            await bot.show_reading(interaction, self.verdict_id)
