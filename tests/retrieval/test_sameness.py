"""What rules out that two claims say the same, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.sameness import ClaimReading, difference

CLAIM = "Microsoft bought Activision Blizzard for $68.7 billion in October 2023."


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("Microsoft bought Activision Blizzard for $6.87 billion in October 2023.", "number"),
        ("Microsoft bought Activision Blizzard for $68.7 million in October 2023.", "number"),
        ("Microsoft bought Activision Blizzard for $68.7 billion in October 2021.", "date"),
        ("In October 2023, Sony bought Activision Blizzard for $68.7 billion.", "name"),
        ("Microsoft never bought Activision Blizzard for $68.7bn in October 2023.", "polarity"),
        ("Activision Blizzard bought Microsoft for $68.7 billion in October 2023.", "role"),
        ("Microsoft confirmed it bought Activision Blizzard for $68.7bn in Oct. 2023.", "teller"),
    ],
)  # fmt: skip
def test_what_differs_is_named(other: str, what: str) -> None:
    assert difference(ClaimReading(CLAIM), ClaimReading(other)) == what


@pytest.mark.parametrize(
    "other",
    [
        "In October 2023 Microsoft bought Activision Blizzard for $68.7 billion.",
        "Microsoft bought Activision Blizzard for $68.7bn in Oct. 2023.",
        "Activision Blizzard was bought by Microsoft for 68.7 billion dollars in October 2023.",
    ],
)
def test_other_words_for_the_same_are_the_same(other: str) -> None:
    assert difference(ClaimReading(CLAIM), ClaimReading(other)) is None


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_it_does_not_matter_which_claim_was_there_first(a: str, b: str) -> None:
    one, other = ClaimReading(a), ClaimReading(b)
    assert (difference(one, other) is None) == (difference(other, one) is None)


@settings(deadline=None)
@given(st.integers(1001, 99_999), st.integers(1001, 99_999))
def test_a_number_is_never_taken_for_another(n: int, m: int) -> None:
    a, b = (ClaimReading(f"The town has {value} inhabitants.") for value in (n, m))
    assert (difference(a, b) is None) == (n == m)
