"""The review's tables, in the ledger's database beside checks and verdicts.

Every row of a server's own carries its `guild_id`; what was asked outside any server has PRIVATE.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.ledger import Instant, checks, metadata

PRIVATE = "dm"
"""Stands for the server of what was asked in private. No Discord id reads like this."""

asked_in: sa.ColumnElement[str] = sa.func.coalesce(checks.c.guild_id, PRIVATE)
"""Of a check: the server that it was asked for in, or PRIVATE."""

BOT = "bot"
"""Stands for the user where the program itself acts."""


def _id(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(64), **options)


def _ref(name: str, target: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(64), sa.ForeignKey(target), **options)


cases = sa.Table(
    "cases",
    metadata,
    _id("id", primary_key=True),
    _id("guild_id", nullable=False),
    sa.Column("claim_key", sa.String(128), nullable=False),
    sa.Column("claim", sa.Text, nullable=False),
    _ref("verdict_id", "verdicts.id", nullable=False),
    _ref("published_id", "verdicts.id"),
    _id("decision_id"),
    _id("proposal_id"),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("outcome", sa.String(24)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("stale", sa.Boolean, nullable=False),
    _id("assignee_id"),
    _id("merged_into"),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("touched_at", Instant, nullable=False),
    sa.Column("snoozed_until", Instant),
    sa.Column("decided_at", Instant),
    _id("changed_by", nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_how", sa.String(32), nullable=False),
    sa.UniqueConstraint("guild_id", "claim_key", name="one_case_a_claim"),
    sa.Index("ix_cases_guild_state", "guild_id", "state"),
)

case_verdicts = sa.Table(
    "case_verdicts",
    metadata,
    _id("guild_id", primary_key=True),
    _ref("verdict_id", "verdicts.id", primary_key=True),
    _ref("case_id", "cases.id", nullable=False, index=True),
)

makings = sa.Table(
    "makings",
    metadata,
    _id("guild_id", primary_key=True),
    _ref("verdict_id", "verdicts.id", primary_key=True),
    sa.Column("making", sa.Text, nullable=False),
)

flags = sa.Table(
    "flags",
    metadata,
    _id("guild_id", primary_key=True),
    _ref("verdict_id", "verdicts.id", primary_key=True),
    _id("user_id", primary_key=True),
    # Empty for a person, who flags a verdict once; the program flags it once a trigger.
    sa.Column("trigger", sa.String(32), primary_key=True),
    _ref("case_id", "cases.id", nullable=False, index=True),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("upheld", sa.Boolean),
)

mutes = sa.Table(
    "mutes",
    metadata,
    _id("guild_id", primary_key=True),
    _id("user_id", primary_key=True),
    _id("muted_by", nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("muted_at", Instant, nullable=False),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _id("id", primary_key=True),
    _id("guild_id", nullable=False),
    _ref("case_id", "cases.id", nullable=False, index=True),
    sa.Column("action", sa.String(24), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    _id("actor_id", nullable=False),
    _id("seconded_by"),
    _ref("verdict_id", "verdicts.id"),
    sa.Column("draft_label", sa.String(32), nullable=False),
    sa.Column("old_label", sa.String(32)),
    sa.Column("new_label", sa.String(32)),
    sa.Column("engine", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("waiting_since", Instant, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Index("ix_decisions_guild", "guild_id", "state"),
)

appeals = sa.Table(
    "appeals",
    metadata,
    _id("case_id", primary_key=True),
    _id("user_id", primary_key=True),
    _id("guild_id", nullable=False, index=True),
    _ref("decision_id", "decisions.id", nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
)

exclusions = sa.Table(
    "exclusions",
    metadata,
    _ref("case_id", "cases.id", primary_key=True),
    _id("user_id", primary_key=True),
    _id("guild_id", nullable=False),
)

appearances = sa.Table(
    "appearances",
    metadata,
    _id("id", primary_key=True),
    _id("guild_id", nullable=False),
    _ref("verdict_id", "verdicts.id", nullable=False),
    sa.Column("message_id", sa.String(32), nullable=False),
    sa.Column("channel_id", sa.String(32)),
    sa.Column("place", sa.String(16), nullable=False),
    sa.Column("claim_key", sa.String(128), nullable=False),
    sa.Column("asker_id", sa.String(64)),
    sa.Column("author_id", sa.String(64)),
    sa.Column("source_link", sa.Text, nullable=False),
    sa.Column("left_out", sa.Text, nullable=False),
    sa.Column("reused", sa.Boolean, nullable=False),
    # The server whose decisions it shows: another one's where that shared its verdict.
    _id("follows", nullable=False),
    sa.Column("first_label", sa.String(32)),
    sa.Column("shown_label", sa.String(32)),
    _id("shown_decision"),
    sa.Column("reachable", sa.String(16), nullable=False),
    sa.Column("shown_at", Instant, nullable=False),
    sa.UniqueConstraint("verdict_id", "message_id", name="one_appearance_a_message"),
    sa.Index("ix_appearances_guild_claim", "guild_id", "claim_key", "shown_at"),
    sa.Index("ix_appearances_message", "message_id"),
)

case_cards = sa.Table(
    "case_cards",
    metadata,
    _ref("case_id", "cases.id", primary_key=True),
    _id("guild_id", nullable=False),
    sa.Column("channel_id", sa.String(32)),
    sa.Column("message_id", sa.String(32)),
    # Counted up with every change of the case; the card is out of date while `shown` is behind.
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("retry_at", Instant),
)

corrections = sa.Table(
    "corrections",
    metadata,
    # At most 25 characters: it is the nonce of the reply that it sends.
    sa.Column("id", sa.String(25), primary_key=True),
    _id("guild_id", nullable=False),
    _ref("case_id", "cases.id", nullable=False, index=True),
    _ref("decision_id", "decisions.id", nullable=False),
    _ref("appearance_id", "appearances.id", nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    _id("asker_id"),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    _id("worker"),
    sa.Column("leased_until", Instant),
    sa.Column("first_tried_at", Instant),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("sent_id", sa.String(32)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.UniqueConstraint("decision_id", "appearance_id", "kind", name="one_correction_a_place"),
    sa.Index("ix_corrections_state_due", "state", "due_at"),
)

claim_vectors = sa.Table(
    "claim_vectors",
    metadata,
    sa.Column("claim_key", sa.String(128), primary_key=True),
    sa.Column("model_id", sa.String(128), primary_key=True),
    # Half floats.
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

cited_sources = sa.Table(
    "cited_sources",
    metadata,
    _id("source_id", primary_key=True),
    _ref("verdict_id", "verdicts.id", primary_key=True),
)

rechecks = sa.Table(
    "rechecks",
    metadata,
    _ref("case_id", "cases.id", primary_key=True),
    _id("guild_id", nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    # A source that the published verdict cites was retracted.
    sa.Column("retracted", sa.Boolean, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("begun_at", Instant),
)

guild_settings = sa.Table(
    "guild_settings",
    metadata,
    _id("guild_id", primary_key=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
)

people = sa.Table(
    "people",
    metadata,
    # The audit log knows people by token alone. Deleting this row takes them out of a log whose
    # own rows nobody can change.
    _id("guild_id", primary_key=True),
    _id("user_id", primary_key=True),
    _id("token", nullable=False, unique=True),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    _id("guild_id", nullable=False, index=True),
    _id("case_id", index=True),
    _id("actor", nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
