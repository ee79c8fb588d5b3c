"""Puts right what was shown: hands out corrections, one message at a time, and takes outcomes.

A correction is leased in a transaction of its own before anything is sent, so that a crash leaves
it known as begun. Edits can be made twice without harm. A reply carries its correction's id as
nonce, which Discord (`enforce_nonce`) takes once; one that may have been sent by a process that
died is marked `uncertain`, and its sender looks for it before it sends again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.ledger import verdicts
from bot.review.ground import Ground, denied, log, touch, verdict_of
from bot.review.outbox import UNFINISHED
from bot.review.permissions import Action
from bot.review.rulings import changes, decision_of, decisions_of
from bot.review.tables import appearances, cases, corrections
from bot.review.values import Actor, Decision, LabelChange, Refused
from bot.translated import later
from corpus.database import reading, writing
from prompts.verdict import Verdict

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 8
SOON = timedelta(seconds=10)
LATER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=12)

Outcome = Literal["done", "gone", "forbidden", "locked", "failed"]
_WAITS: dict[str, timedelta] = {"failed": SOON, "forbidden": LATER, "locked": LATER}
_OTHER_TRY = ("forbidden", "locked", "gave_up")


@dataclass(frozen=True, slots=True)
class Correction:
    """One edit or reply to send now, and all that it has to say."""

    id: str
    """Also the nonce of a reply."""
    guild_id: str
    kind: Literal["edit", "reply"]
    channel_id: str | None
    message_id: str
    place: str
    asker_id: str | None
    claim: str
    """As it was asked."""
    source_link: str
    left_out: str
    elsewhere: bool
    """The message is in another server, with which the verdict is shared."""
    verdict: Verdict | None
    """None: nothing stands in the place of what was shown."""
    decision: Decision
    outcome: str | None
    """Of the case: published, withdrawn, duplicate, opinion, spam."""
    changes: tuple[LabelChange, ...]
    """Labels that this message has shown and that were taken back, oldest first."""
    attempt: int
    uncertain: bool
    """An earlier try may have got through, and nobody has heard."""
    first_tried_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a correction is doing, for the case's card."""

    id: str
    decision_id: str
    appearance_id: str
    kind: str
    state: str
    """pending, leased, done, gone, forbidden, locked, gave_up, superseded."""
    attempts: int
    due_at: datetime
    problem: str
    finished_at: datetime | None


