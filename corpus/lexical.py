"""The lexical index: FTS5 in the catalogue's own file, ranked by BM25; its way on PostgreSQL is in
`lexical_postgres`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, column, func, literal_column, select, table, text
from sqlalchemy.exc import DatabaseError

from corpus import lexical_postgres
from corpus.database import is_postgresql
from corpus.eligibility import Eligibility
from corpus.lexical_postgres import COMMON_SHARE, KEPT_TERMS
from corpus.schema import passage, source

MAX_TERMS = 64
MAX_TERM_LENGTH = 100
PRUNE_ABOVE = 50_000
"""Passages; in fewer, every term is worth its time (measured: pruning costs .01 nDCG there)."""

_fts = table("passage_fts", column("rowid"), column("rank"))
_matches = literal_column("passage_fts").op("MATCH")


def quoted_terms(terms: Iterable[str]) -> list[str]:
    """Terms as FTS5 strings, each once, quoted so that none of it is read as syntax.

    Terms without a letter or digit are dropped, and so are those beyond MAX_TERMS.
    """
    return ['"' + plain.replace('"', '""') + '"' for plain in plain_terms(terms)]


def plain_terms(terms: Iterable[str]) -> list[str]:
    """Terms in small letters, each once; see quoted_terms."""
    wanted: dict[str, None] = {}
    for term in terms:
        if len(wanted) == MAX_TERMS:
            break
        cut = term[:MAX_TERM_LENGTH].casefold()
        plain = "".join(c if c.isalnum() or c.isprintable() else " " for c in cut).strip()
        if any(c.isalnum() for c in plain):
            wanted.setdefault(plain)
    return list(wanted)


def best_matches(
    connection: Connection, terms: Iterable[str], k: int, where: Eligibility
) -> list[tuple[str, float]]:
    """At most `k` (passage id, BM25) that hold any of `terms`, best first; BM25 is positive."""
    if is_postgresql(connection):
        asked = plain_terms(terms)
        return lexical_postgres.best_matches(connection, asked, k, where, PRUNE_ABOVE)
    wanted = _worth_asking(connection, quoted_terms(terms))
    if not wanted or k <= 0:
        return []
    query = (
        select(passage.c.id, _fts.c.rank)
        .select_from(_fts.join(passage, passage.c.seq == _fts.c.rowid))
        .where(_matches(" OR ".join(wanted)))
        # A second key would make SQLite score and sort every match.
        .order_by(_fts.c.rank)
        .limit(k)
    )
    if where.restricts(connection):
        # Not a join: SQLite would start from the sources and ask the index passage by passage.
        allowed = select(source.c.id).where(source.c.id == passage.c.source_id, where.condition())
        query = query.where(allowed.exists())
    found = [(str(id_), max(-float(rank), 0.0)) for id_, rank in connection.execute(query)]
    return sorted(found, key=lambda match: (-match[1], match[0]))


def rebuild(connection: Connection) -> None:
    """Make the index anew from the live passages."""
    if is_postgresql(connection):
        lexical_postgres.rebuild(connection)
        return
    connection.execute(text("INSERT INTO passage_fts (passage_fts) VALUES ('rebuild')"))


def indexed(connection: Connection) -> int:
    """How many passages the index holds."""
    if is_postgresql(connection):
        return lexical_postgres.indexed(connection)
    return connection.execute(
        select(func.count()).select_from(table("passage_fts_docsize"))
    ).scalar_one()


def agrees(connection: Connection) -> bool:
    """Whether the index holds the live passages word for word; needs a transaction that writes."""
    if is_postgresql(connection):
        # There it is a column that the database itself derives.
        return True
    check = text("INSERT INTO passage_fts (passage_fts, rank) VALUES ('integrity-check', 1)")
    try:
        connection.execute(check)
    except DatabaseError:
        return False
    live = select(func.count()).select_from(passage).where(passage.c.live)
    return indexed(connection) == connection.execute(live).scalar_one()


def _worth_asking(connection: Connection, quoted: list[str]) -> list[str]:
    """In a large index, the rarest terms: common ones cost most of the time and tell least."""
    newest = connection.scalar(select(func.max(passage.c.seq))) or 0
    if newest <= PRUNE_ABOVE:
        return quoted
    common = int(newest * COMMON_SHARE)
    counts = {term: _count(connection, term, common) for term in quoted}
    rare = sorted((term for term in quoted if counts[term] < common), key=counts.__getitem__)
    return rare[:KEPT_TERMS] or quoted


def _count(connection: Connection, term: str, limit: int) -> int:
    some = select(_fts.c.rowid).where(_matches(term)).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()
