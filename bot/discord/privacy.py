"""`/privacy`: what is stored about the one who asks, and its deletion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord import words
from bot.discord.escape import plain
from bot.discord.trouble import reported
from bot.review.privacy import Stored
from bot.review.tables import PRIVATE
from bot.review.values import Actor, Refused

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

_SHOWN = 5
_TEXT = 90


async def setup(bot: commands.Bot) -> None:
    """Loads this extension."""
    bot.add_dynamic_items(ForgetButton)
    await bot.add_cog(PrivacyCog(cast("ReceiptsBot", bot)))


class PrivacyCog(commands.Cog):
    """The command. It speaks of the one who uses it alone."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self.bot = bot

    @app_commands.command(name="privacy", description="What I store about you, and its deletion.")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def privacy(self, interaction: discord.Interaction[ReceiptsBot]) -> None:
        """Shows it, in all servers together: it is the person's own."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        review, me = self.bot.app.review.privacy, str(interaction.user.id)
        found: dict[str, Stored] = {}
        for home in await self.bot.desk.record(review.guilds, me):
            stored = await self.bot.desk.record(review.show, Actor(me, home), home)
            if not isinstance(stored, Refused):
                found[home] = stored
        embed = _card(self.bot, found)
        if not found:
            await interaction.edit_original_response(embed=embed)
            return
        view = discord.ui.View(timeout=None)
        view.add_item(ForgetButton())
        await interaction.edit_original_response(embed=embed, view=view)


def _card(bot: ReceiptsBot, found: dict[str, Stored]) -> discord.Embed:
    say = words.say()
    embed = discord.Embed(title=say("privacy.title"))
    if not found:
        embed.description = say("privacy.nothing")
        return embed
    embed.description = words.PRIVACY
    for home, stored in list(found.items())[:10]:
        guild = None if home == PRIVATE else bot.get_guild(int(home))
        name = guild.name if guild else say("privacy.server", id=home)
        if home == PRIVATE:
            name = say("privacy.dm")
        embed.add_field(name=plain(name, 100), value=_lines(stored)[:1000], inline=False)
    return embed


def _lines(stored: Stored) -> str:
    say = words.say()
    counts = {
        "questions": len(stored.questions),
        "flags": len(stored.flags),
        "appeals": len(stored.appeals),
        "shown": stored.shown,
        "decisions": stored.decisions,
    }
    told = {name: say(f"privacy.{name}", count=count) for name, count in counts.items()}
    lines = [say("privacy.counts", **told)]
    if stored.muted:
        lines.append(say("privacy.muted"))
    asked = [text for _, text in stored.questions if text][-_SHOWN:]
    lines += [say("privacy.asked", text=plain(text, _TEXT)) for text in asked]
    lines += [
        say("privacy.flagged", reason=say(f"flag.{reason}"), text=plain(text, _TEXT))
        for _, reason, text in stored.flags[-_SHOWN:]
        if text
    ]
    lines += [
        say("privacy.appealed", text=plain(text, _TEXT))
        for _, text, _ in stored.appeals[-2:]
        if text
    ]
    return "\n".join(lines)


class ForgetButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"receipts:forget(?P<sure>:sure)?",
):
    """Deletes it; asks once whether it is meant."""

    def __init__(self, *, sure: bool = False) -> None:
        super().__init__(
            discord.ui.Button(
                label=words.say()("button.forget_sure" if sure else "button.forget"),
                style=discord.ButtonStyle.danger,
                custom_id="receipts:forget:sure" if sure else "receipts:forget",
            )
        )
        self.sure = sure

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button, first or second."""
        return cls(sure=match["sure"] is not None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Deletes what is stored of the one who clicks, in every server."""
        async with reported(interaction):
            await interaction.response.defer()
            if not self.sure:
                view = discord.ui.View(timeout=None)
                view.add_item(ForgetButton(sure=True))
                await interaction.edit_original_response(content=words.FORGET_SURE, view=view)
                return
            bot = cast("ReceiptsBot", interaction.client)
            review, me = bot.app.review.privacy, str(interaction.user.id)
            for home in await bot.desk.record(review.guilds, me):
                await bot.desk.record(review.forget, Actor(me, home), home)
            bot.courier.wake()
            await interaction.edit_original_response(content=words.FORGOTTEN, embed=None, view=None)
