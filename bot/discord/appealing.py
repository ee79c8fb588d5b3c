"""The button with which those whom a published verdict concerns have it looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord

from bot.discord import words
from bot.discord.actors import actor_of, home_of
from bot.discord.form import Form
from bot.discord.trouble import reported
from bot.discord.verdict_button import VerdictButton
from bot.review.appeals import LINK_LIMIT, REASON_LIMIT
from bot.review.values import Refused
from bot.translated import tr

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot


class AppealButton(VerdictButton, act="appeal", label="Appeal"):
    """Asks why a published verdict is wrong."""

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """Answers a click; who may appeal is checked when the form is sent."""
        await interaction.response.send_modal(AppealForm(self.verdict_id, interaction))


class AppealForm(Form):
    """Why, and a source that says otherwise."""

    def __init__(self, verdict_id: str, opened_by: discord.Interaction[Any]) -> None:
        say = words.say()
        super().__init__(say("appeal.title"), opened_by)
        self.reason: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="reason", style=discord.TextStyle.paragraph, max_length=REASON_LIMIT
        )
        self.link: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="link", placeholder="https://…", max_length=LINK_LIMIT
        )
        self.add_item(
            discord.ui.Label(
                text=say("appeal.why"), description=say("appeal.once"), component=self.reason
            )
        )
        self.add_item(discord.ui.Label(text=say("appeal.link"), component=self.link))
        self.verdict_id = verdict_id

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Reopens the case."""
        async with reported(interaction):
            reason, link = self.reason.value, self.link.value
            await interaction.response.defer(ephemeral=True, thinking=True)
            bot = cast("ReceiptsBot", interaction.client)
            done = await bot.desk.record(
                bot.app.review.appeals.add,
                actor_of(interaction),
                home_of(interaction),
                self.verdict_id,
                reason=reason,
                link=link.strip(),
            )
            if isinstance(done, Refused):
                await interaction.edit_original_response(content=tr(done.message))
                return
            bot.courier.wake()
            await interaction.edit_original_response(content=words.APPEALED)
