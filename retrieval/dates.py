"""Dates in running text, as intervals of days, and how two of them compare."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MONTHS = {
    name: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(), calendar.month_abbr[number].lower())
} | {"sept": 9}
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}

_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>(?:1[5-9]|20|21)\d{2})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_RANGE_DAY = r"(?:\s?(?:-|–|to)\s?(?P<last>\d{1,2}))?"
_WEEKDAY = r"(?:(?P<weekday>" + "|".join(WEEKDAYS) + r"),?\s+)?"
_BEFORE = r"(?<![\w$€£.,-])"

_PATTERNS = tuple(
    re.compile(_BEFORE + pattern + r"(?![\w%]|[.,]\d)", re.IGNORECASE)
    for pattern in (
        r"(?P<year>(?:1[5-9]|20|21)\d{2})-(?P<nmonth>\d{2})-(?P<day>\d{2})",
        r"(?P<one>\d{1,2})/(?P<other>\d{1,2})/(?P<year>(?:19|20)\d{2})",
        _WEEKDAY + _DAY + _RANGE_DAY + r"\s+(?:of\s+)?" + _MONTH + r"(?:,?\s+" + _YEAR + r")?",
        _WEEKDAY + _MONTH + r"\s+" + _DAY + _RANGE_DAY + r"(?:,?\s+" + _YEAR + r")?",
        r"(?:the\s+)?(?P<quarter>first|second|third|fourth|Q[1-4])(?:\s+quarter)?\s+(?:of\s+)?"
        r"(?P<fiscal>fiscal(?:\s+year)?\s+)?" + _YEAR,
        _MONTH + r",?\s+(?:of\s+)?" + _YEAR,
        r"(?P<fiscal>(?:fiscal(?:\s+year)?|FY)\s*)" + _YEAR,
        _YEAR + r"(?:\s?(?:-|–)\s?(?P<lastyear>(?:1[5-9]|20|21)\d{2}))?",
    )
)
_DIGIT = re.compile(r"\d")
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "q1": 1, "q2": 2, "q3": 3, "q4": 4}

_COUNTING = re.compile(r"\b(?:about|around|over|than|nearly|almost|roughly|some)\s+$", re.I)
_COUNTED = re.compile(r"\s+[a-z]{3,}")
_MEASURED = re.compile(
    r"\s?-?(?:thousand|million|billion|trillion|percent|dollars|euros|hours|days|years)\b",
    re.IGNORECASE,
)
_THINGS = (
    "people|persons|users|customers|clients|subscribers|members|followers|employees|workers|staff|"
    "staffers|engineers|researchers|scientists|developers|teachers|doctors|nurses|students|pupils|"
    "soldiers|troops|officers|agents|patients|children|women|men|families|households|jobs|roles|"
    "positions|homes|houses|schools|stores|shops|companies|firms|businesses|start-?ups|banks|"
    "hospitals|cars|vehicles|trucks|planes|ships|drones|missiles|computers|laptops|servers|"
    "machines|devices|phones|chips|[gct]pus|processors|accelerators|nodes|cores|racks|units|"
    "books|pages|papers|articles|words|tokens|songs|films|photos|images|shares|coins|tonnes|tons|"
    "miles|kilomet(?:er|re)s|acres|hectares|megawatts|gigawatts"
)
"""What is counted, and is seldom said to be of a year as sales, levels and elections are."""
_DESCRIBED = (
    r"(?:\s+(?:[^\W\d_]*\d[\w-]*|(?-i:[A-Z])[\w-]*|new|more|other|different|full-time)){0,2}"
)
_THINGS_AFTER = re.compile(
    rf"(?:\s+of\s+(?:its|their|the|our))?{_DESCRIBED}[\s-]+(?:{_THINGS})\b", re.IGNORECASE
)
_PLURAL_AFTER = re.compile(rf"{_DESCRIBED}(?:\s+[a-z]+)?\s+[a-z-]{{2,}}[a-rt-z]s\b", re.IGNORECASE)
_LIKELY_YEARS = range(1700, 2036)
"""Outside of them any plural that follows is counted: 2048 parameters, 1600 points."""
_OF_TIME = re.compile(
    r"(?:\b(?:in|since|by|until|till|during|throughout|through|before|after|to|early|late|mid|year|"
    r"back in|class of|(?:end|start|beginning|middle|half|quarter|course|rest|most|summer|spring|"
    r"autumn|fall|winter|as) of)(?: the)?[\s-]+|\d{4}(?:,|\s+(?:and|or|to))\s+)$",
    re.IGNORECASE,
)
_DETERMINED = re.compile(r"(?:\b(?:the|its|his|her|their|our|this|that|a|an)|['’]s)\s+$", re.I)
_CUES = (
    (re.compile(r"\b(?:by|before|prior to|up to)(?: the)?(?: end of)?\s+$", re.I), "by"),
    (re.compile(r"\b(?:until|till|through)(?: the)?(?: end of)?\s+$", re.I), "until"),
    (re.compile(r"\b(?:since|from|starting(?: in| on)?|beginning(?: in| on)?)\s+$", re.I), "since"),
    (re.compile(r"\bafter\s+$", re.I), "after"),
)
_BOUNDARIES = frozenset({"until", "since"})


class DateRelation(StrEnum):
    """How a date in a claim stands to one in the evidence."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text: the first and last day it may mean."""

    first: date
    last: date
    text: str
    start: int
    end: int
    cue: str = "on"
    """What the words before it make of it: on, by or after (some day before or after it), until or
    since (the day on which a state ended or began)."""
    fiscal: bool = False
    weekday: int | None = None
    """Monday is 0."""

    @property
    def days(self) -> int:
        """Length of the interval in days."""
        return (self.last - self.first).days + 1

    @property
    def is_year(self) -> bool:
        """Whether no more than the year is given."""
        return self.days > 300


