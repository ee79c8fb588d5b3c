"""Judgements of people, firms and things are opinions; what can be looked up is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.claims import extract
from prompts.opinions import only_judges

SUBJECTS = st.sampled_from(
    ["Jane Doe", "Volvo", "The mayor of Oslo", "GPT-9", "Windows 12", "The $OAK coin", "My bank",
     "Sweden's new law", "The 2019 merger"]
)  # fmt: skip
LINKS = st.sampled_from(["is", "was", "isn't", "has always been", "seems", "looks like", "remains"])
WITH_NOUN = st.sampled_from(
    ["a", "an absolute", "such a", "the biggest", "the most arrogant", "a greedy, lying", "no"]
)
NOUNS = st.sampled_from(["coward", "legend", "crook", "muppet", "disgrace", "hero", "hypocrite"])
DEGREES = st.sampled_from(["", "so ", "really ", "the most ", "not very ", "utterly "])
ADJECTIVES = st.sampled_from(["corrupt", "brilliant", "useless", "vile", "overhyped", "dishonest"])
TAILS = st.sampled_from(["", " ever", " of all time", " in the world", " lol", " and a liar"])
FACTS = st.sampled_from(
    ["Swedish", "a Swedish company", "the head of Volvo", "in prison", "dead", "open source",
     "a lawyer", "convicted of fraud", "fined for fraud", "worth $4 billion", "found liable",
     "born in Oslo", "a non-profit", "the largest bank in Norway", "banned in Norway",
     "the best paid manager of 2021", "older than the other", "owned by the state"]
)  # fmt: skip


@given(SUBJECTS, LINKS, WITH_NOUN, NOUNS, TAILS)
def test_a_judging_noun_is_an_opinion(
    subject: str, link: str, lead: str, noun: str, tail: str
) -> None:
    sentence = f"{subject} {link} {lead} {noun}{tail}"
    claims, skipped = extract(sentence)
    assert claims == []
    assert [item.reason for item in skipped] == ["opinion"]


@given(SUBJECTS, LINKS.filter(lambda link: "like" not in link), DEGREES, ADJECTIVES)
def test_a_judging_adjective_is_an_opinion(
    subject: str, link: str, degree: str, adjective: str
) -> None:
    assert only_judges(f"{subject} {link} {degree}{adjective}")


@given(SUBJECTS, st.sampled_from(["is", "was", "isn't", "was not"]), FACTS)
def test_what_can_be_looked_up_is_no_opinion(subject: str, link: str, fact: str) -> None:
    assert not only_judges(f"{subject} {link} {fact}")


@given(SUBJECTS, NOUNS, FACTS)
def test_a_fact_beside_a_judgement_is_still_a_claim(subject: str, noun: str, fact: str) -> None:
    assert not only_judges(f"{subject} is a {noun} and was {fact}")


@pytest.mark.parametrize(
    "sentence",
    [
        "Jane Doe said Volvo is a joke",
        "The court found that Jane Doe is a fraud",
        "Jane Doe called the mayor a coward",
        "Jane Doe was convicted of fraud",
        "Jane Doe is a convicted fraudster",
        '"Volvo is a joke" is what Jane Doe wrote',
        "The novel is the best selling book of 2021",
        "Volvo is better than Saab at braking",
        "Coffee is good for the heart",
        "It was the worst recession in history",
        "Volvo",
        "",
        "Monday was the market's worst day since 2020",
        "Inflation in June was the worst on record",
    ],
)
def test_words_somebody_said_findings_and_measures_are_no_mere_judgement(sentence: str) -> None:
    assert not only_judges(sentence, frozenset({"recession"}))


@pytest.mark.parametrize(
    "sentence",
    [
        "Volvo's such a joke",
        "Everyone knows that Jane Doe is a crook",
        "Jane Doe ist eine Betrügerin",
        "Volvo ist eine tolle Firma",
        "Jane Doe ist der größte Lügner aller Zeiten",
        "Volvo sucks",
        "Jane Doe is dumber than a rock",
    ],
)
def test_forms_of_judgement(sentence: str) -> None:
    assert only_judges(sentence)


def test_a_claim_beside_an_opinion_is_checked_and_the_opinion_left() -> None:
    claims, skipped = extract("Volvo sold 700,000 cars in 2023, but Jane Doe is a coward")
    assert [claim.text for claim in claims] == ["Volvo sold 700,000 cars in 2023"]
    assert [(item.text, item.reason) for item in skipped] == [("Jane Doe is a coward", "opinion")]


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    only_judges(text)
