"""Backups and the move to PostgreSQL: all of it arrives, or nothing does."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.ledger import Request, open_ledger
from bot.quotas import Quotas
from bot.review.appearances import Shown
from bot.review.review import Review
from bot.review.values import Making
from bot.transfer import open_migrated, tables, transfer
from corpus.catalogue import Catalogue
from corpus.errors import InputError
from tests.bot.discord_world import passages
from tests.bot.test_command import process as run
from tests.bot.values import verdict
from tests.corpus.values import add, found, sentence, source
from tests.postgres import PostgresServer


@pytest.fixture
def filled(tmp_path: Path) -> sa.Engine:
    engine = open_migrated(f"sqlite:///{tmp_path / 'receipts.db'}")
    catalogue, ledger = Catalogue(engine), open_ledger(engine)
    for number in range(5):
        add(catalogue, source(f"s{number}"), sentence("apples", str(number), "caf\u00e9"))
    catalogue.retract("s1", "corrected")
    request = Request("100", "It cost $5.5M", "slash", "7", guild_id="1", channel_id="2")
    ledger.begin(request, lambda db: Quotas().count(db, request))
    ledger.keep("100", [verdict()], {"v1": ["p1", "p2"]})
    review = Review(engine, passages)
    review.flags.screen("1", verdict(), Making(notes=("a note",)), hold=True)
    shown = Shown(verdict_id="v1", message_id="9", channel_id="2", place="channel", asker_id="7")
    review.appearances.add("1", shown)
    return engine


def test_every_table_of_the_database_is_copied(filled: sa.Engine) -> None:
    held = {name for name in sa.inspect(filled).get_table_names() if "alembic" not in name}
    lexical = {name for name in held if name.startswith("passage_fts")}
    assert held - lexical == {table.name for table in tables()}


def test_a_home_moves_to_postgresql(filled: sa.Engine, postgres: PostgresServer) -> None:
    target = open_migrated(postgres.new_database())
    copied = {table.table: table.rows for table in transfer(filled, target)}
    assert copied["source"] == 5 and copied["evidence"] == 2 and copied["cases"] == 1
    there, here = Catalogue(filled), Catalogue(target)
    assert here.count() == there.count()
    assert found(here, "apples") == found(there, "apples")
    assert open_ledger(target).verdict("v1") == verdict()
    # It can be written on: the numbers that PostgreSQL gives go on from those copied.
    assert add(here, source("new"), sentence("pears"))
    assert found(here, "pears") == {"new"}
    with pytest.raises(InputError, match="not empty"):
        transfer(filled, target)
    back = open_migrated(f"sqlite:///{Path(str(filled.url.database)).with_name('back.db')}")
    assert sum(table.rows for table in transfer(target, back)) > sum(copied.values())
    for engine in (filled, target, back):
        engine.dispose()


def test_a_backup_is_one_moment_of_a_running_home(filled: sa.Engine, tmp_path: Path) -> None:
    home, copy, other = tmp_path, tmp_path / "copy.db", tmp_path / "other"
    first = run("backup", str(copy), home=home)
    assert first.returncode == 0 and "the same on both sides" in first.stdout
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert run("backup", str(copy), home=home).returncode == 2
    restored = run("restore", str(copy), home=other)
    assert restored.returncode == 0, restored.stderr
    assert run("restore", str(copy), home=other).returncode == 2
    engine = open_migrated(f"sqlite:///{other / 'receipts.db'}")
    assert open_ledger(engine).verdict("v1") == verdict()
    engine.dispose()
    filled.dispose()


def test_what_cannot_be_moved_is_named(tmp_path: Path) -> None:
    said = run("migrate-data", home=tmp_path)
    assert said.returncode == 2 and "RECEIPTS_DATABASE_URL" in said.stderr
