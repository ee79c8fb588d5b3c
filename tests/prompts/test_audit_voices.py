"""A sentence may speak for several sources only where it rests on several stories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prompts.answer import DraftedQuote, DraftedSentence, DraftedVerdict, Likelihoods
from prompts.audit import audit
from prompts.audit_voices import voices
from prompts.verdict import Label
from retrieval.model import Stance
from tests.prompts.samples import passage, source

CLAIM = "The dam broke in 2020"
SAYS = "The dam broke in 2020 after heavy rain in the north."
COPY = "Officials said that the dam broke in 2020 after heavy rain in the north."


def cut(text: str, origin: str | None, says: str = SAYS) -> bool:
    """Whether a sentence that quotes two sources is cut; `origin` is the story of the second."""
    second = replace(source("s2"), origin_id=origin)
    named = {"P1": passage(says, "p1", source("s1")), "P2": passage(COPY, "p2", second)}
    quotes = [
        DraftedQuote(passage=name, quote=each.text, stance=Stance.SUPPORTS)
        for name, each in named.items()
    ]
    draft = DraftedVerdict(
        label=Label.SUPPORTED,
        likelihoods=Likelihoods(supported=90),
        sentences=[DraftedSentence(text=text, quotes=quotes)],
        missing_context=None,
        open_question=None,
    )
    [ruling] = audit(draft, CLAIM, named).rulings
    return "sources" in ruling.kinds


def test_copies_of_one_story_are_one_voice() -> None:
    text = "Several sources report that the dam broke in 2020."
    assert cut(text, "s1")
    assert not cut(text, None)
    assert cut("Three reports say that the dam broke in 2020.", None)
    assert not cut("The dam broke in 2020.", "s1")


def test_what_a_passage_says_of_others_may_be_told() -> None:
    says = "Several newspapers report that the dam broke in 2020 after heavy rain."
    assert not cut("Several newspapers report that the dam broke in 2020.", "s1", says)


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("The report says so", 1),
        ("Both of the reports agree", 2),
        ("multiple independent news agencies confirmed it", 2),
        ("4 outlets had it", 4),
        ("In 2024 reports were filed", 1),
        ("Compared with other studies, it is small", 1),
        ("two people, and several sources of energy", 2),
    ],
)
def test_how_many_voices(text: str, least: int) -> None:
    assert voices(text) == least
