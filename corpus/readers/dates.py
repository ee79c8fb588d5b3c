"""Dates as pages, feeds and files state them, made into ISO 8601 days."""

from __future__ import annotations

import email.utils
import re
from datetime import date, timedelta

from corpus.model import parse_partial_date

_ISO = re.compile(r"\s*(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?=$|[^\d./-])", re.ASCII)
_COMPACT = re.compile(r"\s*(\d{4})[./]?(\d{2})[./]?(\d{2})(?=$|[^\d])", re.ASCII)
_EARLIEST = 1500
_PLACEHOLDERS = frozenset({"1970-01-01", "1900-01-01", "1969-12-31"})
"""What software writes that knows no date."""


def stated_day(text: object, today: date) -> str | None:
    """The day in a stated date, at the precision given; None where it is none, or is to come."""
    if not isinstance(text, str) or not text.strip():
        return None
    day = _iso(text) or _rfc2822(text)
    if day is None or day in _PLACEHOLDERS:
        return None
    try:
        first, _ = parse_partial_date(day)
    except ValueError:
        return None
    # Somewhere it is tomorrow already.
    return day if first.year >= _EARLIEST and first <= today + timedelta(days=1) else None


def _iso(text: str) -> str | None:
    if match := _ISO.match(text):
        return match[1]
    if match := _COMPACT.match(text):
        return f"{match[1]}-{match[2]}-{match[3]}"
    return None


def _rfc2822(text: str) -> str | None:
    try:
        return email.utils.parsedate_to_datetime(text.strip()).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return None
