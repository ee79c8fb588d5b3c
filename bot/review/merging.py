"""Makes one case of two that are of the same claim."""

from __future__ import annotations

import sqlalchemy as sa

from bot.review.ground import UNKNOWN, Ground, denied, load, log, move
from bot.review.outbox import correct, correct_all, shown_of
from bot.review.permissions import Action
from bot.review.rulings import decision_of, drop_proposal
from bot.review.states import Move
from bot.review.tables import (
    appeals,
    case_verdicts,
    cases,
    corrections,
    decisions,
    exclusions,
    flags,
)
from bot.review.values import Actor, Case, Refused, State
from corpus.database import writing


class Merging:
    """Joins cases: flags, verdicts and the messages that show them go over to the other case."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def merge(
        self, actor: Actor, guild_id: str, case_id: str, into_id: str, seen: int | None = None
    ) -> Case | Refused:
        """Closes the case as the duplicate of another one, and returns that one.

        Where the other is decided, its verdict is what the messages of both show from now on.
        """
        ground = self._ground
        with writing(ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            case, into = load(db, guild_id, case_id), load(db, guild_id, into_id)
            if case is None or into is None:
                return UNKNOWN
            if case.id == into.id or into.state is State.MERGED:
                return Refused("state", "Choose another case, one that was not merged itself.")
            moved = move(
                ground, db, case, actor, Move.MERGE, seen=seen, how="merge",
                merged_into=into.id, outcome="duplicate", proposal_id=None, assignee_id=None,
                snoozed_until=None,
            )  # fmt: skip
            if isinstance(moved, Refused):
                return moved
            drop_proposal(db, case)
            # A claim that was led here once more must not have to go through two cases.
            db.execute(
                cases.update()
                .where(cases.c.guild_id == guild_id, cases.c.merged_into == case.id)
                .values(merged_into=into.id)
            )
            shown = shown_of(db, case)
            self._hand_over(db, case, into)
            log(
                ground, db, actor, guild_id, "merged_from", case_id=into.id,
                after={"case_id": case.id},
            )  # fmt: skip
            if into.decision_id is not None:
                decision = decision_of(db, guild_id, into.decision_id)
                assert decision is not None
                correct(ground, db, into, decision.id, decision.new_label, shown=shown)
            elif case.decision_id is not None:
                self._inherit(db, actor, case, into)
            return load(db, guild_id, into.id) or UNKNOWN

    def _inherit(self, db: sa.Connection, actor: Actor, case: Case, into: Case) -> None:
        """What stood for the case stands for the other, which has no decision of its own."""
        assert case.decision_id is not None
        stands = {
            "decision_id": case.decision_id,
            "published_id": case.published_id,
            "version": into.version + 1,
        }
        mine = (cases.c.guild_id == into.guild_id, cases.c.id == into.id)
        db.execute(cases.update().where(*mine).values(stands))
        db.execute(
            decisions.update()
            .where(decisions.c.guild_id == case.guild_id, decisions.c.case_id == case.id)
            .values(case_id=into.id)
        )
        log(
            self._ground, db, actor, into.guild_id, "inherit", case_id=into.id,
            before={"decision_id": None, "published_id": into.published_id},
            after={"decision_id": case.decision_id, "published_id": case.published_id},
        )  # fmt: skip
        decision = decision_of(db, into.guild_id, case.decision_id)
        assert decision is not None
        correct_all(self._ground, db, into, decision.id, decision.new_label)

    def _hand_over(self, db: sa.Connection, case: Case, into: Case) -> None:
        for table in (case_verdicts, flags, corrections):
            db.execute(
                table.update()
                .where(table.c.guild_id == case.guild_id, table.c.case_id == case.id)
                .values(case_id=into.id)
            )
        for table in (appeals, exclusions):
            there = db.scalars(sa.select(table.c.user_id).where(table.c.case_id == into.id)).all()
            db.execute(
                table.update()
                .where(
                    table.c.guild_id == case.guild_id,
                    table.c.case_id == case.id,
                    table.c.user_id.not_in(there),
                )
                .values(case_id=into.id)
            )
