"""Which passages a search may see at all, as SQL conditions on the catalogue's tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from corpus.database import batches
from corpus.schema import passage, source


def visible(guild_id: str | None) -> ColumnElement[bool]:
    """Shared sources, and those of this server."""
    shared = source.c.guild_id.is_(None)
    return shared if guild_id is None else or_(shared, source.c.guild_id == guild_id)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Sources visible to a server, of some kinds, surely published on or before a day."""

    as_of: date | None = None
    kinds: Collection[str] | None = None
    guild_id: str | None = None

    def condition(self) -> ColumnElement[bool]:
        """What a row of `source` must meet."""
        conditions = [visible(self.guild_id)]
        if self.as_of is not None:
            # NULL compares as unknown, so a source without a date is left out.
            conditions.append(source.c.published_last <= self.as_of.isoformat())
        if self.kinds is not None:
            conditions.append(source.c.kind.in_(sorted(self.kinds)))
        return and_(*conditions)

    def restricts(self, connection: Connection) -> bool:
        """Whether it can keep any live passage back."""
        if self.as_of is not None or self.kinds is not None:
            return True
        # NULL compares as unknown; `IS NOT NULL` would read every source.
        hidden = select(source.c.id).where(source.c.guild_id >= "")
        if self.guild_id is not None:
            hidden = hidden.where(source.c.guild_id != self.guild_id)
        return connection.execute(hidden.limit(1)).first() is not None

    def ids(self, connection: Connection) -> list[str] | None:
        """The live passages that meet it; None where those are all of them."""
        if not self.restricts(connection):
            return None
        query = (
            select(passage.c.id)
            .join(source, passage.c.source_id == source.c.id)
            .where(passage.c.live, self.condition())
        )
        return list(connection.scalars(query))

    def among(self, connection: Connection, ids: Iterable[str]) -> set[str]:
        """Those of these passages that are live and meet it."""
        # Not a join: SQLite would start from the sources and go through most of the passages.
        allowed = select(source.c.id).where(source.c.id == passage.c.source_id, self.condition())
        query = select(passage.c.id).where(passage.c.live, allowed.exists())
        return {
            id_
            for batch in batches(ids)
            for id_ in connection.scalars(query.where(passage.c.id.in_(batch)))
        }
