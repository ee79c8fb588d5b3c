"""What the buttons of a case do: acknowledge, call the review, show what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.actors import actor_of, home_of
from bot.discord.review import said
from bot.discord.review.case_embeds import whole
from bot.discord.review.case_view import Act, Acting, review_view
from bot.discord.review.forms import AskForm, DuplicateForm, EditForm, ReasonForm, RerunForm
from bot.review.dossier import Dossier
from bot.review.drafts import Typed, typed
from bot.review.values import Actor, Case, Refused
from bot.translated import tr, tr_count

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

Work = Callable[[Actor, str], Case | Refused]
"""What is asked of the review, for whoever clicked and in their server."""

_PROMPT_S = 2.0
"""A form must be on its way within 3 seconds, so what fills it in has to be read within this."""


async def acknowledge(interaction: discord.Interaction[Any]) -> None:
    """In place, where the moderator's own private view of the case was clicked; else beside it."""
    message = interaction.message
    if message is not None and message.flags.ephemeral:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


async def show_case(
    bot: ReceiptsBot, interaction: discord.Interaction[Any], case_id: str, note: str | None = None
) -> None:
    """Puts the whole case in the response, under a sentence on what has happened."""
    home, actor, review = home_of(interaction), actor_of(interaction), bot.app.review
    found = await bot.desk.record(review.cases.get, actor, home, case_id)
    if isinstance(found, Refused):
        text = note or said.refused(found)
        await interaction.edit_original_response(content=text, embeds=[], view=None)
        return
    passages = await bot.desk.record(review.decisions.evidence, found.verdict.id)
    history = await bot.desk.record(review.record.history, actor, home, case_id)
    events = [] if isinstance(history, Refused) else history
    await interaction.edit_original_response(
        content=note,
        embeds=whole(found, passages, events),
        view=review_view(
            found.case,
            published=found.published is not None,
            problems=bool(found.problems),
        ),
    )


async def settle(acting: Acting, work: Work, done: Callable[[Case], str]) -> None:
    """Acknowledges, does `work`, and shows the case with what became of it."""
    interaction, bot = acting.interaction, acting.bot
    await acknowledge(interaction)
    await finish(
        acting, await bot.desk.record(work, actor_of(interaction), home_of(interaction)), done
    )


async def finish(acting: Acting, result: Case | Refused, done: Callable[[Case], str]) -> None:
    """Shows what became of something, where it has been acknowledged already."""
    if isinstance(result, Refused):
        note = said.refused(result)
    else:
        note = done(result)
        acting.bot.courier.wake()
    await show_case(acting.bot, acting.interaction, acting.case_id, note)


def _at_once(bind: Callable[[Acting], Work], done: Callable[[Case], str]) -> Act:
    """An act that needs nothing but the click."""

    async def act(acting: Acting) -> None:
        await settle(acting, bind(acting), done)

    return act


def _assign(acting: Acting) -> Work:
    cases = acting.bot.app.review.cases
    return lambda actor, home: cases.assign(actor, home, acting.case_id, acting.version)


def _release(acting: Acting) -> Work:
    cases = acting.bot.app.review.cases
    return lambda actor, home: cases.release(actor, home, acting.case_id, acting.version)


def _approve(acting: Acting) -> Work:
    decisions = acting.bot.app.review.decisions
    return lambda actor, home: decisions.approve(actor, home, acting.case_id, seen=acting.version)


def _decline(acting: Acting) -> Work:
    decisions = acting.bot.app.review.decisions
    return lambda actor, home: decisions.decline(actor, home, acting.case_id, acting.version)


def _reopen(acting: Acting) -> Work:
    decisions = acting.bot.app.review.decisions
    return lambda actor, home: decisions.reopen(actor, home, acting.case_id, acting.version)


async def _open(acting: Acting) -> None:
    await acknowledge(acting.interaction)
    await show_case(acting.bot, acting.interaction, acting.case_id)


