"""Dates in text: which days they may mean, and when two of them agree."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.dates import DateRelation, compare_dates, find_dates


def one(text):
    found = find_dates(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("on 27 January 2025", (2025, 1, 27), (2025, 1, 27)),
        ("on January 27th, 2025", (2025, 1, 27), (2025, 1, 27)),
        ("on 2025-01-27", (2025, 1, 27), (2025, 1, 27)),
        ("27-28 February 2025", (2025, 2, 27), (2025, 2, 28)),
        ("in Oct. 2023", (2023, 10, 1), (2023, 10, 31)),
        ("in 2022", (2022, 1, 1), (2022, 12, 31)),
        ("in 2022 people over 60 lost most", (2022, 1, 1), (2022, 12, 31)),
        ("Q1 2025", (2025, 1, 1), (2025, 3, 31)),
        ("the third quarter of 2023", (2023, 7, 1), (2023, 9, 30)),
        ("from 2019-2021", (2019, 1, 1), (2021, 12, 31)),
        ("on 1/27/2025", (2025, 1, 27), (2025, 1, 27)),
        ("on 27/1/2025", (2025, 1, 27), (2025, 1, 27)),
        ("on 2/1/2025", (2025, 1, 1), (2025, 12, 31)),
    ],
)
def test_reads_the_days_meant(text, first, last):
    mention = one(text)
    assert (mention.first, mention.last) == (date(*first), date(*last))


@pytest.mark.parametrize(
    "text",
    [
        "about 2000 people came",
        "1500 thousand dollars",
        "$2024",
        "2,024 chips",
        "v2024.1",
        "it has 2000 employees",
        "2000 workers were let go",
        "2048 H800 GPUs",
        "2024 Nvidia H800 GPUs",
        "1500 of its employees",
        "2048 tiny widgets",
    ],
)
def test_what_is_no_date(text):
    assert find_dates(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "In 2024 users left",
        "since 2020 workers earn more",
        "at the end of 2024 employees knew",
        "2024 sales rose",
        "its 2024 results",
        "by 2050 emissions fall",
        "the 1605 plotters",
    ],
)
def test_a_year_is_no_count_of_what_follows(text):
    assert one(text).is_year


@pytest.mark.parametrize(
    ("claim", "evidence", "relation"),
    [
        ("in January 2025", "on 27 January 2025", "agrees"),
        ("on January 27, 2025", "in 2025", "agrees"),
        ("in October 2022", "on 17 October 2023", "contradicts"),
        ("by September 2025", "on 24 March 2025", "agrees"),
        ("after 2022", "on 24 March 2025", "agrees"),
        ("since 2022", "on 24 March 2025", "unrelated"),
        ("since January 2023", "since March 2024", "contradicts"),
        ("until May 2025", "in May 2025", "agrees"),
        ("on Tuesday, January 27, 2025", "on 27 January 2025", "contradicts"),
        ("in fiscal 2025", "in 2024", "unrelated"),
    ],
)
def test_compares_at_the_coarser_precision(claim, evidence, relation):
    assert compare_dates(one(claim), one(evidence)) is DateRelation(relation)


@given(st.dates(min_value=date(1600, 1, 1), max_value=date(2150, 12, 31)))
def test_every_way_to_write_a_day_means_that_day(day):
    for text in (
        day.isoformat(),
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%A}, {day:%b} {day.day}, {day.year}",
    ):
        mention = one(f"It was {text} then")
        assert (mention.first, mention.last) == (day, day)
        assert compare_dates(mention, mention) is DateRelation.AGREES


@given(st.text())
def test_any_text_is_read_and_spans_hold(text):
    for mention in find_dates(text):
        assert text[mention.start : mention.end] == mention.text
        assert mention.first <= mention.last
