"""Sources, documents, passages, embeddings, the outbox, and the lexical index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The index holds the live passages and nothing else: its content is a view, so that a rebuild reads
# the same rows that the triggers keep.
_LEXICAL = (
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
    for statement in _LEXICAL:
        op.execute(statement)


def downgrade() -> None:
    """Remove everything, with all that the catalogue holds."""
    op.execute("DROP TABLE passage_fts")
    op.execute("DROP VIEW passage_live")
    for table in ("index_state", "index_op", "embedding", "passage", "document", "source"):
        op.drop_table(table)