async def _snooze(acting: Acting) -> None:
    cases, clock = acting.bot.app.review.cases, acting.bot.app.review.now
    days = int(acting.what) if acting.what.isdigit() else 1
    await settle(
        acting,
        lambda actor, home: cases.snooze(
            actor, home, acting.case_id, clock() + timedelta(days=days), acting.version
        ),
        lambda case: tr_count("Put away for {count} day.", "Put away for {count} days.", days),
    )


async def _retry(acting: Acting) -> None:
    bot, interaction = acting.bot, acting.interaction
    await acknowledge(interaction)
    again = await bot.desk.record(
        bot.app.review.corrections.retry,
        actor_of(interaction),
        home_of(interaction),
        acting.case_id,
    )
    if isinstance(again, Refused):
        note = said.refused(again)
    else:
        note = tr_count(
            "{count} correction will be tried again.",
            "{count} corrections will be tried again.",
            again,
        )
        bot.courier.wake()
    await show_case(bot, interaction, acting.case_id, note)


async def _withdraw(acting: Acting) -> None:
    decisions = acting.bot.app.review.decisions

    def work(actor: Actor, home: str, reason: str) -> Case | Refused:
        return decisions.withdraw(actor, home, acting.case_id, reason, acting.version)

    form = ReasonForm(acting, tr("Reject this verdict"), work, finish, said.decided)
    await acting.interaction.response.send_modal(form)


async def _close(acting: Acting) -> None:
    decisions, merging = acting.bot.app.review.decisions, acting.bot.app.review.merging
    if acting.what == "duplicate":
        form = DuplicateForm(acting, merging, acting.bot.app.review.cases, finish)
        await acting.interaction.response.send_modal(form)
        return
    why: Any = "spam" if acting.what == "spam" else "opinion"
    await settle(
        acting,
        lambda actor, home: decisions.close(actor, home, acting.case_id, why, seen=acting.version),
        lambda case: tr("Closed as spam.") if why == "spam" else tr("Closed as an opinion."),
    )


async def _edit(acting: Acting) -> None:
    bot, interaction = acting.bot, acting.interaction
    held = bot.typed.get((interaction.user.id, acting.case_id))
    if held is None:
        dossier = await _read_quickly(acting)
        if isinstance(dossier, Refused):
            await interaction.response.send_message(said.refused(dossier), ephemeral=True)
            return
        held = typed(dossier.verdict)
    decisions = bot.app.review.decisions

    def work(actor: Actor, home: str, form: Typed, reason: str) -> Case | Refused:
        return decisions.edit(actor, home, acting.case_id, form, reason=reason, seen=acting.version)

    await interaction.response.send_modal(EditForm(acting, held, work, finish))


async def _read_quickly(acting: Acting) -> Dossier | Refused:
    bot, interaction = acting.bot, acting.interaction
    reading = bot.desk.record(
        bot.app.review.cases.get, actor_of(interaction), home_of(interaction), acting.case_id
    )
    try:
        return await asyncio.wait_for(reading, _PROMPT_S)
    except TimeoutError:
        return Refused("state", "The case could not be read in time. Please press Edit again.")


async def _rerun(acting: Acting) -> None:
    await acting.interaction.response.send_modal(RerunForm(acting, show_case))


async def _ask(acting: Acting) -> None:
    await acting.interaction.response.send_modal(AskForm(acting, finish))


ACTS: dict[str, Act] = {
    "open": _open,
    "assign": _at_once(_assign, lambda case: tr("This case is yours now.")),
    "release": _at_once(_release, lambda case: tr("The case is back in the queue.")),
    "approve": _at_once(_approve, said.decided),
    "decline": _at_once(_decline, lambda case: tr("Declined: the case is open again.")),
    "reopen": _at_once(
        _reopen, lambda case: tr("The case is open again; what is published stands meanwhile.")
    ),
    "snooze": _snooze,
    "retry": _retry,
    "withdraw": _withdraw,
    "close": _close,
    "edit": _edit,
    "rerun": _rerun,
    "ask": _ask,
}
