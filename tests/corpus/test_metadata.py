"""Title, date, author and publisher from pages as publishing systems write them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.dates import slashed_day
from corpus.readers.page import read_page
from corpus.readers.written import written_day

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
    updated: str | None = None


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
        "a section and the site before the headline",
        "<title>News - Example Post - Bridge opens after nine years</title>",
        f"<p>5 May 2024</p>{BODY}", "Bridge opens after nine years", None,
    ),
    Case(
        "the day before the headline, and that of a change far behind it",
        "<title>Bridge opens</title>",
        f"<p>5 May 2024</p><h1>Bridge opens</h1>{'<p>By the way</p>' * 4}"
        f"<p class=updated>6 May 2024</p>{'<p>By the way</p>' * 9}{BODY}",
        "Bridge opens", "2024-05-05",
    ),
    Case(
        "a day that says what it is of, away from that of a change",
        "<title>Bridge opens</title>",
        "<h1>Bridge opens</h1><p>A</p><p>B</p><p>C</p><p class=updated>6 May 2024</p>"
        f"{'<p>By the way</p>' * 4}<p>Published 5 May 2024</p>{BODY}", "Bridge opens", "2024-05-05",
    ),
    Case(
        "the headline once more in a list of links",
        "<title>Bridge opens</title>",
        f"<div>Bridge opens</div><p>5 May 2024</p>{BODY}<ul><li><a href=/b>Bridge opens</a></li>"
        "<li>12 June 2023</li></ul>", "Bridge opens", "2024-05-05",
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
    Case(
        "UTC, in which it is another day than at the publisher's",
        meta(og__title="Bridge opens", article__published_time="2024-05-06T03:42:00Z"),
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", "2024-05-05",
        url="https://www.example-post.com/2024/5/5/8357987/bridge-opens",
    ),
    Case(
        "a local time, whatever the address says",
        meta(og__title="Bridge opens", article__published_time="2024-05-06T00:42:00-04:00"),
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", "2024-05-06",
        url="https://www.example-post.com/2024/may/05/bridge-opens",
    ),
    Case(
        "a section within the day of the address", "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", "2024-05-05",
        url="https://www.example-post.com/2024/WORLD/05/05/bridge.opens/index.html",
    ),
    Case(
        "the day beside the headline, another in the page's head",
        "<title>Bridge opens</title>",
        f"<div id=today>Mon, 25 Dec 2023</div>{BODY}{BODY}<h1>Bridge opens</h1>"
        '<span class="updated">2024-06-01</span><span>5 mai 2024, 19:16</span>'
        f"{BODY}", "Bridge opens", "2024-05-05",
    ),
    Case(
        "the day in the window's title",
        "<title>Bridge opens | The Post | 05.05.2024</title>",
        f"<h1>Bridge opens</h1>{BODY}", "Bridge opens", "2024-05-05",
    ),
    Case(
        "the site's name behind a headline that is shown without it",
        "<title>Bridge opens to all - The Post NewsFeed</title>"
        + meta(og__title="Bridge opens to all - The Post NewsFeed"),
        f"<h1>Bridge opens to all</h1>{BODY}", "Bridge opens to all", None,
    ),
    Case(
        "a heading that links to the front page",
        "<title>The Gazette » Blog Archive » Bridge opens</title>",
        f'<h1><a href="/news/">The Gazette</a></h1><h2>Bridge opens</h2>{BODY}',
        "Bridge opens", None,
    ),
    Case(
        "a file's name where the title should be",
        "<title>Bridge opens | Example-Post</title>" + meta(og__title="bridge-opens-may-2024"),
        f"<h2>Bridge opens</h2>{BODY}", "Bridge opens", None,
    ),
    Case(
        "hidden words glued to the headline",
        "<title>Bridge opens in Lund » Local » The Post</title>",
        f"<h1>Bridge opens in Lund<span class=h>The Post</span></h1>{BODY}",
        "Bridge opens in Lund", None,
    ),
    Case(
        "a description in place of a headline",
        "<title>Long Bridge - Encyclopedia</title>"
        + ld({"@type": "Article", "name": "Long Bridge", "headline": "crossing in Sweden"}),
        f"<h1>Long Bridge</h1>{BODY}", "Long Bridge", None,
    ),
    Case(
        "entities within JSON",
        ld({"@type": "NewsArticle", "headline": "Bridge &#8216;opens&#8217;"}),
        f"<h1>Bridge ‘opens’</h1>{BODY}", "Bridge ‘opens’", None,
    ),
    Case(
        "a headline that names the site it is about",
        "<title>Google opens a bridge to all of its users - The Post</title>",
        f"<h2>Bridges</h2>{BODY}", "Google opens a bridge to all of its users", None,
        url="https://google-post.com/bridge",
    ),
    Case(
        "a headline of the second rank before the names of two houses",
        "<title>Minister opens the bridge – BMX, Ministry of Bridges</title>",
        f"<h3>Around the world</h3><h2>Minister opens the bridge</h2>{BODY}",
        "Minister opens the bridge", None,
    ),
    Case(
        "a window that names the site alone",
        "<title>Example Post</title>",
        f"<h1>Bridge opens</h1><p>Posted the May 5, 2024</p>{BODY}<h1>Write to us</h1>",
        "Bridge opens", "2024-05-05",
    ),
    Case(
        "a logo for a first heading, and the year in two digits",
        "<title>example-post.com</title>",
        f"<h1><a href=/><img src=logo.png></a></h1><h2>Bridge opens</h2>"
        f"<p>by <a rel=author href=/jane>Jane Doe</a>, 8.5.12 </p>{BODY}",
        "Bridge opens", "2012-05-08", "Jane Doe",
    ),
    Case(
        "a label in the heading, a section in the title",
        meta(og__title="Bridge opens on Sunday | Chronicles"),
        f"<h1>Bridge opens on Sunday <span>Subscribers</span></h1><p>le 28 juin 2019</p>{BODY}",
        "Bridge opens on Sunday", "2019-06-28",
    ),
    Case(
        "a headline of the third rank under a general one",
        "<title>Bridge opens ‹ Bridge Club</title>",
        f"<h1>News</h1><div><h3>Bridge opens</h3><p>06.05.2018</p>{BODY}</div>",
        "Bridge opens", "2018-05-06",
    ),
    Case(
        "a day in what the blog says of the post below it",
        "<title>Bridge opens « The Club</title>",
        f"<h2>Bridge opens</h2>{BODY}{BODY}<p class='postmetadata alt'><small>This entry was "
        "posted on Saturday, December 3rd, 2011 at 10:04 and is filed under Bridges. You can "
        "follow any responses to this entry.</small></p>",
        "Bridge opens", "2011-12-03",
    ),
    Case(
        "a dateline in the first sentence",
        "<title>Bridge opens</title>",
        f"<h2>Bridge opens</h2><p>By Jane Doe</p><p>Feb. 23, 2015 -- A bridge over the river opens "
        f"to walkers today, after nine years of work on it.</p>{BODY}",
        "Bridge opens", "2015-02-23",
    ),
    Case(
        "a meta tag with the month first",
        meta(publishdate="05/29/2007 09:49:00", cme_last_updated="2015-04-28T11:54:11"),
        f"<h1>Bridge opens</h1>{BODY}",
        "Bridge opens", "2007-05-29",
    ),
    Case(
        "the day of a change alone, and another article's behind it",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><div class=updatetime>11/17/2023 05:40 PM</div><a>Share</a><a>Print"
        f"</a><a>Mail</a><a>Tram stops</a><span>11/19/2023</span>{BODY}",
        "Bridge opens", "2023-11-17",
    ),
    Case(
        "the day of a change, then that of publication",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><p class=updated>Updated 5 May 2024</p><p>Published 4 May 2024</p>"
        f"{BODY}",
        "Bridge opens", "2024-05-04",
    ),
    Case(
        "a headline in no heading, the site and its place behind it",
        "<title>Bridge opens - Example-Post.com - Rivertown</title>",
        f"<p>Lunes, 24 de agosto de 2026</p><p>Weather</p><p>Sport</p><p>Letters</p><p>Shop</p>"
        f"<div class=titulo>Bridge opens</div><div>Viernes, 30 de abril de 2021</div>{BODY}",
        "Bridge opens", "2021-04-30",
    ),
    Case(
        "a drawing with a title of its own",
        "",
        f"<svg><title>Menu</title><path d=M0></svg><h1>Bridge opens</h1>{BODY}",
        "Bridge opens", None,
    ),
    Case(
        "drawings before the window's title, in a page that is out of order",
        "",
        f"<svg><symbol><title>Menu</title></symbol></svg><title>Bridge opens | The Post</title>"
        f"<p>Welcome</p>{BODY}",
        "Bridge opens", None,
    ),
    Case(
        "a day on which something else was published",
        "<title>Bridge opens</title>",
        "<h1>Bridge opens</h1><p>A study published 3 May 2019 found it safe.</p>"
        f"<p>5 May 2024</p>{BODY}", "Bridge opens", "2024-05-05",
    ),
    Case(
        "a sentence with a day before the label of publication",
        "<title>Bridge opens</title>",
        "<h1>Bridge opens</h1><p>Plans published on 3 May 2019 fell through.</p>"
        f"<p>By Jane Doe | Published: 5 May 2024</p>{BODY}", "Bridge opens", "2024-05-05",
    ),
    Case(
        "a label of publication behind the author's name",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><p>2 May 2024</p><p>By Jane Doe, published 5 May 2024</p>{BODY}",
        "Bridge opens", "2024-05-05",
    ),
    Case(
        "a label beside its day",
        "<title>Bridge opens</title>",
        "<h1>Bridge opens</h1><dl><dt>Last updated:<dd>6 May 2024<dt>Published<dd>5 May 2024</dl>"
        f"{BODY}", "Bridge opens", "2024-05-05", updated="2024-05-06",
    ),
    Case(
        "both days in a line",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><p>Updated 6 May 2024 | Published 5 May 2024</p>{BODY}",
        "Bridge opens", "2024-05-05", updated="2024-05-06",
    ),
    Case(
        "a day, and that of a change behind it",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><p>5 May 2024, updated 6 May 2024</p>{BODY}",
        "Bridge opens", "2024-05-05", updated="2024-05-06",
    ),
    Case(
        "the day of a change in words before that of publication",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><p>Zuletzt aktualisiert am 6. Mai 2024</p><p>5. Mai 2024</p>{BODY}",
        "Bridge opens", "2024-05-05", updated="2024-05-06",
    ),
    Case(
        "the day of a change in words alone",
        "<title>Bridge opens</title>",
        f"<h1>Bridge opens</h1><p>Updated 6 May 2024</p>{BODY}",
        "Bridge opens", None, updated="2024-05-06",
    ),
    Case(
        "the day of a change in what the blog says of the post below it",
        "<title>Bridge opens « The Club</title>",
        f"<h2>Bridge opens</h2>{BODY}{BODY}<p class=postmetadata>Posted on 3 December 2011, "
        "updated on 4 December 2012.</p>", "Bridge opens", "2011-12-03",
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Published January 29th, 2013 in Lyrics", "2013-01-29"),
        ("jueves, 09 enero 2014 10:21", "2014-01-09"),
        ("le 15 septembre 2009", "2009-09-15"),
        ("23 de marzo de 2020", "2020-03-23"),
        ("Veröffentlicht am 07.06.2019 um 8 Uhr", "2019-06-07"),
        ("3. März 2021", "2021-03-03"),
        ("26 Sep 2011", "2011-09-26"),
        ("2019-01-21 13:49", "2019-01-21"),
        ("5/6/2019", None),
        ("31.02.2019", None),
        ("May 5, 2090", None),
        ("version 4.12.2013.7", None),
        ("Room 12, March", None),
    ],
)
def test_days_as_people_write_them(text: str, day: str | None) -> None:
    assert written_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("3/09/15 8:00am", "en-US", "2015-03-09"),
        ("Published 3/09/2015", "en-GB", "2015-09-03"),
        ("03/09/2015 às 15h45", "pt-BR", "2015-09-03"),
        ("11/17/2023 05:40 PM", "en", "2023-11-17"),
        ("17/11/2023", None, "2023-11-17"),
        ("3/09/2015", "en-GU", "2015-03-09"),
        ("3/09/2015", "es-PR", "2015-03-09"),
        ("3/09/2015", "es-US", "2015-09-03"),
        ("3/09/2015", "no such language", "2015-09-03"),
        ("3/09/2015", "en", None),
        ("3/09/2015", None, None),
        ("13/14/2015", "en-US", None),
        ("24/7/365/2015", "fr", None),
    ],
)
def test_which_number_is_the_month(text: str, language: str | None, day: str | None) -> None:
    assert slashed_day(text, language, TODAY) == day


def test_a_page_without_a_body_element_is_read_all_the_same() -> None:
    html = f"<title>Bridge opens</title><article><h1>Bridge opens</h1><p>5 May 2024</p>{BODY}"
    about = read_page(html.encode(), "https://example-post.com/bridge", TODAY).metadata
    assert (about.title, about.published) == ("Bridge opens", "2024-05-05")


@given(st.text(max_size=60))
def test_any_text_gives_a_day_or_none(text: str) -> None:
    day = written_day(text, TODAY)
    assert day is None or date.fromisoformat(day) <= TODAY + timedelta(days=1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_person_would_read_off(case: Case) -> None:
    html = f"<!doctype html><html lang=en><head>{case.head}</head><body>{case.body}</body></html>"
    about = read_page(html.encode(), case.url, TODAY).metadata
    assert about.title == case.title
    assert about.published == case.published
    if case.updated is not None:
        assert about.updated == case.updated
    if case.author is not None:
        assert ", ".join(about.authors) == case.author
    if case.publisher is not None:
        assert about.publisher == case.publisher
    assert (about.published_how is None) == (about.published is None)
