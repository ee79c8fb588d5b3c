"""Cards: what they say, that they fit, and that strangers' text stays text."""

from __future__ import annotations

import re

import discord
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.discord.cards import card, left_out_line, nothing_checked, quotes
from bot.discord.escape import clean, day, link, plain, web_address, width
from bot.labels import LABELS
from prompts.language import SHIPPED, phrases
from prompts.verdict import (
    Citation,
    CitedSource,
    CorpusState,
    Label,
    Sentence,
    Skipped,
    Verdict,
)
from retrieval.model import Stance
from tests.bot.values import REPORT, citation, verdict

ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
LINK = re.compile(r"\[([^\[\]]*)\]\((https?://[^\s()<>]+)\)")

NASTY = [
    "@everyone",
    "@here",
    "<@123456789012345678>",
    "<@&123456789012345678>",
    "<#123456789012345678>",
    "</check:123456789012345678>",
    "<t:0:R>",
    "<:a:123456789012345678>",
    "[free nitro](https://evil.example)",
    "https://evil.example/x",
    "<https://evil.example>",
    "```",
    "`",
    "||",
    "**",
    "__",
    "~~",
    "\n> ",
    "\n# ",
    "\n- ",
    "\n1. ",
    "\\",
    "\u202e",
    "\u200b",
    "\u2066",
    "\U000e0041",
    "\u0301" * 9,
    "](",
    ")",
    "\x00",
    "\U0001f600",
    "ﷺ",
    "a" * 5000,
]

hostile = st.lists(st.sampled_from(NASTY) | st.text(max_size=20), max_size=8).map("".join)


@st.composite
def sources(draw: st.DrawFn) -> CitedSource:
    optional = st.none() | hostile
    return CitedSource(
        id=draw(hostile),
        title=draw(hostile),
        publisher=draw(optional),
        author=draw(optional),
        published=draw(st.none() | st.sampled_from(["2024", "2024-12", "2024-12-27"]) | hostile),
        url=draw(optional | hostile.map(lambda text: f"https://example.org/{text}")),
        kind=draw(hostile),
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    citations = []
    for n in range(1, draw(st.integers(0, 14)) + 1):
        quote = draw(hostile.filter(bool))
        citations.append(
            Citation(
                n=n,
                passage_id=f"p{n}",
                quote=quote,
                start=0,
                end=len(quote),
                stance=draw(st.sampled_from(Stance)),
                source=draw(sources()),
            )
        )
    numbers = st.lists(st.integers(1, max(1, len(citations))), max_size=14).map(tuple)
    sentences = st.builds(Sentence, text=hostile.filter(bool), citations=numbers)
    return verdict(
        claim=draw(hostile),
        label=draw(st.sampled_from(Label)),
        confidence=draw(st.floats(0, 1)),
        summary=tuple(draw(st.lists(sentences, max_size=12))),
        citations=tuple(citations),
        missing_context=draw(st.none() | hostile),
        corpus=CorpusState(
            as_of=draw(hostile),
            sources=draw(st.integers(0, 10**9)),
            newest=draw(st.none() | hostile),
        ),
        engine=draw(st.sampled_from(["local", "llm"])),
    )


skips = st.lists(
    st.builds(
        Skipped,
        text=hostile,
        reason=st.sampled_from(["opinion", "prediction", "question", "vague", "no_claim"]),
    ),
    max_size=12,
)


def texts(embed: discord.Embed) -> list[str]:
    parts = [embed.title, embed.description, embed.footer.text]
    parts += [text for field in embed.fields for text in (field.name, field.value)]
    return [part for part in parts if part]


def assert_within_limits(embeds: list[discord.Embed]) -> None:
    assert len(embeds) <= 10
    total = 0
    for embed in embeds:
        assert embed.title is None or 0 < width(embed.title) <= 256
        assert 0 < width(embed.description or "") <= 4096
        assert len(embed.fields) <= 25
        for field in embed.fields:
            assert 0 < width((field.name or "").strip()) <= 256
            assert 0 < width((field.value or "").strip()) <= 1024
        assert width(embed.footer.text or "") <= 2048
        total += sum(width(text) for text in texts(embed))
    assert total <= 6000


def assert_tame(text: str, addresses: set[str]) -> None:
    """No mention, no link but to the sources' own records, nothing that hides or reverses."""
    assert not re.search(r"@(everyone|here|[!&]?\d)", text, re.IGNORECASE)
    text.encode("utf-8")
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", text
    )
    left = ESCAPED.sub("\ufffc", text)
    for found in LINK.finditer(left):
        assert found.group(2) in addresses
    left = LINK.sub("", left)
    assert "://" not in left
    assert "](" not in left
    assert not re.search(r"[\\`*_~|<]", left)
    for line in left.split("\n"):
        assert not re.match(r"(> )?(#|-|\+|\d+\.|>>>)", line)


