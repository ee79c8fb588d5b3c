"""Every button and menu that the bot leaves in Discord works in the process that comes after."""

from __future__ import annotations

from typing import Any

import pytest

from bot.discord import words
from bot.memory import Memory
from prompts.verdict import Choice
from retrieval.embedder import load_embedder
from tests.bot.courtroom import SAME_CLAIMS
from tests.bot.test_discord_review import Newsroom, decided, opened, room
from tests.bot.test_discord_settings import text
from tests.bot.values import result, verdict

__all__ = ["room"]


async def restarted(room: Newsroom) -> None:
    await room.env.restart_bot(room.renewed())


async def test_the_buttons_of_an_answer(room: Newsroom) -> None:
    message, card = await opened(room)
    await decided(room, card)
    await restarted(room)
    shown = room.shown(message)
    sources = await room.bob.click(shown, label="Sources")
    assert sources.ephemeral and "assumed rental price" in str(sources.response.embeds[0].to_dict())
    form = await room.alice.click(shown, label="Flag")
    sent = await room.alice.submit_modal(form, {"reason": ["harmful"], "details": ""})
    assert sent.response.content == words.FLAGGED
    appeal = await room.alice.click(shown, label="Appeal")
    typed = {"reason": "It was more.", "link": "https://example.org/other"}
    answered = await room.alice.submit_modal(appeal, typed)
    # The flag has opened the case again, so there is nothing published to appeal.
    assert answered.ephemeral and answered.response.content


async def test_check_again_under_an_answer_that_was_remembered(room: Newsroom) -> None:
    _, card = await opened(room)
    await decided(room, card)
    room.checker.memory = Memory(room.app.review.published, load_embedder(), SAME_CLAIMS)
    again = await room.ask()
    await restarted(room)
    asked = len(room.checker.asked)
    await room.bob.click(again, label="Check again")
    assert len(room.checker.asked) == asked + 1


async def test_the_choice_between_two_ways_of_reading(room: Newsroom) -> None:
    ways = (verdict(id="w1", claim="It cost $5.5M"), verdict(id="w2", claim="He cost $5.5M"))
    room.checker.result = result().model_copy(
        update={"verdicts": (), "choices": (Choice(text="It cost that", verdicts=ways),)}
    )
    asked = await room.alice.slash(room.channel, "check", claim="It cost that")
    await restarted(room)
    chosen = await room.alice.click(asked.response, label="He cost $5.5M")
    assert "He cost $5.5M" in str(chosen.response.embeds[0].to_dict())


@pytest.mark.parametrize("act", ["Review", "Assign to me"])
async def test_the_buttons_of_a_card_in_the_review_channel(room: Newsroom, act: str) -> None:
    _, card = await opened(room)
    await restarted(room)
    clicked = await room.mods[0].click(card, label=act)
    assert clicked.ephemeral and clicked.response.embeds


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("Edit", {"label": ["refuted"], "summary": "x", "citations": ""}),
        ("Reject", {"reason": "It was another year."}),
        ("Check again", {"engine": ["local"], "as_of": "", "source": ""}),
        ("Ask another moderator", {}),
        ("Assign to me", None),
        ("Approve", None),
    ],
)
async def test_the_buttons_of_a_whole_case(
    room: Newsroom, act: str, form: dict[str, Any] | None
) -> None:
    _, card = await opened(room)
    view = await room.mods[0].click(card, label="Review")
    await restarted(room)
    clicked = await room.mods[0].click(view.response, label=act)
    if form is None:
        assert clicked.response.content
    else:
        assert clicked.modal is not None


@pytest.mark.parametrize("what", ["snooze_1", "close_opinion", "close_spam"])
async def test_the_menu_of_a_case(room: Newsroom, what: str) -> None:
    _, card = await opened(room)
    view = await room.mods[0].click(card, label="Review")
    await restarted(room)
    ((case, version),) = room.rows("SELECT id, version FROM cases")
    custom_id = f"receipts:more:{case}:{version}"
    done = await room.mods[0].select(view.response, [what], custom_id=custom_id)
    assert done.response.content
    ((state,),) = room.rows("SELECT state FROM cases")
    assert state == ("snoozed" if what == "snooze_1" else "closed")


async def test_the_pages_and_the_menu_of_the_queue(room: Newsroom) -> None:
    room.set(min_confidence=1.0)
    for n in range(10):
        await room.ask(f"It cost ${n} million")
    listed = await room.mods[0].slash(room.channel, "review queue")
    assert "1 to 8 of 10" in listed.response.embeds[0].footer.text
    await restarted(room)
    following = await room.mods[0].click(listed.response, label="Next")
    assert "9 to 10 of 10" in following.response.embeds[0].footer.text
    cases = {row[0] for row in room.rows("SELECT id FROM cases")}
    shown = await room.mods[0].select(
        following.response,
        [next(one for one in cases if one[:6] in text(following))],
        custom_id="receipts:cases",
    )
    assert shown.ephemeral and len(shown.response.embeds) == 3


async def test_what_deletes_a_persons_data(room: Newsroom) -> None:
    await opened(room)
    seen = await room.bob.slash(room.channel, "privacy")
    await restarted(room)
    sure = await room.bob.click(seen.response, label="Delete it")
    await restarted(room)
    gone = await room.bob.click(sure.response, label="Yes, delete it")
    assert gone.response.content == words.FORGOTTEN


async def test_of_three_moderators_who_want_a_case_one_has_it_and_two_hear_who(
    room: Newsroom,
) -> None:
    _, card = await opened(room)
    views = [await mod.click(card, label="Review") for mod in room.mods]
    said = []
    for mod, view in zip(room.mods, views, strict=True):
        clicked = await mod.click(view.response, label="Assign to me")
        said.append(clicked.response.content)
    first = room.mods[0].id
    assert said[0] == "This case is yours now."
    assert all(f"<@{first}> was first" in one for one in said[1:])
    assert room.rows("SELECT assignee_id FROM cases") == [(str(first),)]


async def test_of_three_decisions_from_the_same_view_one_stands(room: Newsroom) -> None:
    message, card = await opened(room)
    views = [await mod.click(card, label="Review") for mod in room.mods]
    for mod, view in zip(room.mods, views, strict=True):
        await mod.click(view.response, label="Approve")
    await room.settled()
    decisions = "SELECT actor_id FROM decisions WHERE state = 'final'"
    assert room.rows(decisions) == [(str(room.mods[0].id),)]
    assert f"Reviewed by <@{room.mods[0].id}>" in room.shown(message).embeds[0].description


async def test_the_language_of_answers_is_a_setting(room: Newsroom) -> None:
    held = await room.boss.slash(room.channel, "settings answers", language="de")
    assert "Worded in: German" in text(held)
    back = await room.boss.slash(room.channel, "settings answers", language="claim")
    assert "The language of the claim" in text(back)
