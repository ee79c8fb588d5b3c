"""The ledger: what is recorded once, what survives, and what a crash leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

import bot.leases
import bot.review.tables  # noqa: F401  # The review's tables are the ledger's, too.
from bot.ledger import VERSION_TABLE, Ledger, Request, metadata, open_ledger
from corpus.database import run_revisions
from tests.bot.values import verdict


@pytest.fixture
def ledger(engine: sa.Engine) -> Ledger:
    return open_ledger(engine)


def request(event: str = "100", text: str = "It cost $5.5M") -> Request:
    return Request(id=event, text=text, origin="slash", user_id="7", guild_id="1", channel_id="2")


def test_the_same_event_opens_one_check(ledger: Ledger) -> None:
    assert ledger.begin(request())
    assert not ledger.begin(request(text="delivered again"))
    assert ledger.begin(request("101"))


def test_many_deliveries_at_once_open_one_check(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: ledger.begin(request()), range(16)))
    assert opened.count(True) == 1


def test_a_verdict_comes_back_whole(ledger: Ledger) -> None:
    ledger.begin(request())
    ledger.keep("100", [verdict()])
    assert ledger.verdict("v1") == verdict()
    assert ledger.verdict("another") is None


def test_a_verdict_given_again_is_left_as_it_was(ledger: Ledger) -> None:
    ledger.begin(request())
    ledger.keep("100", [verdict()])
    ledger.begin(request("101"))
    ledger.keep("101", [verdict(claim="changed"), verdict(id="v2")])
    first, second = ledger.verdict("v1"), ledger.verdict("v2")
    assert first is not None and first.claim == "It cost $5.5M"
    assert second is not None


def test_kept_verdicts_leave_a_check_open(ledger: Ledger) -> None:
    ledger.begin(request())
    ledger.keep("100", [verdict()], {"v1": ["p2", "p1"]})
    assert ledger.queue().open == 1
    given = ledger.given("v1")
    assert given is not None and given.verdict == verdict()
    assert given.guild_id == "1" and given.passage_ids == ("p2", "p1")
    ledger.finish("100", "done")
    assert ledger.queue().open == 0


def test_what_a_database_cannot_hold_is_left_out(ledger: Ledger) -> None:
    assert ledger.begin(request(text="nul \0 and half \ud800 a character"))


def test_notes_are_kept_and_replaced(ledger: Ledger) -> None:
    assert ledger.note("commands") is None
    ledger.set_note("commands", "a")
    ledger.set_note("commands", "b")
    assert ledger.note("commands") == "b"


def test_opening_again_keeps_what_is_there(engine: sa.Engine) -> None:
    open_ledger(engine).begin(request())
    assert not open_ledger(engine).begin(request())


def test_the_migrations_make_the_tables_that_the_code_expects(engine: sa.Engine) -> None:
    open_ledger(engine)
    made = sa.inspect(engine)
    for table in metadata.tables.values():
        columns = {
            c["name"]: (c["type"].compile(engine.dialect), c["nullable"])
            for c in made.get_columns(table.name)
        }
        assert columns == {
            c.name: (c.type.compile(engine.dialect), bool(c.nullable)) for c in table.columns
        }
        key = set(made.get_pk_constraint(table.name)["constrained_columns"])
        assert key == {c.name for c in table.primary_key.columns}
        indexed = {
            tuple(index["column_names"])
            for index in made.get_indexes(table.name)
            # PostgreSQL also names the index that a constraint makes.
            if "duplicates_constraint" not in index
        }
        assert indexed == {tuple(c.name for c in index.columns) for index in table.indexes}


def test_the_migrations_can_be_undone(engine: sa.Engine) -> None:
    open_ledger(engine)
    run_revisions(engine, "bot:migrations", VERSION_TABLE, "base")
    left = set(sa.inspect(engine).get_table_names())
    assert not left & set(metadata.tables)
