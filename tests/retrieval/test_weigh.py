"""Weighing: which sentences are picked, and what label they come to together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.model import Passage, Source
from retrieval.evidence import MAX_UNITS, units
from retrieval.features import CLAIM_FEATURES, SENTENCE_FEATURES
from retrieval.findings import Reading
from retrieval.model import Hit, Stance
from retrieval.weigh import LABELS, Linear, Weigher, WeigherModel


class Scripted:
    """A stance model whose answer is written in the premise."""

    model_id = "scripted"

    def score(self, pairs):
        return self.judge(pairs)[:, :3]

    def judge(self, pairs):
        rows = {"YES": (0.9, 0.05, 0.05, 0.0), "NO": (0.05, 0.9, 0.05, 0.0)}
        return np.array(
            [
                next((row for word, row in rows.items() if word in premise), (0.05, 0.05, 0.9, 0.0))
                for premise, _ in pairs
            ],
            dtype=np.float32,
        )


def linear(classes, names, **weights):
    table = np.zeros((classes, len(names) + 1))
    for name, column in weights.items():
        for row, weight in column.items():
            table[row, names.index(name)] = weight
    return Linear(table)


def model():
    """Weights that repeat the stance model's word, and see conflicts."""
    sentence = linear(
        4, SENTENCE_FEATURES, p_supports={0: 6.0}, p_refutes={1: 6.0}, p_neither={3: 6.0}
    )
    claim = linear(
        4, CLAIM_FEATURES, top_supports={0: 6.0}, top_refutes={1: 6.0}, top_neither={3: 6.0},
        conflict={2: 12.0},
    )  # fmt: skip
    return WeigherModel(
        "test", sentence, claim, dict.fromkeys(LABELS[:3], 0.4), [(0.0, 0.1), (1.0, 0.9)], 0.5
    )


def hit(text, source="s1", score=0.9):
    of = Source(id=source, title="")
    passage = Passage(id=f"{source}:{text}", source=of, text=text, start=0, end=len(text))
    return Hit(passage, score, score, None)


def assess(claim, *hits, **options):
    return Weigher(Scripted(), model()).assess(claim, hits, **options)


@pytest.mark.parametrize(
    ("texts", "label"),
    [
        (["YES, Korvex sold its mines."], "supported"),
        (["NO, Korvex kept its mines."], "refuted"),
        (["Korvex sold bread."], "not_enough_evidence"),
        (["YES, Korvex sold its mines.", "NO, Korvex kept its mines."], "misleading"),
        ([], "not_enough_evidence"),
    ],
)
def test_label_follows_the_evidence(texts, label):
    hits = [hit(text, f"s{n}") for n, text in enumerate(texts)]
    assert assess("Korvex sold its mines", *hits).label == label


def test_passages_that_touch_the_topic_do_not_outvote_the_one_that_answers():
    noise = [hit(f"Korvex owns mine {n}.", f"n{n}", 0.8) for n in range(7)]
    assert assess("Korvex sold its mines", hit("NO, Korvex kept its mines."), *noise).label == (
        "refuted"
    )


def test_a_sentence_that_says_the_same_with_nothing_against_it_is_no_refutation():
    claim = "Korvex sold 3 mines in Peru"
    assert assess(claim, hit("NOVA: Korvex sold 3 mines in Peru.")).label == "not_enough_evidence"
    assert assess(claim, hit("NOVA: Korvex sold 5 mines in Peru.")).label == "refuted"
    assert assess(claim, hit("NOVA: Korvex did not sell 3 mines in Peru.")).label == "refuted"
    only = frozenset({"supported", "refuted"})
    assert assess(claim, hit("NOVA: Korvex sold 3 mines in Peru."), labels=only).label == "refuted"


def test_answers_can_be_restricted_to_a_label_set():
    both = [hit("YES, Korvex sold its mines.", "a"), hit("NO, Korvex kept its mines.", "b")]
    assessment = assess("Korvex sold", *both, labels=frozenset({"supported", "refuted"}))
    assert assessment.label in {"supported", "refuted"}
    assert sum(assessment.likelihoods.values()) == pytest.approx(1)


