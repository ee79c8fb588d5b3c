"""Moderators at work inside Discord: the review channel, the forms, what people see of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
from simcord.actors import MemberActor

from bot.discord import words
from bot.review.values import Actor
from tests.bot.discord_world import World
from tests.bot.values import verdict

CLAIM = "It cost $5.5M"


class Newsroom(World):
    """A world with a review channel and three moderators."""

    async def start(self) -> None:
        await super().start()
        self.review_channel = self.guild.create_text_channel("review")
        role = self.guild.create_role(
            "moderators", permissions=discord.Permissions(manage_messages=True)
        )
        self.mods: list[MemberActor] = []
        for name in ("mona", "moe", "max"):
            member = self.guild.add_member(self.env.create_user(name), roles=[role])
            self.mods.append(member)
        managers = self.guild.create_role(
            "managers", permissions=discord.Permissions(manage_guild=True, manage_messages=True)
        )
        self.boss = self.guild.add_member(self.env.create_user("boss"), roles=[managers])
        self.set(review_channel=str(self.review_channel.id))

    def set(self, **changes: object) -> None:
        home = str(self.guild.id)
        owner = Actor("1", home, manage_guild=True)
        done = self.app.review.settings.change(owner, home, changes)
        assert not hasattr(done, "why"), done

    async def ask(self, claim: str = CLAIM) -> Any:
        asked = await self.alice.slash(self.channel, "check", claim=claim)
        assert asked.response is not None
        return asked.response

    async def flag(self, message: Any, who: MemberActor | None = None) -> Any:
        who = who or self.bob
        shown = await who.click(message, label="Flag")
        return await who.submit_modal(shown, {"reason": ["wrong_verdict"], "details": "See it."})

    def cards(self) -> list[Any]:
        return self.said(self.review_channel)

    async def settled(self) -> None:
        """Lets the courier bring what it owes."""
        await self.env.advance_time(31)

    def shown(self, message: Any) -> Any:
        return next(m for m in self.said() if m.id == message.id)


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> Any:
    room = Newsroom(tmp_path)
    await room.start()
    yield room
    await room.stop()


async def opened(room: Newsroom) -> tuple[Any, Any]:
    """A verdict that was asked for and flagged; its message, and the case's card."""
    message = await room.ask()
    await room.flag(message)
    await room.settled()
    (card,) = room.cards()
    return message, card


async def test_a_doubt_becomes_one_live_card(room: Newsroom) -> None:
    message, card = await opened(room)
    assert "Not reviewed by a moderator." in room.shown(message).embeds[0].description
    (embed,) = card.embeds
    assert embed.title == "Misleading?"
    assert any("See it." in field.value for field in embed.fields)
    await room.flag(message, room.alice)
    await room.settled()
    (card,) = room.cards()
    assert (
        sum("See it." in line for f in card.embeds[0].fields for line in f.value.split("\n")) == 2
    )


async def test_of_two_who_want_a_case_one_gets_it_and_the_other_hears_who(room: Newsroom) -> None:
    _, card = await opened(room)
    first, second = room.mods[:2]
    looking = await second.click(card, label="Review")
    won = await first.click(card, label="Assign to me")
    assert won.ephemeral and won.response.content == "This case is yours now."
    lost = await second.click(looking.response, label="Assign to me")
    assert f"<@{first.id}> was first" in lost.response.content


async def test_a_member_who_forges_a_click_is_refused_in_private(room: Newsroom) -> None:
    message, card = await opened(room)
    for label in ("Review", "Assign to me"):
        forged = await room.bob.click(card, label=label)
        assert forged.ephemeral
        assert forged.response.content == "This needs the Manage Messages permission."
    assert "Not reviewed" in room.shown(message).embeds[0].description


async def test_an_approval_reaches_the_message_that_was_asked_for(room: Newsroom) -> None:
    message, card = await opened(room)
    mod = room.mods[0]
    view = await mod.click(card, label="Review")
    texts = "\n".join(e.description or "" for e in view.response.embeds)
    assert "It is an assumed rental price of the final run." in texts
    told = {field.name: field.value for e in view.response.embeds for field in e.fields}
    assert f"/{room.channel.id}/{message.id})" in told["Shown in"]
    assert f"<@{room.bob.id}> flagged it" in told["History"]
    await mod.click(view.response, label="Approve")
    await room.settled()
    embed = room.shown(message).embeds[0]
    assert f"Reviewed by <@{mod.id}>" in embed.description
    assert [m for m in room.said() if m.content and "corrected" in m.content] == []
    (card,) = room.cards()
    assert card.embeds[0].title == "Misleading"


