"""Traces: kept with the verdict, handed to moderators alone, gone with the words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.ledger import Request, open_ledger, traces
from bot.review.review import Review
from bot.review.values import Actor, Refused
from corpus.database import open_engine
from tests.bot.discord_world import passages
from tests.bot.test_discord_review import Newsroom, opened
from tests.bot.values import verdict

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MODERATOR = Actor("7", "5", manage_messages=True)
STEPS = [{"step": "audit", "at_ms": 3, "notes": ["sentence cut: it is not in the evidence"]}]


def kept(folder: Path) -> tuple[sa.Engine, Review]:
    engine = open_engine(f"sqlite:///{folder / 'receipts.db'}")
    ledger = open_ledger(engine, now=lambda: NOW)
    ledger.begin(Request("1", "It cost $5.5M", "slash", user_id="9", guild_id="5"))
    ledger.keep("1", [verdict()], {}, {"v1": STEPS})
    return engine, Review(engine, passages, now=lambda: NOW + timedelta(days=100))


def test_a_moderator_sees_what_was_cut_and_why(tmp_path: Path) -> None:
    engine, review = kept(tmp_path)
    assert review.traces.of(MODERATOR, "5", "v1") == STEPS
    engine.dispose()


def test_nobody_else_does(tmp_path: Path) -> None:
    engine, review = kept(tmp_path)
    others = [(Actor("8", "5"), "5"), (MODERATOR, "6"), (Actor("7", "6", manage_guild=True), "6")]
    for actor, home in others:
        assert isinstance(review.traces.of(actor, home, "v1"), Refused)
    engine.dispose()


def test_it_goes_with_the_words_of_the_message(tmp_path: Path) -> None:
    engine, review = kept(tmp_path)
    assert review.privacy.blank_old_text("5") == 1
    told = review.traces.of(MODERATOR, "5", "v1")
    assert isinstance(told, Refused) and "deleted" in told.message
    engine.dispose()


def test_it_goes_when_the_one_who_asked_deletes_what_is_stored(tmp_path: Path) -> None:
    engine, review = kept(tmp_path)
    assert review.privacy.forget(Actor("9", "5"), "5") is None
    with engine.connect() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(traces)) == 0
    engine.dispose()


async def test_the_command_sends_it_as_a_file(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    await room.start()
    await opened(room)
    ((case_id,),) = room.rows("SELECT id FROM cases")
    asked = await room.mods[0].slash(room.channel, "review trace", case=case_id)
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == "1 steps, 1 things cut or changed."
    names = [attachment.filename for attachment in asked.response.attachments]
    assert names == ["trace.txt", "trace.json"]
    await room.stop()


def test_steps_that_json_cannot_hold_are_told_in_words(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'receipts.db'}")
    ledger = open_ledger(engine)
    ledger.begin(Request("1", "x", "slash", user_id="9", guild_id="5"))
    ledger.keep("1", [verdict()], {}, {"v1": [{"step": "x", "at_ms": 0, "day": NOW.date()}]})
    with engine.connect() as db:
        assert json.loads(db.scalar(sa.select(traces.c.steps)))[0]["day"] == "2026-03-01"
    engine.dispose()