def find_dates(text: str) -> list[DateMention]:
    """Dates in `text`, in order, not overlapping; a day without a year is not a date here."""
    found: list[DateMention] = []
    if _DIGIT.search(text) is None:
        return found
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < seen.end and seen.start < match.end() for seen in found):
                continue
            mention = _mention(match, text)
            if mention is not None:
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _mention(match: re.Match[str], text: str) -> DateMention | None:
    parts = {key: value for key, value in match.groupdict().items() if value}
    interval = _interval(parts)
    if interval is None:
        return None
    # As far back as a cue may begin: to search all of a long text for its end takes long.
    before = text[max(0, match.start() - 40) : match.start()]
    bare = match.group().isdigit()
    if bare and _is_count(match, text, before):
        return None
    cue = next((name for pattern, name in _CUES if pattern.search(before)), "on")
    weekday = parts.get("weekday")
    return DateMention(
        *interval,
        text=match.group(),
        start=match.start(),
        end=match.end(),
        cue=cue,
        fiscal="fiscal" in parts,
        weekday=WEEKDAYS[weekday.lower()] if weekday else None,
    )


def _is_count(match: re.Match[str], text: str, before: str) -> bool:
    """Whether a number that could be a year counts what follows it: 2000 employees."""
    end = match.end()
    if _MEASURED.match(text, end) or (_COUNTING.search(before) and _COUNTED.match(text, end)):
        return True
    if _OF_TIME.search(before):
        return False
    if _THINGS_AFTER.match(text, end):
        return True
    unlikely = int(match.group()) not in _LIKELY_YEARS and not _DETERMINED.search(before)
    return unlikely and _PLURAL_AFTER.match(text, end) is not None


def _interval(parts: dict[str, str]) -> tuple[date, date] | None:
    if "year" not in parts:
        return None
    year = int(parts["year"])
    try:
        if "one" in parts:
            return _slashed(year, int(parts["one"]), int(parts["other"]))
        if "quarter" in parts:
            month = _QUARTERS[parts["quarter"].lower()] * 3
            return date(year, month - 2, 1), _month_end(year, month)
        if "lastyear" in parts:
            return date(year, 1, 1), date(int(parts["lastyear"]), 12, 31)
        return _days(year, parts)
    except ValueError:
        return None


def _slashed(year: int, one: int, other: int) -> tuple[date, date]:
    """Month first or day first: where both can be read, no more than the year is sure."""
    if one <= 12 and other <= 12 and one != other:
        return date(year, 1, 1), date(year, 12, 31)
    month, day = (one, other) if one <= 12 else (other, one)
    return date(year, month, day), date(year, month, day)


def _days(year: int, parts: dict[str, str]) -> tuple[date, date]:
    """Raises ValueError where the calendar has no such day."""
    month_text = parts.get("nmonth") or parts.get("month")
    if month_text is None:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(month_text) if month_text.isdigit() else MONTHS[month_text.lower()]
    if "day" not in parts:
        return date(year, month, 1), _month_end(year, month)
    first = date(year, month, int(parts["day"]))
    last = date(year, month, int(parts["last"])) if "last" in parts else first
    return (first, last) if first <= last else (last, first)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def compare_dates(claim: DateMention, evidence: DateMention) -> DateRelation:
    """How the claim's date stands to the evidence's, at the coarser of the two precisions."""
    relation = DateRelation.CONTRADICTS
    first, last = claim.first, claim.last
    if claim.cue == "by":
        first = date.min
    elif claim.cue == "after":
        last = date.max
    meet = evidence.first <= last and first <= evidence.last
    # What lies within a state says nothing of when it began or ended; only another bound does.
    bounded = claim.cue in _BOUNDARIES and evidence.cue != claim.cue
    otherwise = evidence.cue not in ("on", claim.cue)
    if claim.fiscal != evidence.fiscal or ((bounded or otherwise) and not meet):
        relation = DateRelation.UNRELATED
    elif meet and not _wrong_weekday(claim):
        relation = DateRelation.AGREES
    return relation


def _wrong_weekday(claim: DateMention) -> bool:
    """Whether the claim names a day and a weekday that it was not."""
    known = claim.weekday is not None and claim.days == 1
    return known and claim.first.weekday() != claim.weekday
