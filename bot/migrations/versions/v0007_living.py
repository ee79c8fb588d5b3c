"""Vectors of published claims, the sources that verdicts cite, and what is to be checked again."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables, and notes the sources of what is published."""
    op.create_table(
        "claim_vectors",
        sa.Column("claim_key", sa.String(128), primary_key=True),
        sa.Column("model_id", sa.String(128), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    cited = op.create_table(
        "cited_sources",
        sa.Column("source_id", sa.String(64), primary_key=True),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
    )
    op.create_table(
        "rechecks",
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("retracted", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
    )
    db = op.get_bind()
    published = db.exec_driver_sql(
        "SELECT DISTINCT v.id, v.verdict FROM verdicts v JOIN cases c ON c.published_id = v.id"
    )
    rows = {
        (citation["source"]["id"], row.id)
        for row in published
        for citation in json.loads(row.verdict)["citations"]
    }
    for source_id, verdict_id in sorted(rows):
        db.execute(cited.insert().values(source_id=source_id, verdict_id=verdict_id))


def downgrade() -> None:
    """Drops them."""
    for table in ("rechecks", "cited_sources", "claim_vectors"):
        op.drop_table(table)
