"""The button with which those whom a published verdict concerns have it looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import discord

from bot.discord import words
from bot.discord.actors import actor_of, home_of
from bot.discord.form import Form
from bot.discord.trouble import reported
from bot.discord.verdict_button import VerdictButton
from bot.review.appeals import LINK_LIMIT, REASON_LIMIT
from bot.review.values import Refused

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot


class AppealButton(VerdictButton, act="appeal", label="Appeal"):
    """Asks why a published verdict is wrong."""

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """Answers a click; who may appeal is checked when the form is sent."""
        await interaction.response.send_modal(AppealForm(self.verdict_id, interaction))


class AppealForm(Form):
    """Why, and a source that says otherwise."""

    reason: discord.ui.Label[Self] = discord.ui.Label(
        text="Why is it wrong?",
        description="You can appeal once; another moderator decides.",
        component=discord.ui.TextInput(
            custom_id="reason", style=discord.TextStyle.paragraph, max_length=REASON_LIMIT
        ),
    )
    link: discord.ui.Label[Self] = discord.ui.Label(
        text="A source that says otherwise",
        component=discord.ui.TextInput(
            custom_id="link", placeholder="https://…", max_length=LINK_LIMIT
        ),
    )

    def __init__(self, verdict_id: str, opened_by: discord.Interaction[Any]) -> None:
        super().__init__("Appeal this verdict", opened_by)
        self.verdict_id = verdict_id

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Reopens the case."""
        async with reported(interaction):
            reason = cast("discord.ui.TextInput[Any]", self.reason.component).value
            link = cast("discord.ui.TextInput[Any]", self.link.component).value
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
                await interaction.edit_original_response(content=done.message)
                return
            bot.courier.wake()
            await interaction.edit_original_response(content=words.APPEALED)
