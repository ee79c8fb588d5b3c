"""Quotes are found to the character, with type folded and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.quotes import MIN_CHARACTERS, locate

TEXT = (
    "The agency’s “final”  estimate — about\n5.576 million dollars — isn’t an audited bill…  It "
    "covers 2024–2025, up 17%, and ofﬁcial costs are left out."
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ('The agency\'s "final" estimate', "The agency’s “final”  estimate"),
        ("estimate - about 5.576 million", "estimate — about\n5.576 million"),
        ("isn't an audited bill...", "isn’t an audited bill"),
        ('"covers 2024-2025, up 17%"', "covers 2024–2025, up 17%"),
        ("official costs are left out", "ofﬁcial costs are left out"),
        ("about\u200b 5.576 million", "about\n5.576 million"),
        ("estimate — about 5.57", "estimate — about\n5.576"),
        (".576 million dollars", "5.576 million dollars"),
        ("covers 2024–2025, up 17", "covers 2024–2025, up 17%"),
        ("fficial costs are left ou", "ofﬁcial costs are left out"),
    ],
)
def test_type_is_folded_and_words_are_whole(quote: str, found: str) -> None:
    span = locate(quote, TEXT)
    assert span is not None
    assert TEXT[span.start : span.end] == found


@pytest.mark.parametrize(
    "quote",
    [
        "the agency's final estimate",
        "about 5.756 million dollars",
        "an audited bill, it covers",
        "audited ... costs are left out",
        'THE AGENCY\'S "FINAL" ESTIMATE',
        "2024",
        "",
        "“”…      ’’’’",
    ],
)
def test_other_words_are_not_found(quote: str) -> None:
    assert locate(quote, TEXT) is None


@given(st.text(min_size=1, max_size=120), st.data())
def test_any_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = locate(text[start:end], text)
    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        assert len(text[span.start : span.end].split()) <= len(text.split())


@given(st.text(st.characters(categories=["L", "N"]), min_size=MIN_CHARACTERS, max_size=40))
def test_plain_words_are_always_found(word: str) -> None:
    span = locate(word, f"before it, {word} and after")
    assert span is not None
    assert f"before it, {word} and after"[span.start : span.end] == word
