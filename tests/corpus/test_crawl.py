"""From addresses to documents, over a real server on loopback."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from corpus.items import Document, Gone, Item, Listed, Unchanged, Unread
from corpus.readers.page import PageText, read_page
from corpus.upkeep import Upkeep
from corpus.visits import Visits
from corpus.web import interpret
from corpus.web.addresses import AllowList
from corpus.web.crawl import Crawl
from corpus.web.interpret import Interpreter
from corpus.web.transport import Transport
from corpus.web.visitor import Visitor
from tests.corpus.pages import article, rss
from tests.corpus.site import FixedNames, Page, Site, in_turn, redirect, tagged
from tests.corpus.values import Clock


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as running:
        yield running


class Reader:
    """Crawls and stores, as the library does, without vectors."""

    def __init__(self, engine: Engine, clock: Clock, names: dict[str, list[str]]) -> None:
        from corpus.catalogue import Catalogue

        self.catalogue = Catalogue(engine, clock=clock)
        self.upkeep = Upkeep(engine, clock=clock)
        self.clock = clock
        self.names = names

    async def read(self, *urls: str, guild_id: str | None = None, most: int = 100) -> list[Item]:
        return await self._run(lambda crawl: crawl.addresses(urls), guild_id, most)

    async def again(self, guild_id: str | None = None) -> list[Item]:
        pages = self.upkeep.pages(guild_id, due=True)
        feeds = self.upkeep.feeds(guild_id, due=True)
        return await self._run(lambda crawl: crawl.again(pages, feeds), guild_id, 100)

    async def _run(
        self, start: Callable[[Crawl], AsyncIterator[Item]], guild_id: str | None, most: int
    ) -> list[Item]:
        resolver = FixedNames(self.names) if self.names else None
        transport = Transport("ReceiptsBot/test", AllowList.parse("127.0.0.0/8"), resolver=resolver)
        async with Visitor(transport, host_delay_s=0, sleep=_no_sleep) as visitor:
            interpreter = Interpreter(self.clock, None, guild_id)
            items = [item async for item in start(Crawl(visitor, interpreter, self.upkeep, most))]
        visits = Visits(self.upkeep, guild_id=guild_id)
        for item in items:
            if isinstance(item, Document):
                self.catalogue.add(item.source, item.text, item.spans, provenance=item.provenance)
            visits.note(item)
        return items


async def _no_sleep(_seconds: float) -> None:
    pass


@pytest.fixture
def reader(sqlite_engine: Engine, clock: Clock) -> Reader:
    return Reader(sqlite_engine, clock, {})


def only(items: list[Item], kind: type[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, kind)]


async def test_page_brings_its_provenance(site: Site, reader: Reader) -> None:
    page = article("Dam opens", published="2024-05-05T10:00:00Z", authors=["Jane Doe"])
    site.pages["/dam"] = Page(page, headers={"ETag": '"7"', "Last-Modified": "yes"})
    [document] = await reader.read(f"{site.url}/dam?utm_source=x#part")
    assert isinstance(document, Document)
    source, provenance = document.source, document.provenance
    assert (source.title, source.author) == ("Dam opens", "Jane Doe")
    assert (source.published, provenance.published_how) == ("2024-05-05", "JSON-LD")
    assert (provenance.etag, provenance.media_type) == ('"7"', "text/html")
    assert document.language == "en"
    for span in document.spans:
        assert document.text[span.start : span.end].strip()
    [record] = reader.catalogue.sources()
    assert record.checked_at == record.fetched_at == "2026-11-23T12:00:00+00:00"
    assert record.due_at is not None
    assert record.due_at > record.checked_at


async def test_same_again_adds_nothing_and_asks_nothing(site: Site, reader: Reader) -> None:
    site.pages["/a"] = tagged(article("A"), '"1"')
    site.pages["/moved"] = redirect("/a", 301)
    await reader.read(f"{site.url}/a")
    asked = len(site.asked)
    assert isinstance((await reader.read(f"{site.url}/a"))[0], Unchanged)
    assert len(site.asked) == asked
    assert isinstance((await reader.read(f"{site.url}/moved"))[0], Unchanged)
    assert len(reader.catalogue.sources()) == 1


async def test_changed_page_is_a_new_version_beside_the_old(
    site: Site, reader: Reader, clock: Clock
) -> None:
    site.pages["/a"] = in_turn(tagged(article("A"), '"1"'), tagged(article("A"), '"1"'),
                               tagged(article("A", extra="It was corrected."), '"2"'))  # fmt: skip
    await reader.read(f"{site.url}/a")
    assert await reader.again() == []
    clock.pass_days(1)
    assert [type(item) for item in await reader.again()] == [Unchanged]
    clock.pass_days(2)
    assert [type(item) for item in await reader.again()] == [Document]
    [record] = reader.catalogue.sources()
    assert record.version == 2
    old = reader.catalogue.document_text(record.source.id, 1)
    new = reader.catalogue.document_text(record.source.id)
    assert old is not None
    assert new is not None
    assert "corrected" in new
    assert "corrected" not in old


async def test_page_that_goes_is_recorded_and_kept(
    site: Site, reader: Reader, clock: Clock
) -> None:
    site.pages["/a"] = in_turn(Page(article("A")), Page(status=410), Page(article("A")))
    await reader.read(f"{site.url}/a")
    clock.pass_days(1)
    assert [type(item) for item in await reader.again()] == [Gone]
    [record] = reader.catalogue.sources()
    assert record.gone_at == "2026-11-24T12:00:00+00:00"
    assert reader.catalogue.document_text(record.source.id)
    clock.pass_days(40)
    await reader.again()
    assert reader.catalogue.sources()[0].gone_at is None


async def test_failing_page_is_tried_less_and_less(
    site: Site, reader: Reader, clock: Clock
) -> None:
    site.pages["/a"] = in_turn(Page(article("A")), Page(status=500))
    await reader.read(f"{site.url}/a")
    waits = []
    for _ in range(4):
        clock.pass_days(8)
        assert [type(item) for item in await reader.again()] == [Unread]
        [record] = reader.catalogue.sources()
        assert record.due_at is not None
        waits.append(datetime.fromisoformat(record.due_at) - clock().astimezone(UTC))
    assert waits == sorted(waits)
    assert waits[3] > 6 * waits[0]
    assert "500" in (reader.catalogue.sources()[0].problem or "")


async def test_feed_brings_its_pages_and_is_read_again(
    site: Site, reader: Reader, clock: Clock
) -> None:
    site.pages |= {f"/{n}": Page(article(f"Story {n}", published=None)) for n in range(5)}
    whole = "<p>" + "The feed has the whole text of this one. " * 20 + "</p>"
    site.pages["/paid"] = Page(status=403)
    site.pages["/feed"] = Page(
        rss(site.url, [(f"/{n}", f"2025-03-0{n + 1}", "") for n in range(4)]
            + [("/paid", "2025-03-09", whole), ("/lost", "2025-03-09", "short")]),
        type="application/rss+xml",
    )  # fmt: skip
    items = await reader.read(f"{site.url}/feed")
    assert len(only(items, Listed)) == 1
    documents = {d.source.title: d for d in items if isinstance(d, Document)}
    assert documents["Story 2"].source.published == "2025-03-03"
    assert documents["Story 2"].provenance.published_how == "feed"
    assert any("whole text" in document.text for document in documents.values())
    assert [item.where for item in only(items, Gone)] == [f"{site.url}/lost"]
    [feed] = reader.upkeep.feeds()
    assert (feed.form, feed.entries) == ("feed", 6)

    site.pages["/feed"] = Page(rss(site.url, [("/4", "2025-03-10", "")]), type="text/xml")
    clock.pass_days(1)
    items = await reader.again()
    assert f"{site.url}/4" in [item.where for item in only(items, Document)]


async def test_what_a_feed_itself_carries_is_read_beside_the_event_loop(
    site: Site, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()

    def read(*given: Any) -> PageText:
        threads.add(threading.current_thread())
        return read_page(*given)

    monkeypatch.setattr(interpret, "read_page", read)
    site.pages["/paid"] = Page(status=403)
    whole = "<p>" + "The feed has the whole text of this one. " * 20 + "</p>"
    site.pages["/feed"] = Page(rss(site.url, [("/paid", "2025-03-09", whole)]))
    assert len(only(await reader.read(f"{site.url}/feed"), Document)) == 1
    assert threads and threading.main_thread() not in threads


async def test_sitemap_index_with_gzip_leads_to_its_own_site_alone(
    site: Site, reader: Reader
) -> None:
    ns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    part = (
        f"<urlset {ns}><url><loc>{site.url}/a</loc><lastmod>2025-01-02</lastmod></url>"
        f"<url><loc>{site.url}/b</loc></url><url><loc>http://other.test/x</loc></url></urlset>"
    )
    site.pages |= {
        "/a": Page(article("A", published=None)),
        "/b": Page(article("B")),
        "/map.xml.gz": Page(gzip.compress(part.encode()), type="application/gzip"),
        "/index.xml": Page(
            f"<sitemapindex {ns}><sitemap><loc>{site.url}/map.xml.gz</loc></sitemap>"
            f"<sitemap><loc>{site.url}/index.xml</loc></sitemap>"
            "<sitemap><loc>http://other.test/map.xml</loc></sitemap></sitemapindex>",
            type="text/xml",
        ),
    }
    items = await reader.read(f"{site.url}/index.xml")
    assert sorted(item.where for item in only(items, Document)) == [
        f"{site.url}/a", f"{site.url}/b"]  # fmt: skip
    assert sorted(item.where for item in only(items, Unread)) == [
        "http://other.test/map.xml", "http://other.test/x"]  # fmt: skip
    [feed] = reader.upkeep.feeds()
    assert feed.url == f"{site.url}/index.xml"


async def test_cap_on_pages_says_how_to_go_on_and_the_next_run_does(
    site: Site, reader: Reader
) -> None:
    site.pages |= {f"/{n}": Page(article(f"Story {n}")) for n in range(9)}
    site.pages["/feed"] = Page(rss(site.url, [(f"/{n}", "2025-03-01", "") for n in range(9)]))
    first = await reader.read(f"{site.url}/feed", most=5)
    assert len(only(first, Document)) == 5
    assert "run it again" in only(first, Unread)[0].reason  # type: ignore[union-attr]
    second = await reader.read(f"{site.url}/feed", most=5)
    assert len(only(second, Document)) == 4
    assert len(reader.catalogue.sources()) == 9


async def test_json_feed_and_fact_checks(site: Site, reader: Reader) -> None:
    site.pages["/a"] = Page(article("A"))
    site.pages["/feed.json"] = Page(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T",
                    "items": [{"id": "1", "url": f"{site.url}/a"}, {"id": "x"}, 7]}),
        type="application/feed+json",
    )  # fmt: skip
    review = {
        "@type": "ClaimReview", "claimReviewed": "The moon is cheese",
        "author": {"@type": "Organization", "name": "Checkers"}, "datePublished": "2024-02-03",
        "url": "https://checkers.example/moon", "reviewRating": {"alternateName": "False"},
        "itemReviewed": {"author": {"name": "A blog"}},
    }  # fmt: skip
    site.pages["/reviews.json"] = Page(
        json.dumps({"@context": "https://schema.org", "dataFeedElement": [{"item": [review]},
                    {"item": [{"@type": "ClaimReview"}]}]}), type="application/json")  # fmt: skip
    assert len(only(await reader.read(f"{site.url}/feed.json"), Document)) == 1
    items = await reader.read(f"{site.url}/reviews.json")
    [document] = only(items, Document)
    assert isinstance(document, Document)
    assert document.text == ("Checkers rated the claim by A blog “The moon is cheese” as “False”.")
    assert (document.source.kind, document.source.published) == ("fact_check", "2024-02-03")
    assert len(only(items, Unread)) == 1


async def test_one_bad_address_ends_neither_a_feed_nor_a_crawl(site: Site, reader: Reader) -> None:
    site.pages["/a"] = Page(article("A"))
    bad = ["mailto:jane@news.example", "https://news.example:99999/", "https://[news.example/",
           f"{site.url}/\ud800"]  # fmt: skip
    items = [*({"url": each} for each in bad), {"url": f"{site.url}/a"},
             {"url": f"{site.url}/lost", "content_html": "half a \ud800 " * 200}]  # fmt: skip
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}
    site.pages["/feed.json"] = Page(json.dumps(feed), type="application/feed+json")
    found = await reader.read(*bad, f"{site.url}/feed.json")
    assert f"{site.url}/a" in [item.where for item in only(found, Document)]
    assert {item.where for item in only(found, Unread)} == set(bad)


async def test_wikipedia_page_comes_from_the_api(
    site: Site, sqlite_engine: Engine, clock: Clock
) -> None:
    answer = {"query": {
        "rightsinfo": {"text": "CC BY-SA 4.0", "url": "https://cc.example/"},
        "pages": [{"title": "Dam", "pagelanguage": "en", "canonicalurl": "https://en.wikipedia.org/wiki/Dam",
                   "revisions": [{"timestamp": "2025-06-07T01:02:03Z"}],
                   "extract": "A dam holds water.\n\n== History ==\nOld ones stand.\n== See also ==\nLevee\n"}]}}  # fmt: skip # noqa: E501
    site.pages["/w/api.php"] = Page(json.dumps(answer), type="application/json")
    reader = Reader(sqlite_engine, clock, {"en.wikipedia.org": ["127.0.0.1"]})
    [document] = await reader.read(f"http://en.wikipedia.org:{site.port}/wiki/Dam")
    assert isinstance(document, Document)
    assert document.text == "A dam holds water.\n\n## History\n\nOld ones stand."
    assert (document.source.kind, document.source.published) == ("encyclopedia", "2025-06-07")
    assert document.provenance.licence == "CC BY-SA 4.0 https://cc.example/"


async def test_page_cannot_take_the_name_of_another_site(site: Site, reader: Reader) -> None:
    site.pages["/a"] = Page(article("A", canonical="https://www.reuters.com/world/a"))
    site.pages["/b"] = Page(article("B", canonical=f"{site.url}/real"))
    items = await reader.read(f"{site.url}/a", f"{site.url}/b")
    urls = sorted(item.source.url or "" for item in items if isinstance(item, Document))
    assert urls == [f"{site.url}/a", f"{site.url}/real"]
    assert {record.source.tier for record in reader.catalogue.sources()} == {"other"}


async def test_servers_keep_their_copies_apart(site: Site, reader: Reader) -> None:
    site.pages["/a"] = tagged(article("A"), '"1"')
    await reader.read(f"{site.url}/a", guild_id="1")
    [second] = await reader.read(f"{site.url}/a", guild_id="2")
    assert isinstance(second, Document)
    assert reader.catalogue.sources() == []
    assert len(reader.catalogue.sources("1")) == len(reader.catalogue.sources("2")) == 1
    assert reader.upkeep.known(f"{site.url}/a") is None
