from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.split import MAX_WORDS, PassageSpan, Span, count_words, passage_spans, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        # Titles, acronyms, money.
        ["U.S. officials said Dr. Smith paid $3.5 million.", "Then he left."],
        ["He lives in the U.S.", "The company moved there in 2019."],
        ["The U.S. Senate voted.", "It passed."],
        ["George W. Bush met J. K. Rowling.", "She smiled."],
        ["Mr. and Mrs. Jones v. Smith was decided.", "It is law."],
        ["It grew by approx. 5 percent vs. 4 percent before.", "Analysts cheered."],
        ["It has a Ph.D. programme.", "Students like it."],
        ["At 5 p.m. Monday it rained.", "We left at 6 p.m.", "The rest stayed."],
        ["Apple Inc. Chief Executive Tim Cook spoke.", "He works for Apple Inc.", "The firm grew."],
        ["They sell cars, bikes, etc. to dealers.", "They sell cars, etc.", "But not here."],
        ["It cost $5.", "Then it cost $6."],
        ["Rates rose 0.25 points to 5.5%.", "Markets fell."],
        ["He sat.", "Washington burned in the sun.", "Trump ate a fig.", "Gen. Lee did not."],
        ["He lives on Main St.", "The road is long.", "He left St. Louis on Sun. Mar. 3."],
        ["Plan B. Smith was hired.", "Good."],
        # Numbers and references.
        ["2,048 H800 GPUs; pre-training on 14.8 trillion tokens took less than two months."],
        ["No. 5 is alive.", "No.", "It is not."],
        ["See Fig. 3 and pp. 12-14 of Vol. 2.", "Then stop."],
        ["Art. 5 and Sec. 12 apply.", "Nothing else does."],
        ["It grew 5%.[12]", "The rest fell.[3][4]", "All fell."],
        ["This comes to 5.576 million (5.328M + 0.238M).", "It is notional."],
        ["In Sept. 2024 rates fell.", "By Jan. 5 they rose."],
        # Names of things.
        ["Version v1.2 is out.", "So is v2.0."],
        ["See https://example.com/a.b?c=d.e!f for more.", "Next."],
        ["Write to a.b@example.com.", "Or call."],
        ["Node.js and ASP.NET are old.", "So is .NET 4.8."],
        ["iPhone sales rose.", "eBay sales fell.", "xAI raised money."],
        ["Yahoo! Finance reported it.", "It was wrong!", "Really?", "Yes."],
        # Ellipses and interruptions.
        ["Wait... what?", "Well...", "Then he left."],
        ["And … so on it went.", "It ended…", "Nobody clapped."],
        ["He waited ... and waited.", "She left."],
        ["Chapter 4 . . . . . . . . 409 Chapter 5 . . . . . . . 415"],
        ["It was released in 1999 .", "It won a prize ."],
        ["J. Smith, Proc. Natl. Acad. Sci. USA 91, 1994.", "It was read."],
        # Quotes and brackets.
        ['He said "It is done."', "Then he left."],
        ['"Why?" she asked.', '"Because," he said, "it rains."'],
        ["“We won.”", "“You lost.”"],
        ["It failed (see below).", "(It was expected.)", "It rose again."],
        ["He called it 'over.'", "It was not."],
        ["**It failed.**", "_It rose._", "Done."],
        # Layout.
        ["A title", "The text begins here and goes on."],
        # Other scripts and languages.
        ["中国公司发布了新模型。", "它很便宜！", "真的吗？", "“是的。”", "他说。"],
        ["価格は3.5ドルです。", "「安い。」", "彼はそう言った。"],
        ["한국은 성장했다.", "그러나 물가는 올랐다."],
        ["यह एक वाक्य है।", "यह दूसरा है।"],
        ["مرحبا بالعالم.", "كيف حالك؟", "بخير."],
        ["Это город Москва.", "Он большой."],
        ["Am 3. Oktober 2025 war z. B. Siemens dabei.", "Die Firma zahlte 3,5 Mio. Euro."],
        ["Der 2. Weltkrieg endete 1945.", "Im 19. Jahrhundert war das anders."],
        ["Das kostet ca. 5 Euro, d. h. wenig.", "Nr. 7 fehlt.", "Er kam."],
        ["M. Dupont a payé 3,5 millions d’euros.", "Il est parti.", "« C’est fini. »", "Oui."],
        ["El Sr. Pérez vive en EE. UU. desde 2010.", "¿Por qué?", "¡Nadie lo sabe!"],
    ],
    ids=lambda expected: expected[0][:40],
)
def test_hard_sentences(expected: list[str]) -> None:
    layout = expected[0].startswith("A title")
    wide = expected[0].startswith(("中", "価"))
    assert cut(("\n" if layout else "" if wide else " ").join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- one thing\n- another thing. Two sentences.\n* third", 4),
        ("1. First item\n2. Second item\n10) Tenth item\n(a) an item", 4),
        ("> Quoted words stand here.\n> And more of them.", 2),
        ("> > - Deep in quotes. A second.", 2),
        ("# The head", 1),
        ("  * [ ] to do\n  * [x] done", 2),
        ('Before it.\n> "Why?" she asked.', 2),
    ],
)
def test_a_sentence_begins_after_the_mark_of_its_line(text: str, expected: int) -> None:
    found = cut(text)
    assert len(found) == expected
    assert all(sentence[0].isalpha() or sentence[0] == '"' for sentence in found)