class Corrections:
    """The outbox of decisions."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def guilds_due(self) -> list[str]:
        """The servers with something to send now. Names no claim and no person."""
        with reading(self._ground.engine) as db:
            return list(
                db.scalars(
                    sa.select(corrections.c.guild_id)
                    .where(_due(self._ground.now()))
                    .distinct()
                    .order_by(corrections.c.guild_id)
                )
            )

    def claim(self, guild_id: str, worker: str, limit: int = 10) -> list[Correction]:
        """Leases what is due to `worker`, at most one correction a message at a time."""
        ground = self._ground
        found: list[Correction] = []
        with writing(ground.engine) as db:
            now = ground.now()
            busy = set(
                db.scalars(
                    sa.select(corrections.c.appearance_id).where(
                        corrections.c.guild_id == guild_id,
                        corrections.c.state == "leased",
                        corrections.c.leased_until > now,
                    )
                )
            )
            rows = db.execute(
                sa.select(corrections, cases.c.decision_id.label("stands"), cases.c.outcome)
                .join(cases, cases.c.id == corrections.c.case_id)
                .where(corrections.c.guild_id == guild_id, _due(now))
                # "edit" before "reply": who is told of a change finds it made.
                .order_by(corrections.c.created_at, corrections.c.kind, corrections.c.id)
            ).all()
            for row in rows:
                if len(found) == limit:
                    break
                if row.appearance_id in busy or self._waits_for_edit(db, row):
                    continue
                if row.decision_id != row.stands:
                    self._close(db, row, "superseded", "")
                elif row.attempts >= MOST_ATTEMPTS:
                    self._give_up(
                        db, row, "gave_up", row.problem or later("its sender died each time")
                    )
                else:
                    busy.add(row.appearance_id)
                    found.append(self._lease(db, row, worker, now))
        return found

    def finish(
        self,
        guild_id: str,
        correction_id: str,
        worker: str,
        outcome: Outcome,
        *,
        problem: str = "",
        sent_id: str | None = None,
        retry_after: timedelta | None = None,
    ) -> bool:
        """Records what came of a correction; False where another worker has it by now.

        What may pass is tried again, later each time, MOST_ATTEMPTS times in all.
        """
        with writing(self._ground.engine) as db:
            row = db.execute(
                sa.select(corrections).where(
                    corrections.c.guild_id == guild_id,
                    corrections.c.id == correction_id,
                    corrections.c.state == "leased",
                    corrections.c.worker == worker,
                )
            ).first()
            if row is None:
                return False
            if outcome == "done":
                self._close(db, row, "done", "", sent_id=sent_id)
                if row.kind == "edit":
                    self._shows(db, row)
            elif outcome == "gone":
                self._give_up(db, row, "gone", problem)
            elif row.attempts >= MOST_ATTEMPTS:
                self._give_up(db, row, "gave_up" if outcome == "failed" else outcome, problem)
            else:
                wait = min(_WAITS[outcome] * 2 ** (row.attempts - 1), LONGEST_WAIT)
                self._update(
                    db,
                    row,
                    state="pending",
                    due_at=self._ground.now() + (retry_after or wait),
                    problem=problem or outcome,
                    worker=None,
                    leased_until=None,
                    # Discord has refused it, so it was not sent.
                    first_tried_at=row.first_tried_at if outcome == "failed" else None,
                )
                touch(db, row.case_id)
        return True

    def recover(self, guild_id: str, worker: str) -> int:
        """Takes back at once what a dead process of this `worker`'s name still holds."""
        with writing(self._ground.engine) as db:
            return db.execute(
                corrections.update()
                .where(
                    corrections.c.guild_id == guild_id,
                    corrections.c.state == "leased",
                    corrections.c.worker == worker,
                )
                .values(leased_until=self._ground.now())
            ).rowcount

    def guilds_held(self, worker: str) -> list[str]:
        """The servers where that worker holds corrections."""
        with reading(self._ground.engine) as db:
            held = sa.and_(corrections.c.state == "leased", corrections.c.worker == worker)
            return list(db.scalars(sa.select(corrections.c.guild_id).where(held).distinct()))

    def of_case(self, guild_id: str, case_id: str) -> list[Standing]:
        """The corrections of a case, oldest first."""
        columns = [corrections.c[name] for name in Standing.__slots__]
        with reading(self._ground.engine) as db:
            rows = db.execute(
                sa.select(*columns)
                .where(corrections.c.guild_id == guild_id, corrections.c.case_id == case_id)
                .order_by(corrections.c.created_at, corrections.c.kind, corrections.c.id)
            )
            return [Standing(**row._mapping) for row in rows]

    def retry(self, actor: Actor, guild_id: str, case_id: str) -> int | Refused:
        """Tries once more what was given up on; how many corrections that is."""
        ground = self._ground
        with writing(ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            mine = sa.and_(
                corrections.c.guild_id == guild_id,
                corrections.c.case_id == case_id,
                corrections.c.state.in_(_OTHER_TRY),
            )
            places = db.scalars(sa.select(corrections.c.appearance_id).where(mine)).all()
            db.execute(
                appearances.update()
                .where(appearances.c.guild_id == guild_id, appearances.c.id.in_(places))
                .values(reachable="yes")
            )
            again = db.execute(
                corrections.update()
                .where(mine)
                .values(state="pending", attempts=0, due_at=ground.now(), finished_at=None)
            ).rowcount
            if again:
                log(ground, db, actor, guild_id, "retry_corrections", case_id=case_id)
            return again

    def _waits_for_edit(self, db: sa.Connection, row: sa.Row[Any]) -> bool:
        if row.kind != "reply":
            return False
        edit = sa.select(sa.literal(1)).where(
            corrections.c.guild_id == row.guild_id,
            corrections.c.appearance_id == row.appearance_id,
            corrections.c.decision_id == row.decision_id,
            corrections.c.kind == "edit",
            corrections.c.state.in_(UNFINISHED),
        )
        return db.scalar(edit) is not None

    def _lease(self, db: sa.Connection, row: sa.Row[Any], worker: str, now: datetime) -> Correction:
        first = row.first_tried_at or now
        self._update(
            db,
            row,
            state="leased",
            worker=worker,
            leased_until=now + LEASE,
            attempts=row.attempts + 1,
            first_tried_at=first,
        )
        place = db.execute(
            sa.select(
                appearances,
                verdicts.c.created_at.label("made_at"),
                verdicts.c.claim,
            )
            .join(verdicts, verdicts.c.id == appearances.c.verdict_id)
            .where(appearances.c.id == row.appearance_id)
        ).one()
        decision = decision_of(db, row.guild_id, row.decision_id)
        assert decision is not None
        made = decisions_of(db, row.guild_id, row.case_id)
        since = [d for d in made if d.decided_at is not None and d.decided_at >= place.made_at]
        verdict = verdict_of(db, decision.verdict_id) if decision.verdict_id else None
        return Correction(
            id=row.id,
            guild_id=row.guild_id,
            kind=row.kind,
            channel_id=place.channel_id,
            message_id=place.message_id,
            place=place.place,
            asker_id=row.asker_id,
            claim=place.claim,
            source_link=place.source_link,
            elsewhere=place.guild_id != row.guild_id,
            left_out=place.left_out,
            verdict=verdict and verdict.model_copy(update={"review": "reviewed"}),
            decision=decision,
            outcome=row.outcome,
            changes=changes(place.first_label, since),
            attempt=row.attempts + 1,
            uncertain=row.first_tried_at is not None,
            first_tried_at=first,
        )

    def _shows(self, db: sa.Connection, row: sa.Row[Any]) -> None:
        decision = decision_of(db, row.guild_id, row.decision_id)
        assert decision is not None
        self._place(
            db,
            row,
            shown_decision=decision.id,
            shown_label=decision.new_label,
            reachable="yes",
        )

    def _give_up(self, db: sa.Connection, row: sa.Row[Any], state: str, problem: str) -> None:
        self._close(db, row, state, problem)
        if row.kind == "edit":
            self._place(db, row, reachable="failed" if state == "gave_up" else state)

    def _close(
        self, db: sa.Connection, row: sa.Row[Any], state: str, problem: str, **values: Any
    ) -> None:
        now = self._ground.now()
        self._update(
            db, row, state=state, problem=problem, leased_until=None, finished_at=now, **values
        )
        log(
            self._ground, db, Actor.bot(row.guild_id), row.guild_id, f"{row.kind}_{state}",
            case_id=row.case_id,
            after={"correction": row.id, "appearance": row.appearance_id},
        )  # fmt: skip

    def _update(self, db: sa.Connection, row: sa.Row[Any], **values: Any) -> None:
        db.execute(corrections.update().where(corrections.c.id == row.id).values(values))

    def _place(self, db: sa.Connection, row: sa.Row[Any], **values: Any) -> None:
        db.execute(appearances.update().where(appearances.c.id == row.appearance_id).values(values))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """What waits and is due, and what was leased for longer than any send takes."""
    return sa.or_(
        sa.and_(corrections.c.state == "pending", corrections.c.due_at <= now),
        sa.and_(corrections.c.state == "leased", corrections.c.leased_until <= now),
    )
