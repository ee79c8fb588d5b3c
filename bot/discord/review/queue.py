"""`/review`: the queue, one case, its history, and who may flag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, cast, get_args

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord import words
from bot.discord.actors import actor_of, home_of
from bot.discord.escape import plain
from bot.discord.review import said
from bot.discord.review.actions import ACTS, show_case
from bot.discord.review.case_embeds import REVIEW_COLOUR, STATES, TRIGGERS, case_name, person, when
from bot.discord.review.case_view import CaseButton, MoreMenu
from bot.discord.review.doings import doing
from bot.discord.review.records import FORMATS, send_export, show_statistics
from bot.discord.review.tracing import send_trace
from bot.discord.trouble import reported
from bot.labels import LABELS
from bot.review.cases import Line, Page, Queue, Show
from bot.review.record import Event
from bot.review.values import FlagReason, Refused
from bot.translated import later, tr, tr_count
from prompts.verdict import Label

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

PAGE = 8
_CHANGED = later({"state": "state", "label": "label", "mode": "mode"})
_WAYS = later({"previous": "Previous", "next": "Next"})
_CLAIM = 110
_EVENTS = 25

_SHOWS: dict[Show, str] = later({
    "all": "Everything that waits",
    "open": "In nobody's hands",
    "mine": "Mine",
    "stale": "Stale",
})  # fmt: skip
_SOURCES = {
    "people": later("Flagged by people"),
    "bot": later("Flagged by the bot"),
    **{reason.value: f"Flag: {reason.value.replace('_', ' ')}" for reason in FlagReason},
    **{name: f"Bot: {text.lower()}" for name, text in TRIGGERS.items()},
}


async def setup(bot: commands.Bot) -> None:
    """Loads this extension."""
    receipts = cast("ReceiptsBot", bot)
    receipts.case_acts.update(ACTS)
    bot.add_dynamic_items(CaseButton, MoreMenu, PageButton, CaseMenu)
    await bot.add_cog(ReviewCog(receipts))


@app_commands.guild_only()
@app_commands.default_permissions(manage_messages=True)
class ReviewCog(commands.GroupCog, group_name="review", group_description="Review verdicts."):
    """What moderators do with the queue. Who may is checked by the review itself."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self.bot = bot

    @app_commands.command(name="queue", description="The verdicts that wait for a moderator.")
    @app_commands.describe(
        show="Which cases", label="Only drafts with this label", source="Only cases flagged so"
    )
    @app_commands.choices(
        show=[app_commands.Choice(name=name, value=value) for value, name in _SHOWS.items()],
        label=[app_commands.Choice(name=name, value=value.value) for value, name in LABELS.items()],
        source=[app_commands.Choice(name=name, value=value) for value, name in _SOURCES.items()],
    )
    async def queue(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        show: str = "all",
        label: str | None = None,
        source: str | None = None,
    ) -> None:
        """Shows the first page."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_page(interaction, (show, label or "", source or ""), 0)

    @app_commands.command(name="case", description="One case, with all that is known of it.")
    @app_commands.describe(case="As its card names it: case 3fa2b1")
    async def case(self, interaction: discord.Interaction[ReceiptsBot], case: str) -> None:
        """Shows one case."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self.bot.desk.record(
            self.bot.app.review.cases.find, actor_of(interaction), home_of(interaction), case
        )
        if isinstance(found, Refused):
            await interaction.edit_original_response(content=said.refused(found))
        else:
            await show_case(self.bot, interaction, found.id)

    @app_commands.command(name="history", description="What was done, by whom and when.")
    @app_commands.describe(case="One case; without it, what was done last in the whole server")
    async def history(
        self, interaction: discord.Interaction[ReceiptsBot], case: str | None = None
    ) -> None:
        """Shows the newest lines of the audit log."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        review, actor, home = self.bot.app.review, actor_of(interaction), home_of(interaction)
        case_id = None
        if case is not None:
            found = await self.bot.desk.record(review.cases.find, actor, home, case)
            if isinstance(found, Refused):
                await interaction.edit_original_response(content=said.refused(found))
                return
            case_id = found.id
        events = await self.bot.desk.record(review.record.history, actor, home, case_id)
        if isinstance(events, Refused):
            await interaction.edit_original_response(content=said.refused(events))
        else:
            await interaction.edit_original_response(embed=_history(events))

    @app_commands.command(name="trace", description="How a verdict came about, step by step.")
    @app_commands.describe(case="As its card names it: case 3fa2b1")
    async def trace(self, interaction: discord.Interaction[ReceiptsBot], case: str) -> None:
        """Sends the trace."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await send_trace(self.bot, interaction, case)

    @app_commands.command(name="stats", description="How the review goes.")
    async def stats(self, interaction: discord.Interaction[ReceiptsBot]) -> None:
        """Shows the figures, with a chart."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_statistics(self.bot, interaction)

    @app_commands.command(name="export", description="The whole record of this server as a file.")
    @app_commands.describe(form="What kind of file")
    @app_commands.rename(form="format")
    @app_commands.choices(
        form=[app_commands.Choice(name=name, value=value) for value, name in FORMATS.items()]
    )
    async def export(
        self, interaction: discord.Interaction[ReceiptsBot], form: str = "json"
    ) -> None:
        """Gives the record."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await send_export(self.bot, interaction, form)

    @app_commands.command(name="mute", description="Take no more flags from a person.")
    @app_commands.describe(user="Whose flags", reason="Why; for the record")
    async def mute(
        self,
        interaction: discord.Interaction[ReceiptsBot],
        user: discord.User,
        reason: app_commands.Range[str, 1, 300] = "flags in bad faith",
    ) -> None:
        """Stops somebody's flags."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        no = await self.bot.desk.record(
            self.bot.app.review.flags.mute,
            actor_of(interaction),
            home_of(interaction),
            str(user.id),
            reason,
        )
        text = tr(
            "{who} can no longer flag verdicts here; /review unmute undoes it.", who=user.mention
        )
        await interaction.edit_original_response(content=text if no is None else said.refused(no))

    @app_commands.command(name="unmute", description="Take flags from a person again.")
    @app_commands.describe(user="Whose flags")
    async def unmute(
        self, interaction: discord.Interaction[ReceiptsBot], user: discord.User
    ) -> None:
        """Takes somebody's flags again."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        no = await self.bot.desk.record(
            self.bot.app.review.flags.unmute,
            actor_of(interaction),
            home_of(interaction),
            str(user.id),
        )
        text = tr("{who} can flag verdicts again.", who=user.mention)
        await interaction.edit_original_response(content=text if no is None else said.refused(no))


