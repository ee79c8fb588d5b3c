"""Objections to verdicts: from people, once each, and from the program itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.review import screening, settings
from bot.review.appearances import times_seen
from bot.review.ground import Ground, denied, log, token, verdict_of
from bot.review.intake import belongs, case_of_verdict, join
from bot.review.permissions import Action
from bot.review.tables import flags, makings, mutes
from bot.review.values import Actor, Case, Flag, FlagReason, Making, Refused, Trigger, claim_key
from corpus.database import reading, writing
from prompts.verdict import Verdict

DETAILS_LIMIT = 1000
A_DAY = timedelta(days=1)
NO_VERDICT = Refused("unknown", "I no longer hold this verdict. Please check the claim again.")


@dataclass(frozen=True, slots=True)
class Flagged:
    """What became of a flag."""

    case: Case
    new: bool
    """False where this person had flagged the verdict before."""


class Flags:
    """Takes objections and hands them to the claim's case."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(
        self,
        actor: Actor,
        guild_id: str,
        verdict_id: str,
        reason: FlagReason,
        details: str = "",
        *,
        key: str | None = None,
    ) -> Flagged | Refused:
        """A person's flag. The same person's second one on a verdict adds nothing.

        `key` is the key of the claim; by default it is made of the claim's words.
        """
        if reason is FlagReason.OTHER and not details.strip():
            return Refused("rules", "Say in a few words what is wrong.")
        with writing(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.FLAG):
                return no
            if self._is_muted(db, guild_id, actor.user_id):
                return Refused("muted", "A moderator has stopped your flags in this server.")
            verdict = verdict_of(db, verdict_id)
            if verdict is None or not belongs(db, guild_id, verdict_id):
                return NO_VERDICT
            return self._put(
                db,
                actor,
                guild_id,
                verdict,
                key=key,
                reason=reason.value,
                details=details[:DETAILS_LIMIT],
            )

    def screen(
        self,
        guild_id: str,
        verdict: Verdict,
        making: Making,
        *,
        key: str | None = None,
        hold: bool = False,
    ) -> Case | None:
        """Records how a verdict came about, and flags it where the policy asks for a person.

        The case, or None where nobody need look. `hold`: it is shown only once approved.
        """
        bot = Actor.bot(guild_id)
        with writing(self._ground.engine, guild_id) as db:
            self._making(db, guild_id, verdict.id, making)
            seen = 1 + times_seen(
                db, guild_id, key or claim_key(verdict.claim), self._ground.now() - A_DAY
            )
            found = screening.triggers(verdict, making, settings.read(db, guild_id), seen)
            if hold:
                found[Trigger.HELD] = ""
            put = [
                self._put(
                    db,
                    bot,
                    guild_id,
                    verdict,
                    key=key,
                    reason=trigger.value,
                    details=why,
                    trigger=trigger.value,
                )
                for trigger, why in found.items()
            ]
            return put[-1].case if put else None

    def raise_own(self, guild_id: str, verdict: Verdict, trigger: Trigger, why: str) -> Case:
        """The program's own flag."""
        with writing(self._ground.engine) as db:
            return self._put(
                db,
                Actor.bot(guild_id),
                guild_id,
                verdict,
                key=None,
                reason=trigger.value,
                details=why,
                trigger=trigger.value,
            ).case

    def mute(self, actor: Actor, guild_id: str, user_id: str, reason: str) -> Refused | None:
        """Takes no more flags from a person."""
        with writing(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.MUTE):
                return no
            if self._is_muted(db, guild_id, user_id):
                return Refused("once", "This person's flags are stopped already.")
            db.execute(
                mutes.insert().values(
                    guild_id=guild_id,
                    user_id=user_id,
                    muted_by=actor.user_id,
                    reason=reason,
                    muted_at=self._ground.now(),
                )
            )
            self._log(db, actor, guild_id, "mute", user_id)
        return None

    def unmute(self, actor: Actor, guild_id: str, user_id: str) -> Refused | None:
        """Takes flags from a person again."""
        with writing(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.MUTE):
                return no
            gone = db.execute(
                mutes.delete().where(mutes.c.guild_id == guild_id, mutes.c.user_id == user_id)
            )
            if gone.rowcount == 0:
                return Refused("unknown", "This person's flags are not stopped.")
            self._log(db, actor, guild_id, "unmute", user_id)
        return None

    def of_case(self, guild_id: str, case_id: str) -> list[Flag]:
        """The flags of a case, oldest first."""
        with reading(self._ground.engine) as db:
            return flags_of(db, guild_id, case_id)

    def _put(
        self,
        db: sa.Connection,
        actor: Actor,
        guild_id: str,
        verdict: Verdict,
        *,
        key: str | None,
        reason: str,
        details: str = "",
        trigger: str = "",
    ) -> Flagged:
        ground = self._ground
        held = db.scalar(
            sa.select(sa.literal(1)).where(
                flags.c.guild_id == guild_id,
                flags.c.verdict_id == verdict.id,
                flags.c.user_id == actor.user_id,
                flags.c.trigger == trigger,
            )
        )
        if held:
            case = case_of_verdict(db, guild_id, verdict.id)
            assert case is not None
            return Flagged(case, new=False)
        case = join(ground, db, actor, guild_id, verdict.id, key=key or claim_key(verdict.claim))
        db.execute(
            flags.insert().values(
                guild_id=guild_id,
                verdict_id=verdict.id,
                user_id=actor.user_id,
                trigger=trigger,
                case_id=case.id,
                reason=reason,
                details=details,
                created_at=ground.now(),
            )
        )
        log(
            ground,
            db,
            actor,
            guild_id,
            "flag",
            case_id=case.id,
            after={"verdict_id": verdict.id, "reason": reason},
        )
        return Flagged(case, new=True)

    def _making(self, db: sa.Connection, guild_id: str, verdict_id: str, making: Making) -> None:
        mine = (makings.c.guild_id == guild_id, makings.c.verdict_id == verdict_id)
        if db.scalar(sa.select(sa.literal(1)).select_from(makings).where(*mine)):
            return
        db.execute(
            makings.insert().values(
                guild_id=guild_id, verdict_id=verdict_id, making=making.model_dump_json()
            )
        )

    def _is_muted(self, db: sa.Connection, guild_id: str, user_id: str) -> bool:
        mine = (mutes.c.guild_id == guild_id, mutes.c.user_id == user_id)
        return db.scalar(sa.select(sa.literal(1)).select_from(mutes).where(*mine)) is not None

    def _log(
        self, db: sa.Connection, actor: Actor, guild_id: str, action: str, user_id: str
    ) -> None:
        who = token(self._ground, db, guild_id, user_id)
        log(self._ground, db, actor, guild_id, action, after={"person": who})


def flags_of(db: sa.Connection, guild_id: str, case_id: str) -> list[Flag]:
    """The flags of a case, oldest first."""
    columns = [flags.c[name] for name in Flag.__slots__]
    rows = db.execute(
        sa.select(*columns)
        .where(flags.c.guild_id == guild_id, flags.c.case_id == case_id)
        .order_by(flags.c.created_at, flags.c.user_id, flags.c.trigger)
    )
    return [Flag(**row._mapping) for row in rows]
