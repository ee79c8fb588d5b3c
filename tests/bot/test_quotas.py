"""Quotas: what is counted for whom, that nothing forgets it, and what a raid costs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.ledger import Request, open_ledger
from bot.quotas import PRIVATE_A_DAY, OverQuotaError, Quotas
from bot.review.settings import GuildSettings
from bot.review.tables import guild_settings
from bot.shards import Shards, parse_shards
from corpus.database import open_engine
from corpus.errors import InputError


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    open_ledger(engine)
    chosen = GuildSettings(checks_an_hour=3, checks_a_day=5).model_dump_json()
    with engine.begin() as db:
        row = {"guild_id": "1", "settings": chosen, "changed_at": datetime.now(UTC)}
        db.execute(guild_settings.insert().values(row))
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ask(quotas: Quotas, user: str = "7", guild: str | None = "1") -> OverQuotaError | None:
    try:
        quotas.take(Request("1", "a claim", "slash", user, guild_id=guild, channel_id="2"))
    except OverQuotaError as error:
        return error
    return None


def test_a_person_and_a_server_have_their_quotas(engine: sa.Engine, clock: Clock) -> None:
    quotas = Quotas(engine, now=clock)
    assert [ask(quotas) for _ in range(3)] == [None] * 3
    refused = ask(quotas)
    assert refused is not None
    assert (refused.scope, refused.most, refused.wait) == ("person", 3, 40 * 60)
    assert ask(quotas, "8") is None and ask(quotas, "9") is None
    full = ask(quotas, "10")
    assert full is not None and full.scope == "server"
    assert ask(quotas, "7", guild="another") is None
    # What was refused has cost nothing of the day's number, and another process knows it too.
    again = ask(Quotas(engine, now=clock), "11")
    assert again is not None and again.scope == "server"
    clock.now += timedelta(days=1)
    assert ask(quotas) is None


def test_in_private_a_day_has_its_number(engine: sa.Engine, clock: Clock) -> None:
    quotas = Quotas(engine, now=clock)
    answers = [ask(quotas, guild=None) for _ in range(PRIVATE_A_DAY + 1)]
    assert [answer is None for answer in answers] == [True] * PRIVATE_A_DAY + [False]


def test_many_at_once_get_no_more_than_there_is(engine: sa.Engine, clock: Clock) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(Quotas(engine, now=clock), str(n)), range(20)))
    assert answers.count(None) == 5


def test_a_raid_costs_no_more_than_a_look(engine: sa.Engine, clock: Clock) -> None:
    quotas = Quotas(engine, now=clock)
    for _ in range(4):
        ask(quotas)
    begun: list[object] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
    for _ in range(1_000):
        assert ask(quotas) is not None
    writes = [statement for statement in begun if not str(statement).startswith("SELECT")]
    assert [statement for statement in writes if "usage" in str(statement)] == []


@pytest.mark.parametrize(
    ("text", "shards"),
    [("0-3/16", Shards(0, 3, 16)), ("5/16", Shards(5, 5, 16)), (" 0/1 ", Shards(0, 0, 1))],
)
def test_shards_are_read(text: str, shards: Shards) -> None:
    assert parse_shards(text) == shards
    assert shards.ids[0] == shards.first and len(shards.ids) == shards.last - shards.first + 1


@pytest.mark.parametrize("text", ["", "3", "4-2/8", "0-8/8", "0/0", "-1/4", "a/b", "0-1/99999999"])
def test_what_names_no_shards_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--shards"):
        parse_shards(text)
