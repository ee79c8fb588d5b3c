"""What each step of a check saw and did, kept with its verdict."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "traces",
        sa.Column(
            "verdict_id",
            sa.String(64),
            sa.ForeignKey("verdicts.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("steps", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("traces")
