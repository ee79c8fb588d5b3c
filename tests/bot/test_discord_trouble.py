"""What people read when something is in the way, and that nothing pings anyone."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.discord import words
from bot.discord.client import intents_for
from bot.discord.limits import Limiter, Refusal
from corpus.errors import CatalogueError, EndpointError, InputError, OperationError
from prompts.verdict import Sentence, Skipped
from tests.bot.discord_world import World
from tests.bot.values import REPORT, citation, result, verdict

CLAIM = "It cost $5.5M"
HOSTILE = (
    "@everyone @here <@123456789012345678> <@&123456789012345678> <#123456789012345678> "
    "[free](https://evil.example) https://evil.example ```\n# big\n> quote || ** \u202e\u200b "
    "</check:123456789012345678> <t:0:R> discord.gg/abc"
)


def deny(world: World, **permissions: bool) -> Any:
    """A channel where the bot lacks some permissions."""
    assert world.bot.user is not None
    me = world.guild.me
    assert me is not None
    return world.guild.create_text_channel(
        "restricted", overwrites={me: discord.PermissionOverwrite(**permissions)}
    )


@pytest.mark.parametrize("permission", ["send_messages", "view_channel"])
async def test_where_the_bot_may_not_write_it_does_not_try(world: World, permission: str) -> None:
    channel = deny(world, **{permission: False})
    before = len(world.env.http_requests)
    await world.alice.send(channel, f"{world.mention} {CLAIM}")
    assert not world.said(channel) and not world.checker.asked
    assert len(world.env.http_requests) == before


async def test_where_the_bot_may_not_write_the_command_still_works(world: World) -> None:
    channel = deny(world, send_messages=False, embed_links=False)
    asked = await world.alice.slash(channel, "check", claim=CLAIM)
    assert asked.response is not None and asked.response.embeds


async def test_where_cards_are_not_allowed_it_says_what_to_do(world: World) -> None:
    channel = deny(world, embed_links=False)
    await world.alice.send(channel, f"{world.mention} {CLAIM}")
    (answer,) = world.said(channel)
    assert answer.content == words.NO_CARDS and not answer.embeds
    assert not world.checker.asked


async def test_where_history_is_hidden_it_answers_without_a_reply(world: World) -> None:
    channel = deny(world, read_message_history=False)
    await world.alice.send(channel, f"{world.mention} {CLAIM}")
    sent = [r for r in world.env.http_requests if r.path == f"/channels/{channel.id}/messages"]
    assert len(sent) == 1
    assert "message_reference" not in (sent[0].json or {})


async def test_a_refusal_that_could_not_be_foreseen_is_not_retried(world: World) -> None:
    world.env.inject_error(
        "POST", "/channels/*/messages", status=403, code=50013, message="no", times=None
    )
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    tries = [r for r in world.env.http_requests if r.path.endswith("/messages")]
    assert len(tries) == 1
    assert world.rows("SELECT status FROM checks") == [("failed",)]


@pytest.mark.parametrize("length", [2001, 4000])
async def test_a_long_text_is_refused_in_a_sentence(world: World, length: int) -> None:
    asked = await world.alice.slash(world.channel, "check", claim="x" * length)
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == words.too_long(length)
    assert not world.checker.asked


async def test_the_longest_ordinary_message_is_checked(world: World) -> None:
    said = await world.bob.send(world.channel, "y" * 2000)
    asked = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.response is not None and asked.response.embeds


async def test_an_empty_claim_says_how(world: World) -> None:
    asked = await world.alice.slash(world.channel, "check", claim="   ")
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == words.HOW_TO


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EndpointError("http://10.0.0.1/v1 answered 500"), "did not answer"),
        (InputError("the text is odd"), "one plain sentence"),
        (OperationError("/home/me/receipts.db: the disk is full"), "went wrong on my side"),
        (RuntimeError("secret detail"), "went wrong on my side"),
    ],
)
async def test_an_error_is_a_sentence_and_the_log_has_the_rest(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    world.checker.error = error
    with caplog.at_level(logging.ERROR, logger="bot"):
        asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
        await world.bob.send(world.channel, f"{world.mention} {CLAIM}")
    assert asked.response is not None
    for text in (asked.response.content, world.said()[-1].content):
        assert said in text and str(error) not in text
        incident = text.rpartition("error ")[2].rstrip(".")
        assert incident in caplog.text
    assert str(error) in caplog.text
    assert world.rows("SELECT DISTINCT status FROM checks") == [("failed",)]


async def test_a_check_that_takes_too_long_ends(world: World) -> None:
    world.checker.delay = 10_000
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    await world.env.advance_time(200)
    assert asked.response is not None and "took too long" in asked.response.content


async def test_after_the_token_has_died_the_answer_goes_to_the_channel(world: World) -> None:
    world.checker.delay = 170
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.deferred
    world.env.inject_error(
        "PATCH", "/webhooks/*", status=401, code=50027, message="Invalid Webhook Token", times=None
    )
    await world.env.advance_time(171)
    assert [m for m in world.said() if m.embeds]
    assert world.rows("SELECT status FROM checks") == [("done",)]


async def test_without_a_token_or_a_right_to_write_it_gives_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    channel = deny(world, send_messages=False)
    world.checker.delay = 60
    await world.alice.slash(channel, "check", claim=CLAIM)
    world.env.inject_error("PATCH", "/webhooks/*", status=404, code=10015, times=None)
    await world.env.advance_time(61)
    assert not [m for m in world.said(channel) if m.embeds]
    assert "cannot be answered" in caplog.text
    assert world.rows("SELECT status FROM checks") == [("failed",)]


async def test_an_acknowledgement_that_fails_ends_in_a_sentence(world: World) -> None:
    world.env.inject_error("POST", "/interactions/*/callback", status=500, times=1)
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.ephemeral and asked.response is not None
    assert "went wrong on my side" in asked.response.content
    assert not world.checker.asked
    world.expected_errors = 1


async def test_an_interaction_that_is_gone_is_let_go(world: World) -> None:
    world.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, times=1)
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert not asked.acknowledged and not world.checker.asked
    world.expected_errors = 1


async def test_a_link_that_discord_refuses_costs_the_links_alone(world: World) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=400, code=240000, message="blocked")
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.response is not None
    (embed,) = asked.response.embeds
    sources = next(field.value or "" for field in embed.fields if field.name == "Sources")
    assert "https://" not in sources and "A technical report" in sources


async def test_a_person_who_asks_too_often_is_told_when_to_ask_again(world: World) -> None:
    world.bot.desk.limiter = Limiter(lambda: world.now, most=2)
    for _ in range(2):
        asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
        assert not asked.ephemeral
    refused = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert refused.ephemeral and refused.response is not None
    assert refused.response.content == words.slow_down(2, 300, 300)
    others = await world.bob.slash(world.channel, "check", claim=CLAIM)
    assert not others.ephemeral
    world.now += 301
    again = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert not again.ephemeral
    assert len(world.checker.asked) == 4


async def test_a_person_who_keeps_on_is_told_once(world: World) -> None:
    world.bot.desk.limiter = Limiter(lambda: world.now, most=2)
    for _ in range(5):
        await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    assert [m.content for m in world.said() if m.content] == [words.slow_down(2, 300, 300)]


def test_the_limit_is_thirty_in_five_minutes_and_slides() -> None:
    now: float = 0
    limiter = Limiter(lambda: now)
    assert limiter.ask(1) is None
    now = 30
    assert all(limiter.ask(1) is None for _ in range(29))
    assert limiter.ask(1) == Refusal(wait=270.0, first=True)
    assert limiter.ask(1) == Refusal(wait=270.0, first=False)
    assert limiter.ask(2) is None
    now = 300
    assert limiter.ask(1) is None
    assert limiter.ask(1) == Refusal(wait=30.0, first=True)
    assert words.slow_down(limiter.most, limiter.window, 1.0) == (
        "I do at most 30 checks in 5 minutes for each person. Please ask again in 1 second."
    )


def test_the_limiter_forgets_those_who_may_ask_again() -> None:
    now: float = 0
    limiter = Limiter(lambda: now, most=1)
    for person in range(3):
        assert limiter.ask(person) is None
    assert limiter.ask(0) is not None
    assert limiter.tell("server", 0) and not limiter.tell("server", 0)
    now = 300
    assert limiter.ask(9) is None
    assert len(limiter._people) == 1 and not limiter._told


async def test_twenty_at_once_are_all_acknowledged_before_any_is_done(world: World) -> None:
    world.checker.delay = 60
    people = [world.guild.add_member(world.env.create_user(f"p{n}")) for n in range(20)]
    asked = [await person.slash(world.channel, "check", claim=CLAIM) for person in people]
    assert all(one.deferred for one in asked)
    await world.env.advance_time(61)
    assert all(one.response is not None and one.response.embeds for one in asked)


async def test_too_many_under_way_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.desk.MOST_RUNNING", 1)
    world.checker.delay = 60
    await world.alice.slash(world.channel, "check", claim=CLAIM)
    refused = await world.bob.slash(world.channel, "check", claim=CLAIM)
    assert refused.response is not None and refused.response.content == words.BUSY
    await world.env.advance_time(61)


async def test_what_stopping_leaves_is_answered_after_the_next_start(world: World) -> None:
    world.checker.delay = 60
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM, as_of="2025-02")
    await world.bob.send(world.channel, f"{world.mention} {CLAIM}")
    await world.bot.desk.drain(0.1, 2.0)
    late = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert late.response is not None and late.response.content == words.STOPPING
    assert world.rows("SELECT DISTINCT status FROM checks") == [("running",)]
    world.checker.delay = 0
    await world.env.restart_bot(world.renewed())
    await world.until_nothing_waits()
    assert asked.response is not None and asked.response.embeds
    assert {str(one.as_of) for one in world.checker.asked[-2:]} == {"2025-02-28", "None"}
    assert all(message.embeds and not message.content for message in world.said())
    assert world.rows("SELECT DISTINCT status FROM checks") == [("done",)]


async def test_after_a_crash_checks_go_on(world: World) -> None:
    world.checker.delay = 60
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    world.checker.delay = 0
    await world.env.restart_bot(world.renewed())
    await world.until_nothing_waits()
    (reply,) = world.said()
    assert reply.embeds and not reply.content
    assert world.rows("SELECT status, token, attempts FROM checks") == [("done", None, 1)]


async def test_what_a_check_came_to_before_the_crash_is_what_is_shown(world: World) -> None:
    world.checker.delay = 60
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    ((check_id,),) = world.rows("SELECT id FROM checks")
    world.app.ledger.keep(check_id, [verdict(id=f"kept-{n}", claim=CLAIM) for n in range(2)])
    asked, world.checker.delay = len(world.checker.asked), 0
    await world.env.restart_bot(world.renewed())
    await world.until_nothing_waits()
    assert len(world.said()) == 2 and len(world.checker.asked) == asked
    shown = world.rows("SELECT verdict_id FROM appearances ORDER BY message_id")
    assert shown == [("kept-0",), ("kept-1",)]


async def test_once_its_token_has_died_a_check_is_answered_in_the_channel(world: World) -> None:
    world.checker.delay = 60
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    world.set_checks("requested_at = datetime(requested_at, '-20 minutes')")
    world.checker.delay = 0
    await world.env.restart_bot(world.renewed())
    await world.until_nothing_waits()
    assert asked.response is not None and not asked.response.embeds
    assert world.said()[-1].embeds


@pytest.mark.parametrize(
    "change", ["requested_at = datetime(requested_at, '-7 hours')", "attempts = 5"]
)
async def test_what_cannot_be_gone_on_with_is_said_to_be_interrupted(
    world: World, change: str
) -> None:
    world.checker.delay = 60
    await world.alice.send(world.channel, f"{world.mention} {CLAIM}")
    world.set_checks(change)
    asked = len(world.checker.asked)
    await world.env.restart_bot(world.renewed())
    await world.until_nothing_waits()
    (reply,) = world.said()
    assert reply.content == words.INTERRUPTED
    assert len(world.checker.asked) == asked
    assert world.rows("SELECT status FROM checks") == [("interrupted",)]


async def test_a_database_that_is_away_for_a_moment_costs_no_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, tries = world.app.ledger.keep, []

    def fails_twice(*given: Any) -> None:
        tries.append(given)
        if len(tries) < 3:
            raise CatalogueError("the server is not there")
        keep(*given)

    monkeypatch.setattr(world.app.ledger, "keep", fails_twice)
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.response is not None and asked.response.embeds
    assert len(tries) == 3


async def test_what_cannot_be_recorded_is_refused_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_request: object) -> bool:
        raise CatalogueError("the server is not there")

    monkeypatch.setattr(world.app.ledger, "begin", fails)
    asked = await world.alice.slash(world.channel, "check", claim=CLAIM)
    assert asked.response is not None and asked.response.content == words.NOT_NOW
    assert world.checker.asked == []


async def test_the_same_asked_by_many_at_once_is_checked_once(world: World) -> None:
    world.checker.delay = 60
    first = await world.alice.slash(world.channel, "check", claim=CLAIM)
    second = await world.bob.slash(world.channel, "check", claim=f" {CLAIM} ")
    third = await world.bob.slash(world.channel, "check", claim=CLAIM, as_of="2025")
    await world.env.advance_time(61)
    assert len(world.checker.asked) == 2
    for asked in (first, second, third):
        assert asked.response is not None and asked.response.embeds
    assert world.rows("SELECT count(*) FROM checks WHERE status = 'done'") == [(3,)]


async def test_the_commands_are_told_to_discord_once(world: World) -> None:
    def syncs() -> int:
        requests = world.env.http_requests
        return sum(r.method == "PUT" and r.path.endswith("/commands") for r in requests)

    assert syncs() == 1
    await world.env.restart_bot(world.renewed())
    assert syncs() == 1


async def test_nothing_hostile_reaches_discord_as_more_than_text(world: World) -> None:
    source = REPORT.model_copy(update={"title": HOSTILE, "publisher": HOSTILE})
    world.checker.result = result(
        verdict(
            claim=HOSTILE,
            summary=(Sentence(text=HOSTILE, citations=(1,)),),
            citations=(citation(quote=HOSTILE, source=source),),
            missing_context=HOSTILE,
        ),
        skipped=(Skipped(text=HOSTILE, reason="vague"),),
    )
    asked = await world.alice.slash(world.channel, "check", claim=HOSTILE)
    await world.bob.send(world.channel, f"{world.mention} {HOSTILE[17:]}")
    said = await world.bob.send(world.channel, HOSTILE)
    menu = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.response is not None and menu.response is not None
    await world.bob.click(asked.response, label="Sources")
    shown = await world.bob.click(asked.response, label="Flag")
    await world.bob.submit_modal(shown, {"reason": ["other"], "details": HOSTILE})
    assert world.said()
    for request in world.env.http_requests:
        assert_no_ping(request)


def assert_no_ping(request: Any) -> None:
    """Every message that leaves switches mentions off, and has none to switch off."""
    body = request.json
    if not isinstance(body, dict):
        return
    for message in (body, body.get("data") or {}):
        if not {"content", "embeds"} & set(message):
            continue
        assert message.get("allowed_mentions", {}).get("parse") == [], request.path
        assert not message["allowed_mentions"].get("replied_user")
        content = message.get("content") or ""
        assert "@" not in content and "http" not in content and "<" not in content


@pytest.mark.parametrize("opted_in", [False, True])
def test_only_the_least_intents_are_asked_for(opted_in: bool) -> None:
    wanted = {"guilds", "guild_messages", "dm_messages", "guild_reactions"}
    if opted_in:
        wanted.add("message_content")
    assert {name for name, on in intents_for(opted_in) if on} == wanted


async def test_an_operator_without_the_privilege_is_told(tmp_path: Path) -> None:
    world = World(tmp_path, message_content=True)
    env = simcord.Env(world.bot, shard_count=1, approved_intents=discord.Intents.default())
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await env.start()
    world.bot.desk.close()
    world.engine.dispose()
