"""Every message that shows a verdict, who asked for it, and what it shows by now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.ledger import verdicts
from bot.review.ground import Ground
from bot.review.intake import attach, case_of_claim, case_of_verdict
from bot.review.outbox import correct
from bot.review.rulings import decision_of
from bot.review.tables import appearances, case_verdicts, cases, decisions
from bot.review.values import Case, Place, claim_key
from corpus.database import reading, writing
from corpus.errors import InputError


def address(guild_id: str, channel_id: str, message_id: str) -> str:
    """Where a message of a server is opened."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that shows a verdict."""

    verdict_id: str
    message_id: str
    channel_id: str | None
    place: Place
    asker_id: str | None = None
    author_id: str | None = None
    """Who wrote the message that was checked."""
    source_link: str = ""
    """A link to that message."""
    left_out: str = ""
    """The line on what the same answer left out."""
    key: str | None = None
    """The key of the claim; by default it is made of the claim's words."""
    decision_id: str | None = None
    """The decision that the message shows; None for a draft."""
    follows: str | None = None
    """The server that the verdict was published in; None for the one where it is shown."""
    held: bool = False
    """The message only says that the verdict waits for review."""
    reused: bool = False
    """The verdict was not made for this request."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """A recorded message."""

    id: str
    verdict_id: str
    message_id: str
    channel_id: str | None
    place: str
    asker_id: str | None
    author_id: str | None
    source_link: str
    shown_label: str | None
    shown_decision: str | None
    reachable: str
    """yes; or what keeps it from being corrected: gone, forbidden, locked, failed."""
    shown_at: datetime


class Appearances:
    """Remembers where verdicts stand."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(self, guild_id: str, shown: Shown) -> bool:
        """Records the message; False where it is known.

        Where the claim was decided while the message was on its way, its correction is due at once.
        """
        ground = self._ground
        with writing(ground.engine, guild_id) as db:
            known = sa.select(sa.literal(1)).where(
                appearances.c.verdict_id == shown.verdict_id,
                appearances.c.message_id == shown.message_id,
            )
            if db.scalar(known):
                return False
            verdict = db.execute(
                sa.select(
                    verdicts.c.claim,
                    verdicts.c.label,
                    verdicts.c.created_at,
                ).where(verdicts.c.id == shown.verdict_id)
            ).first()
            if verdict is None:
                raise InputError(f"no verdict {shown.verdict_id!r} is held")
            key = shown.key or claim_key(verdict.claim)
            follows = shown.follows or guild_id
            decided = decision_of(db, follows, shown.decision_id) if shown.decision_id else None
            label = decided.new_label if decided else None if shown.held else verdict.label
            appearance_id = ground.new_id()
            db.execute(
                appearances.insert().values(
                    id=appearance_id,
                    guild_id=guild_id,
                    verdict_id=shown.verdict_id,
                    message_id=shown.message_id,
                    channel_id=shown.channel_id,
                    place=shown.place,
                    claim_key=key,
                    asker_id=shown.asker_id,
                    author_id=shown.author_id,
                    source_link=shown.source_link,
                    left_out=shown.left_out,
                    reused=shown.reused,
                    follows=follows,
                    first_label=label,
                    shown_label=label,
                    shown_decision=shown.decision_id,
                    reachable="yes",
                    shown_at=ground.now(),
                )
            )
            case = self._case(db, guild_id, shown.verdict_id, key)
            if case is None and follows != guild_id:
                case = case_of_verdict(db, follows, shown.verdict_id)
            if case is not None:
                self._catch_up(db, case, appearance_id, verdict.created_at, shown.decision_id)
        return True

    def verdict_at(self, guild_id: str, message_id: str) -> str | None:
        """The id of the verdict that a message of ours shows in that server."""
        with reading(self._ground.engine) as db:
            return db.scalar(
                sa.select(appearances.c.verdict_id)
                .where(appearances.c.guild_id == guild_id, appearances.c.message_id == message_id)
                .order_by(appearances.c.shown_at)
            )

    def of_case(self, guild_id: str, case_id: str) -> list[Appearance]:
        """Where the verdicts of a case are shown, oldest first."""
        columns = [appearances.c[name] for name in Appearance.__slots__]
        mine = sa.select(case_verdicts.c.verdict_id).where(
            case_verdicts.c.guild_id == guild_id, case_verdicts.c.case_id == case_id
        )
        with reading(self._ground.engine) as db:
            rows = db.execute(
                sa.select(*columns)
                .where(appearances.c.guild_id == guild_id, appearances.c.verdict_id.in_(mine))
                .order_by(appearances.c.shown_at, appearances.c.id)
            )
            return [Appearance(**row._mapping) for row in rows]

    def stale(self, guild_id: str) -> list[str]:
        """Ids of the appearances that can be reached and do not show the decision that stands."""
        with reading(self._ground.engine) as db:
            return list(
                db.scalars(
                    sa.select(appearances.c.id)
                    .join(
                        case_verdicts,
                        sa.and_(
                            case_verdicts.c.verdict_id == appearances.c.verdict_id,
                            case_verdicts.c.guild_id == appearances.c.guild_id,
                        ),
                    )
                    .join(cases, cases.c.id == case_verdicts.c.case_id)
                    .join(decisions, decisions.c.id == cases.c.decision_id)
                    .join(verdicts, verdicts.c.id == appearances.c.verdict_id)
                    .where(
                        appearances.c.guild_id == guild_id,
                        appearances.c.reachable == "yes",
                        decisions.c.decided_at >= verdicts.c.created_at,
                        sa.func.coalesce(appearances.c.shown_decision, "") != decisions.c.id,
                    )
                    .order_by(appearances.c.id)
                )
            )

    def _case(self, db: sa.Connection, guild_id: str, verdict_id: str, key: str) -> Case | None:
        case = case_of_verdict(db, guild_id, verdict_id)
        if case is None and (case := case_of_claim(db, guild_id, key)):
            attach(db, case, verdict_id)
        return case

    def _catch_up(
        self,
        db: sa.Connection,
        case: Case,
        appearance_id: str,
        made_at: datetime,
        shows: str | None,
    ) -> None:
        """A verdict made after the decision is a new draft: it stands until the next decision."""
        if case.decision_id is None or shows == case.decision_id:
            return
        decision = decision_of(db, case.guild_id, case.decision_id)
        assert decision is not None and decision.decided_at is not None
        if shows is None and decision.decided_at < made_at:
            return
        row = db.execute(sa.select(appearances).where(appearances.c.id == appearance_id)).all()
        correct(self._ground, db, case, decision.id, decision.new_label, shown=row)


def times_seen(db: sa.Connection, guild_id: str, key: str, since: datetime) -> int:
    """How often the claim was asked about in the server since then, reuses included."""
    return (
        db.scalar(
            sa.select(sa.func.count()).where(
                appearances.c.guild_id == guild_id,
                appearances.c.claim_key == key,
                appearances.c.shown_at >= since,
            )
        )
        or 0
    )
