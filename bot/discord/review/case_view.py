"""The buttons under a case. Each holds the case and the version of it that was on view."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import discord

from bot.discord import words
from bot.discord.trouble import reported
from bot.review.states import ACTIVE
from bot.review.values import Case, State
from bot.translated import later, tr

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

_BUTTONS = later({
    "open": ("Review", discord.ButtonStyle.primary),
    "assign": ("Assign to me", discord.ButtonStyle.secondary),
    "release": ("Release", discord.ButtonStyle.secondary),
    "approve": ("Approve", discord.ButtonStyle.success),
    "decline": ("Decline", discord.ButtonStyle.danger),
    "edit": ("Edit", discord.ButtonStyle.primary),
    "withdraw": ("Reject", discord.ButtonStyle.danger),
    "rerun": ("Check again", discord.ButtonStyle.secondary),
    "ask": ("Ask another moderator", discord.ButtonStyle.secondary),
    "retry": ("Retry corrections", discord.ButtonStyle.secondary),
    "reopen": ("Reopen", discord.ButtonStyle.secondary),
})  # fmt: skip
MORE = later({
    "snooze_1": "Snooze for a day",
    "snooze_3": "Snooze for 3 days",
    "snooze_7": "Snooze for a week",
    "close_duplicate": "Close: the duplicate of another case",
    "close_opinion": "Close: an opinion",
    "close_spam": "Close: spam",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody does something with a case."""

    bot: ReceiptsBot
    interaction: discord.Interaction[Any]
    case_id: str
    version: int
    """Of the case, as it was on view."""
    what: str = ""
    """What was chosen of several."""


Act = Callable[[Acting], Awaitable[None]]


def channel_view(case: Case) -> discord.ui.View:
    """Under the card in the review channel."""
    view = discord.ui.View(timeout=None)
    view.add_item(CaseButton("open", case.id, case.version))
    if case.state in ACTIVE:
        act = "release" if case.state is State.ASSIGNED else "assign"
        if case.state is not State.RERUNNING and case.state is not State.AWAITING_SECOND:
            view.add_item(CaseButton(act, case.id, case.version))
    return view


def review_view(case: Case, *, published: bool, problems: bool) -> discord.ui.View:
    """Under the whole of a case, for one moderator."""
    view = discord.ui.View(timeout=None)
    if case.state is State.MERGED or case.state is State.RERUNNING:
        return view
    if case.state in {State.DECIDED, State.CLOSED}:
        acts = ["reopen"]
    elif case.state is State.AWAITING_SECOND:
        acts = ["approve", "decline", "edit", "withdraw"]
    else:
        held = case.state is State.ASSIGNED
        acts = ["approve", "edit", "withdraw", "rerun", "release" if held else "assign", "ask"]
    for act in [*acts, *(["retry"] if problems else [])]:
        view.add_item(CaseButton(act, case.id, case.version, withdraws=published))
    if case.state in ACTIVE:
        view.add_item(MoreMenu(case.id, case.version))
    return view


class CaseButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"receipts:case:(?P<act>[a-z]+):(?P<id>\w{1,40}):(?P<version>\d+)",
):
    """One thing to do with a case."""

    def __init__(self, act: str, case_id: str, version: int, *, withdraws: bool = False) -> None:
        label, style = _BUTTONS.get(act, ("?", discord.ButtonStyle.secondary))
        super().__init__(
            discord.ui.Button(
                label=tr("Withdraw") if withdraws and act == "withdraw" else tr(label),
                style=style,
                custom_id=f"receipts:case:{act}:{case_id}:{version}",
            )
        )
        self.act = act
        self.case_id = case_id
        self.version = version

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button that was pressed."""
        return cls(match["act"], match["id"], int(match["version"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Does it; what the one who clicks may do is asked of the review, not of Discord."""
        async with reported(interaction):
            await act_on(interaction, self.act, self.case_id, self.version)


class MoreMenu(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]],
    template=r"receipts:more:(?P<id>\w{1,40}):(?P<version>\d+)",
):
    """What is done with a case less often."""

    def __init__(self, case_id: str, version: int) -> None:
        super().__init__(
            discord.ui.Select(
                custom_id=f"receipts:more:{case_id}:{version}",
                placeholder=tr("Snooze or close…"),
                options=[
                    discord.SelectOption(label=tr(label), value=value)
                    for value, label in MORE.items()
                ],
            )
        )
        self.case_id = case_id
        self.version = version

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The menu that was used."""
        return cls(match["id"], int(match["version"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Does what was chosen."""
        async with reported(interaction):
            values = cast("dict[str, list[str]]", interaction.data or {}).get("values") or [""]
            act, _, what = values[0].partition("_")
            await act_on(interaction, act, self.case_id, self.version, what)


async def act_on(
    interaction: discord.Interaction[Any], act: str, case_id: str, version: int, what: str = ""
) -> None:
    """Does `act` on a case."""
    bot = cast("ReceiptsBot", interaction.client)
    do = bot.case_acts.get(act)
    if do is None:
        await interaction.response.send_message(words.OLD_COMMAND, ephemeral=True)
    else:
        await do(Acting(bot, interaction, case_id, version, what))
