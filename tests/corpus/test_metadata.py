"""Title, date, author and publisher from pages as publishing systems write them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import pytest

from corpus.readers.page import read_page

TODAY = date(2026, 11, 23)
BODY = "".join(
    f"<p>Paragraph {n} tells of the bridge, of who paid for it, and of those who use it.</p>"
    for n in range(8)
)


@dataclass(frozen=True)
class Case:
    """A page and what a person would read off it."""

    name: str
    head: str
    body: str
    title: str
    published: str | None
    author: str | None = None
    publisher: str | None = None
    url: str = "https://www.example-post.com/news/bridge"


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def meta(**named: str) -> str:
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">'
        for name, value in named.items()
    )


CASES = (
    Case(
        "WordPress with a graph",
        "<title>Bridge opens - The Post</title>"
        + ld({"@context": "https://schema.org", "@graph": [
            {"@type": "WebPage", "name": "Bridge opens - The Post", "datePublished": "2024-05-05T08:00:00+00:00"},  # noqa: E501
            {"@type": "Article", "headline": "Bridge opens", "datePublished": "2024-05-05T08:00:00+00:00",  # noqa: E501
             "author": {"name": "Jane Doe", "@id": "#p"}, "publisher": {"@type": "Organization", "name": "The Post"}},  # noqa: E501
        ]}),
        f"<article><h1 class=entry-title>Bridge opens</h1>{BODY}</article>",
        "Bridge opens", "2024-05-05", "Jane Doe", "The Post",
    ),
    Case(
        "a page that also describes what it links to",
        ld([{"@type": "NewsArticle", "headline": "Another story", "url": "https://www.example-post.com/other", "datePublished": "2023-01-01"},  # noqa: E501
            {"@type": "NewsArticle", "headline": "Bridge opens", "mainEntityOfPage": {"@id": "https://www.example-post.com/news/bridge"},
             "datePublished": "2024-05-05T23:59:00-04:00",
             "author": [{"name": "A"}, {"name": "B"}]}]),
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", "2024-05-05", "A, B",
    ),
    Case(
        "Open Graph alone",
        "<title>Bridge opens | The Post</title>" + meta(
            og__title="Bridge opens", og__site_name="The Post",
            article__published_time="2024-05-05T10:00:00Z",
            article__modified_time="2025-01-01T10:00:00Z"),
        f"<main><h1>Bridge opens</h1>{BODY}</main>", "Bridge opens", "2024-05-05", None, "The Post",
    ),
    Case(
        "microdata",
        "<title>Bridge opens – The Post</title><meta itemprop=datePublished content=2024-05-05>"
        '<meta property="og:site_name" content="The Post">',
        f"<article><h1 itemprop=headline>Bridge opens</h1>{BODY}</article>",
        "Bridge opens", "2024-05-05",
    ),
    Case(
        "a government page",
        '<title>Bridge opens - Ministry</title><meta name="dcterms.issued" content="2024-05-05">'
        '<meta name="dcterms.title" content="Bridge opens"><meta name="DC.publisher" content="Ministry">',  # noqa: E501
        f"<main><h1>Bridge opens</h1>{BODY}</main>", "Bridge opens", "2024-05-05", None, "Ministry",
    ),
    Case(
        "a journal",
        '<meta name="citation_title" content="On bridges"><meta name="citation_author" content="Doe, J.">'  # noqa: E501
        '<meta name="citation_author" content="Roe, R."><meta name="citation_publication_date" content="2024/05/05">'  # noqa: E501
        '<meta name="citation_journal_title" content="Journal of Bridges">',
        f"<h1>On bridges</h1>{BODY}", "On bridges", "2024-05-05", "Doe, J., Roe, R.",
        "Journal of Bridges",
    ),
    Case(
        "a time element alone", "<title>Bridge opens</title>",
        f'<article><h1>Bridge opens</h1><time class="entry-date published" datetime="2024-05-05T10:00">May 5</time>'  # noqa: E501
        f"{BODY}</article>", "Bridge opens", "2024-05-05",
    ),
    Case(
        "a date in words", "<title>Bridge opens</title>",
        f"<article><h1>Bridge opens</h1><p class=date>Published: May 5, 2024</p>{BODY}</article>",
        "Bridge opens", "2024-05-05",
    ),
    Case(
        "a date in the address", "<title>Bridge opens</title>",
        f"<article><h1>Bridge opens</h1>{BODY}</article>", "Bridge opens", "2024-05-05",
        url="https://www.example-post.com/2024/05/05/bridge-opens",
    ),
    Case(
        "a headline cut short for search",
        ld({"@type": "NewsArticle", "headline": "The long bridge of Lund opens after ten…",
            "datePublished": "2024-05-05"}),
        f"<h1>The long bridge of Lund opens after ten years of work</h1>{BODY}",
        "The long bridge of Lund opens after ten years of work", "2024-05-05",
    ),
    Case(
        "a logo in a heading of its own",
        "<title>Bridge opens - Example Post</title>" + meta(og__title="Bridge opens"),
        f"<header><h1>Example Post</h1></header><article><h1>Bridge opens</h1>{BODY}</article>",
        "Bridge opens", None,
    ),
    Case(
        "a placeholder for a date",
        ld({"@type": "BlogPosting", "headline": "Bridge opens", "datePublished": "1970-01-01T00:00:00Z"}),  # noqa: E501
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", None,
    ),
    Case(
        "JSON-LD that is broken, beside tags that are not",
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x</script>'
        + meta(og__title="Bridge opens", article__published_time="2024-05-05"),
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", "2024-05-05",
    ),
    Case(
        "a live blog",
        ld({"@type": "LiveBlogPosting", "headline": "Bridge: live", "datePublished": "2024-05-05",
            "dateModified": "2024-05-06", "liveBlogUpdate": [
                {"@type": "BlogPosting", "headline": "Cut", "datePublished": "2024-05-06"}]}),
        f"<h1>Bridge: live</h1>{BODY}", "Bridge: live", "2024-05-05",
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_person_would_read_off(case: Case) -> None:
    html = f"<!doctype html><html lang=en><head>{case.head}</head><body>{case.body}</body></html>"
    about = read_page(html.encode(), case.url, TODAY).metadata
    assert about.title == case.title
    assert about.published == case.published
    if case.author is not None:
        assert ", ".join(about.authors) == case.author
    if case.publisher is not None:
        assert about.publisher == case.publisher
    assert (about.published_how is None) == (about.published is None)
