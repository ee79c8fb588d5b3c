"""What a server chooses, what a person sees of themselves, and the record, through Discord."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from bot.memory import Memory
from bot.review.values import Actor
from retrieval.embedder import load_embedder
from tests.bot.courtroom import SAME_CLAIMS
from tests.bot.discord_world import World
from tests.bot.test_discord_review import Newsroom, decided, opened, room

__all__ = ["room"]


def text(result: Any) -> str:
    response = result.response
    fields = [field.value for embed in response.embeds for field in embed.fields]
    return "\n".join(
        [response.content or "", *(e.description or "" for e in response.embeds), *fields]
    )


async def test_settings_are_for_those_who_manage_the_server(room: Newsroom) -> None:
    owner = room.boss
    set_to = await owner.slash(room.channel, "settings limits", checks_an_hour=5, keep_text_days=30)
    assert "5 checks an hour" in text(set_to) and "30 days" in text(set_to)
    held = await owner.slash(room.channel, "settings answers", mode="hold", least_confidence=70)
    assert "Hold until approved" in text(held) and "under 70%" in text(held)
    assert "5 checks an hour" in text(held)


async def test_what_was_set_can_be_taken_back(room: Newsroom) -> None:
    owner, channel = room.boss, room.channel
    await owner.slash(channel, "settings review", two_approvals="refuted")
    held = await owner.slash(channel, "settings answers", mode="hold", channel=channel)
    assert "Two approvals: Refuted" in text(held) and f"<#{channel.id}>: Hold" in text(held)
    for what in ("review_channel", "four_eyes", "channel_modes"):
        held = await owner.slash(channel, "settings clear", what=what)
    assert "Channel: none" in text(held) and "Two approvals: none" in text(held)
    assert f"<#{channel.id}>" not in text(held)


async def test_a_person_sees_what_is_stored_of_them_and_deletes_it(room: Newsroom) -> None:
    await opened(room)
    seen = await room.bob.slash(room.channel, "privacy")
    assert seen.ephemeral and "See it." in text(seen)
    sure = await room.bob.click(seen.response, label="Delete it")
    gone = await room.bob.click(sure.response, label="Yes, delete it")
    assert "deleted" in gone.response.content
    assert room.rows("SELECT details FROM flags WHERE trigger = ''") == [("",)]
    assert "Nothing." in text(await room.bob.slash(room.channel, "privacy"))


async def test_the_record_can_be_had_as_figures_and_files(room: Newsroom) -> None:
    _, card = await opened(room)
    await decided(room, card)
    mod, owner = room.mods[0], room.boss
    figures = await mod.slash(room.channel, "review stats")
    assert "0% (0 of 1)" in text(figures) and figures.response.attachments
    history = await mod.slash(
        room.channel, "review history", case=room.rows("SELECT id FROM cases")[0][0]
    )
    assert "approve" in text(history)
    no = await mod.slash(room.channel, "review export")
    assert "Manage Server" in no.response.content
    for form in ("json", "csv", "jsonld"):
        sent = await owner.slash(room.channel, "review export", format=form)
        (file,) = sent.response.attachments
        assert file.filename == f"receipts-review.{form}"


async def test_a_published_verdict_answers_the_same_claim_again(room: Newsroom) -> None:
    _, card = await opened(room)
    await decided(room, card)
    embedder = load_embedder()
    room.checker.memory = Memory(room.app.review.published, embedder, SAME_CLAIMS)
    asked = len(room.checker.asked)
    again = await room.ask()
    assert len(room.checker.asked) == asked
    assert f"Reviewed by <@{room.mods[0].id}>" in again.embeds[0].description
    await room.bob.click(again, label="Check again")
    assert len(room.checker.asked) == asked + 1


def test_the_exports_are_what_they_say(tmp_path: Any) -> None:
    from tests.bot.courtroom import HOME, Courtroom, allowed, manager, moderator

    with Courtroom(tmp_path) as court:
        case = court.flag(court.ask('=cmd|"x" cost $5.5M'))
        allowed(court.review.decisions.approve(moderator(), HOME, case.id))
        record, owner = court.review.record, manager()
        whole = json.loads(allowed(record.export_json(owner, HOME)))
        assert whole["schema"] == "receipts.review/1" and len(whole["cases"]) == 1
        (line,) = csv.DictReader(io.StringIO(allowed(record.export_csv(owner, HOME))))
        assert line["claim"].startswith("'=") and line["action"] == "approve"
        (review,) = json.loads(
            allowed(
                record.export_claim_reviews(
                    owner, HOME, publisher="Newsroom", publisher_url="https://example.org"
                )
            )
        )
        assert review["@type"] == "ClaimReview"
        assert review["reviewRating"]["alternateName"] == "Refuted"
        assert review["itemReviewed"]["@type"] == "Claim"


async def test_answers_are_worded_in_the_language_that_the_server_has_chosen(world: World) -> None:
    owner = Actor("1", str(world.guild.id), manage_guild=True)
    world.app.review.settings.change(owner, str(world.guild.id), {"language": "de"})
    await world.alice.slash(world.channel, "check", claim="It cost $5.5M")
    assert world.checker.languages == ["de"]
    world.app.review.settings.change(owner, str(world.guild.id), {"language": None})
    await world.alice.slash(world.channel, "check", claim="It cost $5.6M")
    assert world.checker.languages == ["de", None]
