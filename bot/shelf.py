"""A server's own sources: what its people add, which no other server sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.library import Library, Run, wanted
from corpus.errors import InputError

if TYPE_CHECKING:
    from corpus.catalogue import Catalogue
    from corpus.records import SourceRecord
    from corpus.upkeep import Feed
    from retrieval.ingest import Ingested

MOST_SOURCES = 300
"""Sources and feeds that a server may have of its own."""
PAGES_AT_ONCE = 50
"""That one feed or sitemap may bring at first; the rest follows with each reading."""
_WAIT_S = 20.0


class Shelf:
    """Methods are synchronous. InputError: what was asked cannot be done; OperationError: later."""

    def __init__(self, library: Library, catalogue: Catalogue) -> None:
        self._library = library
        self._catalogue = catalogue

    def add(self, guild_id: str, url: str, added_by: str) -> Ingested:
        """Read in a page, PDF, feed or sitemap from the public web, for this server alone."""
        held = self._library.upkeep.count(guild_id)
        if held >= MOST_SOURCES:
            raise InputError(
                f"this server has {held} sources of its own, and {MOST_SOURCES} is the most; "
                "retract some first"
            )
        if not url.startswith(("http://", "https://")):
            raise InputError("give an address that begins with https://")
        given = wanted([url], guild_id=guild_id)
        run = Run(wait_s=_WAIT_S)
        most = min(PAGES_AT_ONCE, MOST_SOURCES - held)
        items = self._library.items(given, most_pages=most, run=run)
        return self._library.ingest(
            items, run, guild_id=guild_id, added_by=added_by, command="a server's /sources add"
        )

    def held(self, guild_id: str) -> tuple[list[SourceRecord], list[Feed]]:
        """The server's own sources, retracted ones too, and its feeds."""
        records = self._catalogue.sources(guild_id)
        own = [record for record in records if record.source.guild_id == guild_id]
        return own, self._library.upkeep.feeds(guild_id)

    def retract(self, guild_id: str, id_: str, reason: str) -> str:
        """Keep a source out of later verdicts, or stop reading a feed; its title or address."""
        feed = self._library.upkeep.feed(id_)
        if feed is not None and feed.guild_id == guild_id:
            self._library.remove(id_)
            return feed.url
        record = self._catalogue.get_source(id_)
        if record is None or record.source.guild_id != guild_id:
            raise InputError(f"this server has no source {id_!r} of its own; see /sources list")
        self._library.retract(id_, reason)
        return record.source.title

    def refresh(self, guild_id: str) -> Ingested:
        """Fetch all of the server's own pages and feeds again, where they have changed."""
        due = self._library.everything(guild_id)
        return self._library.refresh(due, Run(wait_s=_WAIT_S), most_pages=PAGES_AT_ONCE)
