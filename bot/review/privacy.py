"""What is stored about a person, its deletion, and the end of what messages said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.ledger import checks
from bot.review import settings
from bot.review.ground import Ground, denied, log
from bot.review.permissions import Action
from bot.review.tables import (
    appeals,
    appearances,
    asked_in,
    cases,
    corrections,
    decisions,
    exclusions,
    flags,
    mutes,
    people,
)
from bot.review.traces import forget_traces
from bot.review.values import Actor, Refused
from corpus.database import reading, writing


def _here(guild_id: str) -> sa.ColumnElement[bool]:
    """Of checks that were asked for in that server."""
    return asked_in == guild_id


@dataclass(frozen=True, slots=True)
class Stored:
    """What one server's data holds about a person."""

    questions: tuple[tuple[datetime, str], ...]
    """When and what was asked."""
    flags: tuple[tuple[datetime, str, str], ...]
    """When, for what reason, with what words."""
    appeals: tuple[tuple[datetime, str, str], ...]
    """When, with what reason and link."""
    shown: int
    """Verdicts shown to the person, or on a message of theirs."""
    decisions: int
    """Cases decided as a moderator."""
    muted: bool
    """Whether the person's flags are stopped. That alone outlives a deletion."""


class Privacy:
    """Shows people what is kept, and forgets it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def guilds(self, user_id: str) -> list[str]:
        """The servers whose data holds something about the person."""
        with reading(self._ground.engine) as db:
            found: set[str] = set(
                db.scalars(sa.select(asked_in).where(checks.c.user_id == user_id).distinct())
            )
            for table, name in (*_NAMED, (appearances, "asker_id"), (mutes, "user_id")):
                mine = sa.select(table.c.guild_id).where(table.c[name] == user_id)
                found.update(db.scalars(mine.distinct()))
        return sorted(found)

    def show(self, actor: Actor, guild_id: str) -> Stored | Refused:
        """What is stored about the actor."""
        me = actor.user_id
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.PRIVACY):
                return no
            return Stored(
                questions=_rows(
                    db,
                    [checks.c.requested_at, checks.c.text],
                    checks.c.user_id == me,
                    _here(guild_id),
                ),
                flags=_rows(
                    db,
                    [flags.c.created_at, flags.c.reason, flags.c.details],
                    flags.c.user_id == me,
                    flags.c.guild_id == guild_id,
                ),
                appeals=_rows(
                    db,
                    [appeals.c.created_at, appeals.c.reason, appeals.c.link],
                    appeals.c.user_id == me,
                    appeals.c.guild_id == guild_id,
                ),
                shown=_count(
                    db,
                    appearances.c.guild_id == guild_id,
                    sa.or_(appearances.c.asker_id == me, appearances.c.author_id == me),
                ),
                decisions=_count(db, decisions.c.guild_id == guild_id, decisions.c.actor_id == me),
                muted=_count(db, mutes.c.guild_id == guild_id, mutes.c.user_id == me) > 0,
            )

    def forget(self, actor: Actor, guild_id: str) -> Refused | None:
        """Deletes the actor's words and takes their id off the rest; verdicts and counts stay.

        Cases they hold go back to the pool, and replies that they wait for are not sent. The audit
        log keeps its lines under a token that leads nowhere any more.
        """
        ground, me = self._ground, actor.user_id
        with writing(ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.PRIVACY):
                return no
            nobody = f"gone-{ground.new_id()}"
            for table, values in (
                (flags, {"details": ""}),
                (appeals, {"reason": "", "link": ""}),
            ):
                mine = (table.c.guild_id == guild_id, table.c.user_id == me)
                db.execute(table.update().where(*mine).values(values))
            for table, name in _NAMED:
                mine = (table.c.guild_id == guild_id, table.c[name] == me)
                db.execute(table.update().where(*mine).values({name: nobody}))
            db.execute(
                checks.update()
                .where(checks.c.user_id == me, _here(guild_id))
                .values(user_id=nobody, text="")
            )
            forget_traces(db, checks.c.user_id == nobody)
            for column in (appearances.c.asker_id, appearances.c.author_id):
                db.execute(
                    appearances.update()
                    .where(appearances.c.guild_id == guild_id, column == me)
                    .values({column.name: None})
                )
            self._let_go(db, guild_id, me)
            db.execute(people.delete().where(people.c.guild_id == guild_id, people.c.user_id == me))
            log(ground, db, Actor.bot(guild_id), guild_id, "forget")
        return None

    def blank_old_texts(self) -> int:
        """`blank_old_text` in every server that has texts; private questions go by the default."""
        with reading(self._ground.engine) as db:
            held = db.scalars(sa.select(asked_in).where(checks.c.text != "").distinct()).all()
            told = [
                db.scalars(sa.select(table.c.guild_id).where(words != "").distinct()).all()
                for table, words in ((flags, flags.c.details), (appeals, appeals.c.reason))
            ]
        return sum(self.blank_old_text(guild) for guild in sorted({*held, *told[0], *told[1]}))

    def blank_old_text(self, guild_id: str) -> int:
        """Removes the words of messages older than the server's days; how many checks that was."""
        ground = self._ground
        with writing(ground.engine) as db:
            days = settings.read(db, guild_id).retention_days
            before = ground.now() - timedelta(days=days)
            blanked = db.execute(
                checks.update()
                .where(_here(guild_id), checks.c.requested_at < before, checks.c.text != "")
                .values(text="")
            ).rowcount
            forget_traces(db, _here(guild_id), checks.c.requested_at < before)
            for table, values in ((flags, {"details": ""}), (appeals, {"reason": ""})):
                db.execute(
                    table.update()
                    .where(table.c.guild_id == guild_id, table.c.created_at < before)
                    .values(values)
                )
            if blanked:
                log(
                    ground,
                    db,
                    Actor.bot(guild_id),
                    guild_id,
                    "retention",
                    after={"checks": blanked},
                )
            return blanked

    def _let_go(self, db: sa.Connection, guild_id: str, me: str) -> None:
        mine = (cases.c.guild_id == guild_id, cases.c.assignee_id == me)
        db.execute(
            cases.update()
            .where(*mine)
            .values(
                assignee_id=None,
                state=sa.case((cases.c.state == "assigned", "open"), else_=cases.c.state),
                version=cases.c.version + 1,
            )
        )
        db.execute(
            corrections.update()
            .where(
                corrections.c.guild_id == guild_id,
                corrections.c.asker_id == me,
                corrections.c.kind == "reply",
                corrections.c.state == "pending",
            )
            .values(state="superseded", finished_at=self._ground.now())
        )
        db.execute(
            corrections.update()
            .where(corrections.c.guild_id == guild_id, corrections.c.asker_id == me)
            .values(asker_id=None)
        )


_NAMED: tuple[tuple[sa.Table, str], ...] = (
    (flags, "user_id"),
    (appeals, "user_id"),
    (exclusions, "user_id"),
    (decisions, "actor_id"),
    (decisions, "seconded_by"),
    (cases, "changed_by"),
    (mutes, "muted_by"),
)
"""Where a person's id stands for an act that is kept."""


def _rows(
    db: sa.Connection, columns: list[sa.Column[Any]], *mine: sa.ColumnElement[bool]
) -> tuple[tuple[Any, ...], ...]:
    found = db.execute(sa.select(*columns).where(*mine).order_by(columns[0]))
    return tuple(tuple(row) for row in found)


def _count(db: sa.Connection, *mine: sa.ColumnElement[bool]) -> int:
    return db.scalar(sa.select(sa.func.count()).where(*mine)) or 0