async def test_a_rejection_strikes_the_old_label_out_and_tells_the_asker_once(
    room: Newsroom,
) -> None:
    message, card = await opened(room)
    mod = room.mods[0]
    view = await mod.click(card, label="Review")
    form = await mod.click(view.response, label="Reject")
    await mod.submit_modal(form, {"reason": "The figure is another one's."})
    await room.settled()
    await room.settled()
    embed = room.shown(message).embeds[0]
    assert embed.title == "Withdrawn"
    assert "~~Misleading~~" in embed.description
    assert "The figure is another one's." in embed.description
    (reply,) = [m for m in room.said() if m.content and "corrected" in m.content]
    assert f"<@{room.alice.id}>" in reply.content


async def test_what_breaks_a_rule_is_shown_and_kept_for_another_try(room: Newsroom) -> None:
    message, card = await opened(room)
    mod = room.mods[0]
    view = await mod.click(card, label="Review")
    form = await mod.click(view.response, label="Edit")
    typed = {
        "label": ["refuted"],
        "summary": "It is an assumption. [1]",
        "citations": '[1] refutes: "Words that no source has."',
    }
    wrong = await mod.submit_modal(form, typed)
    assert "no passage found for this claim says" in wrong.response.content
    again = await mod.click(wrong.response, label="Edit")
    assert "Words that no source has." in str(again.modal)
    quote = verdict().citations[0].quote
    await mod.submit_modal(
        again, {**typed, "citations": f'[1] refutes: "{quote}"', "reason": "Clearer so."}
    )
    await room.settled()
    embed = room.shown(message).embeds[0]
    assert embed.title == "Refuted" and "~~Misleading~~" in embed.description


async def test_some_labels_need_two_moderators(room: Newsroom) -> None:
    room.set(four_eyes=["misleading"])
    message, card = await opened(room)
    first, second = room.mods[:2]
    view = await first.click(card, label="Review")
    proposed = await first.click(view.response, label="Approve")
    assert "second moderator" in proposed.response.content
    own = await first.click(proposed.response, label="Approve")
    assert "second person" in own.response.content
    await room.settled()
    (card,) = room.cards()
    view = await second.click(card, label="Review")
    await second.click(view.response, label="Approve")
    await room.settled()
    described = room.shown(message).embeds[0].description
    assert f"Reviewed by <@{first.id}> and <@{second.id}>" in described


async def test_the_buttons_work_after_a_restart(room: Newsroom) -> None:
    message, card = await opened(room)
    await room.env.restart_bot(room.renewed())
    mod = room.mods[0]
    view = await mod.click(card, label="Review")
    await room.env.restart_bot(room.renewed())
    await mod.click(view.response, label="Approve")
    await room.settled()
    assert "Reviewed by" in room.shown(message).embeds[0].description


async def test_an_appeal_goes_to_another_moderator(room: Newsroom) -> None:
    message, card = await opened(room)
    first, second = room.mods[:2]
    view = await first.click(card, label="Review")
    await first.click(view.response, label="Approve")
    await room.settled()
    typed = {"reason": "It was more.", "link": "https://example.org/other"}
    stranger = await room.bob.click(room.shown(message), label="Appeal")
    no = await room.bob.submit_modal(stranger, typed)
    assert "Only those who asked" in no.response.content
    form = await room.alice.click(room.shown(message), label="Appeal")
    sent = await room.alice.submit_modal(form, typed)
    assert sent.response.content == words.APPEALED
    await room.settled()
    (card,) = room.cards()
    assert any(field.name == "Appeals" for field in card.embeds[0].fields)
    own = await first.click(card, label="Assign to me")
    assert "goes to someone else" in own.response.content
    other = await second.click(card, label="Assign to me")
    assert other.response.content == "This case is yours now."


async def test_where_verdicts_are_held_they_appear_once_approved(room: Newsroom) -> None:
    room.set(mode="hold")
    message = await room.ask()
    assert room.shown(message).embeds[0].title == "Being reviewed"
    await room.settled()
    (card,) = room.cards()
    mod = room.mods[0]
    view = await mod.click(card, label="Review")
    await mod.click(view.response, label="Approve")
    await room.settled()
    await room.settled()
    assert room.shown(message).embeds[0].title == "Misleading"
    assert any("is there" in m.content for m in room.said() if m.content)


