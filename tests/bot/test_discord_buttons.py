"""The buttons under a card, today and after a restart."""

from __future__ import annotations

from typing import Any

from bot.discord import words
from prompts.verdict import CheckResult, Choice, Label
from tests.bot.discord_world import World
from tests.bot.values import citation, result, verdict

CLAIM = "It cost $5.5M"


async def card(world: World) -> Any:
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.response is not None
    return asked.response


async def test_sources_are_shown_to_the_one_who_clicks_alone(world: World) -> None:
    clicked = await world.bob.click(await card(world), label="Sources")
    assert clicked.ephemeral and clicked.response is not None
    (embed,) = clicked.response.embeds
    text = embed.description or ""
    assert "Speaks against the claim" in text
    assert "> It is an assumed rental price of the final run." in text
    assert "arXiv, 27 Dec 2024" in text


async def test_more_quotes_than_fit_are_counted(world: World) -> None:
    world.checker.result = result(
        verdict(citations=tuple(citation(n, "word " * 300) for n in range(1, 13)))
    )
    clicked = await world.bob.click(await card(world), label="Sources")
    assert clicked.response is not None
    assert len(clicked.response.embeds) == 10
    assert clicked.response.embeds[-1].footer.text == "And 2 more."


async def test_a_flag_is_asked_why_and_stored_once_a_person(world: World) -> None:
    message = await card(world)
    for details, said in (("It says otherwise.", words.FLAGGED), ("Again", words.FLAGGED_BEFORE)):
        shown = await world.bob.click(message, label="Flag")
        assert shown.modal is not None and shown.modal["title"] == "Flag this verdict"
        sent = await world.bob.submit_modal(
            shown, {"reason": ["wrong_verdict"], "details": details}
        )
        assert sent.ephemeral and sent.response is not None
        assert sent.response.content == said
    shown = await world.alice.click(message, label="Flag")
    await world.alice.submit_modal(shown, {"reason": ["harmful"]})
    assert world.rows("SELECT verdict_id, user_id, reason, details FROM flags ORDER BY 2") == [
        ("v1", str(world.alice.id), "harmful", ""),
        ("v1", str(world.bob.id), "wrong_verdict", "It says otherwise."),
    ]


async def test_two_people_can_fill_in_the_form_at_once(world: World) -> None:
    message = await card(world)
    first = await world.alice.click(message, label="Flag")
    second = await world.bob.click(message, label="Flag")
    await world.alice.submit_modal(first, {"reason": ["harmful"]})
    await world.bob.submit_modal(second, {"reason": ["missing_context"]})
    assert {row[0] for row in world.rows("SELECT reason FROM flags")} == {
        "harmful",
        "missing_context",
    }


async def test_cards_survive_a_restart(world: World) -> None:
    message = await card(world)
    await world.env.restart_bot(world.renewed())
    clicked = await world.bob.click(message, label="Sources")
    assert clicked.response is not None and clicked.response.embeds
    shown = await world.bob.click(message, label="Flag")
    sent = await world.bob.submit_modal(shown, {"reason": ["harmful"]})
    assert sent.response is not None and sent.response.content == words.FLAGGED


async def test_a_verdict_that_is_no_longer_held_is_said_to_be(world: World) -> None:
    message = await card(world)
    with world.engine.begin() as db:
        for table in ("appearances", "makings", "flags", "case_verdicts", "case_cards", "cases"):
            db.exec_driver_sql(f"DELETE FROM {table}")
        db.exec_driver_sql("DELETE FROM verdicts")
    clicked = await world.bob.click(message, label="Sources")
    assert clicked.response is not None and clicked.response.content == words.NO_VERDICT
    shown = await world.bob.click(message, label="Flag")
    sent = await world.bob.submit_modal(shown, {"reason": ["harmful"]})
    assert sent.response is not None and sent.response.content == words.NO_VERDICT


async def test_a_button_that_fails_says_so_in_private(world: World) -> None:
    message = await card(world)
    with world.engine.begin() as db:
        db.exec_driver_sql("UPDATE verdicts SET verdict = '{}'")
    clicked = await world.bob.click(message, label="Sources")
    said = [m.content for m in (clicked.response, *clicked.followups) if m is not None]
    assert any("Something went wrong" in text and "error " in text for text in said)


async def test_words_with_two_readings_are_asked_back_and_answered_by_a_button(
    world: World,
) -> None:
    final = verdict(id="way-1", claim="The final run cost $5.5M")
    whole = verdict(id="way-2", claim="All of it cost $5.5M", label=Label.REFUTED)
    choice = Choice(text=CLAIM, verdicts=(final, whole))
    world.checker.result = CheckResult(verdicts=(), skipped=(), choices=(choice,))
    asked = await card(world)
    assert asked.embeds[0].title == words.WHICH
    world.checker.result = None
    clicked = await world.alice.click(asked, label="All of it cost $5.5M")
    assert clicked.response is not None
    assert "All of it cost" in (clicked.response.embeds[0].description or "")
    assert len(world.checker.asked) == 1
