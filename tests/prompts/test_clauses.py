"""Full clauses of a sentence, each a statement of its own."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.claims import extract, read_claims
from prompts.clauses import clauses, lengths

SUBJECTS = ["Norway", "the Danish central bank", "unemployment", "Jane Doe", "40% of Swedes"]
PREDICATES = ["banned petrol cars in 2025", "rose to 9.1%", "was fined $5.5M", "lost 300 jobs",
              "has opened a plant in Oslo"]  # fmt: skip
CLAUSES = st.builds("{} {}".format, st.sampled_from(SUBJECTS), st.sampled_from(PREDICATES))
JOINS = st.sampled_from([", but ", ", while ", "; ", ", and ", ", whereas "])


def cut(sentence: str) -> list[str]:
    return [sentence[start:end] for start, end in clauses(sentence, (0, len(sentence)))]


@given(CLAUSES, JOINS, CLAUSES)
def test_coordinated_full_clauses_are_statements_each(one: str, join: str, other: str) -> None:
    assert cut(one + join + other) == [one, other]


@given(CLAUSES, JOINS, st.sampled_from(PREDICATES))
def test_what_has_no_subject_of_its_own_stays(one: str, join: str, other: str) -> None:
    assert cut(one + join + other) == [one + join + other]


@given(CLAUSES, JOINS, st.sampled_from(["it", "they", "she", "the company", "this", "its boss"]),
       st.sampled_from(PREDICATES))  # fmt: skip
def test_what_points_back_stays(one: str, join: str, subject: str, predicate: str) -> None:
    sentence = f"{one}{join}{subject} {predicate}"
    assert cut(sentence) == [sentence]


@given(CLAUSES, JOINS, CLAUSES)
def test_nothing_is_cut_inside_a_quote_or_brackets(one: str, join: str, other: str) -> None:
    for opened, closed in ('""', "“”", "()"):
        sentence = f"Oslo's paper printed {opened}{one}{join}{other}{closed}"
        assert cut(sentence) == [sentence]


@given(st.sampled_from(["the whole thing was cheap", "here's the thing", "so much for pocket money",
                        "they said it was cheap"]), CLAUSES)  # fmt: skip
def test_a_remark_before_a_colon_is_no_part_of_the_claim(remark: str, clause: str) -> None:
    assert cut(f"{remark}: {clause}") == [remark, clause]


@pytest.mark.parametrize(
    "sentence",
    [
        "Jane Doe: we paid $5m",
        "Jane Doe said on Friday: Norway paid $5m",
        "Northlight: the deal",
        "Northlight: the deal cost $500 billion",
        "Three firms lost: Volvo, Saab and Scania",
        "The meeting started at 10:30 and ended at 12:15",
        "The vote was 51 : 49 in the senate",
        "See https://a.example/x: it was 3:1",
        "The gap between Norway and Sweden grew in 2024",
        "Both Norway and Sweden banned it",
        "Jane Doe and John Roe founded Volvo in 1927",
        "Jane Doe said Volvo lost money and Saab gained 5%",
        "The list includes apps that Volvo and Saab removed in 2024",
        "The bill, backed by Norway and opposed by Sweden, passed in 2025",
        "In 2024 Norway cut rates, and Sweden raised rates",
        "If Norway cut rates, and Sweden raised rates, the krona fell",
        "Volvo is cheaper than Saab but better than Scania",
        "Volvo is cheaper than Saab, but Scania is better than Volvo",
        "Is Volvo Swedish and was Saab founded in 1945",
    ],
)
def test_one_statement_stays_one(sentence: str) -> None:
    assert cut(sentence) == [sentence]


@given(st.lists(CLAUSES, min_size=1, max_size=8), st.integers(60, 300))
def test_long_text_is_cut_at_the_edges_of_clauses(parts: list[str], limit: int) -> None:
    text = ", ".join(parts)
    spans = lengths(text, (0, len(text)), limit)
    assert all(0 <= start < end <= len(text) and end - start <= limit for start, end in spans)
    for start, end in spans:
        assert text[start:end] in text
        assert any(text[start:].startswith(part) for part in parts)
        assert any(text[:end].endswith(part) for part in parts)


@pytest.mark.parametrize("join", [" and ", ", ", "; ", ", but "])
def test_a_clause_said_over_and_over_is_told_once(join: str) -> None:
    claims, _ = extract(join.join(["Norway banned 5.5 million cars"] * 160))
    assert [claim.text for claim in claims] == ["Norway banned 5.5 million cars"]


def test_each_of_two_statements_is_a_claim_and_the_remark_is_told() -> None:
    message = "the whole thing was for show: Norway banned petrol cars, but Sweden lost 300 jobs"
    found = read_claims(message)
    assert [message[claim.start : claim.end] for claim in found.claims] == [
        "Norway banned petrol cars",
        "Sweden lost 300 jobs",
    ]
    assert [item.text for item in found.skipped] == ["the whole thing was for show"]


def test_no_is_part_of_a_claim_where_it_counts() -> None:
    assert [claim.text for claim in extract("No state banned Volvo in 2025")[0]] == [
        "No state banned Volvo in 2025"
    ]
    assert [claim.text for claim in extract("no, Norway banned Volvo in 2025")[0]] == [
        "Norway banned Volvo in 2025"
    ]


@given(st.text(max_size=300))
def test_spans_are_in_order_and_within_any_text(text: str) -> None:
    spans = clauses(text, (0, len(text)), commas=True)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (0, len(text))


@pytest.mark.parametrize("unit", ["a: ", ", and ", "; x is ", '" and ', "( but ", "is and "])
def test_cutting_takes_time_in_step_with_the_length(unit: str) -> None:
    started = time.process_time()
    text = unit * (8000 // len(unit))
    clauses(text, (0, len(text)), commas=True)
    assert time.process_time() - started < 2