async def decided(room: Newsroom, card: Any) -> None:
    """The first moderator approves what the card shows."""
    view = await room.mods[0].click(card, label="Review")
    await room.mods[0].click(view.response, label="Approve")
    await room.settled()


def corrections(room: Newsroom) -> list[tuple[Any, ...]]:
    return room.rows("SELECT kind, state, attempts FROM corrections")


async def test_a_message_that_is_gone_is_recorded_and_not_tried_again(room: Newsroom) -> None:
    message, card = await opened(room)
    await room.mods[0].delete(message)
    await decided(room, card)
    await room.settled()
    assert corrections(room) == [("edit", "gone", 1)]
    (card,) = room.cards()
    assert any(field.name == "Not corrected" for field in card.embeds[0].fields)


async def test_a_channel_that_was_closed_to_the_bot_is_shown_and_tried_again_later(
    room: Newsroom,
) -> None:
    message, card = await opened(room)
    where = f"/channels/{room.channel.id}/messages/{message.id}"
    room.env.inject_error("PATCH", where, status=403, code=50001)
    await decided(room, card)
    await room.settled()
    assert corrections(room) == [("edit", "pending", 1)]
    (card,) = room.cards()
    problems = next(f for f in card.embeds[0].fields if f.name == "Not corrected")
    assert "tried again later" in problems.value
    room.time += 16 * 60
    await room.settled()
    assert corrections(room) == [("edit", "done", 2)]
    assert "Reviewed by" in room.shown(message).embeds[0].description


async def test_the_queue_lists_what_waits_and_opens_it(room: Newsroom) -> None:
    await opened(room)
    mod = room.mods[0]
    listed = await mod.slash(room.channel, "review queue")
    assert CLAIM in listed.response.embeds[0].description
    mine = await mod.slash(room.channel, "review queue", show="mine")
    assert mine.response.embeds[0].description == "Nothing waits here."
    (case,) = room.rows("SELECT id FROM cases")
    view = await mod.select(listed.response, [case[0]], custom_id="receipts:cases")
    assert view.ephemeral and len(view.response.embeds) == 3


async def test_a_chosen_reaction_flags(room: Newsroom) -> None:
    room.set(flag_reaction="🚩")
    message = await room.ask()
    await room.bob.react(message, "🚩")
    await room.bob.react(message, "👍")
    assert room.rows("SELECT user_id, reason FROM flags WHERE trigger = ''") == [
        (str(room.bob.id), "other")
    ]


async def test_a_person_can_be_kept_from_flagging(room: Newsroom) -> None:
    message = await room.ask()
    await room.mods[0].slash(room.channel, "review mute", user=room.bob)
    sent = await room.flag(message)
    assert "stopped your flags" in sent.response.content
    menu = await room.alice.context_menu(room.channel, words.FLAG_MENU, message)
    sent = await room.alice.submit_modal(menu, {"reason": ["harmful"]})
    assert sent.response.content == words.FLAGGED


async def test_moderators_of_a_german_server_read_german(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = discord.Interaction._from_data

    def from_a_german_client(self: Any, data: Any) -> None:
        told(self, data | {"locale": "de"})

    monkeypatch.setattr(discord.Interaction, "_from_data", from_a_german_client)
    room.set(language="de")
    message = await room.ask()
    form = await room.bob.click(message, label="Flag")
    await room.bob.submit_modal(form, {"reason": ["wrong_verdict"], "details": "Lies das."})
    await room.settled()
    (card,) = room.cards()
    (embed,) = card.embeds
    assert embed.title == "Irreführend?"
    assert {"Stand", "Betroffene", "Gezeigt in", "Beanstandungen"} <= {f.name for f in embed.fields}
    whole = await room.mods[0].click(card, label="Ansehen")
    titles = [embed.title for embed in whole.response.embeds]
    assert titles == ["Irreführend?", "Belege", "Zu diesem Fall"]
    looking = await room.mods[1].click(card, label="Ansehen")
    taken = await room.mods[0].click(whole.response, label="Übernehmen")
    assert taken.response.content == "Dieser Fall gehört jetzt dir."
    lost = await room.mods[1].click(looking.response, label="Übernehmen")
    assert "war schneller: hat den Fall übernommen" in lost.response.content
    refused = await room.bob.click(card, label="Ansehen")
    assert "Nachrichten verwalten" in refused.response.content
