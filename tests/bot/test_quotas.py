"""Quotas: what is counted for whom, that nothing forgets it, and what a raid costs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.ledger import Request, open_ledger
from bot.quotas import PRIVATE_A_DAY, OverQuotaError, Quotas
from bot.review.settings import GuildSettings
from bot.review.tables import guild_settings
from bot.shards import Shards, parse_shards
from corpus.database import sharing
from corpus.errors import InputError
from tests.corpus.values import Clock


@pytest.fixture
def engine(engine: sa.Engine) -> sa.Engine:
    open_ledger(engine)
    chosen = GuildSettings(checks_an_hour=3, checks_a_day=5).model_dump_json()
    with engine.begin() as db:
        row = {"guild_id": "1", "settings": chosen, "changed_at": datetime.now(UTC)}
        db.execute(guild_settings.insert().values(row))
    return engine


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 12, 20, tzinfo=UTC))


@dataclass
class Desk:
    engine: sa.Engine
    quotas: Quotas


def ask(desk: Desk, user: str = "7", guild: str | None = "1") -> OverQuotaError | None:
    request = Request("1", "a claim", "slash", user, guild_id=guild, channel_id="2")
    try:
        desk.quotas.look(request)
        with sharing(desk.engine) as db:
            desk.quotas.count(db, request)
    except OverQuotaError as error:
        return error
    return None


def test_a_person_and_a_server_have_their_quotas(engine: sa.Engine, clock: Clock) -> None:
    desk = Desk(engine, Quotas(now=clock))
    assert [ask(desk) for _ in range(3)] == [None] * 3
    refused = ask(desk)
    assert refused is not None
    assert (refused.scope, refused.most, refused.wait) == ("person", 3, 40 * 60)
    assert ask(desk, "8") is None and ask(desk, "9") is None
    full = ask(desk, "10")
    assert full is not None and full.scope == "server"
    assert ask(desk, "7", guild="another") is None
    # What was refused has cost nothing of the day's number, and another process knows it too.
    again = ask(Desk(engine, Quotas(now=clock)), "11")
    assert again is not None and again.scope == "server"
    clock.now += timedelta(days=1)
    assert ask(desk) is None


def test_in_private_a_day_has_its_number(engine: sa.Engine, clock: Clock) -> None:
    desk = Desk(engine, Quotas(now=clock))
    answers = [ask(desk, guild=None) for _ in range(PRIVATE_A_DAY + 1)]
    assert [answer is None for answer in answers] == [True] * PRIVATE_A_DAY + [False]


def test_many_at_once_get_no_more_than_there_is(engine: sa.Engine, clock: Clock) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(Desk(engine, Quotas(now=clock)), str(n)), range(20)))
    assert answers.count(None) == 5


def test_a_raid_costs_no_more_than_a_look(engine: sa.Engine, clock: Clock) -> None:
    desk = Desk(engine, Quotas(now=clock))
    for _ in range(4):
        ask(desk)
    begun: list[object] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
    for _ in range(1_000):
        assert ask(desk) is not None
    writes = [statement for statement in begun if not str(statement).startswith("SELECT")]
    assert [statement for statement in writes if "usage" in str(statement)] == []


def test_what_moderators_allow_holds_within_a_minute(engine: sa.Engine, clock: Clock) -> None:
    desk = Desk(engine, Quotas(now=clock))
    assert [ask(desk) is None for _ in range(4)] == [True, True, True, False]
    more = GuildSettings(checks_an_hour=4, checks_a_day=5).model_dump_json()
    with engine.begin() as db:
        db.execute(guild_settings.update().values(settings=more))
    clock.now += timedelta(minutes=1)
    assert ask(desk) is None


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
