"""From addresses to items: pages, files, and the pages that feeds and sitemaps list."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from corpus.domains import registrable_domain
from corpus.identity import canonical_url
from corpus.items import Document, Gone, Item, Listed, Unchanged, Unread
from corpus.readers.listings import Entry, Listing
from corpus.readers.wikipedia import api_url
from corpus.upkeep import Feed, Known
from corpus.web.interpret import Fetched, Interpreter, Reviews
from corpus.web.transport import FetchError, web_address
from corpus.web.visitor import BusyError, GoneError, Visitor

MOST_PAGES = 1_000
"""That one run asks for, where no other number is given."""
MOST_SITEMAPS = 200
"""Of one index, or of one run."""
_AT_ONCE = 8

Role = Literal["given", "listed", "part", "again"]
"""Why an address is asked for: a person gave it, a feed lists it, a sitemap index names it as a
part of itself, or it is held and due."""


class Memory(Protocol):
    """What is known of pages from earlier runs."""

    def known(self, url: str, guild_id: str | None = None) -> Known | None:
        """The source that was fetched from this address."""
        ...

    def is_fresh(self, known: Known) -> bool:
        """Whether it was asked for so lately that there is no need to again."""
        ...


@dataclass(frozen=True, slots=True)
class _Step:
    entry: Entry
    role: Role
    feed: Feed | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    step: _Step
    url: str
    listed: Listed
    listing: Listing | None = None
    items: tuple[Item, ...] = ()


@dataclass(slots=True)
class Crawl:
    """One run. Every page is asked for once, however many feeds list it."""

    visitor: Visitor
    interpreter: Interpreter
    memory: Memory
    most_pages: int = MOST_PAGES
    expect: Callable[[int], None] = lambda more: None
    """Told that so many more items are to come."""
    _seen: set[str] = field(default_factory=set)
    _documents: set[str] = field(default_factory=set)
    _pages: int = 0
    _parts: int = 0

    async def addresses(self, urls: Iterable[str]) -> AsyncIterator[Item]:
        """What is at each of these addresses, and at those that they list."""
        async for item in self._walk(_Step(Entry(url), "given") for url in urls):
            yield item

    async def again(self, pages: Iterable[Known], feeds: Iterable[Feed]) -> AsyncIterator[Item]:
        """The feeds and pages that are held, where they have changed, and the feeds' new pages."""
        steps = [_Step(Entry(feed.url), "again", feed) for feed in feeds]
        steps += [_Step(Entry(page.address), "again") for page in pages]
        async for item in self._walk(steps):
            yield item

    async def _walk(self, steps: Iterable[_Step]) -> AsyncIterator[Item]:
        waiting = deque(self._new(steps))
        running: set[asyncio.Task[Item | _Found]] = set()
        try:
            while waiting or running:
                while waiting and len(running) < _AT_ONCE:
                    running.add(asyncio.create_task(self._take(waiting.popleft())))
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    found = task.result()
                    if not isinstance(found, _Found):
                        yield found
                        continue
                    if found.step.role in ("given", "again"):
                        yield found.listed
                    self.expect(len(found.items))
                    for item in found.items:
                        yield item
                    refused, steps = self._listed(found)
                    for item in refused:
                        yield item
                    waiting.extend(self._new(steps))
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _new(self, steps: Iterable[_Step]) -> list[_Step]:
        """Those that were not yet asked for in this run."""
        fresh = []
        for step in steps:
            try:
                address = canonical_url(step.entry.url)
            except ValueError:
                address = step.entry.url
            if address not in self._seen:
                self._seen.add(address)
                fresh.append(step)
        self.expect(len(fresh))
        return fresh

    def _listed(self, found: _Found) -> tuple[list[Item], list[_Step]]:
        """What a listing leads to; what it must not lead to is refused, with the reason."""
        refused: list[Item] = []
        steps: list[_Step] = []
        if found.listing is None:
            return refused, steps
        site = _site(found.url)
        # sitemaps.org: a sitemap speaks for its own site alone.
        own = found.listing.form == "sitemap"
        for url in found.listing.sitemaps:
            self._parts += 1
            if self._parts > MOST_SITEMAPS:
                refused.append(Unread(url, f"more than {MOST_SITEMAPS} sitemaps in one run"))
                break
            if _site(url) == site:
                steps.append(_Step(Entry(url), "part"))
            else:
                refused.append(Unread(url, "a sitemap of another site", url))
        for entry in found.listing.entries:
            if own and _site(entry.url) != site:
                refused.append(Unread(entry.url, "a page of another site than its sitemap's"))
            else:
                steps.append(_Step(entry, "listed"))
        return refused, steps

    async def _take(self, step: _Step) -> Item | _Found:
        """What is at one address."""
        url = step.entry.url
        guild_id = self.interpreter.guild_id
        known = None if step.feed else await asyncio.to_thread(self.memory.known, url, guild_id)
        if known is not None and self._need_not(step, known):
            return Unchanged(url, url, visited=False)
        if step.role == "listed":
            if self._pages >= self.most_pages:
                return Unread(
                    url, f"more than {self.most_pages} pages in one run; run it again to go on"
                )
            self._pages += 1
        try:
            fetched = await self._fetch(step, known)
        except GoneError as error:
            return Gone(url, url, str(error))
        except FetchError as error:
            later = error.retry_after_s if isinstance(error, BusyError) else None
            return await asyncio.to_thread(self._despite, step, str(error), later)
        return Unchanged(url, url) if fetched is None else await self._read(step, fetched)

    async def _read(self, step: _Step, fetched: Fetched) -> Item | _Found:
        read = await asyncio.to_thread(self.interpreter.read, fetched, step.entry)
        match read:
            case Listing() | Reviews():
                return _found(step, fetched, read)
            case Unread():
                return await asyncio.to_thread(self._despite, step, read.reason)
        return await self._once(read, fetched.known)

    def _need_not(self, step: _Step, known: Known) -> bool:
        if step.role == "again":
            return False
        if self.memory.is_fresh(known):
            return True
        # A page that a feed lists is looked at again when it is due itself, unless the feed has it
        # that the page was changed since.
        changed = step.entry.updated or step.entry.published or ""
        return step.role == "listed" and changed < (known.checked_at or "")[:10]

    async def _fetch(self, step: _Step, known: Known | None) -> Fetched | None:
        """The answer; None where it is as it was."""
        url = step.entry.url
        marks = step.feed or known
        address = str(web_address(url))
        visit = await self.visitor.get(
            api_url(url) or address,
            etag=marks.etag if marks else None,
            last_modified=marks.last_modified if marks else None,
        )
        return None if visit.unchanged else Fetched(url, visit, known)

    def _despite(
        self, step: _Step, reason: str, retry_after_s: float | None = None
    ) -> Document | Unread:
        """The text that the feed itself carries, where the page cannot be read."""
        if step.role == "listed" and step.entry.content:
            document = self.interpreter.read_entry(step.entry)
            if document is not None:
                return document
        return Unread(step.entry.url, reason, step.entry.url, retry_after_s)

    async def _once(self, document: Document, known: Known | None) -> Item:
        """The document, unless another address of the same page has given it already."""
        id_ = document.source.id
        address = document.provenance.address or ""
        if known is None:
            if id_ in self._documents:
                return Unchanged(document.where, address, visited=False)
            held = await asyncio.to_thread(
                self.memory.known, document.source.url or "", document.source.guild_id
            )
            if held is not None and held.source_id == id_:
                return Unchanged(document.where, address, visited=False)
        self._documents.add(id_)
        return document


def _found(step: _Step, fetched: Fetched, read: Listing | Reviews) -> _Found:
    headers = fetched.visit.headers
    listing = read if isinstance(read, Listing) else None
    items = read.items if isinstance(read, Reviews) else ()
    listed = Listed(
        where=step.entry.url,
        url=step.feed.url if step.feed else step.entry.url,
        form=listing.form if listing else "claimreview",
        entries=len(listing.entries) + len(listing.sitemaps) if listing else len(items),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )
    return _Found(step, fetched.visit.url, listed, listing, items)


def _site(url: str) -> str:
    parts = urlsplit(url)
    return registrable_domain(parts.hostname or "")
