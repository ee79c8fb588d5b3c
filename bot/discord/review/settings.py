"""`/settings`: what a server can choose. It works with nothing set."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast, get_args

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord import words
from bot.discord.actors import actor_of, home_of
from bot.discord.escape import plain
from bot.discord.review import said
from bot.discord.review.case_embeds import REVIEW_COLOUR
from bot.labels import LABELS
from bot.review.settings import GuildSettings
from bot.review.values import Refused
from bot.sharing import Receipts, Sharing
from bot.translated import later, speaking, tr
from prompts.language import nearest
from prompts.verdict import Label

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)

_MODES = later({"at_once": "Answer at once, marked as not reviewed", "hold": "Hold until approved"})
_LANGUAGES = later({"claim": "The language of the claim", "en": "English", "de": "German"})
_CLEARED = later({
    "review_channel": "The review channel",
    "review_role": "Who may review",
    "four_eyes": "Labels that need two approvals",
    "channel_modes": "How single channels are answered",
    "flag_reaction": "The reaction that flags",
})  # fmt: skip
_WEB = later({
    "public": "Everyone, search engines too",
    "members": "Whoever has the link on the card",
    "off": "Nobody",
})  # fmt: skip


async def setup(bot: commands.Bot) -> None:
    """Loads this extension."""
    await bot.add_cog(SettingsCog(cast("ReceiptsBot", bot)))


def _choices(named: dict[str, str]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=value) for value, name in named.items()]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SettingsCog(
    commands.GroupCog, group_name="settings", group_description="What this server chooses."
):
    """One command a matter; each says what holds afterwards. The review checks who may."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self.bot = bot

    @app_commands.command(name="show", description="What holds in this server.")
    async def show(self, interaction: discord.Interaction[ReceiptsBot]) -> None:
        """Shows all of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._answer(interaction, {})

    @app_commands.command(name="review", description="Where verdicts are reviewed, and by whom.")
    @app_commands.describe(
        channel="Where each case has its card",
        role="Who may review; without one, whoever may manage messages",
        two_approvals="A label that two moderators must approve; again to undo",
        stale_hours="After so long untouched, a case goes back to the queue",
        auto_correct="Let a published verdict change by itself when its evidence does",
    )
    @app_commands.choices(two_approvals=_choices({k.value: v for k, v in LABELS.items()}))
    async def review(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        *,
        channel: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        two_approvals: str | None = None,
        stale_hours: app_commands.Range[int, 1, 8760] | None = None,
        auto_correct: bool | None = None,
    ) -> None:
        """The review channel and who works in it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        if channel is not None and (problem := _unfit(channel)):
            await interaction.edit_original_response(content=problem)
            return
        changes: dict[str, Any] = {
            "review_channel": str(channel.id) if channel else None,
            "review_role": str(role.id) if role else None,
            "stale_hours": stale_hours,
            "auto_correct": auto_correct,
        }
        if two_approvals is not None:
            held = await self._held(interaction)
            changes["four_eyes"] = sorted(held.four_eyes ^ {Label(two_approvals)})
        await self._answer(interaction, changes)

    @app_commands.command(name="answers", description="How verdicts are given.")
    @app_commands.describe(
        mode="When an answer is shown",
        channel="Only in this channel",
        language="The language of answers",
        least_confidence="A verdict less sure than this many percent is put in the queue",
        often="A claim asked about so often in a day is put in the queue",
        flag_reaction="An emoji that flags a verdict; the same again to undo",
    )
    @app_commands.choices(mode=_choices(_MODES), language=_choices(_LANGUAGES))
    async def answers(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        *,
        mode: str | None = None,
        channel: discord.TextChannel | discord.ForumChannel | discord.Thread | None = None,
        language: str | None = None,
        least_confidence: app_commands.Range[int, 0, 100] | None = None,
        often: app_commands.Range[int, 2, 10000] | None = None,
        flag_reaction: app_commands.Range[str, 1, 64] | None = None,
    ) -> None:
        """When an answer is shown, and which ones a person should look at."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        held = await self._held(interaction)
        changes: dict[str, Any] = {
            "min_confidence": None if least_confidence is None else least_confidence / 100,
            "seen_a_day": often,
        }
        if mode is not None and channel is not None:
            changes["channel_modes"] = {**held.channel_modes, str(channel.id): mode}
        elif mode is not None:
            changes["mode"] = mode
        changes = {name: value for name, value in changes.items() if value is not None}
        if language is not None:
            changes["language"] = None if language == "claim" else language
        if flag_reaction is not None:
            same = flag_reaction == held.flag_reaction
            changes["flag_reaction"] = None if same else flag_reaction
        await self._answer(interaction, changes, kept_none=True)

    @app_commands.command(name="limits", description="How much is checked, and how long is kept.")
    @app_commands.describe(
        checks_an_hour="For each person",
        checks_a_day="For the whole server",
        keep_text_days="After so many days the text of messages is deleted; verdicts stay",
    )
    async def limits(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        checks_an_hour: app_commands.Range[int, 1, 1000] | None = None,
        checks_a_day: app_commands.Range[int, 1, 100000] | None = None,
        keep_text_days: app_commands.Range[int, 1, 3650] | None = None,
    ) -> None:
        """Quotas and retention."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._answer(
            interaction,
            {
                "checks_an_hour": checks_an_hour,
                "checks_a_day": checks_a_day,
                "retention_days": keep_text_days,
            },
        )

    @app_commands.command(name="sharing", description="Who else sees what is published here.")
    @app_commands.describe(
        share="Let other servers of the same operator reuse verdicts published here",
        use_shared="Reuse verdicts that other servers share",
        web="Who can read the web page of a verdict",
    )
    @app_commands.choices(web=_choices(_WEB))
    async def sharing(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        share: bool | None = None,
        use_shared: bool | None = None,
        web: str | None = None,
    ) -> None:
        """Across servers, and on the web."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        refused = await self._answer(interaction, {"share": share, "use_shared": use_shared})
        if refused or web not in get_args(Sharing) or interaction.guild_id is None:
            return
        receipts = Receipts(self.bot.app.ledger, self.bot.app.settings.public_url)
        chosen = cast(Sharing, web)
        await self.bot.desk.record(receipts.choose, str(interaction.guild_id), chosen)
        await self._answer(interaction, {})

    @app_commands.command(name="clear", description="Take back something that was set.")
    @app_commands.describe(what="What is to be as if it had never been set")
    @app_commands.choices(what=_choices(_CLEARED))
    async def clear(self, interaction: discord.Interaction[ReceiptsBot], what: str) -> None:
        """Puts the default in its place."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        defaults = GuildSettings().model_dump()
        changes = {what: defaults[what]} if what in _CLEARED else {}
        await self._answer(interaction, changes, kept_none=True)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Says to whoever invited the bot what to do next, in one card, once."""
        ledger, name = self.bot.app.ledger, f"welcomed {guild.id}"
        if await self.bot.desk.record(ledger.note, name) is not None:
            return
        await self.bot.desk.record(ledger.set_note, name, "said")
        speaking.set(nearest(str(guild.preferred_locale)))
        embed = discord.Embed(
            title=tr("I am in {server}", server=plain(guild.name, 80)),
            description=words.WELCOME,
            colour=REVIEW_COLOUR,
        )
        person = await _inviter(guild)
        places: list[Any] = [person, guild.system_channel]
        for place in places:
            if place is None:
                continue
            try:
                await place.send(embed=embed)
            except discord.HTTPException as error:
                log.info("the welcome of server %s could not be sent: %s", guild.id, error)
            else:
                return

    async def _held(self, interaction: discord.Interaction[ReceiptsBot]) -> GuildSettings:
        return await self.bot.desk.record(self.bot.app.review.settings.get, home_of(interaction))

    async def _answer(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        changes: dict[str, Any],
        *,
        kept_none: bool = False,
    ) -> bool:
        """Sets what was given, and shows what holds; whether it was refused."""
        settings, actor, home = (
            self.bot.app.review.settings,
            actor_of(interaction),
            home_of(interaction),
        )
        wanted = {k: v for k, v in changes.items() if kept_none or v is not None}
        result = await self.bot.desk.record(settings.change, actor, home, wanted)
        if isinstance(result, Refused):
            await interaction.edit_original_response(content=said.refused(result))
            return True
        receipts = Receipts(self.bot.app.ledger, self.bot.app.settings.public_url)
        web = await self.bot.desk.record(receipts.sharing, home)
        await interaction.edit_original_response(embed=_card(result, web))
        self.bot.courier.wake()
        return False


def _card(held: GuildSettings, web: Sharing) -> discord.Embed:
    embed = discord.Embed(title=tr("What holds in this server"), colour=REVIEW_COLOUR)
    channel = f"<#{held.review_channel}>" if held.review_channel else tr("none (set one!)")
    who = f"<@&{held.review_role}>" if held.review_role else tr("whoever may manage messages")
    two = ", ".join(words.label(label) for label in sorted(held.four_eyes)) or tr("none")
    modes = [f"<#{where}>: {tr(_MODES[mode])}" for where, mode in held.channel_modes.items()]
    review = [
        tr("Channel: {channel}", channel=channel),
        tr("Who: {who}", who=who),
        tr("Two approvals: {labels}", labels=two),
        tr("Back to the queue after {hours} h", hours=held.stale_hours),
        tr("Published verdicts change by themselves: {yes}", yes=_yes(held.auto_correct)),
    ]
    answers = [
        tr(_MODES[held.mode]),
        *modes[:10],
        tr("Worded in: {language}", language=tr(_LANGUAGES[held.language or "claim"])),
        tr("To the queue under {share} confidence", share=f"{held.min_confidence:.0%}"),
        tr("To the queue at {count} askings a day", count=held.seen_a_day),
        tr("Reaction that flags: {emoji}", emoji=held.flag_reaction or tr("none")),
    ]
    limits = [
        tr("{count} checks an hour for each person", count=held.checks_an_hour),
        tr("{count} checks a day in all", count=held.checks_a_day),
        tr("Text of messages kept for {count} days", count=held.retention_days),
    ]
    sharing = [
        tr("Verdicts shared with other servers: {yes}", yes=_yes(held.share)),
        tr("Verdicts of other servers used: {yes}", yes=_yes(held.use_shared)),
        tr("Web pages: {who}", who=tr(_WEB[web])),
    ]
    for name, lines in (
        (tr("Review"), review), (tr("Answers"), answers), (tr("Limits"), limits),
        (tr("Sharing"), sharing),
    ):  # fmt: skip
        embed.add_field(name=name, value="\n".join(lines)[:1024], inline=False)
    return embed


def _yes(on: bool) -> str:
    return tr("yes") if on else tr("no")


def _unfit(channel: discord.TextChannel) -> str | None:
    """What keeps the channel from being the review channel."""
    may = channel.permissions_for(channel.guild.me)
    missing = [
        name
        for name, has in (
            (tr("View Channel"), may.view_channel),
            (tr("Send Messages"), may.send_messages),
            (tr("Embed Links"), may.embed_links),
        )
        if not has
    ]
    if not missing:
        return None
    return tr(
        "I cannot work in {channel}: allow me {permissions} there first.",
        channel=channel.mention,
        permissions=", ".join(missing),
    )


async def _inviter(guild: discord.Guild) -> discord.abc.Messageable | None:
    """Who added the bot, where the server's own log may be read; else its owner."""
    if guild.me is not None and guild.me.guild_permissions.view_audit_log:
        try:
            async for entry in guild.audit_logs(action=discord.AuditLogAction.bot_add, limit=5):
                target = entry.target
                if target is not None and target.id == guild.me.id and entry.user is not None:
                    return entry.user
        except discord.HTTPException as error:
            log.info("who invited the bot to %s is not known: %s", guild.id, error)
    if guild.owner is not None:
        return guild.owner
    try:
        return await guild.fetch_member(guild.owner_id) if guild.owner_id else None
    except discord.HTTPException:
        return None