@given(verdicts(), skips, st.integers(0, 50))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_verdict_fits_and_stays_text(
    any_verdict: Verdict, skipped: list[Skipped], more: int
) -> None:
    found = (web_address(citation.source.url) for citation in any_verdict.citations)
    addresses = {address for address in found if address}
    shown = card(any_verdict, left_out=left_out_line(skipped, more))
    assert_within_limits([shown])
    for text in texts(shown):
        assert_tame(text, addresses)
    opened = quotes(any_verdict)
    if opened:
        assert_within_limits(opened)
        for embed in opened:
            for text in texts(embed):
                assert_tame(text, addresses)
    assert_within_limits([nothing_checked(skipped)])
    for text in texts(nothing_checked(skipped)):
        assert_tame(text, set())


@given(hostile | st.text(st.characters()), st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_plain_text_fits_and_has_no_half_escape(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert width(shown) <= limit
    assert not ESCAPED.sub("", shown).count("\\")


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=200))
@settings(max_examples=100, deadline=None)
def test_plain_text_reads_as_it_was_written(text: str) -> None:
    shown = ESCAPED.sub(lambda found: found.group()[1:], plain(text, 10_000)).replace("\u200b", "")
    assert shown == clean(text)


@pytest.mark.parametrize("label", list(Label))
def test_every_label_is_worded(label: Label) -> None:
    title = card(verdict(label=label)).title or ""
    assert title == LABELS[label]
    assert "fake" not in title.lower()


def test_a_card_says_all_that_it_must() -> None:
    embed = card(verdict())
    assert embed.title == "Misleading"
    assert "> It cost $5.5M" in (embed.description or "")
    assert "Confidence: fairly sure." in (embed.description or "")
    fields = {field.name: field.value for field in embed.fields}
    assert fields["What the sources say"] == "The price is an assumption. [1]"
    assert fields["What the claim leaves out"] == "The cost of earlier research is left out."
    assert fields["Sources"] == (
        "[1] [A technical report](https://example.org/report) · arXiv, 27 Dec 2024"
    )
    assert embed.footer.text == "Searched 95 sources, newest 5 Jan 2026, as of 23 Nov 2026."


@pytest.mark.parametrize("language", SHIPPED)
def test_only_of_a_misleading_claim_it_is_said_that_it_leaves_something_out(language: str) -> None:
    say = phrases(language)
    for label in Label:
        headings = {field.name for field in card(verdict(label=label, language=language)).fields}
        misleading = label is Label.MISLEADING
        assert (say("card.leaves_out") in headings) is misleading
        assert (say("card.missing") in headings) is not misleading


def test_a_long_summary_runs_on_in_a_second_field() -> None:
    long = tuple(Sentence(text=f"{n} {'word ' * 60}", citations=(1,)) for n in range(9))
    embed = card(verdict(summary=long))
    first, second = embed.fields[:2]
    assert (first.value or "").startswith("0 word") and (second.value or "").startswith("3 word")
    assert_within_limits([embed])


