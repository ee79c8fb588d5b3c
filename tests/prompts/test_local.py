"""The local engine: verdicts made of verbatim quotes."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.context import CheckContext
from prompts.language import phrases
from prompts.local import LocalEngine, write
from prompts.rules import violations
from prompts.verdict import Claim, Label
from retrieval.model import Assessment, Finding, Weighed
from tests.prompts.samples import hit, passage, source

TEXT = "Korvex spent 3 million dollars. The figure covers the last run only. Rain fell in May."


def weighed(opinion, start=0, end=31, found=None, findings=(), coverage=0.8):
    return Weighed(
        hit=found or hit(passage(TEXT)), start=start, end=end, relevance=1 - opinion[3],
        probabilities=(0.3, 0.3, 0.4), opinion=opinion, findings=findings, coverage=coverage,
    )  # fmt: skip


def draft(label, *items):
    return write(Assessment(label, 0.7, items))


def test_a_sentence_names_its_source_and_day_before_the_quote():
    answer = draft("supported", weighed((0.9, 0.0, 0.05, 0.05)))
    assert answer.summary[0].text == "Office, 27 December 2024: “Korvex spent 3 million dollars.”"
    assert answer.citations[0].quote == "Korvex spent 3 million dollars."


def test_the_lead_is_in_the_language_asked_for_and_the_quote_in_its_own():
    answer = write(Assessment("supported", 0.7, (weighed((0.9, 0.0, 0.05, 0.05)),)), "de")
    assert answer.summary[0].text == "Office, 27. Dezember 2024: „Korvex spent 3 million dollars.“"
    undecided = write(Assessment("not_enough_evidence", 0.7, ()), "de")
    assert undecided.summary[0].text.startswith("Die Sammlung")


def test_misleading_shows_the_limit_that_the_claim_leaves_out():
    scope = Finding("scope", "limits", "", "covers; only")
    answer = draft("misleading", weighed((0.5, 0.1, 0.35, 0.05), findings=(scope,)))
    assert [citation.stance for citation in answer.citations] == ["supports", "context"]
    assert "The figure covers the last run only." in (answer.missing_context or "")


def test_a_further_source_is_quoted_only_where_it_is_about_the_claim():
    best = weighed((0.05, 0.9, 0.0, 0.05))
    elsewhere = hit(passage(TEXT, "p2", source("other")))
    near = weighed((0.05, 0.8, 0.0, 0.15), found=elsewhere, coverage=0.7)
    far = weighed((0.05, 0.8, 0.0, 0.15), found=elsewhere, coverage=0.3)
    assert len(draft("refuted", best, near).citations) == 2
    assert len(draft("refuted", best, far).citations) == 1
    assert draft("not_enough_evidence", far).citations == ()


def test_no_text_is_quoted_twice():
    text = "Korvex spent 3 million dollars. It covers the last run only."
    found = hit(passage(text))
    whole, part = (
        weighed((0.5, 0.1, 0.35, 0.05), 32, len(text), found),
        weighed((0.1, 0.5, 0.35, 0.05), 0, 31, found),
    )
    # The second sentence points back, so that its quote takes in the first.
    assert len(draft("misleading", whole, part).citations) == 1


def test_what_is_undecided_says_so_and_claims_no_stance():
    answer = draft("not_enough_evidence", weighed((0.2, 0.2, 0.1, 0.5)))
    assert "do not settle" in answer.summary[0].text
    assert {citation.stance for citation in answer.citations} <= {"context"}
    assert draft("not_enough_evidence").citations == ()


class Weigher:
    """Gives one assessment, and remembers whether it was asked."""

    def __init__(self, label, *items):
        self.assessment = Assessment(label, 0.9, items)
        self.asked = False

    def assess(self, claim, hits, *, labels=None):
        self.asked = True
        return self.assessment


def engine_draft(text, weigher, dense, labels=None):
    found = replace(hit(passage(TEXT)), dense=dense)
    engine = LocalEngine(lambda: weigher, topic_floor=lambda: 0.6)
    return engine.draft_now(Claim(text=text), [found], as_of=date(2026, 3, 1), labels=labels)


def test_a_claim_on_an_absent_topic_is_undecided_and_says_so():
    weigher = Weigher("refuted", weighed((0.0, 0.9, 0.05, 0.05)))
    answer = engine_draft("Penguins sleep standing", weigher, 0.1)
    assert answer.label is Label.NOT_ENOUGH_EVIDENCE
    assert answer.missing_context == "A source on this topic: the library has none."
    assert not answer.citations and not weigher.asked
    allowed = frozenset({"supported", "refuted"})
    assert engine_draft("Penguins sleep standing", weigher, 0.1, allowed).label is Label.REFUTED


def test_a_claim_on_a_time_after_the_newest_source_is_undecided_and_says_of_when_that_is():
    weigher = Weigher("supported", weighed((0.9, 0.0, 0.05, 0.05)))
    answer = engine_draft("Korvex spent 3 million dollars in February 2026", weigher, 0.8)
    assert answer.label is Label.NOT_ENOUGH_EVIDENCE
    assert "February 2026" in (answer.missing_context or "")
    assert "27 December 2024" in (answer.missing_context or "")
    assert answer.confidence <= 0.5


def test_what_the_evidence_dates_otherwise_stays_refuted():
    other = Finding("date", "contradicts", "February 2026", "May 2024")
    weigher = Weigher("refuted", weighed((0.0, 0.9, 0.05, 0.05), findings=(other,)))
    answer = engine_draft("Korvex spent 3 million dollars in February 2026", weigher, 0.8)
    assert answer.label is Label.REFUTED and answer.missing_context is None


@pytest.mark.parametrize(
    ("published", "text"),
    [("2025", "2025"), ("2025-02", "February 2025"), ("2025-02-05", "5 February 2025")],
)
def test_dates_are_written_at_the_precision_known(published, text):
    assert phrases().day(published, long=True) == text


opinions = st.tuples(*[st.floats(0, 1)] * 4).map(
    lambda row: tuple(x / (sum(row) or 1) for x in row)
)
spans = st.sampled_from([(0, 31), (32, 68), (69, 86)])
items = st.lists(st.tuples(opinions, spans, st.integers(0, 3)), min_size=1, max_size=8)


@given(st.sampled_from([label for label in Label if label is not Label.NOT_CHECKABLE]), items)
def test_every_draft_keeps_the_rules(label, rows):
    hits = [hit(passage(TEXT, f"p{n}", source(f"s{n}"))) for n in range(4)]
    chosen = [weighed(opinion, *span, found=hits[n]) for opinion, span, n in rows]
    answer = draft(label.value, *chosen)
    passages = {item.passage.id: item.passage for item in hits}
    assert violations(answer, passages, date(2026, 1, 1)) == []


def test_a_claim_in_another_language_is_left_undecided():
    weigher = Weigher("supported", weighed((0.9, 0.0, 0.05, 0.05)))
    german = "Korvex hat drei Millionen Dollar für die Mine ausgegeben"
    assert engine_draft(german, weigher, 0.8).label is Label.NOT_ENOUGH_EVIDENCE
    english = "Korvex spent three million dollars on the mine"
    assert engine_draft(english, weigher, 0.8).label is Label.SUPPORTED


async def test_a_trace_tells_what_was_found_in_which_sentence():
    scope = Finding("scope", "limits", "", "covers; only")
    weigher = Weigher("misleading", weighed((0.5, 0.1, 0.35, 0.05), findings=(scope,)))
    context = CheckContext()
    engine = LocalEngine(lambda: weigher)
    claim = Claim(text="Korvex spent 3 million dollars")
    await engine.draft(claim, [hit(passage(TEXT))], as_of=date(2026, 1, 1), context=context)
    (step,) = context.trace.steps
    assert step["step"] == "weighing"
    (sentence,) = step["sentences"]
    assert sentence["text"] == "Korvex spent 3 million dollars."
    assert sentence["findings"] == ["scope limits: - / covers; only"]
    assert sentence["supports"] == 0.5
