"""Figures and dates of two claims held against each other: what contradicts, and what one lacks.

A figure that has none like it on the other side is a contradiction where the other side has one
of its own that is left over too, and otherwise only something that one claim does not say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from retrieval.claim_reading import ClaimReading, PartialDate
from retrieval.dates import MONTHS, DateMention
from retrieval.quantities import MONEY, Quantity
from retrieval.words import stem

_TOLERANCE = 1e-6
_YEAR = 31556952.0
_TIMES = frozenset(map(stem, ("year", "month", "week", "day", "quarter", "previous", "before")))
"""Stems of what may follow a figure without being what it counts: 161 billion the year before."""
_OF_SUMS = frozenset(
    map(stem, ("valuation", "deal", "sales", "revenue", "profit", "loss", "fine", "debt", "price",
               "starting", "effective", *MONTHS))
)  # fmt: skip
"""Stems of what may follow a sum of money whose currency is left out: a 300B valuation."""
_EXTENTS = frozenset(map(stem, ("deep", "high", "long", "tall", "wide", "down", "up")))
_LEAD = re.compile(r"\b(by|to) (?:[a-z]+ly |about |around |some )?$", re.I)
_VALUE = r"valu\w*|market cap\w*|mcap|worth"
_VALUED = re.compile(rf"\b(?:{_VALUE})\b[^\d,;]*$", re.I)
_IN_VALUE = re.compile(rf"[^\d,;]{{0,20}}\b(?:{_VALUE})\b(?! (?:of|at)\b)", re.I)
_SHORT_OF = re.compile(r"\b(?:almost|nearly|close to|just (?:under|below|short of)) $", re.I)
_BEYOND = re.compile(
    r"\b(?:(?<!no )(?<!not )(?:more|greater|higher) than|over|above|at least|upwards of) $", re.I
)
_NEAR_BEFORE = 30
"""Characters in which what stands before a figure belongs to it."""
_METRES = re.compile(r"\d\s?m$")
_T = TypeVar("_T")
AnyDate = DateMention | PartialDate


@dataclass(frozen=True, slots=True)
class Compared:
    """How the figures of a kind stand to each other."""

    contradicts: int = 0
    """Left over on both sides."""
    lacks: int = 0
    """Left over on one side."""


def compare(ours: Sequence[_T], theirs: Sequence[_T], equal: Callable[[_T, _T], bool]) -> Compared:
    """Pairs equals off, and counts what is left."""
    a = [x for x in ours if not any(equal(x, y) for y in theirs)]
    b = [y for y in theirs if not any(equal(x, y) for x in ours)]
    both = min(len(a), len(b))
    return Compared(both, max(len(a), len(b)) - both)


def quantities(a: ClaimReading, b: ClaimReading) -> Compared:
    """Values in their units."""
    ours = [q for q in _in_percent(a.quantities) if not _is_short_year(q, b)]
    theirs = [q for q in _in_percent(b.quantities) if not _is_short_year(q, a)]
    return compare(_parted(ours, theirs), _parted(theirs, ours), same_quantity)


def leads_differ(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether a figure that both have is what something changed by in one and what it changed to
    in the other, is nearly reached in one and passed in the other, or is what something is worth
    in one only."""
    return any(
        same_quantity(x, y)
        and (
            {_lead(x, a), _lead(y, b)} == {"by", "to"}
            or {_side(x, a), _side(y, b)} == {"<", ">"}
            or _is_value(x, a) != _is_value(y, b)
        )
        for x in a.quantities
        for y in b.quantities
    )


def _side(figure: Quantity, of: ClaimReading) -> str:
    """Whether it is nearly reached, or passed."""
    # A bound may be read as a part of the figure.
    number = re.search(r"[\d$€£]", of.reading.text[figure.start :])
    before = of.reading.text[: figure.start + (number.start() if number else 0)][-_NEAR_BEFORE:]
    return "<" if _SHORT_OF.search(before) else ">" if _BEYOND.search(before) else figure.bound


def _lead(figure: Quantity, of: ClaimReading) -> str:
    text = of.reading.text
    match = _LEAD.search(text, max(0, figure.start - _NEAR_BEFORE), figure.start)
    return match[1].lower() if match and figure.dimension == "percent" else ""


def _is_value(figure: Quantity, of: ClaimReading) -> bool:
    """Whether it is a sum that something is worth; of several figures, the nearest is."""
    if figure.dimension not in {*MONEY, "count"}:
        return False
    text = of.reading.text
    before = text[max(0, figure.start - _NEAR_BEFORE) : figure.start]
    return bool(_VALUED.search(before) or _IN_VALUE.match(text, figure.end))


