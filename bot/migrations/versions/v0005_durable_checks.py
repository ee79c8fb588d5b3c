"""What a check needs to be gone on with after a crash, and who is at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED = ("context", "token", "holder", "held_until", "attempts")


def upgrade() -> None:
    """Adds the columns."""
    with op.batch_alter_table("checks") as table:
        table.add_column(sa.Column("context", sa.Text, nullable=False, server_default="{}"))
        table.add_column(sa.Column("token", sa.Text))
        table.add_column(sa.Column("holder", sa.String(64)))
        table.add_column(sa.Column("held_until", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Takes them away."""
    with op.batch_alter_table("checks") as table:
        for name in ADDED:
            table.drop_column(name)
