from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import lexical
from corpus.catalogue import Catalogue
from corpus.split import PassageSpan
from tests.corpus.values import add, found, sentence, source


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    add(
        catalogue,
        source("fruit"),
        sentence("apples", "and", "AND", "café", "cost", "$5.5M", "NEAR"),
    )
    add(catalogue, source("chips"), sentence("2,048", "GPUs", "were", "used", "for", "training"))
    return catalogue


@pytest.mark.parametrize(
    ("term", "sees"),
    [
        ("apples", {"fruit"}),
        ("APPLE", {"fruit"}),
        ("cafe", {"fruit"}),
        ("$5.5m", {"fruit"}),
        ("5.5M", {"fruit"}),
        ("2,048", {"chips"}),
        ("trained", {"chips"}),
        ("AND", {"fruit"}),
        ("NEAR", {"fruit"}),
        ("used for training", {"chips"}),
        ("for used training", set()),
        ("title", {"fruit", "chips"}),
        ("chips", {"chips"}),
    ],
)
def test_words_are_found_in_text_and_title(stocked: Catalogue, term: str, sees: set[str]) -> None:
    assert found(stocked, term) == sees


HOSTILE = [
    '"', "''", '"apples', 'apples" OR "gpus', "apples OR gpus", "app*", "*", "^apples",
    "NOT apples", "text:apples", "{text context}: apples", "-apples", "+", "(",
    "NEAR(apples cost, 5)", "\0", "apples\0gpus", "😀", "\ud800", "\u202e", "a" * 10_000,
    "apples " * 2_000, "; DROP TABLE passage", "%s", ":p", "?", "\\", "--", "/*", "\n", "", " ",
    "ａｐｐｌｅｓ", "中国", "e\u0301", "İ", "ß" * 300,
]  # fmt: skip


@pytest.mark.parametrize("term", HOSTILE, ids=lambda term: ascii(term[:20]))
def test_no_term_is_read_as_syntax(stocked: Catalogue, term: str) -> None:
    assert found(stocked, term) <= {"fruit", "chips"}
    assert found(stocked, term, "gpus") >= {"chips"}


def test_no_operator_changes_what_is_asked(stocked: Catalogue) -> None:
    assert found(stocked, 'x" OR "gpus') == set()
    assert found(stocked, "app*") == set()
    assert found(stocked, "NOT apples", "gpus") == {"chips"}


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(max_size=20), max_size=80))
def test_any_terms_can_be_asked_for(stocked: Catalogue, terms: list[str]) -> None:
    stocked.lexical(terms, 5)
    assert found(stocked, "gpus", *terms) >= {"chips"}


def test_matches_are_ranked_with_positive_scores(catalogue: Catalogue) -> None:
    for number in range(30):
        words = [
            "filler",
            str(number),
            *(["zebra"] if number < 3 else []),
            *(["yak"] if number == 1 else []),
        ]
        add(catalogue, source(f"s{number}"), sentence(*words))
    matches = catalogue.lexical(["zebra", "yak"], 10)
    scores = [score for _, score in matches]
    assert len(matches) == 3
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] > 0
    (best,) = catalogue.passages([matches[0][0]]).values()
    assert best.source.id == "s1"
    assert catalogue.lexical(["zebra", "yak"], 1) == matches[:1]
    assert catalogue.lexical(["zebra", "yak"], 10) == matches
    assert catalogue.lexical(["zebra"], 0) == catalogue.lexical([], 5) == []


def test_headings_are_searched_but_are_not_text(catalogue: Catalogue) -> None:
    words = sentence("apples")
    catalogue.add(source(), words, [PassageSpan(0, len(words), "Orchards > Prices")])
    ((id_, _),) = catalogue.lexical(["orchards"], 5)
    assert catalogue.passages([id_])[id_].text == words


def test_a_rebuild_makes_the_same_index(catalogue: Catalogue) -> None:
    for number in range(5):
        add(catalogue, source(f"s{number}"), sentence("apples", str(number)))
    add(catalogue, source("s0"), sentence("pears"))
    catalogue.retract("s1", "wrong")
    before = catalogue.lexical(["apples", "pears"], 10)
    catalogue.rebuild_lexical()
    assert catalogue.lexical(["apples", "pears"], 10) == before
    assert found(catalogue, "apples", "pears") == {"s0", "s2", "s3", "s4"}
    assert catalogue.count().lexical == catalogue.count().passages == 4


def test_a_large_index_is_asked_for_rare_terms(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        add(catalogue, source(f"s{number}"), sentence(f"word{number}", *["zebra"] * (number < 4)))
    assert len(found(catalogue, "things", "zebra")) == 100
    monkeypatch.setattr(lexical, "PRUNE_ABOVE", 50)
    assert len(found(catalogue, "things", "zebra")) == 4
    assert len(found(catalogue, "things")) == 100
    assert found(catalogue, "things", *(f"word{number}" for number in range(40, 80))) == {
        f"s{number}" for number in range(40, 40 + lexical.KEPT_TERMS)
    }
