"""Sources, documents, passages, embeddings, the outbox, and the lexical index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite's index holds the live passages and nothing else: its content is a view, so that a rebuild
# reads the same rows that the triggers keep.
_FTS5 = (
    "CREATE VIEW passage_live AS SELECT seq, context, text FROM passage WHERE live",
    """CREATE VIRTUAL TABLE passage_fts USING fts5(
        context, text, content = 'passage_live', content_rowid = 'seq',
        tokenize = 'porter unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER passage_fts_insert AFTER INSERT ON passage WHEN new.live BEGIN
        INSERT INTO passage_fts (rowid, context, text) VALUES (new.seq, new.context, new.text);
    END""",
    """CREATE TRIGGER passage_fts_delete AFTER DELETE ON passage WHEN old.live BEGIN
        INSERT INTO passage_fts (passage_fts, rowid, context, text)
        VALUES ('delete', old.seq, old.context, old.text);
    END""",
    # One trigger for both halves: SQLite does not say in which order two would run.
    """CREATE TRIGGER passage_fts_update AFTER UPDATE OF live, context, text ON passage BEGIN
        INSERT INTO passage_fts (passage_fts, rowid, context, text)
        SELECT 'delete', old.seq, old.context, old.text WHERE old.live;
        INSERT INTO passage_fts (rowid, context, text)
        SELECT new.seq, new.context, new.text WHERE new.live;
    END""",
)

# PostgreSQL's is a column that follows by itself: words without accents, stemmed as SQLite's are,
# with stop words kept, and nothing but letters and digits, so that its parser makes no compounds.
_TSVECTOR = (
    "CREATE TEXT SEARCH DICTIONARY receipts_stem (TEMPLATE = snowball, Language = english)",
    "CREATE TEXT SEARCH CONFIGURATION receipts (COPY = simple)",
    """ALTER TEXT SEARCH CONFIGURATION receipts
        ALTER MAPPING FOR asciiword, word, numword WITH receipts_stem""",
    r"""CREATE FUNCTION receipts_plain(given text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN regexp_replace(
            regexp_replace(normalize(given, NFKD), '[\u0300-\u036F]', '', 'g'),
            '[\u0001-/:-@\[-`{-\u00BF\u00D7\u00F7\u2000-\u2BFF\u3000-\u3004\u3008-\u3020]+',
            ' ', 'g')""",
    """CREATE FUNCTION receipts_lexemes(context text, body text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN to_tsvector('receipts'::regconfig, receipts_plain(context || ' ' || body))""",
    """CREATE FUNCTION receipts_words(lexemes tsvector) RETURNS integer
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN (SELECT coalesce(sum(cardinality(positions)), 0)::integer FROM unnest(lexemes))""",
    """ALTER TABLE passage ADD COLUMN lexemes tsvector
        GENERATED ALWAYS AS (CASE WHEN live THEN receipts_lexemes(context, text) END) STORED""",
    """ALTER TABLE passage ADD COLUMN words integer GENERATED ALWAYS AS
        (CASE WHEN live THEN receipts_words(receipts_lexemes(context, text)) END) STORED""",
    "CREATE INDEX ix_passage_lexemes ON passage USING gin (lexemes)",
    "CREATE INDEX ix_passage_words ON passage (words) WHERE live",
)


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "source",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("publisher", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("published", sa.String(10)),
        sa.Column("published_last", sa.String(10)),
        sa.Column("url", sa.Text),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("guild_id", sa.String),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("added_at", sa.String, nullable=False),
        sa.Column("retracted_at", sa.String),
        sa.Column("retract_reason", sa.Text),
    )
    op.create_index("ix_source_published_last", "source", ["published_last"])
    op.create_index("ix_source_guild_id", "source", ["guild_id"])
    op.create_table(
        "document",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "source_id", sa.String, sa.ForeignKey("source.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("language", sa.String),
        sa.Column("fetched_at", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("source_id", "version", name="uq_document_source_version"),
    )
    op.create_table(
        "passage",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column(
            "source_id", sa.String, sa.ForeignKey("source.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "document_id",
            sa.Integer,
            sa.ForeignKey("document.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("heading", sa.Text),
        sa.Column("context", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("id", name="uq_passage_id"),
    )
    op.create_index("ix_passage_source_live", "passage", ["source_id", "live", "id"])
    op.create_index("ix_passage_document_id", "passage", ["document_id"])
    op.create_table(
        "embedding",
        sa.Column(
            "passage_seq",
            sa.Integer,
            sa.ForeignKey("passage.seq", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("model_id", sa.String, primary_key=True),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "index_op",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("passage_id", sa.String(16), nullable=False),
        sa.Column("op", sa.String(6), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "index_state",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    for statement in _TSVECTOR if _is_postgresql() else _FTS5:
        op.execute(statement)


def downgrade() -> None:
    """Remove everything, with all that the catalogue holds."""
    if not _is_postgresql():
        op.execute("DROP TABLE passage_fts")
        op.execute("DROP VIEW passage_live")
    for table in ("index_state", "index_op", "embedding", "passage", "document", "source"):
        op.drop_table(table)
    if _is_postgresql():
        op.execute("DROP FUNCTION receipts_words, receipts_lexemes, receipts_plain")
        op.execute("DROP TEXT SEARCH CONFIGURATION receipts")
        op.execute("DROP TEXT SEARCH DICTIONARY receipts_stem")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
