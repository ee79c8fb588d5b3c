"""The lexical index: FTS5 in the catalogue's own file, ranked by BM25."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, column, func, literal_column, select, table, text

from corpus.eligibility import Eligibility
from corpus.schema import passage, source

MAX_TERMS = 64
MAX_TERM_LENGTH = 100
CONTEXT_WEIGHT = 0.5
"""What a word in the title or heading counts for, where a word of the text counts 1."""

_fts = table("passage_fts", column("rowid"), column("rank"))


def match_expression(terms: Iterable[str]) -> str | None:
    """An FTS5 query for any of `terms`, each quoted so that none of it is read as syntax.

    Terms without a letter or digit are dropped; None where no term is left.
    """
    wanted: dict[str, None] = {}
    for term in terms:
        plain = "".join(c if c.isalnum() or c.isprintable() else " " for c in term)
        plain = plain[:MAX_TERM_LENGTH].strip().casefold()
        if any(c.isalnum() for c in plain):
            wanted.setdefault(plain)
        if len(wanted) == MAX_TERMS:
            break
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in wanted) or None


def best_matches(
    connection: Connection,
    terms: Iterable[str],
    k: int,
    where: Eligibility,
) -> list[tuple[str, float]]:
    """At most `k` (passage id, BM25) that hold any of `terms`, best first; BM25 is positive."""
    expression = match_expression(terms)
    if expression is None or k <= 0:
        return []
    query = (
        select(passage.c.id, _fts.c.rank)
        .select_from(_fts.join(passage, passage.c.seq == _fts.c.rowid))
        .where(literal_column("passage_fts").op("MATCH")(expression))
        .where(_fts.c.rank.op("MATCH")(f"bm25({CONTEXT_WEIGHT}, 1.0)"))
        # A second key would make SQLite score and sort every match.
        .order_by(_fts.c.rank)
        .limit(k)
    )
    if where.restricts(connection):
        query = query.join(source, source.c.id == passage.c.source_id).where(where.condition())
    found = [(str(id_), max(-float(rank), 0.0)) for id_, rank in connection.execute(query)]
    return sorted(found, key=lambda match: (-match[1], match[0]))


def rebuild(connection: Connection) -> None:
    """Make the index anew from the live passages."""
    connection.execute(text("INSERT INTO passage_fts (passage_fts) VALUES ('rebuild')"))


def indexed(connection: Connection) -> int:
    """How many passages the index holds."""
    return connection.execute(
        select(func.count()).select_from(table("passage_fts_docsize"))
    ).scalar_one()
