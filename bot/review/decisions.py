"""What a moderator decides on a case. Each call is one transaction, outbox and log included."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa

from bot.ledger import keep, retrieved_for, verdicts
from bot.review import settings
from bot.review.drafts import Typed, edited
from bot.review.ground import UNKNOWN, Ground, denied, load, log, move, verdict_of
from bot.review.intake import attach
from bot.review.permissions import Action
from bot.review.rulings import (
    carry_closing,
    carry_through,
    decision_of,
    drop_proposal,
    propose,
    write_down,
)
from bot.review.states import Move
from bot.review.tables import PRIVATE, audit_log, cases, makings
from bot.review.values import Actor, Case, CloseReason, Making, Refused, State
from corpus.database import reading, writing
from corpus.model import Passage
from prompts.verdict import Verdict

REASON_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Rerun:
    """How a claim is to be checked again."""

    engine: str | None = None
    as_of: date | None = None
    source_url: str | None = None

    @classmethod
    def read(cls, logged: Mapping[str, str]) -> Rerun:
        """From the audit log."""
        as_of = logged.get("as_of")
        return cls(
            engine=logged.get("engine"),
            as_of=date.fromisoformat(as_of) if as_of else None,
            source_url=logged.get("source_url"),
        )


class Decisions:
    """Decides cases. `seen` is the version of the case on the card that was clicked."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def approve(
        self, actor: Actor, guild_id: str, case_id: str, reason: str = "", seen: int | None = None
    ) -> Case | Refused:
        """Publishes the draft; or seconds what waits for a second person."""
        with writing(self._ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            if case.state is State.AWAITING_SECOND and case.proposal_id is not None:
                return self._second(db, actor, case, seen)
            draft = _held(db, case.verdict_id)
            return self._decide(
                db, actor, case, "approve", draft, result=draft, reason=reason, seen=seen
            )

    def edit(
        self,
        actor: Actor,
        guild_id: str,
        case_id: str,
        form: Typed,
        *,
        reason: str = "",
        seen: int | None = None,
    ) -> Case | Refused:
        """Publishes what was typed. What breaks a rule comes back as `faults`, all of it."""
        ground = self._ground
        with writing(ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            draft = _held(db, case.verdict_id)
            made = edited(
                draft,
                form,
                self._retrieved(db, draft),
                new_id=ground.new_id(),
                guild_id=None if guild_id == PRIVATE else guild_id,
                at=ground.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
            )
            if isinstance(made, list):
                return Refused(
                    "rules", "This breaks rules that every verdict keeps.", faults=tuple(made)
                )
            return self._decide(
                db, actor, case, "edit", draft, result=made, reason=reason, seen=seen
            )

    def withdraw(
        self, actor: Actor, guild_id: str, case_id: str, reason: str = "", seen: int | None = None
    ) -> Case | Refused:
        """Rejects the draft, and takes back what is published."""
        with writing(self._ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            draft = _held(db, case.verdict_id)
            return self._decide(
                db, actor, case, "withdraw", draft, result=None, reason=reason, seen=seen
            )

    def decline(
        self, actor: Actor, guild_id: str, case_id: str, seen: int | None = None
    ) -> Case | Refused:
        """Says no to what waits for a second person: the case is open again."""
        with writing(self._ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            moved = move(self._ground, db, case, actor, Move.DECLINE, seen=seen, proposal_id=None)
            if isinstance(moved, Case):
                drop_proposal(db, case)
            return moved

    def close(
        self,
        actor: Actor,
        guild_id: str,
        case_id: str,
        why: CloseReason,
        *,
        reason: str = "",
        seen: int | None = None,
    ) -> Case | Refused:
        """Closes without a verdict. For the duplicate of a case that is known, see `Merging`."""
        with writing(self._ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            with db.begin_nested() as attempt:
                draft = _held(db, case.verdict_id)
                standing = _held(db, case.published_id) if case.published_id else None
                decision = write_down(
                    self._ground, db, case, actor, "close", draft=draft, published=standing,
                    result=None, reason=reason[:REASON_LIMIT],
                )  # fmt: skip
                done = carry_closing(self._ground, db, case, actor, decision, why=why, seen=seen)
                if isinstance(done, Refused):
                    attempt.rollback()
                return done

    def reopen(
        self, actor: Actor, guild_id: str, case_id: str, seen: int | None = None
    ) -> Case | Refused:
        """Opens a decided or closed case again; what is published stands meanwhile."""
        ground = self._ground
        with writing(ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            return move(ground, db, case, actor, Move.REOPEN, seen=seen, opened_at=ground.now())

    def rerun(
        self, actor: Actor, guild_id: str, case_id: str, how: Rerun, seen: int | None = None
    ) -> Case | Refused:
        """Notes that the claim is being checked again; `deliver` brings what came of it."""
        with writing(self._ground.engine) as db:
            case = self._open(db, actor, guild_id, case_id)
            if isinstance(case, Refused):
                return case
            moved = move(self._ground, db, case, actor, Move.RERUN, seen=seen, snoozed_until=None)
            if isinstance(moved, Case):
                log(
                    self._ground, db, actor, guild_id, "rerun_as", case_id=case_id,
                    after={name: value for name, value in asdict(how).items() if value},
                )  # fmt: skip
            return moved

    def deliver(
        self,
        guild_id: str,
        case_id: str,
        verdict: Verdict | None,
        making: Making,
        *,
        retrieved: Sequence[str] = (),
        problem: str = "",
    ) -> Case | Refused:
        """Puts a new draft on the case, or, where there is none for some `problem`, only opens it.

        A decided case reopens; what is published stands beside the new draft.
        """
        ground, bot = self._ground, Actor.bot(guild_id)
        with writing(ground.engine) as db:
            case = load(db, guild_id, case_id)
            if case is None:
                return UNKNOWN
            with db.begin_nested() as attempt:
                if verdict is not None:
                    self._store(db, case, verdict, retrieved)
                    attach(db, case, verdict.id)
                    db.execute(
                        makings.insert().values(
                            guild_id=guild_id,
                            verdict_id=verdict.id,
                            making=making.model_dump_json(),
                        )
                    )
                drop_proposal(db, case)
                settled = case.state in {State.DECIDED, State.CLOSED}
                moved = move(
                    ground, db, case, bot, Move.REOPEN if settled else Move.DELIVER,
                    how="new_draft" if verdict else "rerun_failed",
                    state=State.ASSIGNED if case.assignee_id else State.OPEN,
                    verdict_id=verdict.id if verdict else case.verdict_id,
                    proposal_id=None,
                    snoozed_until=None,
                    opened_at=ground.now() if settled else case.opened_at,
                )  # fmt: skip
                if isinstance(moved, Refused):
                    attempt.rollback()
                elif problem:
                    log(
                        ground, db, bot, guild_id, "rerun_problem", case_id=case_id,
                        after={"problem": problem},
                    )  # fmt: skip
                return moved

    def unfinished(self) -> list[tuple[str, str, Rerun]]:
        """Server, case and manner of what is being checked again: for after a restart."""
        with reading(self._ground.engine) as db:
            rows = db.execute(
                sa.select(cases.c.guild_id, cases.c.id, audit_log.c.after)
                .join(audit_log, audit_log.c.case_id == cases.c.id)
                .where(cases.c.state == State.RERUNNING, audit_log.c.action == "rerun_as")
                .order_by(audit_log.c.seq)
            ).all()
        newest = {(row.guild_id, row.id): json.loads(row.after) for row in rows}
        return [(guild, case, Rerun.read(how)) for (guild, case), how in newest.items()]

    def evidence(self, verdict_id: str) -> Mapping[str, Passage]:
        """The passages that a draft cites, then those that were retrieved for it, by id."""
        with reading(self._ground.engine) as db:
            draft = verdict_of(db, verdict_id)
            return self._retrieved(db, draft) if draft else {}

    def _open(self, db: sa.Connection, actor: Actor, guild_id: str, case_id: str) -> Case | Refused:
        no = denied(db, actor, guild_id, Action.REVIEW)
        return no or load(db, guild_id, case_id) or UNKNOWN

    def _decide(
        self,
        db: sa.Connection,
        actor: Actor,
        case: Case,
        action: str,
        draft: Verdict,
        *,
        result: Verdict | None,
        reason: str,
        seen: int | None,
    ) -> Case | Refused:
        ground = self._ground
        with db.begin_nested() as attempt:
            if result is not None and result.id != draft.id:
                self._store(db, case, result, retrieved_for(db, draft.id))
                attach(db, case, result.id)
                _copy_making(db, case.guild_id, draft.id, result.id)
            standing = _held(db, case.published_id) if case.published_id else None
            decision = write_down(
                ground,
                db,
                case,
                actor,
                action,
                draft=draft,
                published=standing,
                result=result,
                reason=reason[:REASON_LIMIT],
            )
            four_eyes = settings.read(db, case.guild_id).four_eyes
            twice = result is not None and result.label in four_eyes
            carry = propose if twice else carry_through
            done = carry(ground, db, case, actor, decision, seen=seen)
            if isinstance(done, Refused):
                attempt.rollback()
            return done

    def _second(
        self, db: sa.Connection, actor: Actor, case: Case, seen: int | None
    ) -> Case | Refused:
        assert case.proposal_id is not None
        decision = decision_of(db, case.guild_id, case.proposal_id)
        assert decision is not None
        if decision.actor_id == actor.user_id:
            return Refused("once", "A second person has to approve this.")
        return carry_through(self._ground, db, case, actor, decision, seen=seen)

    def _retrieved(self, db: sa.Connection, draft: Verdict) -> Mapping[str, Passage]:
        cited = (citation.passage_id for citation in draft.citations)
        ids = dict.fromkeys([*cited, *retrieved_for(db, draft.id)])
        return self._ground.passages(list(ids))

    def _store(
        self, db: sa.Connection, case: Case, verdict: Verdict, retrieved: Sequence[str]
    ) -> None:
        """Keeps a verdict that came of the review under the check that began the case."""
        check = sa.select(verdicts.c.check_id).where(verdicts.c.id == case.verdict_id)
        keep(db, verdict, check.scalar_subquery(), self._ground.now(), retrieved)


def _copy_making(db: sa.Connection, guild_id: str, old_id: str, new_id: str) -> None:
    """What was retrieved for a draft was retrieved for what a person made of it, too."""
    old = sa.select(makings.c.guild_id, sa.literal(new_id), makings.c.making).where(
        makings.c.guild_id == guild_id, makings.c.verdict_id == old_id
    )
    db.execute(makings.insert().from_select(["guild_id", "verdict_id", "making"], old))


def _held(db: sa.Connection, verdict_id: str) -> Verdict:
    verdict = verdict_of(db, verdict_id)
    assert verdict is not None, verdict_id
    return verdict
