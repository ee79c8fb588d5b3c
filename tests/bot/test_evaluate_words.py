"""The baseline of words: it learns what words tell, and never from the text it guesses."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evaluate import metrics
from bot.evaluate.words import BagOfWords, cross_validated


def rows(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts in which one word, among many that tell nothing, gives the label away."""
    generator = random.Random(seed)
    filler = [f"word{number}" for number in range(60)]
    labels = generator.choices(["supported", "refuted"], [8, 2], k=n)
    texts = [
        " ".join([*generator.choices(filler, k=8), "never" if label == "refuted" else "often"])
        for label in labels
    ]
    return texts, labels


def test_it_learns_the_word_that_tells() -> None:
    texts, labels = rows(150)
    others, truth = rows(60, seed=1)
    assert metrics.macro_f1(truth, BagOfWords(texts, labels).guess(others)) > 0.9
    assert metrics.macro_f1(labels, cross_validated(texts, labels, seed=0)) > 0.9


def test_a_text_that_stands_twice_is_not_learned_from_its_twin() -> None:
    generator = random.Random(0)
    distinct = [f"claim number {n}x{generator.random()}" for n in range(60)]
    labels = generator.choices(["supported", "refuted"], k=60)
    guesses = cross_validated(distinct * 2, labels * 2, seed=0)
    # Nothing but the text itself tells, so that a copy in the lessons would make this near 1.
    assert metrics.accuracy(labels * 2, guesses) < 0.75
    assert guesses[:60] == guesses[60:]


def test_the_same_seed_gives_the_same_guesses() -> None:
    texts, labels = rows(40)
    assert cross_validated(texts, labels, 5) == cross_validated(texts, labels, 5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.text(), st.sampled_from("srn")), min_size=1, max_size=12))
def test_any_texts_get_labels_that_occur(pairs: list[tuple[str, str]]) -> None:
    texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
    guesses = cross_validated(texts, labels, 0)
    assert len(guesses) == len(texts)
    assert set(guesses) <= set(labels)
    assert BagOfWords(texts, labels).guess([]) == []
