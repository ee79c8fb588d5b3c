"""The rules that always hold: what breaks them is named, and cut."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.model import Passage
from prompts.rules import (
    NOT_SETTLED,
    NOTHING_FOUND,
    enforce,
    undecided,
    violations,
    why_not_citable,
)
from prompts.verdict import Citation, CitedSource, Draft, Label, Sentence, cite
from retrieval.model import Stance
from tests.prompts.samples import hit, passage, source

OLD = passage("The run cost 5.6 million dollars. Wages are left out.", "p1", source("s1", "2024"))
NEW = passage("The agency denied it.", "p2", source("s2", "2025-02"))
UNDATED = passage("No day is given here.", "p3", source("s3", None))
PRIVATE = passage("The club lost its pitch.", "p4", source("s4", "2020-01-01", guild_id="77"))
ODD_DATE = passage("Someone said so.", "p5", source("s5", "last spring"))
WORLD = (OLD, NEW, UNDATED, PRIVATE, ODD_DATE)
HITS = [hit(p) for p in WORLD]
BY_ID = {p.id: p for p in WORLD}


def draft(
    label: Label = Label.SUPPORTED,
    summary: tuple[Sentence, ...] = (Sentence(text="It cost 5.6 million.", citations=(1,)),),
    citations: tuple[Citation, ...] = (cite(1, OLD, 0, 33, Stance.SUPPORTS),),
    missing_context: str | None = None,
) -> Draft:
    return Draft(
        label=label,
        confidence=0.8,
        summary=summary,
        citations=citations,
        missing_context=missing_context,
        engine="local",
    )


def test_a_sound_draft_breaks_nothing_and_passes_unchanged() -> None:
    sound = draft()
    assert violations(sound, BY_ID) == []
    assert enforce(sound, HITS) == sound


@pytest.mark.parametrize(
    ("label", "stance", "stands"),
    [
        (Label.SUPPORTED, Stance.SUPPORTS, True),
        (Label.SUPPORTED, Stance.REFUTES, False),
        (Label.SUPPORTED, Stance.CONTEXT, False),
        (Label.REFUTED, Stance.REFUTES, True),
        (Label.REFUTED, Stance.SUPPORTS, False),
        (Label.MISLEADING, Stance.SUPPORTS, True),
        (Label.MISLEADING, Stance.REFUTES, True),
        (Label.MISLEADING, Stance.CONTEXT, False),
        (Label.NOT_ENOUGH_EVIDENCE, Stance.CONTEXT, True),
        (Label.NOT_CHECKABLE, Stance.CONTEXT, True),
    ],
)
def test_a_label_needs_a_passage_of_its_stance(label: Label, stance: Stance, stands: bool) -> None:
    tried = draft(label, citations=(cite(1, OLD, 0, 33, stance),), missing_context="More.")
    assert (violations(tried, BY_ID) == []) is stands
    mended = enforce(tried, HITS)
    assert mended.label == (label if stands else Label.NOT_ENOUGH_EVIDENCE)
    if not stands:
        assert mended.confidence <= 0.5
        assert mended.missing_context is None
        assert mended.summary[0].text == NOT_SETTLED
        assert any("fell" in note for note in mended.notes)


def test_of_a_fallen_draft_only_what_quotes_its_passage_stays_and_as_context() -> None:
    citations = (cite(1, NEW, 0, 21, Stance.REFUTES), cite(2, OLD, 0, 33, Stance.SUPPORTS))
    summary = (
        Sentence(text="It is all untrue.", citations=(1,)),
        Sentence(text=f"Office: “{citations[1].quote}”", citations=(2,)),
    )
    fallen = undecided(draft(summary=summary, citations=citations))
    assert [s.text for s in fallen.summary] == [NOT_SETTLED, summary[1].text]
    assert [(c.n, c.passage_id, c.stance) for c in fallen.citations] == [(1, "p1", Stance.CONTEXT)]
    assert violations(fallen, BY_ID) == []
    fallen = undecided(draft(summary=summary[:1], citations=citations[:1]))
    assert fallen.summary[1].text == "Office, February 2025: “The agency denied it.”"
    assert undecided(draft(summary=summary[:1], citations=())).citations == ()


def test_a_matching_passage_that_no_sentence_refers_to_carries_nothing() -> None:
    citations = (cite(1, OLD, 0, 33, Stance.CONTEXT), cite(2, OLD, 34, 53, Stance.SUPPORTS))
    assert enforce(draft(citations=citations), HITS).label == Label.NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize("label", list(Label))
def test_nothing_retrieved_never_means_an_answer(label: Label) -> None:
    mended = enforce(draft(label), [])
    assert mended.citations == ()
    assert violations(mended, {}) == []
    assert mended.label in {Label.NOT_ENOUGH_EVIDENCE, Label.NOT_CHECKABLE}
    if label == Label.REFUTED:
        assert [s.text for s in mended.summary] == [NOTHING_FOUND]


def test_a_quote_that_is_not_in_its_passage_is_cut() -> None:
    invented = cite(1, OLD, 0, 33, Stance.SUPPORTS).model_copy(update={"quote": "x" * 33})
    elsewhere = cite(1, OLD, 0, 21, Stance.SUPPORTS).model_copy(update={"passage_id": "p2"})
    unknown = cite(1, OLD, 0, 33, Stance.SUPPORTS).model_copy(update={"passage_id": "p9"})
    for citation in (invented, elsewhere, unknown):
        tried = draft(citations=(citation,))
        assert violations(tried, BY_ID)
        mended = enforce(tried, HITS)
        assert mended.citations == ()
        assert mended.label == Label.NOT_ENOUGH_EVIDENCE


def test_a_sentence_without_citation_is_cut_and_the_rest_stands() -> None:
    summary = (
        Sentence(text="It cost 5.6 million.", citations=(1,)),
        Sentence(text="Everybody knows that."),
        Sentence(text="So says nobody.", citations=(7,)),
    )
    mended = enforce(draft(summary=summary), HITS)
    assert [s.text for s in mended.summary] == ["It cost 5.6 million."]
    assert mended.label == Label.SUPPORTED
    assert len(mended.notes) == 2


def test_citations_are_renumbered_with_their_sentences() -> None:
    citations = (
        cite(4, OLD, 34, 53, Stance.CONTEXT),
        cite(9, OLD, 0, 33, Stance.SUPPORTS),
    )
    summary = (Sentence(text="It cost that, wages apart.", citations=(9, 4, 9, 2)),)
    mended = enforce(draft(summary=summary, citations=citations), HITS)
    assert [c.n for c in mended.citations] == [1, 2]
    assert mended.summary[0].citations == (2, 1)
    assert mended.label == Label.SUPPORTED


def test_a_number_used_for_two_quotes_means_neither() -> None:
    citations = (cite(1, OLD, 0, 33, Stance.SUPPORTS), cite(1, OLD, 34, 53, Stance.CONTEXT))
    mended = enforce(draft(citations=citations), HITS)
    assert mended.citations == ()
    assert mended.label == Label.NOT_ENOUGH_EVIDENCE


def test_what_is_shown_of_a_source_is_the_catalogues_record() -> None:
    right = cite(1, OLD, 0, 33, Stance.SUPPORTS)
    lying = right.model_copy(
        update={"source": right.source.model_copy(update={"url": "https://evil.example/"})}
    )
    tried = draft(citations=(lying,))
    assert violations(tried, BY_ID)
    mended = enforce(tried, HITS)
    assert mended.citations[0].source == CitedSource.of(OLD.source)
    assert mended.label == Label.SUPPORTED


@pytest.mark.parametrize(
    ("cited", "day", "citable"),
    [
        (OLD, date(2024, 12, 31), True),
        (OLD, date(2024, 12, 30), False),
        (NEW, date(2025, 2, 28), True),
        (NEW, date(2025, 2, 27), False),
        (UNDATED, date(2030, 1, 1), False),
        (UNDATED, None, True),
        (ODD_DATE, date(2030, 1, 1), False),
    ],
)
def test_a_day_shuts_out_what_may_be_later(cited: Passage, day: date | None, citable: bool) -> None:
    assert (why_not_citable(cited.source, day) is None) is citable
    citation = cite(1, cited, 0, len(cited.text), Stance.SUPPORTS)
    tried = draft(citations=(citation,))
    assert (violations(tried, BY_ID, day) == []) is citable
    assert bool(enforce(tried, HITS, day).citations) is citable


@pytest.mark.parametrize(("guild", "citable"), [("77", True), ("78", False), (None, False)])
def test_a_private_source_is_cited_in_its_server_alone(guild: str | None, citable: bool) -> None:
    citation = cite(1, PRIVATE, 0, len(PRIVATE.text), Stance.SUPPORTS)
    tried = draft(citations=(citation,))
    assert (violations(tried, BY_ID, guild_id=guild) == []) is citable
    assert bool(enforce(tried, HITS, guild_id=guild).citations) is citable


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    """Any citation the types allow: sound, forged, from nowhere, with any number."""
    cited = draw(st.sampled_from(WORLD))
    start = draw(st.integers(0, len(cited.text) - 1))
    end = draw(st.integers(start + 1, len(cited.text)))
    made = cite(draw(st.integers(1, 4)), cited, start, end, draw(st.sampled_from(Stance)))
    forged = draw(st.sampled_from(["", "", "", "quote", "passage", "source"]))
    if forged == "quote":
        return made.model_copy(
            update={"quote": draw(st.text(min_size=end - start, max_size=end - start))}
        )
    if forged == "passage":
        return made.model_copy(update={"passage_id": draw(st.sampled_from(["p1", "p2", "x"]))})
    if forged == "source":
        return made.model_copy(update={"source": CitedSource.of(source("other", None))})
    return made


drafts = st.builds(
    Draft,
    label=st.sampled_from(Label),
    confidence=st.floats(0, 1),
    summary=st.lists(
        st.builds(
            Sentence,
            text=st.text(min_size=1, max_size=20),
            citations=st.lists(st.integers(-1, 5), max_size=3).map(tuple),
        ),
        max_size=4,
    ).map(tuple),
    citations=st.lists(citations(), max_size=4).map(tuple),
    missing_context=st.none() | st.text(max_size=10),
    engine=st.sampled_from(["local", "llm"]),
)
days = st.none() | st.dates(date(2019, 1, 1), date(2026, 1, 1))
guilds = st.sampled_from([None, "77", "78"])
searches = st.lists(st.sampled_from(WORLD), unique=True)


@given(drafts, searches, days, guilds)
def test_whatever_goes_in_what_comes_out_is_sound(
    tried: Draft, found: list[Passage], day: date | None, guild: str | None
) -> None:
    hits = [hit(p) for p in found]
    held = {p.id: p for p in found}
    mended = enforce(tried, hits, day, guild)
    assert violations(mended, held, day, guild) == []
    assert enforce(mended, hits, day, guild) == mended
    if not violations(tried, held, day, guild):
        assert mended == tried
    # Cutting alone: a label stays or falls, and never becomes another one.
    assert mended.label in {tried.label, Label.NOT_ENOUGH_EVIDENCE}
    assert {c.quote for c in mended.citations} <= {c.quote for c in tried.citations}