@pytest.mark.parametrize(
    "text",
    [
        "3. Oktober ist ein Feiertag.",
        "> 50 million people left.",
        "– 12 °C were measured there.",
        "+ 3 % in a year.",
        "-",
        "1.",
        "- ",
        "* * *",
        "C. Smith went.",
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert cut(text) == [text.strip()]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["- ", "* ", "+ ", "• ", "1. ", "23) ", "(b) ", "> ", ">> ", "> - "]),
            st.lists(st.sampled_from(["Birds", "sing", "loud", "and", "7", "_all_"]), min_size=2),
        ),
        min_size=1,
    )
)
def test_no_sentence_of_a_list_holds_its_mark(items: list[tuple[str, list[str]]]) -> None:
    said = [" ".join(["It", *words]) + "." for _, words in items]
    text = "\n".join(mark + words for (mark, _), words in zip(items, said, strict=True))
    assert cut(text) == said


def test_a_wrapped_paragraph_is_read_across_its_lines() -> None:
    text = (
        "The company said on Monday that it would spend 80 billion dollars on data\n"
        "Centers, as it calls them, in the year that ends in June. It did not say how\n"
        "many of them are in the United States.\n"
        "\n"
        "Analysts had expected less than that from a company which had never before\n"
        "spent so much."
    )
    assert [sentence.split()[0] for sentence in cut(text)] == ["The", "It", "Analysts"]


def test_lines_of_their_own_end_sentences_where_text_is_not_wrapped() -> None:
    text = "Markets\nShares fell\nBonds rose, and the dollar with them\nOil"
    assert cut(text) == text.split("\n")


def test_windows_line_ends_are_as_good_as_others() -> None:
    assert cut("One thing.\r\n\r\nAnother\r\n\r\nThird.") == ["One thing.", "Another", "Third."]


def test_nothing_comes_of_nothing() -> None:
    assert sentences("") == sentences(" \n\t ") == []
    assert passage_spans("") == passage_spans(" \n ") == []


ANY_TEXT = st.text(max_size=400)
PROSE = st.lists(
    st.sampled_from(
        [
            "The", "U.S.", "Dr.", "Smith", "paid", "$3.5", "million.", "Then", "he", "left!", "\n",
            "\n\n", "- ", "No.", "5", '"Why?"', "she", "said...", "。", "中国", "公司", "v1.2",
            "https://a.b/c.d", "(It", "failed.)", "…", "\u2028", "\u00a0", "😀.", "e\u0301", "é.",
            "## Head\n",
        ]
    ),
    max_size=300,
).map(" ".join)  # fmt: skip


@settings(deadline=None)
@given(ANY_TEXT | PROSE)
def test_sentences_are_ordered_and_hold_all_but_space_and_marks(text: str) -> None:
    spans = sentences(text)
    covered = [False] * len(text)
    last = 0
    for start, end in spans:
        assert last <= start < end
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        covered[start:end] = [True] * (end - start)
        last = end
    for line in re.finditer(r"[^\n]*", text):
        rest = "".join(text[at] for at in range(*line.span()) if not covered[at])
        assert re.fullmatch(
            r"\s*|\s*(>\s*)*([-*+•◦▪‣·–—]|\(?\w{1,3}[.)]|#{1,6})?\s*(\[[ xX]\])?\s*", rest
        )


