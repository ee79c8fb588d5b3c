"""What messages said is kept no longer than a server wants."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bot.ledger import checks
from bot.review.tables import flags
from bot.review.values import FlagReason
from tests.bot.courtroom import ELSEWHERE, HOME, Courtroom, allowed, manager, member


def texts(room: Courtroom) -> dict[str, str]:
    with room.engine.connect() as db:
        return {row.guild_id or "dm": row.text for row in db.execute(sa.select(checks))}


def test_each_server_loses_its_own_texts_at_its_own_time(tmp_path: Path) -> None:
    with Courtroom(tmp_path) as room:
        change = {"retention_days": 7}
        allowed(room.review.settings.change(manager(), HOME, change))
        for home in (HOME, ELSEWHERE, "dm"):
            room.ask(f"It cost $5.5M in {home}", home=home)
        room.pass_time(days=8)
        assert room.review.privacy.blank_old_texts() == 1
        kept = texts(room)
        assert kept[HOME] == ""
        assert kept[ELSEWHERE] and kept["dm"]
        room.pass_time(days=90)
        assert room.review.privacy.blank_old_texts() == 2
        assert set(texts(room).values()) == {""}
        assert room.review.privacy.blank_old_texts() == 0


def test_the_words_of_flags_go_too(tmp_path: Path) -> None:
    with Courtroom(tmp_path) as room:
        shown = room.ask()
        told = "my name is Ada"
        allowed(room.review.flags.add(member("8"), HOME, shown.id, FlagReason.OTHER, told))
        room.pass_time(days=91)
        room.review.privacy.blank_old_texts()
        with room.engine.connect() as db:
            assert db.scalars(sa.select(flags.c.details)).all() == [""]
