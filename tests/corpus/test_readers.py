"""Pages, PDF and DOCX: the text, what they say of themselves, and what fails."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.items import Document, Provenance, Unread
from corpus.model import Passage
from corpus.readers.charset import CharsetError, decode_web
from corpus.readers.dates import stated_day
from corpus.readers.files import read_file_text
from corpus.readers.listings import ListingError, read_feed, read_json_feed, read_sitemap
from corpus.readers.page import UnreadableError, read_page
from corpus.readers.sniff import form_of
from corpus.reading import read
from tests.corpus.pages import article

TODAY = date(2026, 11, 23)
URL = "https://news.example/a"
WORDS = "It says a good deal about the matter, in whole sentences that people can read. " * 8


def page(body: str, head: str = "", url: str = URL) -> str:
    return read_page(
        f"<html><head>{head}</head><body>{body}</body></html>".encode(), url, TODAY
    ).text


def test_headings_lists_and_tables_stay_readable() -> None:
    text = page(
        f"<article><h1>Title</h1><p>{WORDS}</p><h2>Cost</h2><p>{WORDS}</p>"
        "<ul><li>One thing here</li><li>Another there</li></ul>"
        "<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2023</td><td>$5.5M</td></tr></table>"
        "</article><script>alert('no')</script>"
    )
    assert "## Cost" in text
    assert "- One thing here\n- Another there" in text
    assert "Year | Cost\n2023 | $5.5M" in text
    assert "alert" not in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("<html><body></body></html>", "no article text"),
        ("<p>Short.</p>", "no article text"),
        (f"<p>{WORDS[:160]}</p><p>Subscribe to continue reading this story.</p>", "paywall"),
        (f"<p>{WORDS[:160]}</p><p>Already a subscriber? Log in</p>", "paywall"),
        ("<form><input name=user><input type=password></form><p>Please log in.</p>", "login"),
        ("<h1>Page not found</h1><p>We looked everywhere.</p>", "no such page"),
        ("<noscript>Please enable JavaScript to view this page</noscript>", "JavaScript"),
    ],
)
def test_what_is_no_article_says_what_it_is(body: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_page(body.encode(), URL, TODAY)


def test_paid_article_says_so_by_its_own_mark() -> None:
    mark = {"@type": "NewsArticle", "headline": "T", "isAccessibleForFree": "False"}
    head = f'<script type="application/ld+json">{json.dumps(mark)}</script>'
    with pytest.raises(UnreadableError, match="paywall"):
        page(f"<article><p>{WORDS[:400]}</p></article>", head)
    assert page(f"<article><p>{WORDS * 4}</p></article>", head)


def test_fact_check_in_a_page_is_read_with_its_rating() -> None:
    mark = {
        "@type": ["ClaimReview"], "claimReviewed": "Fish can fly", "author": {"name": "Checkers"},
        "reviewRating": {"ratingValue": 1, "bestRating": 5},
    }  # fmt: skip
    read_in = read_page(
        f'<script type="application/ld+json">[{json.dumps(mark)}]</script><article><p>{WORDS}</p>'
        "</article>".encode(), URL, TODAY)  # fmt: skip
    assert read_in.metadata.kind == "fact_check"
    assert read_in.text.endswith("Checkers rated the claim “Fish can fly” as “1 of 5”.")


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        ("naïve – “yes”".encode("cp1252"), "text/html; charset=iso-8859-1", "naïve – “yes”"),
        ("naïve".encode(), "text/html; charset=iso-8859-1", "naïve"),
        ("<meta charset=cp1251>Привет".encode("cp1251"), "", "<meta charset=cp1251>Привет"),
        ("日本語の記事。".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本語の記事。"),
        ("naïve".encode("utf-16"), "", "naïve"),
        ("naïve".encode("utf-8-sig"), "text/html; charset=utf-16", "naïve"),
        ("naïve".encode("cp1252"), "text/html; charset=utf-8", "naïve"),
        (f"na\0ïve{' article' * 300}".encode(), "", f"naïve{' article' * 300}"),
    ],
)  # fmt: skip
def test_characters_are_what_they_are_whatever_is_declared(
    data: bytes, content_type: str, text: str
) -> None:
    assert decode_web(data, content_type) == text


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-8", "x; charset=x"]))
def test_no_bytes_break_the_reading(data: bytes, content_type: str) -> None:
    try:
        text = decode_web(data, content_type)
    except CharsetError:
        return
    assert "\0" not in text
    form_of(data, content_type)


@given(st.text(max_size=200))
def test_no_markup_breaks_the_reading(body: str) -> None:
    with contextlib.suppress(UnreadableError):
        read_page(f"<html><body><p>{body}</p>".encode("utf-8", "replace"), URL, TODAY)


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2024-05-05T23:30:00-05:00", "2024-05-05"),
        ("2024-05", "2024-05"),
        ("Sun, 05 May 2024 10:00:00 GMT", "2024-05-05"),
        ("20240505", "2024-05-05"),
        ("2024/05/05", "2024-05-05"),
        ("1970-01-01T00:00:00Z", None),
        ("2031-01-01", None),
        ("2024-13-45", None),
        ("Mon, 01 Jan 0001 00:00:00 +1400", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Mon, 01 Jan 2024 00:00:00 +9999999999999999", None),
        (f"Mon, 01 Jan 2024 00:00:00 -{'9' * 400}", None),
        (f"Mon, 01 Jan {'9' * 20} 00:00:00 +0000", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("0000", None),
        ("soon", None),
        ("", None),
        (7, None),
    ],
)
def test_stated_days(stated: object, day: str | None) -> None:
    assert stated_day(stated, TODAY) == day


@pytest.mark.parametrize(
    "stated", ["0001-01-01T00:00:00+14:00", "Mon, 01 Jan 2024 00:00:00 +9999999999999999"]
)
def test_page_and_feed_with_a_day_past_all_calendars_are_read(stated: str) -> None:
    head = f'<title>Title</title><meta name="date" content="{stated}">'
    assert page(f"<time class=published datetime='{stated}'></time><p>{WORDS}</p>", head)
    item = f"<item><title>T</title><link>/a</link><pubDate>{stated}</pubDate></item>"
    feed = f'<rss version="2.0"><channel><title>F</title>{item}</channel></rss>'
    [entry] = read_feed(feed.encode(), URL, "text/xml", TODAY).entries
    assert entry.published is None


BAD_ADDRESSES = (
    "mailto:jane@news.example",
    "https://news.example:99999/x",
    "https://[news.example/x",
    "https://news.example]/x",
    "//[",
    "javascript:void(0)",
    "http://",
)
HALF = "https://news.example/\ud800"
"""JSON alone can hold half a character."""


@pytest.mark.parametrize("bad", BAD_ADDRESSES)
def test_bad_address_is_passed_over_and_what_it_stands_on_is_read(bad: str) -> None:
    items = f"<item><title>T</title><link>{bad}</link></item><item><link>/a</link></item>"
    feed = f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
    assert [each.url for each in read_feed(feed.encode(), URL, "text/xml", TODAY).entries] == [URL]
    places = f"<url><loc>{bad}</loc></url><url><loc>{URL}</loc></url>"
    sitemap = read_sitemap(f"<urlset>{places}</urlset>".encode(), URL, TODAY)
    assert [each.url for each in sitemap.entries] == [URL]
    parts = places.replace("url>", "sitemap>")
    index = read_sitemap(f"<sitemapindex>{parts}</sitemapindex>".encode(), URL, TODAY)
    assert index.sitemaps == (URL,)
    head = (
        f'<title>Title</title><link rel=canonical href="{bad}"><meta property="og:url" '
        f'content="{bad}"><link rel=license href="{bad}">'
    )
    html = f'{head}<h1><a href="{bad}">Title</a></h1><p><a href="{bad}">{WORDS}</a></p>'
    for url in (URL, ""):
        found = read_page(html.encode(), url, TODAY)
        assert (found.metadata.url, found.metadata.title) == (url, "Title")
        assert found.text


@pytest.mark.parametrize("bad", [*BAD_ADDRESSES, HALF, 7, None, {"href": URL}])
def test_bad_address_in_a_json_feed_is_passed_over(bad: object) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"url": bad}, {"url": URL}]}
    assert [each.url for each in read_json_feed(json.dumps(feed), URL, TODAY).entries] == [URL]


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<urlset><url><loc>https://x.example/&c;</loc></url></urlset>"
)
THEFT = (
    '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<urlset><url><loc>https://x.example/&f;</loc></url></urlset>"
)


@pytest.mark.parametrize("xml", [BOMB, THEFT, "<urlset>", "", "<html/>"])
def test_sitemap_with_tricks_is_refused(xml: str) -> None:
    with pytest.raises(ListingError):
        read_sitemap(xml.encode(), URL, TODAY)


def test_feed_with_entities_neither_loads_nor_swells() -> None:
    feed = THEFT.replace("urlset", "rss").replace(
        "<url><loc>https://x.example/&f;</loc></url>",
        "<channel><item><title>&f;</title><link>https://x.example/</link></item></channel>",
    )
    try:
        listing = read_feed(feed.encode(), URL, "text/xml", TODAY)
    except ListingError:
        return
    assert "root:" not in str(listing)


# Files


def pdf(pages: list[str]) -> bytes:
    """A PDF with a line of text a page, as small as the format allows."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for n, text in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 2000 100] /Contents {5 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        stream = f"BT /F1 10 Tf 10 50 Td ({text}) Tj ET" if text else ""
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append(
        "<< /Title (A report) /Author (J. Doe) /CreationDate (D:20240203120000Z) "
        "/ModDate (D:20240401) >>"
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += (
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n"
        f"startxref\n{start}\n%%EOF"
    ).encode()
    return bytes(out)


def docx() -> bytes:
    import docx as library

    document = library.Document()
    document.core_properties.title = "Minutes"
    document.core_properties.author = "The clerk"
    document.add_heading("Costs", level=1)
    document.add_paragraph("The bridge costs 12 million euros.")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("Year", "Cost"), ("2024", "12"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def test_pdf_keeps_its_pages(tmp_path: Path) -> None:
    lines = [
        f"Page {n} says that the bridge of town {n} opened in 19{n}0. " * 3 for n in range(1, 5)
    ]
    (tmp_path / "report.pdf").write_bytes(pdf(lines))
    [document] = read(tmp_path / "report.pdf")
    assert isinstance(document, Document)
    assert (document.source.title, document.source.author) == ("A report", "J. Doe")
    assert (document.source.published, document.provenance.published_how) == (
        "2024-02-03",
        "file's metadata",
    )
    assert (document.source.updated, document.provenance.updated_how) == (
        "2024-04-01",
        "file's metadata",
    )
    for span in document.spans:
        assert span.page is not None
        text = document.text[span.start : span.end]
        passage = Passage("p", document.source, text, span.start, span.end, page=span.page)
        for n in range(1, 5):
            if (at := text.find(f"Page {n} says")) >= 0:
                assert passage.page_at(at) == n


def test_docx_keeps_headings_and_tables(tmp_path: Path) -> None:
    (tmp_path / "minutes.docx").write_bytes(docx())
    [document] = read(tmp_path / "minutes.docx")
    assert isinstance(document, Document)
    assert document.source.title == "Minutes"
    assert document.spans[0].heading == "Costs"
    assert "Year | Cost\n2024 | 12" in document.text


def test_docx_from_beyond_the_calendar_has_no_day(tmp_path: Path) -> None:
    beyond = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx())) as packed,
        zipfile.ZipFile(beyond, "w") as changed,
    ):
        for name in packed.namelist():
            part = re.sub(rb">\d{4}-[^<]+Z<", b">0001-01-01T00:00:00+14:00<", packed.read(name))
            changed.writestr(name, part)
    (tmp_path / "minutes.docx").write_bytes(beyond.getvalue())
    [document] = read(tmp_path / "minutes.docx")
    assert isinstance(document, Document)
    assert document.source.published is None


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", bytes(250_000_000))
    files = {
        "scan.pdf": (pdf(["", ""]), "scanned"),
        "torn.pdf": (pdf(["x" * 99])[:90], "not a PDF"),
        "false.docx": (b"PK no", "not a DOCX"),
        "bomb.docx": (bomb.getvalue(), "unpacks"),
    }
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    said = {
        Path(item.where).name: item.reason for item in read(tmp_path) if isinstance(item, Unread)
    }
    assert set(said) == set(files)
    for name, (_, reason) in files.items():
        assert reason in said[name]


def test_reading_that_hangs_is_ended() -> None:
    with pytest.raises(UnreadableError, match="took more than"):
        read_file_text(pdf(["x" * 60]), "pdf", timeout_s=0.001)


def test_saved_page_and_fact_checks_on_the_disk(tmp_path: Path) -> None:
    page = article("Saved", canonical="https://news.example/saved")
    changed = page.replace('"datePublished"', '"dateModified": "2024-05-09", "datePublished"')
    (tmp_path / "page.html").write_text(changed)
    review = {"@type": "ClaimReview", "claimReviewed": "C", "reviewRating": {"alternateName": "R"}}
    (tmp_path / "reviews.json").write_text(json.dumps([review, {"@type": "ClaimReview"}]))
    (tmp_path / "other.json").write_text("{}")
    items = list(read(tmp_path))
    documents = [item for item in items if isinstance(item, Document)]
    assert [document.source.kind for document in documents] == ["news", "fact_check"]
    assert documents[0].source.url == "https://news.example/saved"
    assert documents[0].source.updated == "2024-05-09"
    assert documents[0].provenance == Provenance("JSON-LD", "JSON-LD")
    assert len(items) == 4
