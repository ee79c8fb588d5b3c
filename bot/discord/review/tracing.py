"""`/review trace`: how a verdict came about, step by step, as a file."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import discord

from bot.discord.actors import actor_of, home_of
from bot.discord.review import said
from bot.render import Terminal
from bot.review.values import Refused
from bot.translated import tr

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot


async def send_trace(
    bot: ReceiptsBot, interaction: discord.Interaction[ReceiptsBot], case: str
) -> None:
    """Puts the trace of a case's verdict in the response: to read, and as JSON."""
    review, actor, home = bot.app.review, actor_of(interaction), home_of(interaction)
    found = await bot.desk.record(review.cases.find, actor, home, case)
    steps = (
        found
        if isinstance(found, Refused)
        else await bot.desk.record(review.traces.of, actor, home, found.verdict_id)
    )
    if isinstance(steps, Refused):
        await interaction.edit_original_response(content=said.refused(steps))
        return
    told = Terminal().trace(steps)
    files = [
        discord.File(io.BytesIO(told.encode()), "trace.txt"),
        discord.File(io.BytesIO(json.dumps(steps, ensure_ascii=False, indent=1).encode()),
                     "trace.json"),
    ]  # fmt: skip
    cut = sum(len(step.get("notes") or ()) for step in steps if step["step"] == "verdict")
    await interaction.edit_original_response(
        content=tr("{steps} steps, {cut} things cut or changed.", steps=len(steps), cut=cut),
        attachments=files,
    )
