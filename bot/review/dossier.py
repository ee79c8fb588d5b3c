"""All that is known of one case, gathered for those who review it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from bot.ledger import retrieved_for
from bot.review.appeals import Appeal, appeals_of
from bot.review.appearances import address
from bot.review.flags import flags_of
from bot.review.ground import verdict_of
from bot.review.outbox import UNFINISHED
from bot.review.rulings import decision_of
from bot.review.tables import appearances, case_verdicts, corrections, flags, makings
from bot.review.values import Case, Decision, Flag, Making
from prompts.verdict import Verdict

_CODED = re.compile(r"(.*) \((\d+)\)", re.DOTALL)
_MOST_PROBLEMS = 5
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps messages from being corrected."""

    what: str
    """In English."""
    code: str
    """Discord's number for it; empty where it has none."""
    again: bool
    """Whether it is tried again later."""
    count: int
    """How many messages."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that a review card shows of a case."""

    case: Case
    verdict: Verdict
    """The draft under review."""
    published: Verdict | None
    decision: Decision | None
    """What stands."""
    proposal: Decision | None
    """What waits for a second person."""
    flags: tuple[Flag, ...]
    appeals: tuple[Appeal, ...]
    people: int
    """Distinct people who asked or flagged."""
    shown: int
    """Messages that show a verdict of the case, in this server and in those it is shared with."""
    places: tuple[str, ...]
    """Addresses of the newest of those in this server."""
    waiting: int
    """Corrections still to be made."""
    problems: tuple[Problem, ...]
    """What keeps corrections from being made, the commonest first."""
    source_link: str
    """The message that was checked first; empty where there is none."""
    making: Making
    retrieved: tuple[str, ...]
    """Ids of the passages found for the draft, best first."""


def dossier_of(db: sa.Connection, case: Case) -> Dossier:
    """The dossier of a case."""
    guild_id = case.guild_id
    verdict = verdict_of(db, case.verdict_id)
    assert verdict is not None
    making = db.scalar(
        sa.select(makings.c.making).where(
            makings.c.guild_id == guild_id, makings.c.verdict_id == case.verdict_id
        )
    )
    counted = people(guild_id).subquery()
    mine = sa.select(case_verdicts.c.verdict_id).where(
        case_verdicts.c.guild_id == guild_id, case_verdicts.c.case_id == case.id
    )
    here = sa.and_(
        appearances.c.verdict_id.in_(mine),
        sa.or_(appearances.c.guild_id == guild_id, appearances.c.follows == guild_id),
    )
    link = db.scalar(
        sa.select(appearances.c.source_link)
        .where(here, appearances.c.guild_id == guild_id, appearances.c.source_link != "")
        .order_by(appearances.c.shown_at)
    )
    waiting, problems = _corrections(db, case)
    return Dossier(
        case=case,
        verdict=verdict,
        published=verdict_of(db, case.published_id) if case.published_id else None,
        decision=decision_of(db, guild_id, case.decision_id) if case.decision_id else None,
        proposal=decision_of(db, guild_id, case.proposal_id) if case.proposal_id else None,
        flags=tuple(flags_of(db, guild_id, case.id)),
        appeals=tuple(appeals_of(db, guild_id, case.id)),
        people=db.scalar(sa.select(counted.c.people).where(counted.c.case_id == case.id)) or 0,
        shown=db.scalar(sa.select(sa.func.count()).where(here)) or 0,
        places=_places(db, guild_id, here),
        waiting=waiting,
        problems=problems,
        source_link=link or "",
        making=Making() if making is None else Making.model_validate_json(making),
        retrieved=tuple(retrieved_for(db, case.verdict_id)),
    )


def _places(db: sa.Connection, guild_id: str, here: sa.ColumnElement[bool]) -> tuple[str, ...]:
    rows = db.execute(
        sa.select(appearances.c.channel_id, appearances.c.message_id)
        .where(here, appearances.c.guild_id == guild_id, appearances.c.place != "dm")
        .where(appearances.c.channel_id.is_not(None), appearances.c.reachable != "gone")
        .order_by(appearances.c.shown_at.desc())
        .limit(_MOST_PLACES)
    ).all()
    return tuple(address(guild_id, row.channel_id, row.message_id) for row in rows)


def _corrections(db: sa.Connection, case: Case) -> tuple[int, tuple[Problem, ...]]:
    """How many are still to be made, and what keeps the ones of the standing decision."""
    rows = db.execute(
        sa.select(corrections.c.state, corrections.c.problem).where(
            corrections.c.guild_id == case.guild_id,
            corrections.c.case_id == case.id,
            corrections.c.decision_id == case.decision_id,
        )
    ).all()
    waiting = sum(row.state in UNFINISHED for row in rows)
    problems = Counter(
        (row.problem, row.state in UNFINISHED)
        for row in rows
        if row.problem and row.state not in {"done", "superseded"}
    )
    return waiting, tuple(
        _problem(text, again, count)
        for (text, again), count in problems.most_common(_MOST_PROBLEMS)
    )


def _problem(text: str, again: bool, count: int) -> Problem:
    match = _CODED.fullmatch(text)
    what, code = match.groups() if match else (text, "")
    return Problem(what, code, again, count)


def people(guild_id: str) -> sa.Select[tuple[str, int]]:
    """By case, how many distinct people asked for one of its verdicts or flagged one."""
    asked = (
        sa.select(case_verdicts.c.case_id, appearances.c.asker_id.label("person"))
        .join(
            appearances,
            sa.and_(
                appearances.c.verdict_id == case_verdicts.c.verdict_id,
                appearances.c.guild_id == case_verdicts.c.guild_id,
            ),
        )
        .where(case_verdicts.c.guild_id == guild_id, appearances.c.asker_id.is_not(None))
    )
    flagged = sa.select(flags.c.case_id, flags.c.user_id.label("person")).where(
        flags.c.guild_id == guild_id, flags.c.trigger == ""
    )
    both = sa.union(asked, flagged).subquery()
    return sa.select(both.c.case_id, sa.func.count().label("people")).group_by(both.c.case_id)