def dates(a: ClaimReading, b: ClaimReading) -> Compared:
    """Days, months, quarters and years."""
    ours: list[AnyDate] = [*a.reading.dates, *a.partial_dates]
    theirs: list[AnyDate] = [*b.reading.dates, *b.partial_dates]
    found = compare(ours, theirs, same_date)
    days = compare(sorted(a.weekdays), sorted(b.weekdays), lambda x, y: x == y)
    quarters = compare(sorted(a.quarters), sorted(b.quarters), lambda x, y: x == y)
    return Compared(
        found.contradicts + days.contradicts + quarters.contradicts, found.lacks + days.lacks
    )


def ordinals(a: ClaimReading, b: ClaimReading) -> Compared:
    """First, second, last."""
    return compare(sorted(a.ordinals), sorted(b.ordinals), lambda x, y: x == y)


def same_quantity(x: Quantity, y: Quantity) -> bool:
    """Whether both write one value, and neither as a least where the other has it as a most."""
    if {x.bound, y.bound} == {"<", ">"}:
        return False
    if (x.whole is None) != (y.whole is None) and "percent" in (x.dimension, y.dimension):
        return _near(_share(x), _share(y))
    if x.whole is not None and y.whole is not None and x.whole != y.whole:
        return _near(_share(x), _share(y))
    if x.dimension != y.dimension:
        return _same_unsaid(x, y) or _same_unsaid(y, x)
    return _near(x.low, y.low) and _near(x.high, y.high)


def _same_unsaid(bare: Quantity, full: Quantity) -> bool:
    """Whether `bare` leaves out what `full` is of: 40B for a sum of money, 2.788M for hours of
    chips, 16 for somebody's years."""
    if bare.dimension != "count":
        return False
    if full.dimension == "times":
        return _near(bare.low, full.low) and _near(bare.high, full.high)
    nouns = bare.nouns - _TIMES - _OF_SUMS
    if full.dimension == "length":
        nouns -= _EXTENTS
    if nouns and not nouns & full.nouns:
        return False
    size = 1.0
    if full.dimension == "time":
        size = _YEAR
    elif full.dimension == "length" and _METRES.search(bare.text):
        # 3,210m may be metres.
        size = 1e-6
    elif full.dimension not in {*MONEY, "gpu-hours", "length"}:
        return False
    return _near(bare.low, full.low / size) and _near(bare.high, full.high / size)


def same_date(x: AnyDate, y: AnyDate) -> bool:
    """Whether both may mean one day or span."""
    if isinstance(x, DateMention) and isinstance(y, DateMention):
        return x.first <= y.last and y.first <= x.last and x.fiscal == y.fiscal
    if isinstance(x, PartialDate) and isinstance(y, PartialDate):
        return x.month == y.month and (x.day is None or y.day is None or x.day == y.day)
    part, full = (x, y) if isinstance(x, PartialDate) else (y, x)
    assert isinstance(part, PartialDate) and isinstance(full, DateMention)
    if full.is_year:
        return False
    fits = full.first.day <= (part.day or full.first.day) <= full.last.day or full.days > 1
    # July 24 may be the year.
    return full.first.month == part.month and (fits or part.day == full.first.year % 100)


def _in_percent(figures: Sequence[Quantity]) -> list[Quantity]:
    """The figures; a bare one that follows one in percent is in percent too: to 4.6% from 5.9."""
    found: list[Quantity] = []
    for figure in figures:
        after = bool(found) and found[-1].dimension == "percent"
        bare = figure.dimension == "count" and figure.whole is None and not figure.nouns - _TIMES
        found.append(replace(figure, dimension="percent") if after and bare else figure)
    return found


def _is_short_year(quantity: Quantity, other: ClaimReading) -> bool:
    """`october 23` beside `October 2023`, `15/16` beside 2015-16: no figure."""
    small = quantity.dimension == "count" and quantity.whole is None and quantity.low < 100
    return small and any(date.first.year % 100 == quantity.low for date in other.reading.dates)


def _parted(ours: Sequence[Quantity], theirs: Sequence[Quantity]) -> list[Quantity]:
    """14 of 60 as two figures, where the other side has the two apart."""
    if any(q.whole is not None for q in theirs) or any(q.dimension == "percent" for q in theirs):
        return list(ours)
    parts = []
    for quantity in ours:
        if quantity.whole is None:
            parts.append(quantity)
        else:
            whole = quantity.whole
            for value in (quantity.low, whole):
                parts.append(
                    Quantity(value, value, "count", 1.0, quantity.text, quantity.start,
                             quantity.end, nouns=quantity.nouns)
                )  # fmt: skip
    return parts


def _share(quantity: Quantity) -> float:
    return 100.0 * quantity.low / quantity.whole if quantity.whole else quantity.low


def _near(x: float, y: float) -> bool:
    return abs(x - y) <= _TOLERANCE * max(abs(x), abs(y), 1e-9)
