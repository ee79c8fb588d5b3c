"""Appeals: who asked, or who wrote the message that was checked, may have it looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.ledger import checks, verdicts
from bot.review.ground import Ground, denied, log, move
from bot.review.intake import case_of_verdict, reopen
from bot.review.permissions import Action
from bot.review.rulings import decision_of
from bot.review.states import Move
from bot.review.tables import appeals, appearances, asked_in, case_verdicts, exclusions
from bot.review.values import Actor, Case, Refused, State
from corpus.database import writing

REASON_LIMIT = 1000
LINK_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Appeal:
    """What a person brings forward against a published verdict."""

    case_id: str
    user_id: str
    reason: str
    link: str
    created_at: datetime
    open: bool


class Appeals:
    """Reopens a case for those whom its verdict concerns, once each."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(
        self, actor: Actor, guild_id: str, verdict_id: str, *, reason: str, link: str
    ) -> Case | Refused:
        """Reopens the verdict's case and keeps it from those who decided it.

        `link` leads to a source that says otherwise.
        """
        if not reason.strip() or not _is_link(link):
            return Refused(
                "rules", "Say why the verdict is wrong, and give the full link of a source."
            )
        ground = self._ground
        with writing(ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.APPEAL):
                return no
            case = case_of_verdict(db, guild_id, verdict_id)
            if case is None or case.published_id is None:
                return Refused("state", "Only a published verdict can be appealed.")
            if no := _barred(db, case, actor.user_id):
                return no
            db.execute(
                appeals.insert().values(
                    case_id=case.id,
                    user_id=actor.user_id,
                    guild_id=guild_id,
                    decision_id=case.decision_id,
                    reason=reason[:REASON_LIMIT],
                    link=link,
                    created_at=ground.now(),
                    open=True,
                )
            )
            shut_out = self._exclude(db, case)
            log(
                ground, db, actor, guild_id, "appeal", case_id=case.id,
                after={"decision_id": case.decision_id},
            )  # fmt: skip
            return _opened(ground, db, case, actor, shut_out=shut_out)

    def _exclude(self, db: sa.Connection, case: Case) -> set[str]:
        """Keeps those who decided from deciding again; who they are."""
        assert case.decision_id is not None
        decision = decision_of(db, case.guild_id, case.decision_id)
        assert decision is not None
        mine = (exclusions.c.case_id == case.id, exclusions.c.guild_id == case.guild_id)
        known = set(db.scalars(sa.select(exclusions.c.user_id).where(*mine)))
        deciders = {decision.actor_id, decision.seconded_by or decision.actor_id}
        for user_id in deciders - known:
            db.execute(
                exclusions.insert().values(case_id=case.id, guild_id=case.guild_id, user_id=user_id)
            )
        return deciders | known


def appeals_of(db: sa.Connection, guild_id: str, case_id: str) -> list[Appeal]:
    """The appeals of a case, those still open first, then the newest first."""
    columns = [appeals.c[name] for name in Appeal.__slots__]
    rows = db.execute(
        sa.select(*columns)
        .where(appeals.c.guild_id == guild_id, appeals.c.case_id == case_id)
        .order_by(appeals.c.open.desc(), appeals.c.created_at.desc())
    )
    return [Appeal(**row._mapping) for row in rows]


def _opened(
    ground: Ground, db: sa.Connection, case: Case, actor: Actor, *, shut_out: set[str]
) -> Case | Refused:
    """The case, open to those who did not decide it."""
    if case.state in {State.DECIDED, State.CLOSED}:
        return reopen(ground, db, case, actor, "appeal_reopen", assignee_id=None)
    if case.state is State.ASSIGNED and case.assignee_id in shut_out:
        bot = Actor.bot(case.guild_id)
        return move(ground, db, case, bot, Move.RETURN, how="appeal", assignee_id=None)
    return case


def _barred(db: sa.Connection, case: Case, user_id: str) -> Refused | None:
    """Why this person cannot appeal; None where they can."""
    if not _concerns(db, case, user_id):
        return Refused(
            "permission", "Only those who asked, and who wrote the checked message, can appeal."
        )
    mine = (appeals.c.case_id == case.id, appeals.c.user_id == user_id)
    if db.scalar(sa.select(sa.literal(1)).select_from(appeals).where(*mine)):
        return Refused("once", "You have appealed this verdict before.")
    return None


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and len(text) <= LINK_LIMIT


def _concerns(db: sa.Connection, case: Case, user_id: str) -> bool:
    """Whether the person asked for a verdict of the case, or wrote a message it was given on."""
    mine = sa.select(case_verdicts.c.verdict_id).where(
        case_verdicts.c.guild_id == case.guild_id, case_verdicts.c.case_id == case.id
    )
    shown = sa.select(sa.literal(1)).where(
        appearances.c.guild_id == case.guild_id,
        appearances.c.verdict_id.in_(mine),
        sa.or_(appearances.c.asker_id == user_id, appearances.c.author_id == user_id),
    )
    asked = (
        sa.select(sa.literal(1))
        .select_from(checks.join(verdicts, verdicts.c.check_id == checks.c.id))
        .where(
            verdicts.c.id.in_(mine),
            checks.c.user_id == user_id,
            asked_in == case.guild_id,
        )
    )
    return db.scalar(sa.union(shown, asked).limit(1)) is not None
