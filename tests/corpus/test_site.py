"""A site of three hundred pages in the shapes that the web has: each ends in its expected state."""

from __future__ import annotations

import gzip

from sqlalchemy import Engine

from corpus.items import Document, Gone, Item, Unchanged, Unread
from tests.corpus.pages import article, rss
from tests.corpus.site import Page, Site, bomb, in_turn, redirect, tagged
from tests.corpus.test_crawl import Reader
from tests.corpus.values import Clock

STUB = (
    "<html><head><title>Paid</title></head><body><article><h1>Paid</h1><p>The story begins here "
    "and goes on for those who pay.</p><p>Subscribe to continue reading.</p></article></body>"
    "</html>"
)
LOGIN = "<html><body><form>Please log in<input type=password></form></body></html>"
SOFT_404 = (
    "<html><head><title>Page not found</title></head><body><h1>Page not found</h1></body></html>"
)


def live_blog(n: int) -> str:
    updates = "".join(
        f"<div><time>1{hour}:00</time><p>Update {hour} of day {n}: the count goes on in the hall, "
        f"and {hour * n} votes are in, officials said.</p></div>"
        for hour in range(8)
    )
    return f"<html><body><article><h1>Live {n}</h1>{updates}</article></body></html>"


def build(site: Site) -> dict[str, str]:
    """Puts the pages on the site; what each is expected to come to."""
    expected: dict[str, str] = {}

    def put(path: str, page: object, state: str) -> None:
        site.pages[path] = page  # type: ignore[assignment]
        expected[path] = state

    for n in range(110):
        put(f"/articles/{n}", Page(article(f"Story {n} of the town")), "document")
    for n in range(20):
        put(f"/tagged/{n}", tagged(article(f"Tagged {n}"), f'"{n}"'), "document")
        put(f"/live/{n}", Page(live_blog(n)), "document")
        put(f"/paid/{n}", Page(STUB), "paywall")
        put(f"/login/{n}", Page(LOGIN), "login")
        put(f"/lost/{n}", Page(status=404 if n % 2 else 410), "gone")
    for n in range(15):
        text = article(f"Café {n}").encode("cp1252", "replace")
        put(f"/latin/{n}", Page(text, type="text/html; charset=utf-8"), "document")
        put(f"/soft/{n}", Page(SOFT_404), "no such page")
        put(f"/closed/{n}", Page(article("Closed")), "robots.txt")
    for n in range(10):
        packed = gzip.compress(article(f"Packed {n}").encode())
        put(f"/packed/{n}", Page(packed, headers={"Content-Encoding": "gzip"}), "document")
        put(f"/moved/{n}", redirect(f"/target/{n}", 301), "document")
        site.pages[f"/target/{n}"] = Page(article(f"Target {n}"))
        put(f"/circle/{n}", redirect(f"/circle/{n}"), "circle")
        busy = Page(status=503 if n % 2 else 429, headers={"Retry-After": "1"})
        put(f"/busy/{n}", in_turn(busy, Page(article(f"Busy {n}"))), "document")
        put(f"/picture/{n}", Page(b"\x89PNG\0\0", type="image/png"), "not text")
        put(f"/empty/{n}", Page(""), "empty")
    for n in range(5):
        put(f"/down/{n}", Page(status=500), "500")
        put(f"/inside/{n}", redirect(f"http://169.254.169.254/{n}"), "public web")
        put(f"/binary/{n}", Page(b"MZ\0\0" * 99), "neither")
    for n in range(2):
        put(f"/bomb/{n}", bomb(20), "larger")
    return expected


def state(item: Item) -> str:
    match item:
        case Document():
            return "document"
        case Gone():
            return "gone"
        case Unchanged():
            return "unchanged"
        case Unread():
            return item.reason
    return "listed"


async def test_every_page_ends_in_its_state(sqlite_engine: Engine, clock: Clock) -> None:
    async with Site() as site:
        expected = build(site)
        assert len(expected) >= 300
        rules = "User-agent: *\nDisallow: /closed/\n"
        site.pages["/robots.txt"] = Page(rules, type="text/plain")
        half = len(expected) // 2
        paths = list(expected)
        site.pages["/feed"] = Page(
            rss(site.url, [(path, "2025-03-01", "") for path in paths[:half]]), type="text/xml"
        )
        places = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths[half:])
        site.pages["/sitemap.xml"] = Page(
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>',
            type="application/xml",
        )
        reader = Reader(sqlite_engine, clock, {})
        items = await reader.read(f"{site.url}/feed", f"{site.url}/sitemap.xml", most=1_000)
        found = {item.where.removeprefix(site.url): state(item) for item in items}
        wrong = {
            path: (wanted, found.get(path))
            for path, wanted in expected.items()
            if wanted not in (found.get(path) or "")
        }
        assert wrong == {}
        assert not [path for path in site.asked if path.startswith("/closed/")]
        documents = sum(wanted == "document" for wanted in expected.values())
        assert reader.catalogue.count().sources == documents

        asked = len(site.asked)
        again = await reader.read(f"{site.url}/feed", f"{site.url}/sitemap.xml", most=1_000)
        assert not [item for item in again if isinstance(item, Document)]
        assert reader.catalogue.count().sources == documents
        pages = {path for path in site.asked[asked:] if expected.get(path) == "document"}
        assert pages == set()
