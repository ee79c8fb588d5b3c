"""The buttons under a card. They hold the verdict's id alone, so they outlive any restart."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, cast

import discord

from bot.discord import words
from bot.discord.answers import is_gone
from bot.discord.cards import quotes
from bot.ledger import FlagReason
from prompts.verdict import Verdict

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)

FLAG_REASONS: dict[FlagReason, str] = {
    "wrong_label": "The verdict is wrong",
    "misquoted": "A source does not say this",
    "bad_source": "A source is unreliable or out of date",
    "missing": "Something important is missing",
    "harmful": "It could harm someone",
    "other": "Something else",
}
DETAILS_LIMIT = 1000


def buttons(verdict: Verdict, receipt: str | None = None) -> discord.ui.View:
    """The buttons of a verdict's card; `receipt` is the address of its page on the web."""
    view = discord.ui.View(timeout=None)
    if verdict.citations:
        view.add_item(SourcesButton(verdict.id))
    view.add_item(FlagButton(verdict.id))
    if receipt is not None:
        view.add_item(discord.ui.Button(label="Receipt", url=receipt))
    return view


@asynccontextmanager
async def _reported(interaction: discord.Interaction[ReceiptsBot]) -> AsyncIterator[None]:
    """Turns what goes wrong into a private sentence and a line in the log."""
    try:
        yield
    except Exception as error:
        if is_gone(error):
            log.info("a button's interaction is gone: %s", error)
            return
        incident = secrets.token_hex(4)
        log.exception("a button failed (error %s)", incident)
        sentence = words.failed(error, incident)
        try:
            if interaction.response.is_done():
                await interaction.followup.send(sentence, ephemeral=True)
            else:
                await interaction.response.send_message(sentence, ephemeral=True)
        except discord.HTTPException as later:
            log.info("a last word could not be sent: %s", later)


class SourcesButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"receipts:sources:(?P<id>[\w-]{1,64})",
):
    """Shows the quotes, to the one who clicks alone."""

    def __init__(self, verdict_id: str) -> None:
        super().__init__(
            discord.ui.Button(
                label="Sources",
                style=discord.ButtonStyle.primary,
                custom_id=f"receipts:sources:{verdict_id}",
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
        """Answers a click."""
        async with _reported(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            desk = cast("ReceiptsBot", interaction.client).desk
            verdict = await desk.record(desk.ledger.verdict, self.verdict_id)
            if verdict is None:
                await interaction.edit_original_response(content=words.NO_VERDICT)
            elif embeds := quotes(verdict):
                await interaction.edit_original_response(embeds=embeds)
            else:
                await interaction.edit_original_response(content=words.NO_QUOTES)


class FlagButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"receipts:flag:(?P<id>[\w-]{1,64})",
):
    """Asks why the verdict is objected to."""

    def __init__(self, verdict_id: str) -> None:
        super().__init__(
            discord.ui.Button(
                label="Flag",
                style=discord.ButtonStyle.secondary,
                custom_id=f"receipts:flag:{verdict_id}",
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
        """Answers a click; a form is itself the acknowledgement, so nothing may come before it."""
        async with _reported(interaction):
            await interaction.response.send_modal(FlagForm(self.verdict_id, interaction.id))


class FlagForm(discord.ui.Modal, title="Flag this verdict"):
    """Why a person objects to a verdict."""

    reason: discord.ui.Label[Self] = discord.ui.Label(
        text="What is wrong?",
        component=discord.ui.Select(
            custom_id="reason",
            options=[
                discord.SelectOption(label=label, value=value)
                for value, label in FLAG_REASONS.items()
            ],
        ),
    )
    details: discord.ui.Label[Self] = discord.ui.Label(
        text="Anything to add?",
        description="A source that says otherwise helps most.",
        component=discord.ui.TextInput(
            custom_id="details",
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=DETAILS_LIMIT,
        ),
    )

    def __init__(self, verdict_id: str, opened_by: int) -> None:
        # One form an opening: a shared one would mix up two people who fill it in at once.
        super().__init__(custom_id=f"receipts:flagged:{opened_by}", timeout=3600)
        self.verdict_id = verdict_id

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Stores the flag, once a person."""
        async with _reported(interaction):
            chosen = cast("discord.ui.Select[Any]", self.reason.component).values
            details = cast("discord.ui.TextInput[Any]", self.details.component).value
            await interaction.response.defer(ephemeral=True, thinking=True)
            reason = chosen[0] if chosen and chosen[0] in FLAG_REASONS else "other"
            desk = cast("ReceiptsBot", interaction.client).desk
            if await desk.record(desk.ledger.verdict, self.verdict_id) is None:
                await interaction.edit_original_response(content=words.NO_VERDICT)
                return
            new = await desk.record(
                desk.ledger.flag,
                self.verdict_id,
                str(interaction.user.id),
                reason,
                details[:DETAILS_LIMIT],
            )
            await interaction.edit_original_response(
                content=words.FLAGGED if new else words.FLAGGED_BEFORE
            )