def test_no_confidence_is_certainty() -> None:
    text = card(verdict(confidence=1.0)).description or ""
    assert not re.search(r"certain|proven|100", text)


def test_citations_of_one_source_share_a_line() -> None:
    both = (citation(1), citation(2, "Another sentence."))
    fields = {field.name: field.value or "" for field in card(verdict(citations=both)).fields}
    assert fields["Sources"].startswith("[1] [2] [A technical report]")
    assert fields["Sources"].count("arXiv") == 1


def test_quotes_from_a_pdf_name_their_pages() -> None:
    both = tuple(
        citation(n, f"Sentence {n}.").model_copy(update={"page": page})
        for n, page in ((1, 12), (2, 3))
    )
    fields = {field.name: field.value or "" for field in card(verdict(citations=both)).fields}
    assert "27 Dec 2024, pp. 3, 12" in fields["Sources"]
    assert ", p. 12\n" in (quotes(verdict(citations=both))[0].description or "")


def test_sources_that_do_not_fit_are_counted() -> None:
    many = tuple(
        citation(n, source=REPORT.model_copy(update={"id": str(n), "title": f"Title {n} " * 9}))
        for n in range(1, 15)
    )
    fields = {field.name: field.value or "" for field in card(verdict(citations=many)).fields}
    shown = fields["Sources"].count("](https://")
    assert fields["Sources"].endswith(f"And {14 - shown} more: press Sources.")


def test_a_verdict_worded_by_a_model_says_so() -> None:
    assert "language model" in (card(verdict(engine="llm")).footer.text or "")


def test_the_quotes_are_given_with_stance_publisher_and_date() -> None:
    (embed,) = quotes(verdict())
    assert embed.description == (
        "[1] Speaks against the claim\n"
        "[A technical report](https://example.org/report) · arXiv, 27 Dec 2024\n"
        "> It is an assumed rental price of the final run."
    )


def test_what_was_left_out_is_one_line_with_reasons() -> None:
    skipped = [
        Skipped(text="I hate this", reason="opinion"),
        Skipped(text="Will it rain?", reason="question"),
    ]
    assert left_out_line(skipped, 2) == (
        "“I hate this” (an opinion) · “Will it rain?” (a question) · "
        "2 more claims, as I check 5 at a time"
    )
    assert left_out_line([]) is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://example.org/a(b)?q=1 2#f", "https://example.org/a%28b%29?q=1%202#f"),
        ("HTTP://Example.org", "http://example.org"),
        ("https://müller.example/ü", "https://xn--mller-kva.example/%C3%BC"),
        ("https://user:secret@example.org/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://", None),
        ("https://example.org:99999/", None),
        ("https://example.org/" + "a" * 600, None),
        ("not an address", None),
        ("", None),
        (None, None),
    ],
)
def test_only_plain_web_addresses_become_links(url: str | None, address: str | None) -> None:
    assert web_address(url) == address


def test_a_cut_falls_between_words() -> None:
    assert plain("one two three", 10) == "one two…"
    assert plain("x" * 30, 10) == "x" * 9 + "…"


def test_a_title_cannot_end_its_link() -> None:
    assert link("a](https://evil.example) [b", "https://example.org/", 90) == (
        "[a)(https\\://evil.example) (b](https://example.org/)"
    )


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2024-12-27", "27 Dec 2024"),
        ("2024-12", "Dec 2024"),
        ("2024", "2024"),
        ("2024-13", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_dates_are_written_for_people(iso: str | None, words: str | None) -> None:
    assert day(iso) == words


@pytest.mark.parametrize("count", [1, 2, 10, 14])
def test_the_longest_quotes_fit(count: int) -> None:
    long = tuple(citation(n, "word " * 2000) for n in range(1, count + 1))
    opened = quotes(verdict(citations=long))
    assert_within_limits(opened)
    assert len(opened) == min(count, 10)