@settings(deadline=None)
@given(ANY_TEXT | PROSE, st.integers(1, 60), st.integers(0, 60), st.booleans())
def test_passages_are_runs_of_whole_sentences(
    text: str, target: int, more: int, overlap: bool
) -> None:
    spans = passage_spans(text, target=target, maximum=target + more, overlap=overlap)
    parts = sentences(text)
    starts = {part.start: index for index, part in enumerate(parts)}
    ends = {part.end: index for index, part in enumerate(parts)}
    runs = [(starts[span.start], ends[span.end]) for span in spans]
    assert [index for run in runs for index in range(run[0], run[1] + 1)] != [] or not parts
    assert {index for first, last in runs for index in range(first, last + 1)} == set(
        range(len(parts))
    )
    for (_, above), (first, last) in pairwise(runs):
        assert above - overlap < first <= above + 1
        assert last > above
    for (first, last), span in zip(runs, spans, strict=True):
        if last > first:
            assert count_words(text[span.start : span.end]) <= (target + more) * 1.2 + 1


@settings(deadline=None)
@given(ANY_TEXT | PROSE)
def test_markdown_headings_are_carried_beside_the_text(text: str) -> None:
    spans = passage_spans(text, markup="markdown")
    assert bool(spans) == bool(text.strip())
    assert all(text[span.start : span.end].strip() for span in spans)
    assert [span.start for span in spans] == sorted(span.start for span in spans)


def test_markdown_headings_make_a_path_and_end_passages() -> None:
    text = (
        "Before.\n\n# Cost\n\nIt cost much.\n\n## Of training\n\nIt cost less.\n\n"
        "```\n# not a heading\n```\n\n# Speed #\n\nIt was fast.\n"
    )
    found = [
        (span.heading, text[span.start : span.end].split(maxsplit=1)[0])
        for span in passage_spans(text, markup="markdown")
    ]
    assert found == [
        (None, "Before."),
        ("Cost", "It"),
        ("Cost > Of training", "It"),
        ("Speed", "It"),
    ]


def test_a_text_of_headings_alone_is_still_text() -> None:
    assert passage_spans("# One\n# Two\n", markup="markdown") == [PassageSpan(2, 11)]


def test_passages_have_the_size_asked_for_and_share_a_sentence() -> None:
    text = " ".join(
        f"Sentence number {number} has exactly eight words in." for number in range(200)
    )
    spans = passage_spans(text)
    sizes = [count_words(text[span.start : span.end]) for span in spans]
    assert all(100 <= size <= MAX_WORDS for size in sizes)
    for above, below in pairwise(spans):
        shared = text[below.start : above.end]
        assert cut(shared) == [shared]


def test_a_short_rest_joins_the_passage_before_it() -> None:
    text = " ".join(f"Sentence number {number} has exactly eight words in." for number in range(21))
    assert len(passage_spans(text)) == 1


def test_a_run_without_an_end_is_cut_at_a_space() -> None:
    text = "word " * 3_000
    spans = passage_spans(text)
    assert len(spans) == 15
    assert all(text[span.start : span.end].strip("word ") == "" for span in spans)
    assert all(text[span.start] == "w" and text[span.end - 1] == "d" for span in spans)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "." * 200_000,
        "a." * 100_000,
        "a. " * 70_000,
        "1. " * 70_000,
        '"' * 200_000,
        "- " * 100_000,
        "((((" * 50_000,
        "\n" * 200_000,
        "# " * 100_000,
        "[1]" * 70_000,
        "a.[1" * 50_000,
        "\u200b" * 200_000,
        "。" * 200_000,
        "word " * 40_000,
        "A\n" * 100_000,
    ],
    ids=lambda text: repr(text[:4]),
)
def test_time_grows_with_length_alone(text: str) -> None:
    began = time.process_time()
    passage_spans(text, markup="markdown")
    assert time.process_time() - began < 5


def test_spans_are_plain_values() -> None:
    assert sentences("One.") == [Span(0, 4)]
    assert passage_spans("One.") == [PassageSpan(0, 4, None)]
