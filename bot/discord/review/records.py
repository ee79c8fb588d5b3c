"""`/review stats` and `/review export`: how the review goes, and all of its record as a file."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.discord import words
from bot.discord.actors import actor_of, home_of
from bot.discord.review import said
from bot.discord.review.case_embeds import REVIEW_COLOUR
from bot.discord.review.chart import bars
from bot.review.statistics import Share, Statistics
from bot.review.values import Refused
from bot.translated import later, tr, tr_count

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

SITE = "https://discord.com/channels"
FORMATS = later({
    "json": "JSON: cases, decisions, log",
    "csv": "CSV: a line a decision",
    "jsonld": "ClaimReview (JSON-LD)",
})  # fmt: skip


async def show_statistics(bot: ReceiptsBot, interaction: discord.Interaction[ReceiptsBot]) -> None:
    """Puts the figures of the server in the response, with a chart."""
    found = await bot.desk.record(
        bot.app.review.statistics, actor_of(interaction), home_of(interaction)
    )
    if isinstance(found, Refused):
        await interaction.edit_original_response(content=said.refused(found))
        return
    embed, chart = statistics_card(found)
    if chart is None:
        await interaction.edit_original_response(embed=embed)
    else:
        file = discord.File(io.BytesIO(chart), "overturned.png")
        await interaction.edit_original_response(embed=embed, attachments=[file])


def statistics_card(found: Statistics) -> tuple[discord.Embed, bytes | None]:
    """The figures, and their chart as a PNG where there is anything to draw."""
    embed = discord.Embed(title=tr("How the review goes"), colour=REVIEW_COLOUR)
    for name, value in (
        (tr("Open"), str(found.open)),
        (tr("Decided"), str(found.decided)),
        (tr("Median time to a decision"), _span(found.median_to_decision)),
        (tr("Flags upheld"), _share(found.flags_upheld)),
        (tr("Answers reused"), _share(found.reused)),
        (tr("Overturned, by engine"), _lines(found.overturned_by_engine)),
    ):
        embed.add_field(name=name, value=value, inline=True)
    by_label = {words.label(name): share for name, share in found.overturned_by_label.items()}
    embed.add_field(name=tr("Overturned, by label"), value=_lines(by_label), inline=False)
    if not by_label:
        return embed, None
    embed.set_image(url="attachment://overturned.png")
    return embed, bars(tr("Drafts overturned by moderators"), by_label)


async def send_export(
    bot: ReceiptsBot, interaction: discord.Interaction[ReceiptsBot], form: str
) -> None:
    """Puts the server's record in the response, as a file."""
    record, actor, home = bot.app.review.record, actor_of(interaction), home_of(interaction)
    match form:
        case "csv":
            text = await bot.desk.record(record.export_csv, actor, home)
        case "jsonld":
            pages = bot.app.settings.public_url
            text = await bot.desk.record(
                record.export_claim_reviews,
                actor,
                home,
                publisher=interaction.guild.name if interaction.guild else "Receipts",
                publisher_url=pages or f"{SITE}/{home}",
                pages=pages,
            )
        case _:
            text = await bot.desk.record(record.export_json, actor, home)
    if isinstance(text, Refused):
        await interaction.edit_original_response(content=said.refused(text))
        return
    data = text.encode()
    if len(data) > interaction.filesize_limit:
        await interaction.edit_original_response(
            content=tr(
                "The record is larger than a file may be here. Whoever runs me can export it from "
                "the database."
            )
        )
        return
    file = discord.File(io.BytesIO(data), f"receipts-review.{form}")
    await interaction.edit_original_response(
        content=tr("The record of this server."), attachments=[file]
    )


def _share(share: Share) -> str:
    if share.rate is None:
        return "–"
    told = tr("{part} of {whole}", part=share.part, whole=share.whole)
    return f"{share.rate:.0%} ({told})"


def _lines(shares: dict[str, Share]) -> str:
    return "\n".join(f"{name}: {_share(share)}" for name, share in shares.items()) or "–"


def _span(span: timedelta | None) -> str:
    if span is None:
        return "–"
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = round(minutes / 60)
    if hours < 72:
        return f"{hours} h"
    return tr_count("{count} day", "{count} days", round(hours / 24))
