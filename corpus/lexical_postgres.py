"""The lexical index on PostgreSQL: a tsvector a passage under a GIN index, ranked by BM25.

PostgreSQL's own ranking knows nothing of how rare a word is. So each term is asked for by itself,
which also counts its passages; the passages with the most telling terms are then scored by BM25 as
FTS5 does (k1 = 1.2, b = 0.75), so that both databases rank alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sqlalchemy import ARRAY, Connection, Float, String, bindparam, func, select, text
from sqlalchemy.sql import column

from corpus.eligibility import Eligibility
from corpus.schema import source

SHORTLIST = 400
"""Passages that are scored in full, at least."""
COMMON_SHARE = 0.05
KEPT_TERMS = 12
"""In a large index only the rarest terms are asked for; see corpus.lexical."""

_K1 = 1.2
_B = 0.75
_LEAST = 1e-6
"""What FTS5 gives a term that more than half of the passages hold."""

_SIZE = text("SELECT count(*), coalesce(avg(words), 1) FROM passage WHERE live AND words >= 0")
_QUERIES = text(
    "SELECT phraseto_tsquery('receipts'::regconfig, receipts_plain(term))::text AS query,"
    " min(place) AS place FROM unnest(CAST(:terms AS text[])) WITH ORDINALITY AS t (term, place)"
    " GROUP BY 1 ORDER BY 2"
)
_COUNTS = text(
    "SELECT q.query, (SELECT count(*) FROM (SELECT 1 FROM passage"
    " WHERE lexemes @@ CAST(q.query AS tsquery) LIMIT :most) AS held)"
    " FROM unnest(CAST(:queries AS text[])) WITH ORDINALITY AS q (query, place) ORDER BY q.place"
)
_SCORES = text(
    """
    SELECT p.id, sum(q.idf * tf.n * (:k1 + 1) / (tf.n + :k1 * (1 - :b + :b * p.words / :mean)))
    FROM passage p
    CROSS JOIN unnest(CAST(:queries AS text[]), CAST(:idfs AS float8[])) AS q (query, idf)
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (SELECT cardinality(l.positions)::float8 FROM unnest(p.lexemes) AS l
             WHERE quote_literal(l.lexeme) = q.query),
            (p.lexemes @@ q.query::tsquery)::integer::float8) AS n) AS tf
    WHERE p.seq = ANY (:seqs) AND p.live AND tf.n > 0
    GROUP BY p.id
    """
)


def best_matches(
    connection: Connection,
    terms: Sequence[str],
    k: int,
    where: Eligibility,
    prune_above: int,
) -> list[tuple[str, float]]:
    """At most `k` (passage id, BM25) that hold any of `terms`, best first; BM25 is positive.

    With more passages than `prune_above`, only the rarest terms are asked for.
    """
    if not terms or k <= 0:
        return []
    queries = [query for query, _ in connection.execute(_QUERIES, {"terms": list(terms)}) if query]
    size, mean = connection.execute(_SIZE).one()
    weights = _weights(connection, queries, size, size > prune_above)
    seqs = _shortlist(connection, weights, max(SHORTLIST, 4 * k), where)
    if not seqs:
        return []
    scored = connection.execute(
        _SCORES,
        {
            "queries": list(weights),
            "idfs": list(weights.values()),
            "seqs": seqs,
            "k1": _K1,
            "b": _B,
            "mean": float(mean) or 1.0,
        },
    )
    found = [(str(id_), float(score)) for id_, score in scored]
    return sorted(found, key=lambda match: (-match[1], match[0]))[:k]


def rebuild(connection: Connection) -> None:
    """Make the index anew; the columns under it follow the passages by themselves."""
    connection.execute(text("REINDEX INDEX ix_passage_lexemes"))


def indexed(connection: Connection) -> int:
    """How many passages the index holds."""
    held = text("SELECT count(*) FROM passage WHERE live AND lexemes IS NOT NULL")
    return int(connection.execute(held).scalar_one())


def _weights(
    connection: Connection, queries: Sequence[str], size: int, prune: bool
) -> dict[str, float]:
    """The terms worth asking for, each with how much it tells (inverse document frequency)."""
    most = int(size * COMMON_SHARE) if prune else size + 1
    counts = connection.execute(_COUNTS, {"queries": list(queries), "most": most})
    held = {query: int(count) for query, count in counts if count}
    if prune:
        rare = sorted((query for query in held if held[query] < most), key=held.__getitem__)
        held = {query: held[query] for query in rare[:KEPT_TERMS]} or held
    return {
        query: max(_LEAST, math.log((size - count + 0.5) / (count + 0.5)))
        for query, count in held.items()
    }


def _shortlist(
    connection: Connection, weights: dict[str, float], most: int, where: Eligibility
) -> list[int]:
    """The passages whose terms tell the most, by the terms they hold alone."""
    if not weights:
        return []
    asked = text(
        "SELECT p.seq, p.source_id, q.idf"
        " FROM unnest(CAST(:queries AS text[]), CAST(:idfs AS float8[])) AS q (query, idf)"
        " JOIN passage p ON p.lexemes @@ CAST(q.query AS tsquery)"
    )
    bound = asked.bindparams(
        bindparam("queries", list(weights), type_=ARRAY(String)),
        bindparam("idfs", list(weights.values()), type_=ARRAY(Float)),
    )
    held = bound.columns(column("seq"), column("source_id"), column("idf")).subquery("held")
    query = select(held.c.seq)
    if where.restricts(connection):
        query = query.join(source, source.c.id == held.c.source_id).where(where.condition())
    query = query.group_by(held.c.seq).order_by(func.sum(held.c.idf).desc(), held.c.seq)
    return [int(seq) for seq in connection.scalars(query.limit(most))]
