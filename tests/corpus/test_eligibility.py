from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.errors import InputError
from corpus.model import SOURCE_KINDS, parse_partial_date, parse_past_date
from tests.corpus.values import add, found, live_ids, sentence, source

TEXT = sentence("apples", "cost", "one", "euro")
DATES = st.dates(date(2019, 12, 1), date(2021, 2, 1))


@pytest.fixture(scope="module")
def shelf(empty_catalogue: Path) -> Iterator[Catalogue]:
    """A source for each day, month and year around 2020, and one without a date."""
    catalogue = Catalogue(open_engine(f"sqlite:///{empty_catalogue.with_name('shelf.db')}"))
    day = date(2020, 1, 25)
    days = [(day + timedelta(days=number)).isoformat() for number in range(40)]
    months = [f"2020-{month:02}" for month in range(1, 13)]
    for stated in [*days, *months, "2019", "2020", "2021", None]:
        add(catalogue, source(stated or "undated", published=stated), TEXT)
    yield catalogue
    catalogue.close()


def of(catalogue: Catalogue, ids: list[str] | None) -> set[str]:
    assert ids is not None
    return {passage.source.id for passage in catalogue.passages(ids).values()}


@settings(deadline=None, max_examples=40)
@given(DATES)
def test_as_of_admits_what_was_surely_published_by_then(shelf: Catalogue, as_of: date) -> None:
    stated = [record.source.published for record in shelf.sources()]
    sure = {day for day in stated if day is not None and parse_partial_date(day)[1] <= as_of}
    assert of(shelf, shelf.eligible(as_of=as_of)) == sure
    assert found(shelf, "apples", as_of=as_of) == sure
    assert shelf.state(as_of=as_of).sources == len(sure)
    assert shelf.state(as_of=as_of).newest == max(sure, default=None)


def test_without_a_filter_all_is_eligible(shelf: Catalogue) -> None:
    assert shelf.eligible() is None
    assert found(shelf, "apples") == {record.source.id for record in shelf.sources()}
    assert shelf.state().newest == "2021"


@pytest.fixture
def servers(catalogue: Catalogue) -> Catalogue:
    for guild in (None, "1", "2"):
        for kind in ("paper", "news"):
            add(catalogue, source(f"{kind}-{guild}", kind=kind, guild_id=guild), TEXT)
    return catalogue


@pytest.mark.parametrize(
    ("guild_id", "sees"),
    [(None, {"None"}), ("1", {"None", "1"}), ("2", {"None", "2"}), ("3", {"None"}), ("", {"None"})],
)
def test_a_server_sees_the_shared_sources_and_its_own(
    servers: Catalogue, guild_id: str | None, sees: set[str]
) -> None:
    expected = {f"{kind}-{guild}" for kind in ("paper", "news") for guild in sees}
    assert of(servers, servers.eligible(guild_id=guild_id)) == expected
    assert found(servers, "apples", guild_id=guild_id) == expected
    assert {record.source.id for record in servers.sources(guild_id)} == expected
    assert servers.state(guild_id=guild_id).sources == len(expected)


def test_kinds_narrow_what_a_server_sees(servers: Catalogue) -> None:
    where = {"kinds": {"paper"}, "guild_id": "1"}
    assert found(servers, "apples", **where) == {"paper-None", "paper-1"}
    assert of(servers, servers.eligible(kinds={"paper"}, guild_id="1")) == {"paper-None", "paper-1"}
    assert servers.eligible(kinds=SOURCE_KINDS, guild_id="1") != []
    assert servers.eligible(kinds=set()) == []
    assert found(servers, "apples", kinds=frozenset()) == set()
    assert found(servers, "apples", kinds={"' OR 1=1 --"}) == set()


def test_only_the_own_server_may_write_under_an_id(servers: Catalogue) -> None:
    for guild_id in (None, "2"):
        other = source("paper-1", kind="paper", guild_id=guild_id)
        assert not servers.holds(other, TEXT)
        with pytest.raises(InputError, match="the source id 'paper-1' is taken"):
            add(servers, other, "Something else entirely.")
    with pytest.raises(InputError, match="is taken"):
        add(servers, source("paper-None", kind="paper", guild_id="1"), TEXT)
    assert len(live_ids(servers)) == 6


def test_one_server_alone_need_not_be_filtered(catalogue: Catalogue) -> None:
    add(catalogue, source("shared"), TEXT)
    assert catalogue.eligible(guild_id="1") is None
    add(catalogue, source("own", guild_id="1"), TEXT)
    assert catalogue.eligible(guild_id="1") is None
    assert catalogue.eligible() is not None
    assert catalogue.eligible(guild_id="2") is not None


@pytest.mark.parametrize(
    ("stated", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_partial_dates(stated: str, first: date, last: date) -> None:
    assert parse_partial_date(stated) == (first, last)


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "24",
        "2024-2",
        "2024-13",
        "2023-02-29",
        "2024-01-01T00:00",
        "2024\n",
        "٢٠٢٤",
        "0000",
        "-1",
    ],
)
def test_what_is_no_date_is_refused(stated: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_partial_date(stated)


@given(DATES, st.integers(0, 800))
def test_a_day_asked_for_is_never_one_to_come(today: date, off: int) -> None:
    past = today - timedelta(days=off)
    assert parse_past_date(f" {past} ", today) == past
    assert (
        parse_past_date(f"{today:%Y}", today) == parse_past_date(f"{today:%Y-%m}", today) == today
    )
    with pytest.raises(ValueError, match="has not come yet"):
        parse_past_date(f"{today + timedelta(days=off + 1)}", today)
