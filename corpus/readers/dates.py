"""Dates as pages, feeds and files state them, made into ISO 8601 days."""

from __future__ import annotations

import email.utils
import re
from datetime import date, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from corpus.model import parse_partial_date

_ISO = re.compile(r"\s*(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?=$|[^\d./-])", re.ASCII)
_COMPACT = re.compile(r"\s*(\d{4})[./]?(\d{2})[./]?(\d{2})(?=$|[^\d])", re.ASCII)
_IN_ADDRESS = re.compile(
    r"/(?P<year>(?:19[89]\d|20\d\d))[/-](?:[^/\d][^/]*/)?(?P<month>\d{1,2}|[a-z]{3})[/-](?P<day>\d{1,2})"
    r"(?=[/_.-]|$)",
    re.ASCII | re.IGNORECASE,
)
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)?\d\d)(?![\d/])", re.ASCII)
_MONTHS_A_YEAR = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LOCAL_TIME = re.compile(r"\d\s*[+-](?!00:?00)\d\d:?\d\d\s*$", re.ASCII)
"""A time with an offset that is not UTC's (RFC 3339, section 4.3)."""
_FIRST_CENTURY = re.compile(r"[A-Za-z][ -]00\d\d\b", re.ASCII)
_EARLIEST = 1500
_PLACEHOLDERS = frozenset({"1970-01-01", "1900-01-01", "1969-12-31"})
"""What software writes that knows no date."""


def stated_day(text: object, today: date) -> str | None:
    """The day in a stated date, at the precision given; None where it is none, or is to come."""
    if not isinstance(text, str) or not text.strip():
        return None
    day = _iso(text) or _rfc2822(text) or slashed_day(text, None, today)
    if day is None or day in _PLACEHOLDERS:
        return None
    try:
        first, _ = parse_partial_date(day)
    except ValueError:
        return None
    # Somewhere it is tomorrow already.
    return day if first.year >= _EARLIEST and first <= today + timedelta(days=1) else None


def address_day(url: str, today: date) -> str | None:
    """The day in an address such as /2024/05/05/title or /2024/world/may/5/title."""
    match = _IN_ADDRESS.search(urlsplit(url).path)
    if match is None:
        return None
    name = match["month"].casefold()
    month = int(name) if name.isdigit() else _MONTHS.index(name) + 1 if name in _MONTHS else 0
    return stated_day(f"{match['year']}-{month:02}-{int(match['day']):02}", today)


def numbered_day(day: str, month: str, year: str, today: date) -> str | None:
    """The day of these numbers; a year of two digits is of the last hundred."""
    full = int(year)
    if len(year) == len("99"):
        full += 2000 if 2000 + full <= today.year else 1900
    return stated_day(f"{full}-{int(month):02}-{int(day):02}", today)


def slashed_day(text: str, language: str | None, today: date) -> str | None:
    """The first day with numbers between slashes, if it can be told which one is the month.

    `language` of the text, as BCP 47 has it: English alone does not tell.
    """
    match = _SLASHED.search(text)
    if match is None:
        return None
    first, second = int(match[1]), int(match[2])
    tag = (language or "").casefold()
    if first > _MONTHS_A_YEAR or first == second:
        month_first = False
    elif second > _MONTHS_A_YEAR:
        month_first = True
    elif tag in ("", "en"):
        return None
    else:
        month_first = _begins_with_month(tag)
    day, month = (match[2], match[1]) if month_first else (match[1], match[2])
    return numbered_day(day, month, match[3], today)


@cache
def _begins_with_month(tag: str) -> bool:
    """Whether short dates in the language begin with the month (Unicode CLDR)."""
    try:
        pattern: str = Locale.parse(tag, sep="-").date_formats["short"].pattern
    except (UnknownLocaleError, ValueError):
        return False
    return pattern.startswith("M")


def local_day(text: str, day: str, addressed: str | None) -> str:
    """`day`, as `text` states it, or the day of the address where that is the publisher's own.

    Publishing systems state UTC, in which it may be another day already.
    """
    if addressed is None or len(day) != len(addressed) or _LOCAL_TIME.search(text):
        return day
    apart = abs(date.fromisoformat(day) - date.fromisoformat(addressed))
    return addressed if apart == timedelta(days=1) else day


def _iso(text: str) -> str | None:
    if match := _ISO.match(text):
        return match[1]
    if match := _COMPACT.match(text):
        return f"{match[1]}-{match[2]}-{match[3]}"
    return None


def _rfc2822(text: str) -> str | None:
    moment = mail_moment(text)
    return moment.date().isoformat() if moment else None


def mail_moment(text: str) -> datetime | None:
    """The moment of a date as mail and HTTP have it (RFC 5322, section 3.3); None where it is none.

    It has no time zone where `text` states none.
    """
    if _FIRST_CENTURY.search(text):
        # Python's parser takes the year 0001 for 01, and that for 2001.
        return None
    try:
        return email.utils.parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        # Python's parser lets through whatever a number too large for it raises.
        return None
