"""Every way to ask, as a person on Discord sees it."""

from __future__ import annotations

from datetime import date

import discord
import pytest

from bot.discord import words
from prompts.verdict import Label, Skipped
from tests.bot.discord_world import World
from tests.bot.values import result, verdict

CLAIM = "It cost $5.5M"


async def test_the_command_is_answered_with_a_card_for_everybody(world: World) -> None:
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.acknowledged and not asked.ephemeral and not asked.followups
    assert asked.response is not None
    (embed,) = asked.response.embeds
    assert embed.title == "Misleading"
    assert f"> {CLAIM}" in (embed.description or "")
    labels = [button["label"] for button in asked.response.components[0]["components"]]
    assert labels == ["Sources", "Flag"]
    (check,) = world.checker.asked
    assert (check.text, check.as_of, check.guild_id) == (CLAIM, None, str(world.guild.id))
    assert world.rows("SELECT origin, status, text FROM checks") == [("slash", "done", CLAIM)]
    assert world.rows("SELECT verdict_id, message_id, channel_id FROM appearances") == [
        ("v1", str(asked.response.id), str(world.channel.id))
    ]


@pytest.mark.parametrize(
    ("as_of", "day"),
    [
        ("2025-02-05", date(2025, 2, 5)),
        ("2025-02", date(2025, 2, 28)),
        (" 2024 ", date(2024, 12, 31)),
    ],
)
async def test_the_command_takes_a_date_of_any_precision(
    world: World, as_of: str, day: date
) -> None:
    await world.alice.slash(world.channel, "check", claim=CLAIM, as_of=as_of)
    assert world.checker.asked[0].as_of == day


@pytest.mark.parametrize(
    "as_of", ["yesterday", "2025-02-30", "2025-1", "9999", "2030-01-01", "05/02/2025"]
)
async def test_a_date_that_is_none_is_refused_in_private(world: World, as_of: str) -> None:
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM, as_of=as_of)
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == words.BAD_DATE
    assert not world.checker.asked


async def test_the_message_menu_checks_that_message(world: World) -> None:
    said = await world.bob.send(world.channel, CLAIM)
    asked = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.response is not None and not asked.ephemeral
    assert world.checker.asked[0].text == CLAIM
    description = asked.response.embeds[0].description or ""
    assert f"[The message checked]({said.jump_url})" in description
    assert world.rows("SELECT origin, user_id FROM checks") == [("menu", str(world.alice.id))]


async def test_the_menu_on_a_message_without_text_says_so(world: World) -> None:
    said = await world.bob.send(world.channel, attachments=[("a.txt", b"x")])
    asked = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == words.NO_TEXT


async def test_the_menu_on_the_bots_own_card_says_so(world: World) -> None:
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    asked = await world.alice.context_menu(world.channel, words.MENU, world.said()[0])
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == words.OWN_MESSAGE


async def test_a_mention_checks_its_own_text(world: World) -> None:
    asked = await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    assert world.checker.asked[0].text == CLAIM
    (answer,) = world.said()
    assert answer.content == "" and answer.embeds[0].title == "Misleading"
    assert answer.reference is not None and answer.reference.message_id == asked.id
    assert world.rows("SELECT origin, status, answer_id FROM checks") == [
        ("mention", "done", str(answer.id))
    ]


async def test_a_mention_shows_at_once_that_it_works(world: World) -> None:
    world.checker.delay = 30
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    (answer,) = world.said()
    assert answer.content == words.CHECKING and not answer.embeds
    await world.env.advance_time(31)
    (answer,) = world.said()
    assert answer.content == "" and answer.embeds


async def test_a_mention_in_a_thread_is_answered_there(world: World) -> None:
    starter = await world.bob.send(world.channel, "Some news")
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="news", message=discord.Object(starter.id))
    (thread,) = world.channel.threads
    await world.alice.send(thread, f"{world.mention} {CLAIM}")
    (answer,) = [m for m in thread.history() if m.embeds]
    assert answer.embeds[0].title == "Misleading"
    assert not [m for m in world.channel.history() if m.embeds]


async def test_a_private_message_needs_no_mention(world: World) -> None:
    await world.alice.send_dm(CLAIM)
    assert world.checker.asked[0].text == CLAIM
    assert world.checker.asked[0].guild_id is None
    assert world.rows("SELECT origin, guild_id, status FROM checks") == [("dm", None, "done")]


