"""Sources and passages: the values that every other room speaks of."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

SOURCE_KINDS = frozenset(
    {
        "paper",
        "primary",
        "official",
        "statistics",
        "repository",
        "news",
        "analysis",
        "fact_check",
        "encyclopedia",
        "other",
    }
)
"""What a source is, in the catalogue's words."""

PAGE_END = "\f"
"""Between the pages of a PDF, in its text."""
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """One document that we hold, and where it comes from."""

    id: str
    title: str
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    """ISO 8601 date of publication, at the precision known: 2025, 2025-02 or 2025-02-05."""
    url: str | None = None
    kind: str = "other"
    guild_id: str | None = None
    """The Discord server that alone may see it; None: everyone."""
    updated: str | None = None
    """ISO 8601 day on which its text last changed, as far as it says so."""
    tier: str = "other"
    """How good a source it is taken to be (`corpus.tiers`); the catalogue sets it."""
    origin_id: str | None = None
    """The source whose story this one tells again; None: it is its own. The catalogue sets it."""

    @property
    def story(self) -> str:
        """The same for all sources that tell one story: where sources are counted, count these."""
        return self.origin_id or self.id

    @property
    def given_title(self) -> str:
        """The title; empty where the id or the address stands in for one, which says nothing."""
        return "" if self.title in {self.id, self.url} else self.title


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of a source: the unit that is indexed, retrieved and cited."""

    id: str
    source: Source
    text: str
    """Verbatim: `document_text[start:end]`."""
    start: int
    end: int
    heading: str | None = None
    page: int | None = None
    """Of a PDF, from 1: where the passage begins."""

    def page_at(self, position: int) -> int | None:
        """The page of a PDF on which `text[position]` stands."""
        return None if self.page is None else self.page + self.text.count(PAGE_END, 0, position)


def parse_partial_date(text: str) -> tuple[date, date]:
    """The first and the last day that an ISO 8601 date of any precision may mean.

    Raises ValueError where the text is no such date.
    """
    match = _PARTIAL_DATE.fullmatch(text)
    if not match:
        raise ValueError(f"not a date: {text!r} (write YYYY, YYYY-MM or YYYY-MM-DD)")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    exact = date(year, month, day)
    return exact, exact


def parse_past_date(text: str, today: date) -> date:
    """The last day up to `today` that an ISO 8601 date of any precision may mean.

    Raises ValueError where the text is no such date, or one that is still to come.
    """
    first, last = parse_partial_date(text.strip())
    if first > today:
        raise ValueError(f"{text.strip()!r} has not come yet")
    return min(last, today)
