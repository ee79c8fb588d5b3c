"""`/sources`: a server's own sources, for those who manage it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.escape import clean, plain, width
from bot.translated import later, say, tr
from corpus.errors import ReceiptsError
from corpus.tiers import SHOWN

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot
    from corpus.records import SourceRecord
    from retrieval.ingest import Ingested

R = TypeVar("R")

LONGEST = 1_900
_REASONS = 5
NOT_YOURS = later("Only those who may manage this server can look after its sources.")
EMPTY = later(
    "This server has no sources of its own yet. Add a page, feed or PDF with /sources add."
)
BUSY = later("This server's sources are being read already. Please try again when that is done.")


async def setup(bot: commands.Bot) -> None:
    """Loads this extension."""
    await bot.add_cog(SourcesCog(cast("ReceiptsBot", bot)))


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SourcesCog(
    commands.GroupCog, group_name="sources", group_description="This server's own sources."
):
    """Acknowledges, calls, renders. One reading at a time a server."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self.bot = bot
        self._reading: set[int] = set()

    @app_commands.command(description="Read in a page, PDF, feed or sitemap for this server.")
    @app_commands.describe(url="Its address, beginning with https://")
    async def add(self, interaction: discord.Interaction[ReceiptsBot], url: str) -> None:
        """Fetches and reads it in."""
        guild_id, user_id = str(interaction.guild_id), str(interaction.user.id)
        await self._read(
            interaction, lambda: self.bot.app.shelf.add(guild_id, url.strip(), user_id)
        )

    @app_commands.command(description="Fetch this server's own sources again, where they changed.")
    async def refresh(self, interaction: discord.Interaction[ReceiptsBot]) -> None:
        """Fetches them."""
        guild_id = str(interaction.guild_id)
        await self._read(interaction, lambda: self.bot.app.shelf.refresh(guild_id))

    @app_commands.command(name="list", description="This server's own sources, with their ids.")
    async def list_(self, interaction: discord.Interaction[ReceiptsBot]) -> None:
        """Shows them to whoever asked."""
        if not await self._may(interaction):
            return
        guild_id = str(interaction.guild_id)
        records, feeds = await asyncio.to_thread(self.bot.app.shelf.held, guild_id)
        lines = [f"`{feed.id}` {feed.form}: {plain(feed.url, 150)}" for feed in feeds]
        lines += [_line(record) for record in records]
        await interaction.edit_original_response(content=_fitted(lines) or tr(EMPTY))

    @app_commands.command(description="Keep a source out of later verdicts; stop reading a feed.")
    @app_commands.describe(source="Its id, from /sources list", reason="Why, for the record")
    async def retract(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        source: str,
        reason: app_commands.Range[str, 1, 300],
    ) -> None:
        """Marks it."""
        if not await self._may(interaction):
            return
        guild_id = str(interaction.guild_id)
        said = await _answered(
            lambda: self.bot.app.shelf.retract(guild_id, source.strip(" `"), clean(reason)),
            lambda title: tr("Out of use from now on: {title}", title=plain(title, 300)),
        )
        await interaction.edit_original_response(content=said)

    async def _read(
        self, interaction: discord.Interaction[ReceiptsBot], work: Callable[[], Ingested]
    ) -> None:
        if not await self._may(interaction):
            return
        assert interaction.guild_id is not None
        if interaction.guild_id in self._reading:
            await interaction.edit_original_response(content=tr(BUSY))
            return
        self._reading.add(interaction.guild_id)
        try:
            said = await _answered(work, _summary)
        finally:
            self._reading.discard(interaction.guild_id)
        await interaction.edit_original_response(content=said)

    async def _may(self, interaction: discord.Interaction[ReceiptsBot]) -> bool:
        """Acknowledges. The default permission can be widened by a server; this one cannot."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        if interaction.guild_id is not None and interaction.permissions.manage_guild:
            return True
        await interaction.edit_original_response(content=tr(NOT_YOURS))
        return False


async def _answered(work: Callable[[], R], say: Callable[[R], str]) -> str:
    try:
        return say(await asyncio.to_thread(work))
    except ReceiptsError as error:
        return plain(str(error), LONGEST)


def _summary(done: Ingested) -> str:
    lines = [
        tr(
            "{added} new or changed, {unchanged} as they were, {gone} gone, {unread} not read.",
            added=done.added,
            unchanged=done.unchanged,
            gone=len(done.gone),
            unread=len(done.unread),
        )
    ]
    lines += [
        f"{plain(item.where, 150)}: {plain(item.reason, 150)}" for item in done.unread[:_REASONS]
    ]
    if len(done.unread) > _REASONS:
        rest = len(done.unread) - _REASONS
        lines.append(tr("… and {count} more that could not be read.", count=rest))
    return _fitted(lines)


def _line(record: SourceRecord) -> str:
    source = record.source
    tier = SHOWN.get(source.tier)
    state = tr("retracted") if record.retracted_at else tr("gone") if record.gone_at else None
    if state is None and tier is not None:
        state = say()(f"tier.{source.tier}")
    about = ", ".join(filter(None, (source.published or tr("no date"), state)))
    return f"`{source.id}` {plain(source.title, 100)} ({about})"


def _fitted(lines: list[str]) -> str:
    """As many lines as a message holds."""
    kept: list[str] = []
    for at, line in enumerate(lines):
        rest = tr("… and {count} more", count=len(lines) - at)
        if width("\n".join([*kept, line, rest])) > LONGEST:
            return "\n".join([*kept, rest])
        kept.append(line)
    return "\n".join(kept)