def test_evidence_comes_most_telling_first_with_its_stance():
    found = assess("Korvex sold its mines", hit("Korvex sold bread.", "a"), hit("NO, never.", "b"))
    assert found.weighed[0].stance is Stance.REFUTES
    assert found.weighed[0].text == "NO, never."


def test_the_sentence_that_covers_the_claim_is_picked_with_its_neighbours():
    text = "Prices were low. Korvex sold its mines in May. It kept the ports. Rain fell."
    best = units(Reading("Korvex sold its mines"), [hit(text)])[0]
    assert text[best.start : best.end] == "Korvex sold its mines in May."
    assert "It kept the ports." in best.window


words = st.sampled_from(
    "Korvex sold kept mines in 2024 for $3 million YES NO the. Board! not all".split()
)
texts = st.lists(words, min_size=1, max_size=40).map(" ".join)


@given(texts, st.lists(texts, max_size=12))
def test_any_evidence_comes_to_one_label_with_likelihoods(claim, passages):
    hits = [hit(text, f"s{n % 3}") for n, text in enumerate(passages)]
    assessment = assess(claim, *hits)
    assert assessment.label in LABELS
    assert 0 <= assessment.confidence <= 1
    assert len(assessment.weighed) <= MAX_UNITS
    for item in assessment.weighed:
        assert item.text == item.hit.passage.text[item.start : item.end]


class OverNegation(Scripted):
    """Reads over a `not`, as a trained model at times does."""

    def judge(self, pairs):
        return np.array([(0.8, 0.15, 0.05, 0.0) for _ in pairs], dtype=np.float32)


def test_a_denial_of_what_the_evidence_says_is_not_supported():
    weigher = Weigher(OverNegation(), model())
    evidence = [hit("Korvex sold its mines.")]
    assert weigher.assess("Korvex sold its mines", evidence).label == "supported"
    denial = weigher.assess("Korvex never sold its mines", evidence)
    assert denial.label == "refuted"
    assert denial.weighed[0].stance is Stance.REFUTES


class OfDenialsAlone(Scripted):
    """Knows what to say of a denial, and nothing of what is denied."""

    def judge(self, pairs):
        known, unknown = (0.9, 0.05, 0.05, 0.0), (0.05, 0.05, 0.9, 0.0)
        return np.array(
            [known if "never" in claim else unknown for _, claim in pairs], dtype=np.float32
        )


def test_a_denial_stands_alone_where_nothing_is_known_of_what_it_denies():
    weigher = Weigher(OfDenialsAlone(), model())
    evidence = [hit("Korvex kept its mines.")]
    assert weigher.assess("Korvex never sold its mines", evidence).label == "supported"


def test_a_claim_is_not_called_refuted_where_no_sentence_speaks_against_it():
    # Weights that refute whatever they read, though no sentence is held to.
    sentence = linear(4, SENTENCE_FEATURES, p_neither={3: 6.0})
    claim = linear(4, CLAIM_FEATURES, top_neither={1: 12.0})
    made = WeigherModel(
        "test", sentence, claim, dict.fromkeys(LABELS[:3], 0.4), [(0.0, 0.1), (1.0, 0.9)], 0.5
    )
    found = Weigher(Scripted(), made).assess("Korvex sold its mines", [hit("Korvex sold bread.")])
    assert found.likelihoods["refuted"] > 0.9
    assert found.label == "not_enough_evidence"


def test_a_sentence_about_something_else_with_a_date_of_its_own_is_no_refutation():
    claim = "Korvex was founded in 1993"
    assert assess(claim, hit("NOVA: Korvex bought chips in 2021.")).label == "not_enough_evidence"
    assert assess(claim, hit("NOVA: Korvex was founded in 2021.")).label == "refuted"
    assert assess(claim, hit("NOVA: somebody set up Korvex in 2021.")).label == "refuted"
    many = "Korvex owns 40 mines"
    assert assess(many, hit("NOVA: Korvex bought 30 mines.")).label == "refuted"
