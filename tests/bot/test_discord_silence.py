"""Nothing is said where nobody asked."""

from __future__ import annotations

import discord
import pytest

from bot.discord import words
from tests.bot.discord_world import World

CLAIM = "It cost $5.5M"


@pytest.mark.parametrize(
    "text",
    [
        CLAIM,
        f"@everyone {CLAIM}",
        f"@here {CLAIM}",
        f"Receipts, {CLAIM}",
        "<@123456789012345678> look",
        "/check claim:x",
    ],
)
async def test_messages_that_do_not_mention_the_bot_are_left_alone(world: World, text: str) -> None:
    await world.alice.send(world.channel, text)
    assert not world.said() and not world.checker.asked


async def test_a_message_to_everyone_is_left_alone_even_where_it_names_the_bot(
    world: World,
) -> None:
    everyone = world.guild.create_role("speaker", permissions=discord.Permissions.all())
    speaker = world.guild.add_member(world.env.create_user("speaker"), roles=[everyone])
    await speaker.send(world.channel, f"@everyone {world.mention} {CLAIM}")
    assert not world.said() and not world.checker.asked


async def test_a_role_of_the_bots_is_not_the_bot(world: World) -> None:
    role = world.guild.create_role("Receipts")
    await world.alice.send(world.channel, f"{role.mention} {CLAIM}")
    assert not world.said()


async def test_a_mention_shown_as_code_is_left_alone(world: World) -> None:
    await world.alice.send(world.channel, f"Write `{world.mention}` before {CLAIM}")
    await world.alice.send(world.channel, f"```\n{world.mention} {CLAIM}\n```")
    assert not world.said() and not world.checker.asked


async def test_bots_are_left_alone(world: World) -> None:
    other = world.guild.add_member(world.env.create_user("other", bot=True))
    await other.send(world.channel, f"{world.mention} {CLAIM}")
    assert not world.said()


async def test_webhooks_are_left_alone(world: World) -> None:
    hook = world.guild.create_webhook(world.channel)
    await hook.send(f"{world.mention} {CLAIM}")
    assert not world.said()


async def test_the_bot_does_not_answer_itself(world: World) -> None:
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.send(f"{world.mention} {CLAIM}")
    await world.env.settle()
    assert len(world.said()) == 1 and not world.checker.asked


async def test_an_edit_is_no_question(world: World) -> None:
    said = await world.alice.send(world.channel, "Nothing")
    await world.alice.edit(said, f"{world.mention} {CLAIM}")
    assert not world.said() and not world.checker.asked


async def test_an_edit_of_a_question_brings_no_second_answer(world: World) -> None:
    said = await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    await world.alice.edit(said, f"{world.mention} It cost $6M")
    assert len(world.said()) == 1 and len(world.checker.asked) == 1


async def test_a_reply_to_the_bot_is_no_question_by_itself(world: World) -> None:
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    await world.bob.send(world.channel, "I doubt it cost that", reply_to=world.said()[0])
    assert len(world.said()) == 1 and len(world.checker.asked) == 1


async def test_a_system_message_is_no_question(world: World) -> None:
    said = await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    moderator = world.guild.create_role("mod", permissions=discord.Permissions.all())
    mod = world.guild.add_member(world.env.create_user("mod"), roles=[moderator])
    await mod.set_pinned(said, True)
    assert len(world.said()) == 1


async def test_the_same_message_delivered_again_brings_no_second_answer(world: World) -> None:
    said = await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    world.bot.dispatch("message", said)
    await world.env.settle()
    assert len(world.said()) == 1
    await world.env.restart_bot(world.renewed())
    world.bot.dispatch("message", said)
    await world.env.settle()
    assert len(world.said()) == 1 and len(world.checker.asked) == 1


async def test_a_deleted_question_is_dropped_without_a_word(world: World) -> None:
    world.checker.delay = 60
    said = await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    assert world.said()[0].content == words.CHECKING
    await world.alice.delete(said)
    assert not world.said()
    await world.env.advance_time(61)
    assert not world.said()
    assert world.rows("SELECT status FROM checks") == [("cancelled",)]


async def test_a_deleted_answer_is_not_written_again(world: World) -> None:
    world.checker.delay = 60
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.get_partial_message(world.said()[0].id).delete()
    await world.env.advance_time(61)
    assert not world.said()
    assert world.rows("SELECT status FROM checks") == [("cancelled",)]
