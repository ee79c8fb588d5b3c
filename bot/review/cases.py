"""The queue: who has which case, which wait, and which have waited too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.ledger import verdicts
from bot.review import settings
from bot.review.dossier import Dossier, dossier_of, people
from bot.review.ground import CASE_COLUMNS, UNKNOWN, Ground, case_of, denied, load, move
from bot.review.permissions import Action
from bot.review.states import ACTIVE, Move
from bot.review.tables import cases, flags
from bot.review.values import Actor, Case, FlagReason, Refused, State, Trigger
from corpus.database import reading, writing
from prompts.verdict import Label

Show = Literal["all", "open", "mine", "stale"]
SHORTEST_NAME = 4
LONGEST_SNOOZE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Queue:
    """What to show of the queue."""

    show: Show = "all"
    label: Label | None = None
    """Only drafts with this label."""
    source: Literal["people", "bot"] | FlagReason | Trigger | None = None
    """Only cases flagged by people, by the program, or for this reason."""
    page: int = 0
    size: int = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One case in the queue."""

    case: Case
    label: str
    people: int
    flags: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue, most people first, then oldest first."""

    lines: tuple[Line, ...]
    total: int


class Cases:
    """Finds cases and hands them out. Each change is refused to all but the first of two."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def get(self, actor: Actor, guild_id: str, case_id: str) -> Dossier | Refused:
        """All that a review card shows of the case."""
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            case = load(db, guild_id, case_id)
            return UNKNOWN if case is None else dossier_of(db, case)

    def find(self, actor: Actor, guild_id: str, name: str) -> Case | Refused:
        """The case that people call `name`: its id, or how that begins, such as case 3fa2b1."""
        asked = name.strip().lower().removeprefix("case").strip(" `#")
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            rows = db.execute(
                sa.select(*CASE_COLUMNS)
                .where(cases.c.guild_id == guild_id, cases.c.id.startswith(asked, autoescape=True))
                .limit(2)
            ).all()
        if len(asked) < SHORTEST_NAME or not rows:
            return Refused("unknown", "There is no such case here; a card names its own below.")
        if len(rows) > 1:
            return Refused("unknown", "More than one case begins like this; give more of its name.")
        return case_of(rows[0])

    def for_channel(self, guild_id: str, case_id: str) -> Dossier | None:
        """What the case's card in the review channel shows, to all who can see that channel."""
        with reading(self._ground.engine) as db:
            case = load(db, guild_id, case_id)
            return None if case is None else dossier_of(db, case)

    def backlog(self) -> int:
        """How many cases wait in all servers together."""
        waiting = sa.select(sa.func.count()).where(cases.c.state.in_(sorted(ACTIVE)))
        with reading(self._ground.engine) as db:
            return db.scalar(waiting) or 0

    def guilds_waiting(self) -> list[str]:
        """The servers with cases that time alone may move."""
        moving = cases.c.state.in_([State.ASSIGNED, State.SNOOZED, State.RERUNNING])
        with reading(self._ground.engine) as db:
            return list(db.scalars(sa.select(cases.c.guild_id).where(moving).distinct()))

    def queue(self, actor: Actor, guild_id: str, asked: Queue) -> Page | Refused:
        """The cases that somebody has to look at."""
        with reading(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            late = self._ground.now() - timedelta(hours=settings.read(db, guild_id).stale_hours)
            affected, flagged = people(guild_id).subquery(), _flag_counts(guild_id).subquery()
            count = sa.func.coalesce(affected.c.people, 0)
            query = (
                sa.select(
                    *CASE_COLUMNS,
                    verdicts.c.label,
                    count.label("people"),
                    sa.func.coalesce(flagged.c.flags, 0).label("flags"),
                )
                .join(verdicts, verdicts.c.id == cases.c.verdict_id)
                .outerjoin(affected, affected.c.case_id == cases.c.id)
                .outerjoin(flagged, flagged.c.case_id == cases.c.id)
                .where(cases.c.guild_id == guild_id, *_wanted(asked, actor, guild_id, late))
            )
            total = db.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
            rows = db.execute(
                query.order_by(count.desc(), cases.c.opened_at, cases.c.id)
                .limit(asked.size)
                .offset(asked.page * asked.size)
            )
            lines = [Line(case_of(row), row.label, row.people, row.flags) for row in rows]
        return Page(tuple(lines), total)

    def assign(
        self, actor: Actor, guild_id: str, case_id: str, seen: int | None = None
    ) -> Case | Refused:
        """Gives the case to the one who asks for it."""
        return self._step(
            actor, guild_id, case_id, Move.ASSIGN, seen, assignee_id=actor.user_id, **_AWAKE
        )

    def hand_over(
        self, actor: Actor, guild_id: str, case_id: str, *, to: Actor, seen: int | None = None
    ) -> Case | Refused:
        """Gives the case to another moderator, who must be one."""
        with reading(self._ground.engine) as db:
            if denied(db, to, guild_id, Action.REVIEW):
                return Refused("permission", "That person may not review here.")
        return self._step(
            actor, guild_id, case_id, Move.HAND_OVER, seen, assignee_id=to.user_id, **_AWAKE
        )

    def release(
        self, actor: Actor, guild_id: str, case_id: str, seen: int | None = None
    ) -> Case | Refused:
        """Puts the case back; those who manage the server can do so for another."""
        return self._step(actor, guild_id, case_id, Move.RELEASE, seen, assignee_id=None)

    def snooze(
        self, actor: Actor, guild_id: str, case_id: str, until: datetime, seen: int | None = None
    ) -> Case | Refused:
        """Puts the case away until then, at most 30 days."""
        now = self._ground.now()
        if not now < until <= now + LONGEST_SNOOZE:
            return Refused("rules", "Choose a time within the next 30 days.")
        return self._step(
            actor, guild_id, case_id, Move.SNOOZE, seen, assignee_id=None, snoozed_until=until
        )

    def sweep(self, guild_id: str) -> list[Case]:
        """Wakes what has been snoozed long enough, and takes back what nobody has touched."""
        ground, bot = self._ground, Actor.bot(guild_id)
        swept: list[Case | Refused] = []
        with writing(ground.engine) as db:
            now = ground.now()
            late = now - timedelta(hours=settings.read(db, guild_id).stale_hours)
            mine = cases.c.guild_id == guild_id
            awake = sa.and_(cases.c.state == State.SNOOZED, cases.c.snoozed_until <= now)
            left = sa.and_(
                cases.c.state.in_([State.ASSIGNED, State.RERUNNING]), cases.c.touched_at < late
            )
            for condition, step, values in (
                (awake, Move.WAKE, _AWAKE),
                (left, Move.RETURN, {"assignee_id": None, "stale": True}),
            ):
                for row in db.execute(sa.select(*CASE_COLUMNS).where(mine, condition)).all():
                    swept.append(move(ground, db, case_of(row), bot, step, **values))
        return [case for case in swept if isinstance(case, Case)]

    def _step(
        self,
        actor: Actor,
        guild_id: str,
        case_id: str,
        step: Move,
        seen: int | None,
        **values: Any,
    ) -> Case | Refused:
        with writing(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.REVIEW):
                return no
            case = load(db, guild_id, case_id)
            if case is None:
                return UNKNOWN
            return move(self._ground, db, case, actor, step, seen=seen, **values)


_AWAKE = {"snoozed_until": None}


def _wanted(
    asked: Queue, actor: Actor, guild_id: str, late: datetime
) -> list[sa.ColumnElement[bool]]:
    active = cases.c.state.in_(sorted(ACTIVE))
    found = {
        "all": active,
        "open": cases.c.state == State.OPEN,
        "mine": sa.and_(active, cases.c.assignee_id == actor.user_id),
        "stale": sa.and_(
            active,
            cases.c.state != State.SNOOZED,
            sa.or_(cases.c.stale, cases.c.touched_at < late),
        ),
    }
    conditions = [found[asked.show]]
    if asked.label is not None:
        conditions.append(verdicts.c.label == asked.label.value)
    if asked.source is not None:
        kinds: dict[str, sa.ColumnElement[bool]] = {
            "people": flags.c.trigger == "",
            "bot": flags.c.trigger != "",
        }
        kind = kinds.get(asked.source, flags.c.reason == str(asked.source))
        conditions.append(
            cases.c.id.in_(sa.select(flags.c.case_id).where(flags.c.guild_id == guild_id, kind))
        )
    return conditions


def _flag_counts(guild_id: str) -> sa.Select[tuple[str, int]]:
    return (
        sa.select(flags.c.case_id, sa.func.count().label("flags"))
        .where(flags.c.guild_id == guild_id)
        .group_by(flags.c.case_id)
    )
