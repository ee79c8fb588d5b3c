"""Verdicts that were shown in threads are put right, and where that cannot be it is told."""

from __future__ import annotations

from typing import Any

import discord

from tests.bot.test_discord_review import CLAIM, Newsroom, corrections, decided, room

__all__ = ["room"]

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
ARCHIVED, LOCKED, UNKNOWN_CHANNEL = 50083, 160005, 10003


async def in_a_thread(room: Newsroom) -> tuple[discord.Thread, Any, Any]:
    """A thread where a verdict was asked for and flagged; the answer, and the case's card."""
    starter = await room.bob.send(room.channel, "Some news")
    channel = room.bot.get_channel(room.channel.id)
    assert isinstance(channel, discord.TextChannel)
    made = await channel.create_thread(name="news", message=discord.Object(starter.id))
    (thread,) = room.channel.threads
    await room.alice.send(thread, f"{room.mention} {CLAIM}")
    (answer,) = [m for m in thread.history() if m.embeds]
    await room.flag(answer)
    await room.settled()
    (card,) = room.cards()
    return made, answer, card


def answers(room: Newsroom) -> list[Any]:
    (thread,) = room.channel.threads
    return [m for m in thread.history() if m.embeds]


async def test_a_decision_reaches_a_thread(room: Newsroom) -> None:
    _, _, card = await in_a_thread(room)
    await decided(room, card)
    (answer,) = answers(room)
    assert "Reviewed by" in answer.embeds[0].description


async def test_an_archived_thread_is_opened_again_for_the_correction(room: Newsroom) -> None:
    thread, answer, card = await in_a_thread(room)
    await thread.edit(archived=True)
    where = f"/channels/{thread.id}/messages/{answer.id}"
    room.env.inject_error("PATCH", where, status=400, code=ARCHIVED)
    await decided(room, card)
    await room.settled()
    assert corrections(room) == [("edit", "done", 1)]
    assert "Reviewed by" in answers(room)[0].embeds[0].description


async def test_a_locked_thread_is_told_on_the_case_and_tried_less_and_less_often(
    room: Newsroom,
) -> None:
    thread, answer, card = await in_a_thread(room)
    await thread.edit(archived=True, locked=True)
    before = len(room.env.http_requests)
    where = f"/channels/{thread.id}/messages/{answer.id}"
    room.env.inject_error("PATCH", where, status=400, code=ARCHIVED, times=None)
    await decided(room, card)
    await room.settled()
    assert corrections(room) == [("edit", "pending", 1)]
    (card,) = room.cards()
    (problem,) = [f for f in card.embeds[0].fields if f.name == "Not corrected"]
    assert "locked" in problem.value
    for _ in range(40):
        room.time += 6 * 3600
        await room.settled()
    ((_, state, tries),) = corrections(room)
    assert state == "locked" and 2 <= tries <= 12
    sent = [r for r in room.env.http_requests[before:] if r.method == "PATCH" and r.path == where]
    assert len(sent) == tries
    room.env.backend.faults.clear()
    await thread.edit(archived=False, locked=False)
    view = await room.mods[0].click(room.cards()[0], label="Review")
    again = await room.mods[0].click(view.response, label="Retry corrections")
    assert "1 correction will be tried again." in again.response.content
    await room.settled()
    assert "Reviewed by" in answers(room)[0].embeds[0].description


async def test_a_thread_that_is_deleted_is_not_tried_again(room: Newsroom) -> None:
    thread, answer, card = await in_a_thread(room)
    where = f"/channels/{thread.id}/messages/{answer.id}"
    room.env.inject_error("PATCH", where, status=404, code=UNKNOWN_CHANNEL, times=None)
    await decided(room, card)
    room.time += 24 * 3600
    await room.settled()
    assert corrections(room) == [("edit", "gone", 1)]
