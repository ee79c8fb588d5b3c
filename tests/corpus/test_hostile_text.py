"""Text made to keep a reader busy: each of these took minutes, or grew with the square."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from datetime import date
from html import escape

import pytest
from lxml.html import document_fromstring

from corpus.frontmatter import FrontMatterError, split_front_matter
from corpus.readers import jsonld
from corpus.readers.listings import read_feed, read_json_feed
from corpus.readers.metadata import read_metadata
from corpus.readers.page import read_page
from corpus.readers.wikipedia import read_answer
from corpus.readers.written import days_beside_headline
from corpus.split import first_heading, passage_spans, sentences

TODAY = date(2026, 11, 23)
URL = "https://news.example/a"
LENGTH = 200_000
BOUND_S = 10.0
BODY = f"<article><p>{'The bridge is open to all who walk. ' * 30}</p></article>"


@contextlib.contextmanager
def soon() -> Iterator[None]:
    """What is done inside is done in seconds of work, however busy the machine."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < BOUND_S


def filled(unit: str, end: str = "x") -> str:
    return unit * (LENGTH // len(unit)) + end


@pytest.mark.parametrize("unit", [" ", ";", "; ", "//", "// ", "<!--", "//<![CDATA[", "]]>", "--"])
def test_script_that_is_no_json_is_passed_over_at_once(unit: str) -> None:
    with soon():
        assert jsonld.nodes([filled(unit)]) == []


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article"} -->',
        '<![CDATA[{"@type": "Article"}]]>;\n',
        '\n//<![CDATA[\n{"@type": "Article"};\n// ]]>\n',
        ' {"@type": "Article"} ; ',
    ],
)
def test_script_is_read_out_of_its_wrapping(script: str) -> None:
    assert jsonld.nodes([script]) == [{"@type": "Article"}]


def test_entity_of_an_endless_number_stays_as_it_is() -> None:
    endless = f"&#{'1' * 10_000};"
    assert jsonld.text(endless) == endless
    feed = f'{{"version": "jsonfeed.org", "items": [{{"url": "{URL}", "title": "{endless}"}}]}}'
    assert len(read_json_feed(feed, URL, TODAY).entries) == 1


@pytest.mark.parametrize("unit", ["<!--", "<!-- -->", "<!-- - "])
def test_attributes_of_endless_comments(unit: str) -> None:
    value = escape(filled(unit))
    head = f'<title>Bridge</title><meta property="og:title" content="{value}">'
    with soon():
        found = read_page(f"{head}<h1 class='{value}'>Bridge opens</h1>{BODY}".encode(), URL, TODAY)
    assert found.text


@pytest.mark.parametrize("unit", ["_", "_a", "a-", "a.b_", "| ", " | x", "x: ", "a ", "-"])
def test_long_title_over_many_headings(unit: str) -> None:
    title = escape(filled(unit, "!"))
    headings = "".join(f"<h1><a href=/>Part {n} of it</a></h1>" for n in range(2_000))
    headings += "".join(f"<h2>{n} {unit * 100}</h2>" for n in range(300))
    head = f'<title>{title}</title><meta property="og:title" content="{title}">'
    html = f"<html><head>{head}</head><body>{headings}{BODY}</body></html>"
    with soon():
        read_metadata(document_fromstring(html), html, "https://news.example/2024/05/05/b", TODAY)


@pytest.mark.parametrize("unit", ["[", "{", "- ", "? ", "a: [", "&a [*a,"])
def test_front_matter_of_endless_depth_is_refused(unit: str) -> None:
    for length in (LENGTH, 15_000):
        with soon(), pytest.raises(FrontMatterError):
            split_front_matter(f"---\n{unit * (length // len(unit))}\n---\nText.\n")


@pytest.mark.parametrize("gap", [" ", "\t", " \t", "# ", "#", " #", "\u00a0"])
def test_heading_of_endless_space(gap: str) -> None:
    text = f"# {filled(gap)}\n\nWords stand below it.\n"
    with soon():
        assert passage_spans(text, markup="markdown")


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# Costs", "Costs"),
        ("## Costs ##", "Costs"),
        ("   # Costs  \t", "Costs"),
        ("# In C#", "In C#"),
        ("# In C# #", "In C#"),
        ("# #", None),
        ("#Costs", None),
    ],
)
def test_heading_without_its_signs(heading: str, title: str | None) -> None:
    assert first_heading(f"{heading}\n\nText.", "markdown") == title


@pytest.mark.parametrize("stop", [".", "!", "…", "?!", "。", ".)"])
def test_stops_without_end(stop: str) -> None:
    with soon():
        assert sentences(filled(stop))


@pytest.mark.parametrize("unit", [" ", "=", "= ", "== ", "=\u00a0"])
def test_wikipedia_heading_of_endless_space(unit: str) -> None:
    extract = f"A dam holds water.\n== {filled(unit)}\n"
    answer = {"query": {"pages": [{"title": "Dam", "extract": extract}]}}
    with soon():
        assert read_answer(json.dumps(answer).encode(), "https://en.wikipedia.org/wiki/Dam").text


@pytest.mark.parametrize("field", ["author", "managingEditor", "pubDate", "description"])
@pytest.mark.parametrize("unit", ["_", "1", "a-", "<!--"])
def test_feed_with_an_endless_field(field: str, unit: str) -> None:
    item = f"<item><title>T</title><link>/a</link><{field}>{escape(filled(unit))}</{field}></item>"
    feed = f'<rss version="2.0"><channel><title>F</title>{item}</channel></rss>'
    with soon():
        [entry] = read_feed(feed.encode(), URL, "text/xml; charset=iso-8859-1", TODAY).entries
    assert (entry.url, entry.title) == (URL, "T")


@pytest.mark.parametrize("unit", ["<", "<a ", "<!--", "&lt;"])
def test_feed_title_of_endless_tags(unit: str) -> None:
    feed = {"version": "https://jsonfeed.org/version/1", "title": filled(unit), "items": []}
    with soon():
        assert read_json_feed(json.dumps(feed), URL, TODAY).title


@pytest.mark.parametrize("line", ["<p>It is <b>so</b> for years.</p>", "years<br>", "a<!--b-->"])
def test_day_beside_the_headline_of_a_page_of_endless_texts(line: str) -> None:
    html = f"<title>Bridge opens</title><h1>Bridge opens</h1><p>5 May 2024</p>{line * 30_000}"
    tree = document_fromstring(html)
    with soon():
        assert days_beside_headline(tree, "Bridge opens", None, TODAY).published == "2024-05-05"


def test_page_of_endless_blocks() -> None:
    blocks = "<div><div>It is so for years</div></div>" * 12_000
    with soon():
        found = read_page(f"<h1>Bridge opens</h1>{BODY}{blocks}".encode(), URL, TODAY)
    assert "open to all who walk" in found.text
