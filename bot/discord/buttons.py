"""The buttons under a card. They hold the verdict's id alone, so they outlive any restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord

from bot.discord import words
from bot.discord.appealing import AppealButton
from bot.discord.cards import quotes
from bot.discord.flagging import FlagButton
from bot.discord.verdict_button import VerdictButton
from prompts.language import phrases
from prompts.verdict import Verdict

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot


def buttons(
    verdict: Verdict,
    receipt: str | None = None,
    *,
    appealable: bool = False,
    reused: bool = False,
) -> discord.ui.View:
    """The buttons of a verdict's card; `receipt` is the address of its page on the web."""
    say = phrases(verdict.language)
    view = discord.ui.View(timeout=None)
    if verdict.citations:
        view.add_item(SourcesButton(verdict.id, say("button.sources")))
    view.add_item(FlagButton(verdict.id, say("button.flag")))
    if appealable:
        view.add_item(AppealButton(verdict.id, say("button.appeal")))
    if reused:
        view.add_item(AgainButton(verdict.id, say("button.again")))
    if receipt is not None:
        view.add_item(discord.ui.Button(label=say("button.receipt"), url=receipt))
    return view


class SourcesButton(
    VerdictButton, act="sources", label="Sources", style=discord.ButtonStyle.primary
):
    """Shows the quotes, to the one who clicks alone."""

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """Answers a click."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        desk = cast("ReceiptsBot", interaction.client).desk
        verdict = await desk.record(desk.ledger.verdict, self.verdict_id)
        if verdict is None:
            await interaction.edit_original_response(content=words.NO_VERDICT)
        elif embeds := quotes(verdict):
            await interaction.edit_original_response(embeds=embeds)
        else:
            await interaction.edit_original_response(content=words.NO_QUOTES)


class AgainButton(VerdictButton, act="again", label="Check again"):
    """Checks a claim anew whose published verdict was served."""

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """Asks as if the claim had been given to /check, and past what is remembered."""
        bot = cast("ReceiptsBot", interaction.client)
        await bot.check_again(interaction, self.verdict_id)
