"""Checks, verdicts, appearances, flags, notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the ledger's first tables."""
    op.create_table(
        "checks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guild_id", sa.String(32)),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("answer_id", sa.String(32)),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column(
            "check_id", sa.String(32), sa.ForeignKey("checks.id"), nullable=False, index=True
        ),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("label", sa.String(32), nullable=False, index=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "appearances",
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("message_id", sa.String(32), primary_key=True),
        sa.Column("guild_id", sa.String(32)),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("kind", sa.String(16), nullable=False),
    )
    op.create_table(
        "flags",
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "ledger_notes",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drops them, children first."""
    for table in ("ledger_notes", "flags", "appearances", "verdicts", "checks"):
        op.drop_table(table)
