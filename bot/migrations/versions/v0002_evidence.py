"""The passages that were found for a verdict, cited or not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "evidence",
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("passage_id", sa.String(16), nullable=False),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("evidence")
