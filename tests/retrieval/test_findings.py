"""Findings: what rules see between a claim and a passage, and the words they rest on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.findings import Reading, Surroundings, find


def findings(claim, evidence, context=""):
    sentence = Reading(evidence)
    found = find(Reading(claim), Surroundings(sentence, sentence, Reading(f"{context} {evidence}")))
    return {(item.kind, item.effect): item for item in found}


def held(claim, text):
    return find(Reading(claim), Surroundings(Reading(text), Reading(text), Reading(text)))


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("Korvex lost $40 billion", "Korvex lost 40 billion dollars.", ("quantity", "agrees")),
        ("Korvex lost $40 million", "Korvex lost 40 billion dollars.", ("quantity", "contradicts")),
        ("Korvex has 300 shops", "Korvex lost 40 billion dollars.", ("quantity", "missing")),
        (
            "It will use 12% by 2028",
            "It will use 6.7 to 12 percent by 2028.",
            ("quantity", "limits"),
        ),
        (
            "Talo Bank failed in March 2022",
            "Talo Bank failed on 10 March 2023.",
            ("date", "contradicts"),
        ),
        ("Talo Bank failed in 2023", "Talo Bank failed on 10 March 2023.", ("date", "agrees")),
        ("Ana Ruiz led the FTC", "Ana Ruiz led the Federal Trade Commission.", ("name", "agrees")),
        ("Ana Ruiz chaired the SEC", "Ana Ruiz chaired the FTC.", ("name", "contradicts")),
        ("Bo Lin met Ana Ruiz", "Ana Ruiz met nobody that week.", ("name", "missing")),
        (
            "The court upheld the law",
            "The court did not uphold the law.",
            ("negation", "contradicts"),
        ),
        ("Prices rose in May", "Prices fell in May.", ("antonym", "contradicts")),
        ("The board shot the deal down", "The board approved it.", ("antonym", "contradicts")),
        ("It lost $24.20", "It fell from $142.62 to $118.42.", ("quantity", "derived")),
        ("All shops closed", "Most shops stayed open.", ("quantifier", "contradicts")),
        (
            "Talo confirmed it paid 3 dollars",
            "Analysts estimate 3 dollars.",
            ("attribution", "contradicts"),
        ),
        ("Talo builds ten plants", "Talo plans to build ten plants.", ("modality", "limits")),
        ("The run cost $3", "The 3 dollars cover the final run only.", ("scope", "limits")),
    ],
)
def test_finds_what_agrees_and_what_does_not(claim, evidence, expected):
    assert expected in findings(claim, evidence)


def test_a_finding_names_the_words_it_rests_on():
    found = findings("Korvex lost $40 million", "Korvex lost 40 billion dollars.")
    quantity = found["quantity", "contradicts"]
    assert quantity.claim_words == "$40 million"
    assert quantity.evidence_words == "40 billion dollars"


def test_a_name_in_the_title_is_not_missing():
    assert ("name", "missing") not in findings("Korvex lost", "It lost again.", "Korvex report.")


def test_a_claim_held_against_itself_contradicts_nothing():
    text = "On 3 May 2024 Korvex sold 40 of 90 shops for $1.2 billion and did not hire Ana Ruiz."
    assert not [key for key in findings(text, text) if key[1] in ("contradicts", "missing")]


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_held_together(claim, evidence):
    for item in held(claim, evidence):
        assert item.effect in {"agrees", "contradicts", "limits", "missing"}


@given(st.text(max_size=200))
def test_no_text_contradicts_itself_on_a_quantity_or_date(text):
    for item in held(text, text):
        if item.kind in {"quantity", "name"}:
            assert item.effect in {"agrees", "limits"}
