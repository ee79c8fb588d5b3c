"""The record of one run of visits: each item, as it comes, tells the upkeep what was found."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.items import Item, Listed
from corpus.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Visits:
    """Of one run, for one server or for all."""

    upkeep: Upkeep
    kind: str | None = None
    guild_id: str | None = None
    added_by: str | None = None

    def note(self, item: Item) -> None:
        """Record what a visit came to; feeds are read again from now on."""
        if isinstance(item, Listed):
            self.upkeep.subscribe(item, self.kind, self.guild_id, self.added_by)
        else:
            self.upkeep.visited(item, self.guild_id)
