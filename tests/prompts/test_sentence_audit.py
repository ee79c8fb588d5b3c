"""What a sentence may not say beyond what it cites."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts.audit_model import FaultKind
from prompts.audit_score import AuditModel
from prompts.sentence_audit import audit_sentence
from retrieval.stance import load_stance

HARBOUR = (
    "According to the harbour board's report of 3 May 2023, the port of Velmar handled about "
    "4.2 million tonnes of grain in 2022, up from 3.9 million in 2021. Ships from Ostrava waited "
    "up to 12 days. Mara Lindqvist told the Velmar Herald that in her view the new quay, built by "
    "Corvane for 85 million euros, had come too late. Corvane overtook Halden in orders that year. "
    "The board plans to open a second quay in June 2025."
)


class Fixed:
    """A stance model that always says the same."""

    model_id = "fixed"

    def __init__(self, supports):
        self._row = [supports, (1 - supports) / 2, (1 - supports) / 2]

    def score(self, pairs):
        return np.array([self._row for _ in pairs], dtype=np.float32)


def kinds(sentence, evidence=HARBOUR, **given):
    return {fault.kind for fault in audit_sentence(sentence, [evidence], **given).faults}


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The port of Velmar handled about 5.2 million tonnes of grain in 2022.", "quantity"),
        ("Velmar handled about 4.2 billion tonnes of grain in 2022.", "unit"),
        ("The new quay cost 85 million dollars.", "unit"),
        ("The harbour board's report is of 3 June 2023.", "date"),
        ("Velmar handled about 4.2 million tonnes of grain in 2021.", "date"),
        ("The second quay is to open in May.", None),
        ("The second quay is to open in August.", "date"),
        ("The new quay was built by Brandtwerk.", "name"),
        ("The quay was built by Halden for 85 million euros.", "reversed"),
        ("Halden overtook Corvane in orders that year.", "reversed"),
        ("Ships from Ostrava waited 12 days.", "bound"),
        ("Experts say that the new quay had come too late.", "attribution"),
        ("Every ship from Ostrava waited.", "overreach"),
        ("The new quay had come too late.", "caveat"),
        ("The board has built a second quay.", "caveat"),
        ("Velmar has handled grain to this day.", "overreach"),
        ("The port of Velmar handled about 4.2 million tonnes of grain in 2022.", None),
        ("About 4,200,000 tonnes of grain went through Velmar's port in 2022.", None),
        ("Grain handled in Velmar rose by about 0.3 million tonnes.", None),
        ("In Mara Lindqvist's view the new quay had come too late.", None),
    ],
)
def test_plain_faults_are_named(sentence, kind):
    found = kinds(sentence)
    assert (kind in found) if kind else not found


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("American shipping doubled.", "Shipping in the United States went from 20 to 40 calls."),
        ("It lasted nearly two decades.", "The strike began in 1984 and was settled in 2003."),
        ("A quarter of them left.", "Of 40 members, 10 left."),
        ("It fell 3.1 percent.", "One index lost 1.5 percent, the other 3.1."),
        ("Llama 3.1 is larger.", "The report says that Llama 3.1 is larger than the others."),
        ("Two members had not signed.", "7 of 9 members had signed."),
        ("All but three of the ports missed the goal.", "Only three of them met the goal."),
        ("The tower is taller than 30 metres.", "The 38-metre tower was begun in 1789."),
        ("He died in the seventh century.", "The twelfth-century account has it 500 years before."),
        (
            "It was the third vote that failed.",
            "It failed for the third time in a fifth week.",
        ),
        ("The line was down for 250 minutes.", "The line was down for 4 h 10 min on 3 February."),
    ],
)
def test_what_follows_from_the_evidence_is_no_fault(sentence, evidence):
    assert not kinds(sentence, evidence)


def test_a_number_may_come_from_the_claim():
    sentence = "The figure of 9 million is not borne out."
    assert FaultKind.QUANTITY in kinds(sentence)
    assert FaultKind.QUANTITY not in kinds(sentence, claim="Velmar handled 9 million tonnes.")


def test_another_place_in_an_order_is_a_fault():
    evidence = "The house failed for the third time to elect a president."
    assert FaultKind.QUANTITY in kinds("The house failed for the fifth time.", evidence)
    assert not kinds("The house failed for the third time to elect one.", evidence)
    assert not kinds("It was his third title.", "He won three titles, the fifth player to do so.")
    assert not kinds("It was the third vote.", "The second vote failed in May.")
    assert not kinds("It was his third title.", "He won three times, the fifth player to do so.")
    assert not kinds("It was his third straight title.", "The fifth to do so, he won three titles.")
    people = "Three people saw him win the fifth title."
    assert FaultKind.QUANTITY in kinds("They saw him win the third title.", people)


def test_a_denied_date_does_not_count():
    evidence = "It crossed the line in early June 2024, not June 2025 as one can read in places."
    assert FaultKind.DATE in kinds("It crossed the line in June 2025.", evidence)
    assert not kinds("It crossed the line in June 2024.", evidence)


def test_every_fault_says_why_in_words():
    audit = audit_sentence("Brandtwerk built it for 91 million euros.", [HARBOUR])
    assert not audit.supported
    assert audit.score == 0
    assert all(fault.words in fault.reason for fault in audit.faults)


def test_without_evidence_nothing_is_supported():
    audit = audit_sentence("Velmar has a port.", ["", "  "], stance=Fixed(0.99))
    assert [fault.kind for fault in audit.faults] == [FaultKind.UNRELATED]


def test_the_stance_model_has_the_last_word_where_no_fault_is_plain():
    model = AuditModel("test", {"supports": 8.0}, -4.0, 0.5)
    sentence = "The harbour of Velmar is busy."
    sure = audit_sentence(sentence, [HARBOUR], stance=Fixed(0.9), model=model)
    unsure = audit_sentence(sentence, [HARBOUR], stance=Fixed(0.1), model=model)
    assert sure.supported
    assert not sure.faults
    assert FaultKind.ENTAILMENT in {fault.kind for fault in unsure.faults}


def test_what_speaks_against_a_low_score_is_named():
    model = AuditModel("test", {}, -4.0, 0.5)
    audit = audit_sentence(
        "The grain of Velmar feeds a continent.", [HARBOUR], stance=Fixed(0.5), model=model
    )
    named = {fault.kind: fault.words for fault in audit.faults}
    assert "continent" in named[FaultKind.EXTRA_DETAIL] + named.get(FaultKind.UNRELATED, "")


def test_the_shipped_weights_can_be_read():
    model = AuditModel.load()
    assert model.version
    assert 0 < model.threshold < 1


NAMES = ("Velmar", "Ostrava", "Corvane", "Halden")
MONTHS = ("January", "March", "July", "October")


@st.composite
def facts(draw):
    """A passage of plain sentences, and one of them with its number."""
    told = []
    for name in NAMES:
        count = draw(st.integers(13, 9_999))
        month, year = draw(st.sampled_from(MONTHS)), draw(st.integers(1990, 2030))
        told.append((f"{name} sold {count:,} tickets in {month} {year}.", count))
    sentence, count = draw(st.sampled_from(told))
    return " ".join(text for text, _ in told), sentence, count


@given(facts())
@settings(max_examples=60, deadline=None)
def test_a_sentence_taken_from_its_passage_has_no_fault(drawn):
    passage, sentence, _ = drawn
    assert audit_sentence(sentence, [passage]).supported


@given(facts(), st.integers(2, 9))
@settings(max_examples=60, deadline=None)
def test_a_changed_number_is_always_a_fault(drawn, factor):
    passage, sentence, count = drawn
    changed = sentence.replace(f"{count:,}", f"{count * factor + 1:,}")
    if f"{count * factor + 1:,}" not in passage:
        assert kinds(changed, passage) & {FaultKind.QUANTITY, FaultKind.UNIT}


@given(st.text(max_size=120), st.text(max_size=200), st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_it(sentence, evidence, claim):
    audit = audit_sentence(sentence, [evidence], claim=claim)
    assert audit.supported == (not audit.faults)


@pytest.mark.parametrize("text", ['{"a":' * 2_000, "x" * 9_000, "\u0301" * 3_000, "word " * 900])
def test_a_text_too_long_for_the_stance_model_is_audited_all_the_same(text):
    audited = audit_sentence(text, [HARBOUR], stance=load_stance())
    assert 0 <= audited.score <= 1


def test_a_number_is_not_held_by_a_bound_or_a_range_it_lies_in():
    assert FaultKind.QUANTITY in kinds("It blocks 99 percent.", "It blocks more than 90 percent.")
    assert FaultKind.QUANTITY in kinds("It took 36 days.", "It took 5 to 73 days.")
    assert not kinds("It took 5 days.", "It took 5 to 73 days.")
    assert not kinds("It yields 55 to 62 percent.", "It yields 55% by one count, 62% by another.")


def test_what_two_figures_add_up_to_needs_a_word_for_it():
    evidence = "Cars emitted 29 billion tonnes and ships 30 billion tonnes."
    assert kinds("Cars emitted 59 billion tonnes.", evidence)
    assert not kinds("Cars and ships together emitted 59 billion tonnes.", evidence)
