"""The catalogue's tables. The migrations make them; a test holds the two against each other."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

source = Table(
    "source",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("publisher", Text),
    Column("author", Text),
    Column("published", String(10)),
    # The last day that `published` may mean, as YYYY-MM-DD: what `as_of` is compared with.
    Column("published_last", String(10)),
    Column("url", Text),
    Column("kind", String, nullable=False),
    Column("guild_id", String),
    Column("version", Integer, nullable=False),
    Column("added_at", String, nullable=False),
    Column("retracted_at", String),
    Column("retract_reason", Text),
    Index("ix_source_published_last", "published_last"),
    Index("ix_source_guild_id", "guild_id"),
)

document = Table(
    "document",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("language", String),
    Column("fetched_at", String, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("source_id", "version", name="uq_document_source_version"),
)

passage = Table(
    "passage",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String(16), nullable=False),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), nullable=False),
    # In the current version of a source that is not retracted: only these are searched.
    Column("live", Boolean, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading", Text),
    # Title and heading: searched with the text, never quoted.
    Column("context", Text, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("id", name="uq_passage_id"),
    Index("ix_passage_source_live", "source_id", "live", "id"),
    Index("ix_passage_document_id", "document_id"),
)

embedding = Table(
    "embedding",
    metadata,
    Column("passage_seq", ForeignKey("passage.seq", ondelete="CASCADE"), primary_key=True),
    Column("model_id", String, primary_key=True),
    Column("dim", Integer, nullable=False),
    # Little-endian float16, `dim` of them.
    Column("vector", LargeBinary, nullable=False),
)

index_op = Table(
    "index_op",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("passage_id", String(16), nullable=False),
    Column("op", String(6), nullable=False),
    sqlite_autoincrement=True,
)

index_state = Table(
    "index_state",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)
