"""A button under a card that holds the id of the card's verdict and nothing else."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import discord

from bot.discord.trouble import reported


class VerdictButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"(?!)"):
    """What the buttons of a verdict share; each names its act, and answers a click.

    What it holds outlives any restart: the verdict is read again at every click.
    """

    act: ClassVar[str]
    label: ClassVar[str]
    style: ClassVar[discord.ButtonStyle]

    def __init_subclass__(
        cls,
        *,
        act: str,
        label: str = "?",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init_subclass__(template=rf"receipts:{act}:(?P<id>[\w-]{{1,64}})")
        cls.act, cls.label, cls.style = act, label, style

    def __init__(self, verdict_id: str, label: str = "") -> None:
        super().__init__(
            discord.ui.Button(
                label=label or self.label,
                style=self.style,
                custom_id=f"receipts:{self.act}:{verdict_id}",
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
        """Answers a click, whatever goes wrong."""
        async with reported(interaction):
            await self.clicked(interaction)

    async def clicked(self, interaction: discord.Interaction[Any]) -> None:
        """What the button is for."""
        raise NotImplementedError
