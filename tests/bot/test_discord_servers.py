"""Two servers with one bot: neither sees what the other asks, doubts, decides or chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio

from bot.review.values import Actor
from tests.bot.discord_world import World
from tests.bot.test_discord_review import CLAIM, Newsroom, decided, opened
from tests.bot.test_discord_settings import text

SECRET = "The kitchen in Harbour Street was closed for rats"


class TwoServers(Newsroom):
    """The newsroom, and another server with a moderator and a manager of its own."""

    async def start(self) -> None:
        await super().start()
        other = self.other = self.env.create_guild("Elsewhere")
        self.their_channel = other.create_text_channel("general")
        self.their_review = other.create_text_channel("review")
        role = other.create_role(
            "all", permissions=discord.Permissions(manage_guild=True, manage_messages=True)
        )
        self.stranger = other.add_member(self.env.create_user("stella"), roles=[role])
        self.reader = other.add_member(self.env.create_user("rob"))
        owner = Actor("1", str(other.id), manage_guild=True)
        changes: dict[str, object] = {"review_channel": str(self.their_review.id)}
        self.app.review.settings.change(owner, str(other.id), changes)

    async def seen_elsewhere(self) -> str:
        """Everything that the other server's commands show to the one who may do all in it."""
        by, channel = self.stranger, self.their_channel
        shown = [
            await by.slash(channel, "review queue"),
            await by.slash(channel, "review queue", show="open"),
            await by.slash(channel, "review queue", show="stale"),
            await by.slash(channel, "review history"),
            await by.slash(channel, "review stats"),
            await by.slash(channel, "settings show"),
            await by.slash(channel, "privacy"),
        ]
        told = [text(one) for one in shown]
        for form in ("json", "csv", "jsonld"):
            sent = await by.slash(channel, "review export", format=form)
            (file,) = sent.response.attachments
            told.append((await file.read()).decode())
        return "\n".join(told)


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> Any:
    room = TwoServers(tmp_path)
    await room.start()
    yield room
    await room.stop()


async def test_no_command_of_one_server_shows_the_other(room: TwoServers) -> None:
    room.set(flag_reaction="🚩", checks_an_hour=17)
    message = await room.ask(SECRET)
    await room.flag(message)
    await room.settled()
    (card,) = room.cards()
    ids = [card.id, message.id, room.bob.id, room.guild.id, room.review_channel.id]
    names = [SECRET, "See it.", "17 checks", "🚩", *map(str, ids)]
    for when in ("while it waits", "once it is published"):
        seen = await room.seen_elsewhere()
        assert [name for name in names if name in seen] == [], when
        if when == "while it waits":
            await decided(room, card)
    assert "Nothing waits here." in seen
    assert room.said(room.their_channel) == [] and room.said(room.their_review) == []


@pytest.mark.parametrize("command", ["review case", "review history"])
async def test_a_case_cannot_be_called_by_its_name_from_elsewhere(
    room: TwoServers, command: str
) -> None:
    await opened(room)
    ((case,),) = room.rows("SELECT id FROM cases")
    no = await room.stranger.slash(room.their_channel, command, case=case)
    assert no.response.content.startswith("There is no such case here")
    yes = await room.mods[0].slash(room.channel, command, case=case)
    assert CLAIM in text(yes) or "flag" in text(yes)


async def test_the_same_claim_is_a_case_of_its_own_in_each_server(room: TwoServers) -> None:
    _, card = await opened(room)
    asked = await room.reader.slash(room.their_channel, "check", claim=CLAIM)
    shown = await room.stranger.click(asked.response, label="Flag")
    await room.stranger.submit_modal(shown, {"reason": ["harmful"], "details": "Ours."})
    await room.settled()
    assert room.rows("SELECT count(*), count(DISTINCT guild_id) FROM cases") == [(2, 2)]
    (theirs,) = room.said(room.their_review)
    assert "Ours." in str(theirs.embeds[0].to_dict())
    assert "See it." not in str(theirs.embeds[0].to_dict())
    await decided(room, card)
    (answer,) = [m for m in room.said(room.their_channel) if m.embeds]
    assert "Not reviewed" in answer.embeds[0].description
    assert room.rows("SELECT state FROM cases ORDER BY state") == [("decided",), ("open",)]


async def test_a_mute_holds_in_its_own_server_alone(room: TwoServers) -> None:
    rob_here = room.guild.add_member(room.reader.user)
    await room.mods[0].slash(room.channel, "review mute", user=rob_here)
    no = await room.flag(await room.ask(), rob_here)
    assert "stopped your flags" in no.response.content
    asked = await room.reader.slash(room.their_channel, "check", claim=CLAIM)
    shown = await room.reader.click(asked.response, label="Flag")
    yes = await room.reader.submit_modal(shown, {"reason": ["harmful"], "details": ""})
    assert "Thank" in yes.response.content or "flag" in yes.response.content.lower()
    assert room.rows("SELECT guild_id FROM flags WHERE trigger = ''") == [(str(room.other.id),)]


async def test_a_setting_holds_in_its_own_server_alone(room: TwoServers) -> None:
    held = await room.stranger.slash(room.their_channel, "settings answers", mode="hold")
    assert "Hold until approved" in text(held)
    here = await room.ask()
    assert room.shown(here).embeds[0].title == "Misleading"
    there = await room.reader.slash(room.their_channel, "check", claim=CLAIM)
    assert there.response.embeds[0].title == "Being reviewed"


@pytest.mark.parametrize("closed", [False, True])
async def test_whoever_adds_the_bot_is_told_once_what_to_do(world: World, *, closed: bool) -> None:
    owner = world.env.create_user("olive")
    fresh = world.env.create_guild("Fresh *news*", owner=owner)
    if closed:
        world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=None)
    for _ in range(2):
        # SimCord delivers a new server as one that was there before.
        world.bot.dispatch("guild_join", world.bot.get_guild(fresh.id))
        for _ in range(60):
            await world.env.advance_time(1)
            if closed or owner.dm_channel.history():
                break
    told = [] if closed else owner.dm_channel.history()
    cards = [embed for message in told for embed in message.embeds]
    assert [card.title for card in cards] == ([] if closed else ["I am in Fresh \\*news\\*"])
    assert all("/settings review" in card.description for card in cards)
