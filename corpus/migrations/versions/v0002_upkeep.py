"""Provenance, upkeep, tiers, stories and feeds: what a corpus that lives needs to know."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("canonical_url", sa.Text),
        sa.Column("updated", sa.String(10)),
        sa.Column("published_how", sa.String),
        sa.Column("updated_how", sa.String),
        sa.Column("licence", sa.Text),
        sa.Column("tier", sa.String, nullable=False, server_default="other"),
        sa.Column("origin_id", sa.String),
        sa.Column("address", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("checked_at", sa.String),
        sa.Column("due_at", sa.String),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("problem", sa.Text),
        sa.Column("gone_at", sa.String),
    ]


def upgrade() -> None:
    """Add everything."""
    for column in _columns():
        op.add_column("source", column)
    op.create_index("ix_source_canonical_url", "source", ["canonical_url"])
    op.create_index("ix_source_address", "source", ["address"])
    op.create_index("ix_source_due_at", "source", ["due_at"])
    op.create_index("ix_source_origin_id", "source", ["origin_id"])
    op.add_column("document", sa.Column("media_type", sa.String))
    op.add_column("passage", sa.Column("page", sa.Integer))
    op.create_table(
        "feed",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("kind", sa.String),
        sa.Column("guild_id", sa.String),
        sa.Column("added_at", sa.String, nullable=False),
        sa.Column("added_by", sa.String),
        sa.Column("entries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("checked_at", sa.String),
        sa.Column("changed_at", sa.String),
        sa.Column("due_at", sa.String),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("problem", sa.Text),
    )
    op.create_index("ix_feed_guild_id", "feed", ["guild_id"])
    op.create_index("ix_feed_due_at", "feed", ["due_at"])
    op.create_table(
        "signature",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column(
            "source_id", sa.String, sa.ForeignKey("source.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("shingles", sa.Integer, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("numbers", sa.Text, nullable=False),
        sa.UniqueConstraint("source_id", name="uq_signature_source_id"),
    )
    op.create_table(
        "signature_band",
        sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "signature_seq",
            sa.Integer,
            sa.ForeignKey("signature.seq", ondelete="CASCADE"),
            primary_key=True,
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_signature_band_signature_seq", "signature_band", ["signature_seq"])


def downgrade() -> None:
    """Remove what was added."""
    for table in ("signature_band", "signature", "feed"):
        op.drop_table(table)
    op.drop_column("passage", "page")
    op.drop_column("document", "media_type")
    for index in ("canonical_url", "address", "due_at", "origin_id"):
        op.drop_index(f"ix_source_{index}", "source")
    for column in reversed(_columns()):
        op.drop_column("source", column.name)
