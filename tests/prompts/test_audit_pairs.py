"""Figures, names and dates that the evidence has, but of something else."""

from __future__ import annotations

import pytest

from prompts.sentence_audit import audit_sentence

BUDGET = (
    "For 2031 the treasury of Korven reported outlays of 6.4 trillion dollars and receipts of "
    "4.9 trillion. The gap, 1.5 trillion, is the deficit. The richest one percent of Korven paid "
    "49.8 percent of the tax, and the following nine percent 37.3 percent."
)
ROVER = (
    "Two licences apply to the Halden rover. The drawings are under the Fell licence. The engine "
    "comes with Corvane's own terms. For long tests, Brisk batteries were used, and Velm batteries "
    "drove the record trip."
)
CASE = (
    "The complaint against Tarn Lines went back to March 2028, half a year before Mara Lindqvist "
    "took over as head of the agency in September 2028."
)


@pytest.mark.parametrize(
    ("sentence", "evidence", "stands"),
    [
        ("The deficit in 2031 was 6.4 trillion dollars.", BUDGET, False),
        ("The deficit in 2031 was 1.5 trillion dollars.", BUDGET, True),
        ("The nine percent after the richest one percent paid 49.8 percent of the tax.", BUDGET,
         False),
        ("The richest one percent paid 49.8 percent of the tax.", BUDGET, True),
        ("Both the drawings and the engine of the rover are under the Fell licence.", ROVER, False),
        ("The drawings of the Halden rover are under the Fell licence.", ROVER, True),
        ("The complaint came up after Mara Lindqvist took over as head of the agency.", CASE,
         False),
        ("The complaint came up before Mara Lindqvist took over as head of the agency.", CASE,
         True),
    ],
)  # fmt: skip
def test_what_is_tied_together_must_be_tied_in_the_evidence(
    sentence: str, evidence: str, stands: bool
) -> None:
    audited = audit_sentence(sentence, [evidence])
    assert audited.supported is stands, audited.faults


def test_a_subject_that_two_figures_share_is_both_of_theirs() -> None:
    shares = "The five firms weighed 20 percent in 2031 and 33 percent in 2033."
    assert audit_sentence("The five firms weighed 33 percent in 2033.", [shares]).supported
    assert not audit_sentence("The five firms weighed 33 percent in 2031.", [shares]).supported


def test_a_year_is_no_rival_of_a_month_in_it() -> None:
    asked = "In April 2034 the institute asked about stock ownership. It was 58 percent in 2032."
    said = "Stock ownership was asked about in 2034."
    assert audit_sentence(said, [asked]).supported