Filters = tuple[str, str, str]
"""show, label, source; empty where not filtered."""


async def show_page(interaction: discord.Interaction[Any], filters: Filters, number: int) -> None:
    """Puts a page of the queue in the response."""
    bot = cast("ReceiptsBot", interaction.client)
    actor, home = actor_of(interaction), home_of(interaction)
    asked = _asked(filters, number)
    page = await bot.desk.record(bot.app.review.cases.queue, actor, home, asked)
    if isinstance(page, Refused):
        await interaction.edit_original_response(content=said.refused(page), view=None, embeds=[])
        return
    embed = _page(page, asked)
    if problems := await bot.desk.record(bot.app.review.cards.problems, home):
        embed.add_field(
            name=tr("Cards that cannot be shown in the review channel"),
            value="\n".join(f"- {plain(text, 200)}" for text in problems[:4]),
        )
    view = discord.ui.View(timeout=None)
    if page.lines:
        view.add_item(CaseMenu(page.lines))
    last = max(0, (page.total - 1) // PAGE)
    if last:
        view.add_item(PageButton("previous", filters, max(0, number - 1)))
        view.add_item(PageButton("next", filters, min(last, number + 1)))
    await interaction.edit_original_response(content=None, embed=embed, view=view)


def _asked(filters: Filters, number: int) -> Queue:
    show, label, source = filters
    return Queue(
        show=cast(Show, show if show in get_args(Show) else "all"),
        label=Label(label) if label in set(Label) else None,
        source=cast(Any, source if source in _SOURCES else None),
        page=number,
        size=PAGE,
    )


def _page(page: Page, asked: Queue) -> discord.Embed:
    embed = discord.Embed(title=tr(_SHOWS[asked.show]), colour=REVIEW_COLOUR)
    if not page.lines:
        embed.description = tr("Nothing waits here.")
        return embed
    embed.description = "\n\n".join(_line(line) for line in page.lines)
    first = asked.page * asked.size + 1
    last = first + len(page.lines) - 1
    embed.set_footer(
        text=tr("{first} to {last} of {total}", first=first, last=last, total=page.total)
    )
    return embed


def _line(line: Line) -> str:
    case = line.case
    state = tr(STATES[case.state])
    if case.assignee_id:
        state = tr("{state} to {who}", state=state, who=person(case.assignee_id))
    people = tr_count("{count} person", "{count} people", line.people)
    flags = tr_count("{count} flag", "{count} flags", line.flags)
    stale = f"**{tr('Stale')}** · " if case.stale else ""
    return (
        f"**{words.label(line.label)}?** {plain(case.claim, _CLAIM)}\n"
        f"{stale}{people} · {flags} · {state} · {when(case.opened_at)} · {case_name(case.id)}"
    )


def _history(events: list[Event]) -> discord.Embed:
    embed = discord.Embed(title=tr("History"), colour=REVIEW_COLOUR)
    lines = [
        f"`{event.seq}` {when(event.at)} {person(event.actor)} {doing(event.action)}"
        + (f" ({case_name(event.case_id)})" if event.case_id else "")
        + _difference(event)
        for event in events[-_EVENTS:]
    ]
    embed.description = "\n".join(reversed(lines))[:4000] or tr("Nothing yet.")
    if (rest := len(events) - _EVENTS) > 0:
        embed.set_footer(text=tr("And {count} earlier; /review export has them all.", count=rest))
    return embed


def _difference(event: Event) -> str:
    changed = [
        f"{tr(called)} {event.before[name]} → {event.after[name]}"
        for name, called in _CHANGED.items()
        if name in event.before and name in event.after
    ]
    return f": {plain(', '.join(changed), 80)}" if changed else ""


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"receipts:queue:(?P<way>\w+):(?P<show>\w+):(?P<label>\w*):(?P<source>\w*):(?P<page>\d+)",
):
    """Another page of the queue."""

    def __init__(self, way: str, filters: Filters, number: int) -> None:
        custom_id = f"receipts:queue:{way}:{':'.join(filters)}:{number}"
        label = tr(_WAYS.get(way, "Next"))
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id))
        self.filters = filters
        self.number = number

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button that was pressed."""
        filters = (match["show"], match["label"], match["source"])
        return cls(match["way"], filters, int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Turns to the page."""
        async with reported(interaction):
            await interaction.response.defer()
            await show_page(interaction, self.filters, self.number)


class CaseMenu(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"receipts:cases"
):
    """Opens one of the cases on the page."""

    def __init__(self, lines: tuple[Line, ...] = ()) -> None:
        super().__init__(
            discord.ui.Select(
                custom_id="receipts:cases",
                placeholder=tr("Review a case…"),
                options=[
                    discord.SelectOption(
                        label=line.case.claim[:100] or words.say()("card.empty"),
                        value=line.case.id,
                        description=f"{case_name(line.case.id)} · {words.label(line.label)}",
                    )
                    for line in lines
                ]
                or [discord.SelectOption(label=tr("None"), value="none")],
            )
        )

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        _match: re.Match[str],
        /,
    ) -> Self:
        """The menu that was used."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Shows the case beside the queue, which stays."""
        async with reported(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            values = cast("dict[str, list[str]]", interaction.data or {}).get("values") or [""]
            await show_case(cast("ReceiptsBot", interaction.client), interaction, values[0])
