"""Quantities: what is read from text, and when two of them say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.quantities import (
    QuantityRelation,
    compare_quantities,
    derived,
    find_quantities,
    same_value,
)


def one(text):
    found = find_quantities(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "low", "high", "dimension"),
    [
        ("It cost $5.5M.", 5.5e6, 5.5e6, "usd"),
        ("It cost 5,576,000 US dollars", 5_576_000, 5_576_000, "usd"),
        ("a 1.5-billion-dollar settlement", 1.5e9, 1.5e9, "usd"),
        ("€3bn in fines", 3e9, 3e9, "eur"),
        ("2.788 million H800 GPU hours", 2_788_000, 2_788_000, "gpu-hours"),
        ("or 6.7 to 12 percent", 6.7, 12, "percent"),
        ("spend $60-65 billion", 60e9, 65e9, "usd"),
        ("between 20 and 30 percent of homes", 20, 30, "percent"),
        ("used 415 TWh", 415e12, 415e12, "energy"),
        ("a few tens of millions of dollars", 10e6, 60e6, "usd"),
        ("two thirds of voters", 200 / 3, 200 / 3, "percent"),
        ("twenty-five percent", 25, 25, "percent"),
        ("profits doubled", 2, 2, "times"),
        ("half a million people", 5e5, 5e5, "count"),
        ("5.5 million dollars", 5.5e6, 5.5e6, "usd"),
        ("28 cubic metres of petrol", 28_000, 28_000, "volume"),
        ("unreachable for 4 h 10 min", 15_000, 15_000, "time"),
        ("she ran for 3 hours and 5 minutes", 11_100, 11_100, "time"),
        ("he is 6 feet 2 inches tall", 1.8796, 1.8796, "length"),
        ("about half a mile away", 804.672, 804.672, "length"),
        ("only four of them met it", 4, 4, "count"),
        ("It lost $1.5e9", 1.5e9, 1.5e9, "usd"),
        ("it runs at 2e-3 watts", 0.002, 0.002, "power"),
    ],
)
def test_reads_value_and_unit(text, low, high, dimension):
    quantity = one(text)
    assert quantity.low == pytest.approx(low)
    assert quantity.high == pytest.approx(high)
    assert quantity.dimension == dimension


@pytest.mark.parametrize(
    "text",
    [
        "On 27 January 2025 it fell.",
        "GPT-4 and Llama 3.1 are models",
        "Claude 3.5 Sonnet leads",
        "the A100 and the H800",
        "In 2022 families held stock",
        "Executive Order 14110",
        "under Apache 2.0",
        "It left at 06:20 and came back at 23:59.",
    ],
)
def test_dates_and_names_are_no_quantities(text):
    assert find_quantities(text) == []


@pytest.mark.parametrize("text", ["3 days and 4 weeks", "5 hours or 20 minutes", "2 km, then 5 kg"])
def test_quantities_that_do_not_go_together_stay_apart(text):
    assert len(find_quantities(text)) == 2


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("more than $400 billion", ">"),
        ("at least 3 people", ">"),
        ("500+ people", ">"),
        ("four or more coffees", ">"),
        ("18 and over", ">"),
        ("10 kg or less", "<"),
        ("taller than 100 feet", ">"),
        ("smaller than 3 cm", "<"),
        ("up to 12 percent", "<"),
        ("about 80 hours", "~"),
        ("nearly 90%", "~"),
        ("exactly 512 chips", "="),
    ],
)
def test_reads_bounds(text, bound):
    assert one(text).bound == bound


def test_reads_shares_of_a_whole():
    quantity = one("ahead on 20 of 22 rows")
    assert (quantity.low, quantity.whole) == (20, 22)


@pytest.mark.parametrize(
    ("claim", "evidence", "relation"),
    [
        ("$5.5M", "5.576 million US dollars", "agrees"),
        ("$5.6M", "5.576 million US dollars", "agrees"),
        ("$5.4M", "5.576 million US dollars", "contradicts"),
        ("$593 million", "593 billion dollars", "contradicts"),
        ("3.1%", "3.07 percent", "agrees"),
        ("95%", "9.5 percent", "contradicts"),
        ("648 GPUs", "512 GPUs", "contradicts"),
        ("512 GPUs", "512 H800 GPUs", "agrees"),
        ("19% of firms", "20 percent of firms", "contradicts"),
        ("about $6 million", "5.576 million dollars", "agrees"),
        ("more than $400 billion", "415 billion dollars", "agrees"),
        ("more than $400 billion", "315 billion dollars", "contradicts"),
        ("at most 3 days", "2 days", "agrees"),
        ("12%", "6.7 to 12 percent", "limits"),
        ("20%", "6.7 to 12 percent", "contradicts"),
        ("$5.5 billion", "up to about 5.5 billion dollars", "limits"),
        ("20 of 22 rows", "16 of 22 rows", "contradicts"),
        ("72 hours", "3 days", "agrees"),
        ("1.2 GW", "1,200 MW", "agrees"),
        ("19%", "19 million dollars", "unrelated"),
        ("512 GPUs", "512 people", "unrelated"),
        ("billions of dollars", "10 million dollars", "contradicts"),
        ("about 24 to 1", "24 times", "agrees"),
        ("the richest 1%", "the richest 10 percent", "contradicts"),
        ("the richest 10%", "93 percent of shares", "unrelated"),
        ("more than 700,000 users", "more than 700 million users", "contradicts"),
        ("more than 700 million users", "more than 700 million monthly users", "agrees"),
        ("more than 700,000 users", "710 million users", "limits"),
        ("just under 80 million dollars", "78.4 million dollars", "agrees"),
        ("31 million H100 hours", "30.84 million GPU-hours", "agrees"),
    ],
)
def test_compares_at_the_precision_written(claim, evidence, relation):
    assert compare_quantities(one(claim), one(evidence)) is QuantityRelation(relation)


amounts = st.integers(min_value=1, max_value=99_999)
scales = st.sampled_from([("thousand", 10**3), ("million", 10**6), ("billion", 10**9)])


@given(amounts, scales)
def test_scale_words_and_digits_say_the_same(amount, scale):
    word, factor = scale
    written = one(f"It cost {amount} {word} dollars")
    digits = one(f"It cost ${amount * factor:,}")
    assert same_value(written, digits)
    assert compare_quantities(written, digits) is QuantityRelation.AGREES


@given(amounts, scales)
def test_another_scale_never_says_the_same(amount, scale):
    word, factor = scale
    assert not same_value(
        one(f"It cost {amount} {word} dollars"), one(f"It cost ${amount * factor * 1000:,}")
    )


_DIGITS = "9" * 400
VAST = ["$1e999", f"about {_DIGITS} dollars", f"$1{'0' * 400}", f"$1e{_DIGITS}", f"${_DIGITS}bn"]


@pytest.mark.parametrize("vast", VAST)
@pytest.mark.parametrize("other", ["$600 billion", "about $5", "more than $5", f"$0.{_DIGITS}"])
def test_a_number_beyond_all_measure_agrees_with_none(vast, other):
    for claim, evidence in ((one(vast), one(other)), (one(other), one(vast))):
        relation = compare_quantities(claim, evidence)
        assert relation in (QuantityRelation.CONTRADICTS, QuantityRelation.LIMITS)
    assert compare_quantities(one(vast), one(other)) is QuantityRelation.CONTRADICTS


@given(st.text())
def test_any_text_is_read_and_spans_hold(text):
    for quantity in find_quantities(text):
        assert 0 <= quantity.start < quantity.end <= len(text)
        assert quantity.low <= quantity.high


@pytest.mark.parametrize(
    ("text", "low", "dimension"),
    [
        ("approved a hundred and eleven funds", 111, "count"),
        ("three hundred and twenty-five dollars", 325, "usd"),
        ("over a hundred thousand jobs", 100_000, "count"),
        ("two dozen cars", 24, "count"),
        ("half a million square feet", 46_451.52, "area"),
        ("four-fifths of voters", 80, "percent"),
        ("two in five of the voters", 40, "percent"),
        ("C$120 million for the clean-up", 120e6, "cad"),
        ("415 pence a share", 4.15, "gbp"),
        ("burglaries fell from 9,480 in 2018", 9480, "count"),
    ],
)
def test_reads_spelled_hundreds_shares_areas_and_other_dollars(text, low, dimension):
    quantity = one(text)
    assert quantity.low == pytest.approx(low)
    assert quantity.dimension == dimension


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("lost 24.20 dollars", "fell to 118.42 dollars from 142.62 dollars"),
        ("ahead by 8 percentage points", "scored 79 percent against 71 percent"),
        ("about 44 percent of the bandwidth", "400 GB/s against 900 GB/s"),
        ("2.25 times the bandwidth", "400 GB/s against 900 GB/s"),
        (
            "38 billion dollars together",
            "19 billion dollars from one, 19 billion dollars from other",
        ),
    ],
)
def test_a_figure_may_follow_from_two_others(claim, evidence):
    assert derived(one(claim), find_quantities(evidence)) is not None


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("lost 42 dollars", "fell to 118.42 dollars from 142.62 dollars"),
        ("15 percent of shares", "rose 16.9 percent and 1.9 percent"),
        ("300 dollars", "100 dollars and 200 euros"),
    ],
)
def test_other_figures_do_not(claim, evidence):
    assert derived(one(claim), find_quantities(evidence)) is None
