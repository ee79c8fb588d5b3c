"""Dates with and without a year, by their parts."""

import pytest

from retrieval.dateparts import date_parts


def parts(text):
    return [(found.year, found.month, found.day) for found in date_parts(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 17 September 2025", [(2025, 9, 17)]),
        ("on 17 September it rained", [(None, 9, 17)]),
        ("on September 17 it rained", [(None, 9, 17)]),
        ("in March, and in early June 2024", [(None, 3, None), (2024, 6, None)]),
        ("It may rain, and they march on", []),
        ("In May it rained", [(None, 5, None)]),
        ("in the 1990s", [(1990, None, None)]),
        ("the first quarter of 2025", [(2025, None, None)]),
    ],
)
def test_reads_the_parts_of_a_date(text, expected):
    assert parts(text) == expected


def test_a_weekday_is_read_alone_and_from_a_full_date():
    assert [found.weekday for found in date_parts("It fell on Monday.")] == [0]
    assert [found.weekday for found in date_parts("It fell on 27 January 2025.")] == [0]


def test_a_date_that_the_text_denies_is_marked():
    found = date_parts("in early June 2024, not June 2025 as one can read")
    assert [(each.text, each.denied) for each in found] == [
        ("June 2024", False),
        ("June 2025", True),
    ]
