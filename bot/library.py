"""The library as something that is kept: read in, fetched again, retracted, removed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import InputError
from corpus.items import Item
from corpus.lock import writer_lock
from corpus.reading import count, read
from corpus.upkeep import Feed, Known, Upkeep
from corpus.web.addresses import AllowList

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.settings import Settings
    from corpus.catalogue import Catalogue
    from corpus.moving import Moved
    from corpus.web.crawl import Crawl
    from retrieval.indexer import Indexer
    from retrieval.ingest import Ingested
    from retrieval.model import Embedder

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

MOST_PAGES = 1_000
"""That one run asks the web for, where no other number is given."""
WAIT_S = 30.0
"""How long a person's command waits for another writer."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be fetched again for one server, or for all."""

    guild_id: str | None
    pages: tuple[Known, ...]
    feeds: tuple[Feed, ...]


@dataclass(slots=True)
class Run:
    """How one reading in goes on: who is told, and who may stop it."""

    advance: Callable[[int], None] = lambda done: None
    watch: Callable[[str], None] = lambda where: None
    expect: Callable[[int], None] = lambda more: None
    stop: Callable[[], bool] = lambda: False
    wait_s: float = WAIT_S


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read in, looked at as far as that can be done without reading."""

    files: tuple[Iterator[Item], ...]
    urls: tuple[str, ...]
    kind: str | None
    guild_id: str | None
    expected: int = 0
    """About how many documents are in the files."""


def wanted(sources: Sequence[str], kind: str | None = None, guild_id: str | None = None) -> Wanted:
    """Files, folders and addresses. InputError: there is no such file, or no such address."""
    paths = [source for source in sources if not _is_address(source)]
    files = tuple(read(path, kind=kind, guild_id=guild_id) for path in paths)
    urls = tuple(source for source in sources if _is_address(source))
    for url in urls:
        check_address(url)
    return Wanted(files, urls, kind, guild_id, sum(map(count, paths)))


def check_address(url: str) -> None:
    """InputError where `url` cannot be fetched, whatever is there."""
    from corpus.web.transport import RefusedError, web_address

    try:
        web_address(url)
    except RefusedError as error:
        raise InputError(f"{url[:200]!r}: {error}") from error


class Library:
    """One home's sources. Methods are synchronous; those that write hold the home's lock."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        catalogue: Catalogue,
        embedder: Embedder,
        indexer: Indexer,
        clock: Callable[[], datetime],
        upkeep: Upkeep,
        guests: AllowList | None = None,
    ) -> None:
        """`guests`: what a server's own sources may come from besides the public web."""
        self._settings = settings
        self._engine = engine
        self._catalogue = catalogue
        self._embedder = embedder
        self._indexer = indexer
        self._clock = clock
        self.upkeep = upkeep
        self._guests = guests or AllowList()

    # Reading in

    def items(
        self,
        wanted: Wanted,
        *,
        most_pages: int = MOST_PAGES,
        run: Run | None = None,
    ) -> Iterator[Item]:
        """What is in the files and folders and at the addresses of `wanted`."""
        web = self._web(
            lambda crawl: crawl.addresses(wanted.urls),
            kind=wanted.kind,
            guild_id=wanted.guild_id,
            most_pages=most_pages,
            run=run or Run(),
        )
        # The web's thread begins when the first address is asked for.
        return chain(*wanted.files, web if wanted.urls else ())

    def ingest(
        self,
        items: Iterable[Item],
        run: Run | None = None,
        *,
        kind: str | None = None,
        guild_id: str | None = None,
        added_by: str | None = None,
        command: str = "receipts ingest",
    ) -> Ingested:
        """Read documents in; feeds are read again from now on. LockedError: another is writing."""
        from corpus.visits import Visits
        from retrieval.ingest import ingest

        run = run or Run()
        with writer_lock(self._settings.home, command, wait=run.wait_s, clock=self._clock):
            return ingest(
                items,
                self._catalogue,
                self._embedder,
                self._indexer,
                run.advance,
                visits=Visits(self.upkeep, kind, guild_id, added_by),
                watch=run.watch,
                stop=run.stop,
            )

    # Upkeep

    def due(self) -> list[Due]:
        """All that is due, of every server."""
        pages, feeds = self.upkeep.all_due(), self.upkeep.feeds(everyone=True, due=True)
        guilds = {page.guild_id for page in pages} | {feed.guild_id for feed in feeds}
        return [
            Due(
                guild_id,
                tuple(page for page in pages if page.guild_id == guild_id),
                tuple(feed for feed in feeds if feed.guild_id == guild_id),
            )
            for guild_id in sorted(guilds, key=lambda guild: guild or "")
        ]

    def everything(self, guild_id: str | None = None) -> Due:
        """All pages and feeds of a server, or the shared ones, due or not."""
        pages = self.upkeep.pages(guild_id, due=False)
        return Due(guild_id, tuple(pages), tuple(self.upkeep.feeds(guild_id)))

    def one(self, id_: str, guild_id: str | None = None) -> Due:
        """One source or feed. InputError: there is none, or it is not from the web."""
        feed = self.upkeep.feed(id_)
        if feed is not None and feed.guild_id == guild_id:
            return Due(guild_id, (), (feed,))
        page = self.upkeep.page(id_)
        if page is None or page.guild_id != guild_id:
            raise InputError(f"no source {id_!r}; `receipts sources list` shows what is held")
        if not _is_address(page.address):
            raise InputError(
                f"{id_!r} was not fetched from the web; read its file in again instead"
            )
        return Due(guild_id, (page,), ())

    def refresh(
        self, due: Due, run: Run | None = None, *, most_pages: int = MOST_PAGES
    ) -> Ingested:
        """Fetch again what has changed, and what its feeds newly list."""
        run = run or Run()
        items = self._web(
            lambda crawl: crawl.again(due.pages, due.feeds),
            guild_id=due.guild_id,
            most_pages=most_pages,
            run=run,
        )
        return self.ingest(items, run, guild_id=due.guild_id, command="receipts sources refresh")

    # As one file

    def export(
        self,
        path: Path,
        advance: Callable[[int], None],
        *,
        expect: Callable[[int], None] = lambda _sources: None,
        servers: bool = False,
    ) -> Moved:
        """Write the corpus to a new file. InputError: there is a file of this name.

        `expect` is told how many sources there are to write; `servers`: with what servers keep for
        themselves.
        """
        from corpus.moving import export_corpus

        return export_corpus(
            self._engine, path, self._clock(), advance, expect=expect, servers=servers
        )

    def take_in(self, path: Path, advance: Callable[[int], None]) -> Moved:
        """Add what `export` wrote, with its vectors; what has none of ours is embedded."""
        from corpus.moving import import_corpus
        from retrieval.indexer import check_embedder
        from retrieval.ingest import embed_missing

        model_id = self._embedder.model_id
        with writer_lock(self._settings.home, "receipts import", wait=WAIT_S, clock=self._clock):
            check_embedder(self._catalogue, model_id)
            moved = import_corpus(self._engine, path, advance)
            embed_missing(self._catalogue, self._embedder)
            self._catalogue.set_embedder(model_id)
            self._catalogue.drop_other_vectors(model_id)
            self._indexer.drain()
        return moved

    # Single sources

    def retract(self, source_id: str, reason: str) -> None:
        """Keep a source out of every later search. InputError where there is none."""
        self._catalogue.retract(source_id, reason)
        self._indexer.drain()

    def remove(self, source_id: str) -> None:
        """Delete a source and all that came of it, or a feed. InputError where there is none."""
        if self.upkeep.feed(source_id) is not None:
            self.upkeep.unsubscribe(source_id)
            return
        self._catalogue.remove(source_id)
        self._indexer.drain()

    def _web(
        self,
        start: Callable[[Crawl], AsyncIterator[Item]],
        *,
        guild_id: str | None,
        most_pages: int,
        run: Run,
        kind: str | None = None,
    ) -> Iterator[Item]:
        from corpus.web.bridge import iterate
        from corpus.web.crawl import Crawl
        from corpus.web.interpret import Interpreter
        from corpus.web.transport import Transport
        from corpus.web.visitor import Visitor

        async def items() -> AsyncIterator[Item]:
            # The operator's own network is not for the people of a server to look into.
            allow = self._settings.fetch_allowed if guild_id is None else self._guests
            transport = Transport(self._agent(), allow)
            async with Visitor(transport) as visitor:
                interpreter = Interpreter(self._clock, kind, guild_id)
                crawl = Crawl(visitor, interpreter, self.upkeep, most_pages, run.expect)
                async for item in start(crawl):
                    yield item

        return iterate(items, run.stop)

    def _agent(self) -> str:
        from corpus.web.robots import PRODUCT

        contact = self._settings.public_url
        return f"{PRODUCT}/1.0 (+{contact})" if contact else f"{PRODUCT}/1.0"


def _is_address(source: str) -> bool:
    """Whether it is written as an address, of whatever scheme; those not of the web are refused."""
    return bool(_SCHEME.match(source))
