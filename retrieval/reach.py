"""Whether a claim lies within the corpus's reach: it holds the topic, and up to the claim's time.

Passages are always found, since something is always nearest. Out of reach is a claim that none of
them is about, and one about a time after the newest source on its topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.model import parse_partial_date
from retrieval.dates import DateRelation, compare_dates
from retrieval.evidence import context_of, share_covered
from retrieval.findings import Reading
from retrieval.model import Hit

_ON_TOPIC = 0.6
"""Of the best cosine: what a hit needs to count as a source on the claim's topic."""

_STARTS: dict[str, Callable[[date], date]] = {
    **dict.fromkeys(
        ("today", "tonight", "this morning", "this afternoon", "this evening"), lambda day: day
    ),
    **dict.fromkeys(("yesterday", "last night"), lambda day: day - timedelta(days=1)),
    "this week": lambda day: day - timedelta(days=day.weekday()),
    "last week": lambda day: day - timedelta(days=day.weekday() + 7),
    "this month": lambda day: day.replace(day=1),
    "last month": lambda day: (day.replace(day=1) - timedelta(days=1)).replace(day=1),
    "this year": lambda day: day.replace(month=1, day=1),
}
"""Times that are told from today, and their first days."""
_LATELY = re.compile(rf"\b(?:{'|'.join(_STARTS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Why nothing in the corpus can settle a claim."""

    period: str | None = None
    """The claim's words for a time after the newest source; None: its topic is absent."""
    newest: str | None = None
    """ISO 8601 date of the newest source on the topic, at the precision known."""


def out_of_reach(
    claim: Reading, hits: Sequence[Hit], today: date, topic_floor: float | None
) -> OutOfReach | None:
    """What keeps `hits` from settling the claim; None where nothing plainly does.

    `topic_floor` is the least sum of a hit's cosine and of the share of the claim that it covers,
    both the best of all hits, at which the topic is held; None where it is not known for the
    embedder. Evidence that was given rather than found, which has no cosine, is always in reach.
    """
    nearest = max((hit.dense for hit in hits if hit.dense is not None), default=None)
    if nearest is None:
        return None
    if topic_floor is not None and nearest < topic_floor:
        covered = max(share_covered(claim, context_of(hit)) for hit in hits)
        if nearest + covered < topic_floor:
            return OutOfReach()
    period = _latest_period(claim, today)
    if period is None:
        return None
    newest = _newest([hit for hit in hits if (hit.dense or 0.0) >= _ON_TOPIC * nearest])
    if newest is None or period[0] <= parse_partial_date(newest)[1]:
        return None
    return None if _foretold(claim, hits, newest) else OutOfReach(period[1], newest)


def _latest_period(claim: Reading, today: date) -> tuple[date, str] | None:
    """The first day, and the words, of the latest time that the claim speaks of."""
    periods = [(mention.first, mention.text) for mention in claim.dates]
    periods += [
        (_STARTS[match.group().lower()](today), match.group())
        for match in _LATELY.finditer(claim.text)
    ]
    return max(periods, default=None)


def _newest(hits: Sequence[Hit]) -> str | None:
    """The latest date of these sources; None where one has none and so may be later."""
    latest = ""
    for source in (hit.passage.source for hit in hits):
        if source.published is None:
            return None
        latest = max(latest, source.published, source.updated or "", key=_last_day)
    return latest or None


def _last_day(published: str) -> date:
    return parse_partial_date(published)[1] if published else date.min


def _foretold(claim: Reading, hits: Sequence[Hit], newest: str) -> bool:
    """Whether a passage speaks of the claim's own time, as plans and forecasts do."""
    last = parse_partial_date(newest)[1]
    later = [mention for mention in claim.dates if mention.first > last]
    return any(
        compare_dates(mention, other) is DateRelation.AGREES
        for hit in hits
        for other in context_of(hit).dates
        for mention in later
    )