async def test_the_command_works_in_private(world: World) -> None:
    asked = await world.alice.user.slash("check", claim=CLAIM)
    assert asked.response is not None and asked.response.embeds


@pytest.mark.parametrize("text", ["", " ", "check this", "is this true?", "Source?", "fact check!"])
async def test_a_mention_without_a_claim_says_how(world: World, text: str) -> None:
    await world.alice.send(world.channel, f"{world.mention} {text}")
    (answer,) = world.said()
    assert answer.content == words.HOW_TO
    assert "/check" in answer.content and "Apps > Check this claim" in answer.content
    assert not world.checker.asked


@pytest.mark.parametrize("text", ["", "is this true?"])
async def test_a_mention_in_a_reply_says_how_where_content_is_not_read(
    world: World, text: str
) -> None:
    said = await world.bob.send(world.channel, CLAIM)
    await world.alice.send(world.channel, f"{world.mention} {text}", reply_to=said)
    (answer,) = world.said()
    assert answer.content == words.HOW_TO_REPLY
    assert not world.checker.asked


@pytest.mark.parametrize("text", ["", "is this true?", "Can you check that please"])
async def test_a_mention_in_a_reply_checks_the_message_where_content_is_read(
    reading_world: World, text: str
) -> None:
    world = reading_world
    said = await world.bob.send(world.channel, CLAIM)
    await world.alice.send(world.channel, f"{world.mention} {text}", reply_to=said)
    assert [check.text for check in world.checker.asked] == [CLAIM]
    (answer,) = world.said()
    assert said.jump_url in (answer.embeds[0].description or "")


async def test_a_mention_in_a_reply_with_a_claim_of_its_own_checks_that(
    reading_world: World,
) -> None:
    world = reading_world
    said = await world.bob.send(world.channel, "Something else")
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}", reply_to=said)
    assert [check.text for check in world.checker.asked] == [CLAIM]


async def test_a_reply_to_the_bots_own_card_is_not_checked(reading_world: World) -> None:
    world = reading_world
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    await world.alice.send(world.channel, f"{world.mention} really?", reply_to=world.said()[0])
    assert world.said()[-1].content == words.OWN_MESSAGE
    assert len(world.checker.asked) == 1


async def test_several_claims_get_a_card_each_and_a_line_on_the_rest(world: World) -> None:
    world.checker.result = result(
        *(verdict(id=f"v{n}", claim=f"Claim {n}") for n in range(7)),
        skipped=(Skipped(text="I hate it", reason="opinion"),),
    )
    asked = await world.alice.slash(world.channel, "check", claim="many")
    assert asked.response is not None
    shown = [asked.response, *asked.followups]
    assert len(shown) == 5
    for n, message in enumerate(shown):
        (embed,) = message.embeds
        assert f"> Claim {n}" in (embed.description or "")
        left_out = [field.value for field in embed.fields if field.name == "Not checked"]
        assert bool(left_out) == (n == 4)
    assert left_out == ["“I hate it” (an opinion) · 2 more claims, as I check 5 at a time"]
    assert len(world.rows("SELECT * FROM appearances")) == 5


async def test_several_claims_in_a_mention_get_a_card_each(world: World) -> None:
    world.checker.result = result(verdict(id="a"), verdict(id="b"))
    await world.alice.send(world.channel, f"{world.mention} many")
    assert [len(message.embeds) for message in world.said()] == [1, 1]


async def test_a_text_without_a_claim_says_why(world: World) -> None:
    world.checker.result = result(skipped=(Skipped(text="I hate it", reason="opinion"),))
    asked = await world.alice.slash(world.channel, "check", claim="I hate it")
    assert asked.response is not None
    (embed,) = asked.response.embeds
    assert embed.title == "Nothing to check here"
    assert "“I hate it” (an opinion)" in (embed.description or "")
    assert not asked.response.components


async def test_a_verdict_without_sources_has_no_sources_button(world: World) -> None:
    world.checker.result = result(
        verdict(label=Label.NOT_ENOUGH_EVIDENCE, citations=(), summary=(), missing_context=None)
    )
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.response is not None
    labels = [button["label"] for button in asked.response.components[0]["components"]]
    assert labels == ["Flag"]
