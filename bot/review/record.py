"""What happened, for those who answer for it: history, export, and published verdicts."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.claimreview import Work, claim_review
from bot.ledger import verdicts
from bot.review.appearances import address
from bot.review.ground import CASE_COLUMNS, Ground, case_of, denied
from bot.review.permissions import Action
from bot.review.rulings import decisions_of
from bot.review.tables import appearances, audit_log, case_verdicts, cases, decisions, people
from bot.review.values import Actor, Case, Decision, Refused, State
from corpus.database import reading
from prompts.verdict import Verdict

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit log."""

    seq: int
    case_id: str | None
    actor: str
    """The user's id, or a token where that person's data was deleted."""
    action: str
    at: datetime
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """A verdict that stands, and the decision that published it."""

    case: Case
    verdict: Verdict
    decision: Decision


class Record:
    """Reads the audit log and what was published."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def history(
        self, actor: Actor, guild_id: str, case_id: str | None = None
    ) -> list[Event] | Refused:
        """The log of a case, or, without one, of the whole server; oldest first."""
        with reading(self._ground.engine) as db:
            action = Action.REVIEW if case_id is not None else Action.EXPORT
            if no := denied(db, actor, guild_id, action):
                return no
            return _events(db, guild_id, case_id)

    def export_json(self, actor: Actor, guild_id: str) -> str | Refused:
        """Cases with their decisions and verdicts, and the audit log, as one JSON object."""
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.EXPORT):
                return no
            found = []
            for case in _cases(db, guild_id):
                published = case.published_id
                found.append(
                    asdict(case)
                    | {
                        "decisions": [asdict(d) for d in decisions_of(db, guild_id, case.id)],
                        "verdict": json.loads(_text(db, case.verdict_id)),
                        "published": json.loads(_text(db, published)) if published else None,
                    }
                )
            log = [asdict(event) for event in _events(db, guild_id, None)]
        return json.dumps(
            {"schema": "receipts.review/1", "guild_id": guild_id, "cases": found, "log": log},
            default=_plain,
            ensure_ascii=False,
            indent=1,
        )

    def export_csv(self, actor: Actor, guild_id: str) -> str | Refused:
        """One line a decision: case, claim, labels, who, when, why."""
        columns = [
            decisions.c.case_id,
            cases.c.claim,
            decisions.c.action,
            decisions.c.draft_label,
            decisions.c.old_label,
            decisions.c.new_label,
            decisions.c.engine,
            decisions.c.actor_id,
            decisions.c.seconded_by,
            decisions.c.decided_at,
            decisions.c.reason,
        ]
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.EXPORT):
                return no
            rows = db.execute(
                sa.select(*columns)
                .join(cases, cases.c.id == decisions.c.case_id)
                .where(decisions.c.guild_id == guild_id, decisions.c.state == "final")
                .order_by(decisions.c.decided_at, decisions.c.id)
            ).all()
        written = io.StringIO()
        sheet = csv.writer(written)
        sheet.writerow([column.name for column in columns])
        sheet.writerows([_cell(value) for value in row] for row in rows)
        return written.getvalue()

    def published(self, guild_id: str) -> list[Published]:
        """The verdicts that stand in a server, oldest decision first."""
        with reading(self._ground.engine) as db:
            standing = sa.and_(
                cases.c.guild_id == guild_id,
                cases.c.published_id.is_not(None),
                cases.c.state != State.MERGED,
            )
            rows = db.execute(
                sa.select(
                    *CASE_COLUMNS,
                    verdicts.c.verdict,
                    *[decisions.c[name].label(f"d_{name}") for name in Decision.__slots__],
                )
                .join(verdicts, verdicts.c.id == cases.c.published_id)
                .join(decisions, decisions.c.id == cases.c.decision_id)
                .where(standing)
                .order_by(decisions.c.decided_at, cases.c.id)
            )
            return [
                Published(
                    case_of(row),
                    Verdict.model_validate_json(row.verdict).model_copy(
                        update={"review": "reviewed"}
                    ),
                    Decision(**{name: row._mapping[f"d_{name}"] for name in Decision.__slots__}),
                )
                for row in rows
            ]

    def export_claim_reviews(
        self,
        actor: Actor,
        guild_id: str,
        *,
        publisher: str,
        publisher_url: str,
        pages: str | None = None,
    ) -> str | Refused:
        """The published verdicts as schema.org ClaimReview objects (JSON-LD).

        `pages`: the address of the web pages; without it each is found where it was shown first.
        """
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.EXPORT):
                return no
            shown = {} if pages else _first_shown(db, guild_id)
        found = []
        for item in self.published(guild_id):
            held = item.verdict.id
            page = f"{pages.rstrip('/')}/v/{held}" if pages else shown.get(item.case.id)
            found.append(_claim_review(item, page or publisher_url, (publisher, publisher_url)))
        return json.dumps(found, ensure_ascii=False, indent=1)


def _first_shown(db: sa.Connection, guild_id: str) -> dict[str, str]:
    """By case, a link to the oldest message that shows its verdict to others than the asker."""
    rows = db.execute(
        sa.select(case_verdicts.c.case_id, appearances.c.channel_id, appearances.c.message_id)
        .join(appearances, appearances.c.verdict_id == case_verdicts.c.verdict_id)
        .join(cases, cases.c.id == case_verdicts.c.case_id)
        .where(
            cases.c.guild_id == guild_id,
            appearances.c.guild_id == guild_id,
            appearances.c.channel_id.is_not(None),
        )
        .order_by(appearances.c.shown_at.desc(), appearances.c.id.desc())
    )
    return {row.case_id: address(guild_id, row.channel_id, row.message_id) for row in rows}


def _claim_review(item: Published, page: str, publisher: tuple[str, str]) -> dict[str, Any]:
    verdict, decided = item.verdict, item.decision.decided_at
    assert decided is not None
    sources = {citation.source.id: citation.source for citation in verdict.citations}
    return claim_review(
        verdict.claim,
        verdict.label,
        " ".join(sentence.text for sentence in verdict.summary),
        url=page,
        published=decided.date().isoformat(),
        author=publisher,
        citations=[Work(source.title, source.url) for source in sources.values()],
    )


def _events(db: sa.Connection, guild_id: str, case_id: str | None) -> list[Event]:
    query = (
        sa.select(audit_log, people.c.user_id)
        .outerjoin(
            people,
            sa.and_(people.c.guild_id == audit_log.c.guild_id, people.c.token == audit_log.c.actor),
        )
        .where(audit_log.c.guild_id == guild_id)
        .order_by(audit_log.c.seq)
    )
    if case_id is not None:
        query = query.where(audit_log.c.case_id == case_id)
    return [
        Event(
            seq=row.seq,
            case_id=row.case_id,
            actor=row.user_id or row.actor,
            action=row.action,
            at=row.at,
            before=json.loads(row.before),
            after=json.loads(row.after),
        )
        for row in db.execute(query)
    ]


def _cases(db: sa.Connection, guild_id: str) -> list[Case]:
    rows = db.execute(
        sa.select(*CASE_COLUMNS)
        .where(cases.c.guild_id == guild_id)
        .order_by(cases.c.opened_at, cases.c.id)
    )
    return [case_of(row) for row in rows]


def _text(db: sa.Connection, verdict_id: str) -> str:
    text = db.scalar(sa.select(verdicts.c.verdict).where(verdicts.c.id == verdict_id))
    assert text is not None
    return str(text)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else _plain(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
