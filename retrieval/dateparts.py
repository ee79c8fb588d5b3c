"""Dates by their parts, with or without a year: what a sentence says of day, month and year."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.dates import MONTHS, WEEKDAYS, DateMention, find_dates

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEARLESS = re.compile(
    rf"(?<![\w.])(?:(?P<weekday>{'|'.join(WEEKDAYS)}),?\s+)?"
    rf"(?:(?P<day>{_DAY})\s+(?:of\s+)?(?P<month>{_MONTH})\b"
    rf"|(?P<month2>{_MONTH})\.?\s+(?P<day2>{_DAY})(?![\d,.]\d|\s*(?:percent|%|million|billion))\b"
    rf"|\b(?P<month3>{_MONTH})\b)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(rf"\b(?P<weekday>{'|'.join(day.title() for day in WEEKDAYS)})\b")
_DENIED = re.compile(
    r"\b(?:not|rather than|instead of)\s+(?:in |on |until )?(?:early |late |mid-)?$"
)
_ERA = re.compile(r"\b(?P<year>1[5-9]\d0|20\d0)s\b")
_AMBIGUOUS = frozenset({"may", "march", "mar", "sun", "sat", "dec", "jan"})


@dataclass(frozen=True, slots=True)
class DateParts:
    """A date as far as it is told; None where a part is not."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    """Monday is 0."""
    text: str
    start: int
    end: int
    denied: bool = False
    """Whether the text says that it was not then."""
    mention: DateMention | None = None
    """The interval of days, where the year is told."""


def date_parts(text: str) -> list[DateParts]:
    """The dates of `text` in order, those without a year and bare weekdays included."""
    found = [_of_mention(mention, text) for mention in find_dates(text)]
    for pattern in (_ERA, _YEARLESS, _WEEKDAY):
        for match in pattern.finditer(text):
            if any(match.start() < seen.end and seen.start < match.end() for seen in found):
                continue
            parts = {key.rstrip("23"): part for key, part in match.groupdict().items() if part}
            if _is_date(parts, match, text):
                found.append(_of_match(parts, match, text))
    return sorted(found, key=lambda parts: parts.start)


def _of_mention(mention: DateMention, text: str) -> DateParts:
    first, last = mention.first, mention.last
    one_month = (first.year, first.month) == (last.year, last.month)
    one_day = first == last
    weekday = mention.weekday
    return DateParts(
        year=first.year if first.year == last.year else None,
        month=first.month if one_month else None,
        day=first.day if one_day else None,
        weekday=first.weekday() if one_day and weekday is None else weekday,
        text=mention.text,
        start=mention.start,
        end=mention.end,
        denied=bool(_DENIED.search(text[: mention.start])),
        mention=mention,
    )


def _is_date(parts: dict[str, str], match: re.Match[str], text: str) -> bool:
    """Whether a match is a date, rather than the verb `may` or a person named April."""
    month = parts.get("month")
    if month is None:
        return True
    if not month[0].isupper():
        return False
    if "day" in parts or month.lower() not in _AMBIGUOUS:
        return True
    before = text[: match.start()].rstrip().rpartition(" ")[2].lower()
    return before in {"in", "since", "until", "by", "of", "early", "late", "last", "from", "to"}


def _of_match(parts: dict[str, str], match: re.Match[str], text: str) -> DateParts:
    day = re.match(r"\d+", parts["day"]) if "day" in parts else None
    return DateParts(
        year=int(parts["year"]) if "year" in parts else None,
        month=MONTHS[parts["month"].lower()] if "month" in parts else None,
        day=int(day.group()) if day else None,
        weekday=WEEKDAYS[parts["weekday"].lower()] if "weekday" in parts else None,
        text=match.group(),
        start=match.start(),
        end=match.end(),
        denied=bool(_DENIED.search(text[: match.start()])),
    )
