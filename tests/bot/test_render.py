"""The terminal's text: what a person reads, and what hostile text cannot do."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.labels import confidence_in_words
from bot.render import Terminal, columns, printable, wrap
from prompts.verdict import (
    CheckResult,
    Citation,
    CitedSource,
    CorpusState,
    Label,
    Sentence,
    Skipped,
    Verdict,
)
from retrieval.model import Stance


class Stream:
    def __init__(self, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def verdict(**changes: object) -> Verdict:
    quote = "It is a notional rental cost, not an audited bill."
    source = CitedSource(
        id="a",
        title="A technical report",
        publisher="arXiv",
        author=None,
        published="2024-12-27",
        url="https://example.org/" + "long/" * 30,
        kind="paper",
    )
    values: dict[str, object] = {
        "id": "x",
        "claim": "It cost $5.5M",
        "label": Label.MISLEADING,
        "confidence": 0.83,
        "summary": (Sentence(text="The cost is notional.", citations=(1,)),),
        "citations": (
            Citation(
                n=1,
                passage_id="p",
                quote=quote,
                start=0,
                end=len(quote),
                stance=Stance.REFUTES,
                source=source,
            ),
        ),
        "missing_context": "Earlier research is left out.",
        "corpus": CorpusState(as_of="2026-11-23", sources=94, newest="2026-01-05"),
        "engine": "local",
        "checked_at": "2026-11-23T00:00:00Z",
    }
    return Verdict.model_validate(values | changes)


def test_a_verdict_reads_from_label_to_source() -> None:
    text = Terminal().verdict(verdict())
    parts = [
        "MISLEADING",
        "fairly sure (83%)",
        "It cost $5.5M",
        "The cost is notional. [1]",
        "Left out: Earlier research is left out.",
        "[1] A technical report, arXiv, 2024-12-27 (speaks against the claim)",
        "“It is a notional rental cost, not an audited bill.”",
        "https://example.org/long/",
        "94 sources, the newest of 2026-01-05",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "\x1b" not in text


def test_a_quote_that_the_summary_gives_is_not_given_twice() -> None:
    quote = "It is a notional rental cost, not an audited bill."
    summary = (Sentence(text=f"arXiv: “{quote}”", citations=(1,)),)
    text = " ".join(Terminal().verdict(verdict(summary=summary)).split())
    assert text.count(quote) == 1


@pytest.mark.parametrize("width", [24, 40, 80])
def test_lines_keep_to_the_width_except_addresses(width: int) -> None:
    claim = "word " * 60 + "x" * 200 + " 漢字" * 50
    text = Terminal(width=width).verdict(verdict(claim=claim))
    for line in text.splitlines():
        assert columns(line) <= width or "https://" in line


def test_hostile_text_cannot_drive_the_terminal() -> None:
    bad = "a\x1b[2Jb\x07\r\n\u202ec\u2066d\x9b31m\ud800"
    text = Terminal(colour=False).check(
        CheckResult(
            verdicts=(verdict(claim=bad, missing_context=bad),),
            skipped=(Skipped(text=bad, reason="opinion"),),
        )
    )
    for char in text:
        assert char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    assert "(an opinion)" in text


@given(st.text())
def test_printable_is_one_clean_line(text: str) -> None:
    clean = printable(text)
    assert printable(clean) == clean
    assert len(clean.splitlines()) <= 1
    assert all(unicodedata.category(char) != "Cc" for char in clean)


@given(st.text(), st.integers(24, 100))
def test_wrap_loses_no_character(text: str, width: int) -> None:
    assert "".join(wrap(text, width).split()) == "".join(printable(text).split())


@pytest.mark.parametrize(
    ("tty", "environment", "colour"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_only_where_wanted(
    monkeypatch: pytest.MonkeyPatch, tty: bool, environment: dict[str, str], colour: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Terminal.of(Stream(tty)).colour is colour


def test_every_label_and_reason_has_words() -> None:
    for label in Label:
        assert Terminal().verdict(verdict(label=label))
    assert Terminal().check(CheckResult(verdicts=(), skipped=())) == "Nothing to check."
    assert confidence_in_words(verdict(confidence=0.2)) == "unsure"


def test_how_sure_one_is_that_nothing_settles_a_claim_says_so() -> None:
    undecided = verdict(label=Label.NOT_ENOUGH_EVIDENCE, confidence=0.95)
    assert confidence_in_words(undecided) == "very sure that nothing here settles it"
    head = Terminal().verdict(verdict(label=Label.NOT_ENOUGH_EVIDENCE, confidence=0.5))
    assert head.splitlines()[0] == "NOT ENOUGH EVIDENCE"


def test_what_is_left_out_is_said_once_with_its_citation() -> None:
    quote = "It is a notional rental cost, not an audited bill."
    summary = (
        Sentence(text="arXiv: “It comes to 5.576 million US dollars.”", citations=(1,)),
        Sentence(text=f"arXiv: “{quote}”", citations=(1,)),
    )
    text = " ".join(
        Terminal().verdict(verdict(summary=summary, missing_context=f"“{quote}”")).split()
    )
    assert f"Left out: arXiv: “{quote}” [1]" in text
    assert text.count(quote) == 1


def test_a_source_cited_twice_is_listed_once() -> None:
    first = verdict().citations[0]
    second = first.model_copy(
        update={"n": 2, "quote": "Another line.", "start": 60, "end": 73, "stance": Stance.SUPPORTS}
    )
    text = Terminal().verdict(verdict(citations=(first, second)))
    assert text.count("A technical report") == 1
    assert "[1] [2] A technical report, arXiv, 2024-12-27" in text
    assert "(speaks against the claim, speaks for the claim)" in " ".join(text.split())
    assert "Another line." in text


def test_a_trace_is_readable_and_hides_nothing_of_what_was_cut() -> None:
    steps = [
        {"step": "search", "at_ms": 12, "queries": ["a", "b"], "passages": [{"passage": "p1"}]},
        {"step": "audit", "at_ms": 40, "sentences": [{"text": "X \x1b[31m", "stands": False}]},
        {"step": "verdict", "at_ms": 41, "label": "supported", "note": None},
    ]
    shown = Terminal(width=80, colour=False).trace(steps)
    assert "search  12 ms" in shown
    assert "queries: a" in shown and "queries: b" in shown
    assert "stands=False" in shown
    assert "\x1b" not in shown
    assert "note" not in shown


@pytest.mark.parametrize("tty", [True, False])
@pytest.mark.parametrize(
    ("columns", "width"), [("40", 40), ("120", 120), ("3", 24), ("0", 80), ("wide", 80), ("", 80)]
)
def test_columns_are_honoured_where_they_are_a_number(
    monkeypatch: pytest.MonkeyPatch, tty: bool, columns: str, width: int
) -> None:
    monkeypatch.setattr("os.get_terminal_size", lambda *_: os.terminal_size((80, 24)))
    monkeypatch.setenv("COLUMNS", columns)
    assert Terminal.of(Stream(tty)).width == width
