"""Numbers in several words, as digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.spelled_numbers import in_digits

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def spelled(value: int) -> str:
    """The number below a thousand million, as people write it out."""
    for size, word in ((10**6, "million"), (10**3, "thousand"), (100, "hundred")):
        if value >= size:
            rest = value % size
            joint = " and " if rest < 100 else " "
            return f"{spelled(value // size)} {word}{joint + spelled(rest) if rest else ''}"
    if value < 20:
        return ONES[value]
    return TENS[value // 10] + (f"-{ONES[value % 10]}" if value % 10 else "")


@given(st.integers(min_value=21, max_value=999_999_999))
def test_what_is_spelled_is_read(value: int) -> None:
    words = spelled(value)
    read = in_digits(f"It cost {words} dollars.")
    # A number of one word, as thirty, stays, and so does the scale of round millions.
    written = f"{value // 10**6} million" if value % 10**6 == 0 else value
    assert read == f"It cost {written if ' ' in words or '-' in words else words} dollars."


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("fifty-two point one eight percent", "52.18 percent"),
        ("twelve and a half thousand workers", "12.5 thousand workers"),
        ("two million and a half", "2.5 million"),
        ("seven and a half years", "7.5 years"),
        ("six hundred billion dollars", "600 billion dollars"),
        ("five point six million dollars", "5.6 million dollars"),
        ("two million five hundred thousand", "2500000"),
        ("a hundred and twenty of them", "120 of them"),
        ("a hundred people", "a hundred people"),
        ("thousand people", "thousand people"),
        ("one or two", "one or two"),
        ("between one and two", "between one and two"),
        ("forty and two", "forty and two"),
        ("one two three", "one two three"),
        ("twenty twenty-three", "twenty twenty-three"),
        ("someone", "someone"),
    ],
)
def test_other_ways_to_spell_and_words_that_are_no_number(text: str, read: str) -> None:
    assert in_digits(text) == read


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    in_digits(text)
