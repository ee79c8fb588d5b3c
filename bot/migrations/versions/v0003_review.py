"""The review: cases, flags, decisions, appeals, corrections, settings, and the audit log."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    "cases", "case_verdicts", "makings", "flags", "mutes", "decisions", "appeals", "exclusions",
    "appearances", "case_cards", "corrections", "guild_settings", "people", "audit_log",
)  # fmt: skip
_REASONS = {
    "wrong_label": "wrong_verdict",
    "misquoted": "bad_source",
    "missing": "missing_context",
}
_PRIVATE = "dm"


def upgrade() -> None:
    """Makes the review's tables; earlier flags open cases, earlier appearances are kept."""
    db = op.get_bind()
    shown = db.exec_driver_sql(
        "SELECT a.verdict_id, a.message_id, a.guild_id, a.channel_id, v.claim, v.label,"
        " v.created_at, c.user_id FROM appearances a JOIN verdicts v ON v.id = a.verdict_id"
        " JOIN checks c ON c.id = v.check_id"
    ).all()
    flagged = db.exec_driver_sql(
        "SELECT f.verdict_id, f.user_id, f.reason, f.details, f.created_at, c.guild_id, v.claim"
        " FROM flags f JOIN verdicts v ON v.id = f.verdict_id JOIN checks c ON c.id = v.check_id"
        " ORDER BY f.created_at"
    ).all()
    op.drop_table("flags")
    op.drop_table("appearances")
    _create()
    for row in shown:
        _insert(
            "appearances",
            id=secrets.token_hex(10),
            guild_id=row.guild_id or _PRIVATE,
            verdict_id=row.verdict_id,
            message_id=row.message_id,
            channel_id=row.channel_id,
            place="channel" if row.guild_id else "dm",
            claim_key=_key(row.claim),
            asker_id=row.user_id,
            source_link="",
            left_out="",
            reused=False,
            follows=row.guild_id or _PRIVATE,
            first_label=row.label,
            shown_label=row.label,
            reachable="yes",
            shown_at=row.created_at,
        )
    opened: dict[tuple[str, str], str] = {}
    held: set[tuple[str, str]] = set()
    for row in flagged:
        guild, key = row.guild_id or _PRIVATE, _key(row.claim)
        if (guild, key) not in opened:
            opened[guild, key] = _open_case(guild, key, row)
        case = opened[guild, key]
        if (guild, row.verdict_id) not in held:
            held.add((guild, row.verdict_id))
            _insert("case_verdicts", guild_id=guild, verdict_id=row.verdict_id, case_id=case)
        _insert(
            "flags",
            guild_id=guild,
            verdict_id=row.verdict_id,
            user_id=row.user_id,
            trigger="",
            case_id=case,
            reason=_REASONS.get(row.reason, row.reason),
            details=row.details,
            created_at=row.created_at,
        )


def downgrade() -> None:
    """Drops them, children first, and makes the first version's two tables again, empty."""
    for table in reversed(_TABLES):
        op.drop_table(table)
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


def _key(claim: str) -> str:
    words = " ".join(claim.casefold().split()).rstrip(" .!")
    return hashlib.sha256(words.encode()).hexdigest()


def _insert(table: str, **row: object) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    op.get_bind().execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608


def _open_case(guild: str, key: str, row: sa.Row[tuple[object, ...]]) -> str:
    case = secrets.token_hex(10)
    _insert(
        "cases",
        id=case,
        guild_id=guild,
        claim_key=key,
        claim=row.claim,
        verdict_id=row.verdict_id,
        state="open",
        version=1,
        stale=False,
        opened_at=row.created_at,
        touched_at=row.created_at,
        changed_by=row.user_id,
        changed_at=row.created_at,
        changed_how="open",
    )
    _insert("case_cards", case_id=case, guild_id=guild, changes=1, shown=0, problem="")
    return case


def _create() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
        sa.Column("claim_key", sa.String(128), nullable=False),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), nullable=False),
        sa.Column("published_id", sa.String(64), sa.ForeignKey("verdicts.id")),
        sa.Column("decision_id", sa.String(64)),
        sa.Column("proposal_id", sa.String(64)),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("outcome", sa.String(24)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.Column("assignee_id", sa.String(64)),
        sa.Column("merged_into", sa.String(64)),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_how", sa.String(32), nullable=False),
        sa.UniqueConstraint("guild_id", "claim_key", name="one_case_a_claim"),
        sa.Index("ix_cases_guild_state", "guild_id", "state"),
    )
    op.create_table(
        "case_verdicts",
        sa.Column("guild_id", sa.String(64), primary_key=True),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), nullable=False, index=True),
    )
    op.create_table(
        "makings",
        sa.Column("guild_id", sa.String(64), primary_key=True),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("making", sa.Text, nullable=False),
    )
    op.create_table(
        "flags",
        sa.Column("guild_id", sa.String(64), primary_key=True),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("trigger", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upheld", sa.Boolean),
    )
    op.create_table(
        "mutes",
        sa.Column("guild_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("muted_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("muted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("seconded_by", sa.String(64)),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id")),
        sa.Column("draft_label", sa.String(32), nullable=False),
        sa.Column("old_label", sa.String(32)),
        sa.Column("new_label", sa.String(32)),
        sa.Column("engine", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Index("ix_decisions_guild", "guild_id", "state"),
    )
    op.create_table(
        "appeals",
        sa.Column("case_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False, index=True),
        sa.Column("decision_id", sa.String(64), sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    op.create_table(
        "exclusions",
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
    )
    op.create_table(
        "appearances",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
        sa.Column("verdict_id", sa.String(64), sa.ForeignKey("verdicts.id"), nullable=False),
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("claim_key", sa.String(128), nullable=False),
        sa.Column("asker_id", sa.String(64)),
        sa.Column("author_id", sa.String(64)),
        sa.Column("source_link", sa.Text, nullable=False),
        sa.Column("left_out", sa.Text, nullable=False),
        sa.Column("reused", sa.Boolean, nullable=False),
        sa.Column("follows", sa.String(64), nullable=False),
        sa.Column("first_label", sa.String(32)),
        sa.Column("shown_label", sa.String(32)),
        sa.Column("shown_decision", sa.String(64)),
        sa.Column("reachable", sa.String(16), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("verdict_id", "message_id", name="one_appearance_a_message"),
        sa.Index("ix_appearances_guild_claim", "guild_id", "claim_key", "shown_at"),
        sa.Index("ix_appearances_message", "message_id"),
    )
    op.create_table(
        "case_cards",
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("message_id", sa.String(32)),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(25), primary_key=True),
        sa.Column("guild_id", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(64), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("decision_id", sa.String(64), sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column(
            "appearance_id",
            sa.String(64),
            sa.ForeignKey("appearances.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("asker_id", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(64)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("first_tried_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("sent_id", sa.String(32)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("decision_id", "appearance_id", "kind", name="one_correction_a_place"),
        sa.Index("ix_corrections_state_due", "state", "due_at"),
    )
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", sa.String(64), primary_key=True),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("guild_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.String(64), nullable=False, index=True),
        sa.Column("case_id", sa.String(64), index=True),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )

    _keep_the_log()


def _keep_the_log() -> None:
    """No row of the audit log is ever changed or deleted, whoever asks for it."""
    match op.get_bind().dialect.name:
        case "sqlite":
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER audit_log_{event.lower()} BEFORE {event} ON audit_log "
                    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
                )
        case "postgresql":
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE RULE audit_log_{event.lower()} AS ON {event} TO audit_log "
                    "DO INSTEAD NOTHING"
                )
