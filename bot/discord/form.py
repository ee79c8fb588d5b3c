"""Forms: one an opening, and an answer to those that were open when the bot was restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

import discord

from bot.discord import words
from bot.discord.escape import plain
from bot.discord.trouble import reported

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

_OPEN_S = 3600
_PREFIX = "receipts:form:"
_SHOWN = 1700
"""Characters given back of what was typed."""

OpenForms = WeakValueDictionary[str, "Form"]
"""The forms that this process waits for, by custom id."""


class Form(discord.ui.Modal):
    """A form of ours. A shared one would mix up two people who fill it in at once."""

    def __init__(self, title: str, opened_by: discord.Interaction[Any]) -> None:
        custom_id = f"{_PREFIX}{opened_by.id}"
        super().__init__(title=title, custom_id=custom_id, timeout=_OPEN_S)
        cast("ReceiptsBot", opened_by.client).forms[custom_id] = self


async def answer_lost_form(interaction: discord.Interaction[Any], known: OpenForms) -> None:
    """Gives back what was typed into a form that nobody waits for any more."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    data = cast("dict[str, Any]", interaction.data or {})
    custom_id = str(data.get("custom_id", ""))
    if not custom_id.startswith(_PREFIX) or custom_id in known:
        return
    async with reported(interaction):
        typed = "\n".join(_typed(data.get("components", [])))
        said = words.LOST_FORM
        if typed:
            said = f"{said}\n{words.TYPED}\n>>> {plain(typed, _SHOWN)}"
        await interaction.response.send_message(said, ephemeral=True)


def _typed(components: Any) -> list[str]:
    """The texts in a form as it was sent, in order, however its inputs are wrapped."""
    found: list[str] = []
    for component in components if isinstance(components, list) else []:
        if isinstance(component, dict):
            if isinstance(text := component.get("value"), str) and text.strip():
                found.append(text.strip())
            found += _typed(component.get("components"))
            found += _typed([component["component"]] if "component" in component else [])
    return found
