"""What strangers write to keep a reader busy: text that took minutes is read in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.dates import stated_day
from corpus.readers.listings import read_feed, read_json_feed, read_sitemap
from corpus.readers.page import read_page
from corpus.readers.wikipedia import read_answer
from corpus.split import first_heading, passage_spans, sentences

TODAY = date(2026, 1, 1)
SIZE = 200_000
SOON = 10.0
"""Seconds of the processor; all of these took longer, some of them hours."""
STORY = "<article><p>" + "The council met and agreed on the budget. " * 20 + "</p></article>"
URL = "https://news.example/story"


def page(head: str = "", body: str = "") -> str:
    html = f"<html><head>{head}</head><body>{body}{STORY}</body></html>"
    return read_page(html.encode(), URL, TODAY).text


def long_title() -> str:
    title = escape("word " * (SIZE // 5))
    headings = "<h1>Some words of it</h1><h2>Words again</h2>" * 3_000
    return page(f"<title>{title}</title><meta property='og:title' content='{title}'>", headings)


@pytest.mark.parametrize(
    "read",
    [
        lambda: page(f'<script type="application/ld+json">{" " * SIZE}x</script>'),
        lambda: page(f'<script type="application/ld+json">{"; " * (SIZE // 2)}x</script>'),
        lambda: page(f"<meta property='og:title' content='{'_' * 60} !'>"),
        lambda: page(f"<meta property='og:title' content='{'a_' * 2_000} !'>"),
        long_title,
        lambda: first_heading(f"# {' ' * SIZE}x", "markdown"),
        lambda: first_heading(f"# {'# ' * (SIZE // 2)}x", "markdown"),
        lambda: list(passage_spans(f"# {' #' * (SIZE // 2)}x\n\nText.", markup="markdown")),
        lambda: sentences("!" * SIZE + "x"),
        lambda: sentences("Really?!" * (SIZE // 8)),
        lambda: read_answer(
            b'{"query": {"pages": [{"extract": "Text.\\n==' + b" " * SIZE + b'=x"}]}}', URL
        ),
        lambda: read_json_feed(
            '{"version": "https://jsonfeed.org/version/1.1", "title": "' + "<" * SIZE + '"}',
            URL,
            TODAY,
        ),
    ],
)
def test_hostile_text_is_read_in_time(read: Callable[[], object]) -> None:
    started = time.process_time()
    read()
    assert time.process_time() - started < SOON


BAD = ["mailto:desk@news.example", "http://[", "https://news.example:99999/", "javascript:alert(1)"]
GOOD = "https://news.example/good"


@pytest.mark.parametrize("bad", [*BAD, "https://news.example/\ud800"])
def test_a_bad_address_is_passed_over_and_the_rest_of_a_json_feed_is_read(bad: str) -> None:
    import json

    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"url": bad, "title": "Bad"}, {"url": GOOD, "title": "Good"}],
    }
    listing = read_json_feed(json.dumps(feed), URL, TODAY)
    assert [entry.url for entry in listing.entries] == [GOOD]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_address_is_passed_over_and_the_rest_of_feed_and_sitemap_is_read(bad: str) -> None:
    items = "".join(f"<item><title>T</title><link>{link}</link></item>" for link in (bad, GOOD))
    feed = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
    listing = read_feed(feed.encode(), URL, "application/rss+xml", TODAY)
    assert [entry.url for entry in listing.entries] == [GOOD]
    urls = "".join(f"<url><loc>{link}</loc></url>" for link in (bad, GOOD))
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    sitemap = f"<urlset xmlns='{space}'>{urls}</urlset>"
    assert [e.url for e in read_sitemap(sitemap.encode(), URL, TODAY).entries] == [GOOD]


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 99999999999999999999 00:00:00 +0000",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "9999-12-31T23:59:59-23:59",
        "0000-00-00",
    ],
)
def test_a_date_at_the_edge_of_time_is_no_date(text: str) -> None:
    day = stated_day(text, TODAY)
    assert day is None or day.startswith("2024")


@given(st.text(max_size=60))
def test_whatever_a_date_is_stated_as_nothing_fails(text: str) -> None:
    stated_day(text, TODAY)


def test_the_title_of_a_drawing_is_not_the_pages() -> None:
    html = f"<html><body><svg><title>Close</title></svg><h1>Port opens</h1>{STORY}</body></html>"
    assert read_page(html.encode(), URL, TODAY).metadata.title == "Port opens"


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Published 3 May 2024", "2024-05-03"),
        ("First published: 3 May 2024", "2024-05-03"),
        ("By A. Writer. Published: 3 May 2024", "2024-05-03"),
    ],
)
def test_the_day_in_a_line_that_says_published_comes_first(line: str, published: str) -> None:
    body = f"<h1>Port opens</h1><p>Vol. 3 of 1 June 2023</p><p>{line}</p>"
    html = f"<html><head><title>Port opens</title></head><body>{body}{STORY}</body></html>"
    assert read_page(html.encode(), URL, TODAY).metadata.published == published


def test_a_study_that_was_published_says_nothing_of_the_page() -> None:
    body = (
        "<h1>Port opens</h1><p>1 June 2024</p>"
        "<p>It follows a study published 3 May 2019 by the town.</p>"
    )
    html = f"<html><head><title>Port opens</title></head><body>{body}{STORY}</body></html>"
    assert read_page(html.encode(), URL, TODAY).metadata.published == "2024-06-01"


def test_a_day_of_an_update_in_words_is_not_that_of_publication() -> None:
    body = "<h1>Port opens</h1><p>Updated 9 June 2024</p><p>1 June 2024</p>"
    html = f"<html><head><title>Port opens</title></head><body>{body}{STORY}</body></html>"
    assert read_page(html.encode(), URL, TODAY).metadata.published == "2024-06-01"


def test_the_number_sign_of_a_name_stays_in_its_heading() -> None:
    assert first_heading("# Programs in C# ##\n\nText.", "markdown") == "Programs in C#"
