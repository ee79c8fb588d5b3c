"""What lies out of the corpus's reach: topics that it lacks, and times after its newest source."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.model import Passage, Source
from retrieval.findings import Reading
from retrieval.model import Hit
from retrieval.reach import OutOfReach, out_of_reach

TODAY = date(2026, 3, 18)
FLOOR = 0.6


def hit(text, published="2025-11", dense=0.7, updated=None):
    source = Source("s", "Notes on Korvex", published=published, updated=updated)
    return Hit(Passage("p", source, text, 0, len(text)), 0.5, dense, None)


def judge(claim, *hits, floor=FLOOR):
    return out_of_reach(Reading(claim), hits, TODAY, floor)


def test_a_topic_is_absent_where_nothing_is_near_and_nothing_holds_the_claims_words():
    found = hit("The council paid for new trams.", dense=0.2)
    assert judge("Penguins sleep for four seconds at a time", found) == OutOfReach()


def test_a_topic_is_held_where_the_words_are_there_though_the_meaning_seems_far():
    found = hit("The council of Aldmoor paid 3 million for new trams.", dense=0.2)
    assert judge("The council of Aldmoor paid 3 million for new trams", found) is None


def test_nothing_is_said_of_topics_for_an_embedder_whose_cosines_are_not_known():
    assert judge("Penguins sleep", hit("The trams.", dense=0.01), floor=None) is None


def test_evidence_that_was_given_is_always_in_reach():
    found = hit("The trams.", dense=None, published="2020")
    assert judge("Penguins slept in March 2026", found) is None
    assert out_of_reach(Reading("Penguins sleep"), [], TODAY, FLOOR) is None


@pytest.mark.parametrize(
    ("claim", "period"),
    [
        ("Korvex earned 4 million in January 2026", "January 2026"),
        ("Korvex earned 4 million in 2024 and 9 million in 2027", "2027"),
        ("Korvex was fined yesterday", "yesterday"),
        ("Korvex cut a thousand jobs This Week", "This Week"),
        ("Korvex cut a thousand jobs this year", "this year"),
        ("Korvex opened a plant last month", "last month"),
    ],
)
def test_a_claim_on_a_time_after_the_newest_source_is_out_of_reach(claim, period):
    found = [hit("Korvex earned 3 million.", "2024-05-01"), hit("Korvex has a plant.", "2025-11")]
    assert judge(claim, *found) == OutOfReach(period, "2025-11")


@pytest.mark.parametrize(
    "claim",
    [
        "Korvex earned 4 million",
        "Korvex earned 4 million in 2025",
        "Korvex earned 4 million in December 2025",
        "Korvex was founded today",
    ],
)
def test_a_claim_up_to_the_newest_source_is_in_reach(claim):
    found = hit("Korvex earned 3 million.", "2025-12-31", updated="2026-03-18")
    assert judge(claim, found) is None


def test_a_forecast_brings_its_own_time_within_reach():
    found = hit("Korvex plans to earn 9 million in 2027.")
    assert judge("Korvex will earn 20 million in 2027", found) is None
    assert judge("Korvex will earn 20 million in 2028", found) is not None


def test_only_sources_on_the_topic_tell_how_late_it_is_known():
    found = [hit("Korvex earned 3 million.", "2024-05"), hit("Trams.", "2026-03", dense=0.1)]
    assert judge("Korvex earned 4 million in 2025", *found) == OutOfReach("2025", "2024-05")


def test_a_source_without_a_date_may_be_as_late_as_any():
    found = [hit("Korvex earned 3 million.", "2024-05"), hit("Korvex has a plant.", None)]
    assert judge("Korvex earned 4 million in 2025", *found) is None


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.text(min_size=1, max_size=60), st.floats(-1, 1)), max_size=4),
    st.dates(),
)
def test_any_words_are_judged(claim, found, today):
    hits = [hit(text, dense=dense) for text, dense in found]
    gap = out_of_reach(Reading(claim), hits, today, FLOOR)
    assert gap is None or hits
