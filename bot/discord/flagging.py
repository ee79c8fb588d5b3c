"""Three ways to say that a verdict is wrong: a card's button, a message's menu, a reaction."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord import words
from bot.discord.actors import actor_of, home_of
from bot.discord.form import Form
from bot.discord.trouble import reported
from bot.discord.verdict_button import VerdictButton
from bot.review.flags import DETAILS_LIMIT
from bot.review.values import Actor, FlagReason, Refused
from bot.translated import tr

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)


async def setup(bot: commands.Bot) -> None:
    """Loads this extension."""
    bot.add_dynamic_items(FlagButton)
    await bot.add_cog(FlagCog(cast("ReceiptsBot", bot)))


class FlagButton(VerdictButton, act="flag", label="Flag"):
    """Asks why the verdict is objected to."""

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """Answers a click; a form is itself the acknowledgement, so nothing may come before it."""
        await interaction.response.send_modal(FlagForm(interaction, verdict=self.verdict_id))


class FlagForm(Form):
    """Why a person objects to a verdict."""

    def __init__(
        self,
        opened_by: discord.Interaction[Any],
        *,
        verdict: str | None = None,
        message: int | None = None,
    ) -> None:
        """On `verdict`, or on what the message of ours with that id shows."""
        say = words.say()
        super().__init__(say("flag.title"), opened_by)
        self.reason: discord.ui.Select[Any] = discord.ui.Select(
            custom_id="reason",
            options=[
                discord.SelectOption(label=say(f"flag.{reason}"), value=reason)
                for reason in FlagReason
            ],
        )
        self.details: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="details",
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=DETAILS_LIMIT,
        )
        self.add_item(discord.ui.Label(text=say("flag.what"), component=self.reason))
        self.add_item(
            discord.ui.Label(
                text=say("flag.more"), description=say("flag.helps"), component=self.details
            )
        )
        self._verdict = verdict
        self._message = message

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Stores the flag, once a person."""
        async with reported(interaction):
            chosen, details = self.reason.values, self.details.value
            await interaction.response.defer(ephemeral=True, thinking=True)
            bot = cast("ReceiptsBot", interaction.client)
            home = home_of(interaction)
            verdict = self._verdict
            if verdict is None and self._message is not None:
                verdict = await bot.desk.record(
                    bot.app.review.appearances.verdict_at, home, str(self._message)
                )
            reason = FlagReason(chosen[0]) if chosen else FlagReason.OTHER
            said = words.NOT_A_VERDICT
            if verdict is not None:
                said = await flag(bot, actor_of(interaction), home, verdict, why=(reason, details))
            await interaction.edit_original_response(content=said)


async def flag(
    bot: ReceiptsBot, actor: Actor, home: str, verdict: str, *, why: tuple[FlagReason, str]
) -> str:
    """Flags a verdict; the sentence for whoever did."""
    reason, details = why
    done = await bot.desk.record(
        bot.app.review.flags.add, actor, home, verdict, reason, details[:DETAILS_LIMIT]
    )
    if isinstance(done, Refused):
        return tr(done.message)
    bot.courier.wake()
    return words.FLAGGED if done.new else words.FLAGGED_BEFORE


class FlagCog(commands.Cog):
    """The message menu and the reaction."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name=words.FLAG_MENU, callback=self.flag_message)

    async def cog_load(self) -> None:
        """Adds the message menu, which a cog does not do by itself."""
        self.bot.tree.add_command(self.menu)

    async def cog_unload(self) -> None:
        """Takes it away again."""
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)

    async def flag_message(
        self, interaction: discord.Interaction[ReceiptsBot], message: discord.Message
    ) -> None:
        """Opens the form for the verdict that the message shows."""
        assert self.bot.user is not None
        if message.author.id != self.bot.user.id:
            await interaction.response.send_message(words.NOT_A_VERDICT, ephemeral=True)
            return
        await interaction.response.send_modal(FlagForm(interaction, message=message.id))

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Flags the verdict under a reaction that the server has chosen for it."""
        bot = self.bot
        if bot.user is None or event.guild_id is None or event.user_id == bot.user.id:
            return
        # Discord names the author of the message; where it does not, the message is looked up.
        if event.message_author_id not in {None, bot.user.id}:
            return
        home, desk, review = str(event.guild_id), bot.desk, bot.app.review
        chosen = (await desk.record(review.settings.get, home)).flag_reaction
        if chosen is None or str(event.emoji) != chosen:
            return
        verdict = await desk.record(review.appearances.verdict_at, home, str(event.message_id))
        if verdict is not None:
            actor = Actor(str(event.user_id), home)
            said = await flag(bot, actor, home, verdict, why=(FlagReason.OTHER, words.BY_REACTION))
            log.info("a reaction on message %s: %s", event.message_id, said)
