"""A form that was open when the bot was restarted is answered, and gives back what was typed."""

from __future__ import annotations

from bot.discord import words
from tests.bot.test_discord_review import Newsroom, opened, room

__all__ = ["room"]


async def test_a_flag_that_was_being_written_is_given_back(room: Newsroom) -> None:
    message = await room.ask()
    form = await room.bob.click(message, label="Flag")
    await room.env.restart_bot(room.renewed())
    sent = await room.bob.submit_modal(
        form, {"reason": ["wrong_verdict"], "details": "It was *not* so. @everyone"}
    )
    assert sent.ephemeral
    assert sent.response.content.startswith(words.LOST_FORM)
    assert "It was \\*not\\* so." in sent.response.content
    assert "@everyone" not in sent.response.content
    assert room.rows("SELECT 1 FROM flags WHERE trigger = ''") == []


async def test_an_edit_that_was_being_written_is_given_back(room: Newsroom) -> None:
    _, card = await opened(room)
    mod = room.mods[0]
    view = await mod.click(card, label="Review")
    form = await mod.click(view.response, label="Edit")
    await room.env.restart_bot(room.renewed())
    typed = {"label": ["refuted"], "summary": "A long thought. [1]", "citations": ""}
    sent = await mod.submit_modal(form, typed)
    assert "A long thought." in sent.response.content and words.TYPED in sent.response.content
    assert room.rows("SELECT state FROM cases") == [("open",)]


async def test_a_form_that_the_bot_waits_for_is_answered_once(room: Newsroom) -> None:
    sent = await room.flag(await room.ask())
    assert sent.response.content == words.FLAGGED
    assert sent.followups == []
