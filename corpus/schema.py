"""The catalogue's tables. The migrations make them; a test holds the two against each other."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
    # `url` in one spelling, by which a page is known again.
    Column("canonical_url", Text),
    Column("updated", String(10)),
    Column("published_how", String),
    Column("updated_how", String),
    Column("licence", Text),
    Column("tier", String, nullable=False, server_default="other"),
    # The first of the sources that tell the same story; NULL: this one, or it stands alone.
    Column("origin_id", String),
    # What is asked for when it is fetched again, in one spelling; NULL: it is not from the web.
    Column("address", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("checked_at", String),
    Column("due_at", String),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
    Column("gone_at", String),
    Index("ix_source_published_last", "published_last"),
    Index("ix_source_guild_id", "guild_id"),
    Index("ix_source_canonical_url", "canonical_url"),
    Index("ix_source_address", "address"),
    Index("ix_source_due_at", "due_at"),
    Index("ix_source_origin_id", "origin_id"),
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
    Column("media_type", String),
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
    # Of a PDF, from 1.
    Column("page", Integer),
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

feed = Table(
    "feed",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", Text, nullable=False),
    # feed, sitemap or claimreview
    Column("form", String, nullable=False),
    # Of its pages that do not say so themselves.
    Column("kind", String),
    Column("guild_id", String),
    Column("added_at", String, nullable=False),
    Column("added_by", String),
    Column("entries", Integer, nullable=False, server_default="0"),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("checked_at", String),
    Column("changed_at", String),
    Column("due_at", String),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
    Index("ix_feed_guild_id", "guild_id"),
    Index("ix_feed_due_at", "due_at"),
)

# What near-duplicates are found by: the MinHash of a source's current text.
signature = Table(
    "signature",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("shingles", Integer, nullable=False),
    # Little-endian uint32.
    Column("hashes", LargeBinary, nullable=False),
    # The numbers in the text, between spaces.
    Column("numbers", Text, nullable=False),
    UniqueConstraint("source_id", name="uq_signature_source_id"),
)

signature_band = Table(
    "signature_band",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("signature_seq", ForeignKey("signature.seq", ondelete="CASCADE"), primary_key=True),
    Index("ix_signature_band_signature_seq", "signature_seq"),
    sqlite_with_rowid=False,
)
