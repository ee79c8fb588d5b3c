"""Plots as SVG, drawn here: no library, no script, nothing fetched. Colours are the page's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.evaluate.bootstrap import Interval
from bot.evaluate.metrics import Bin

WIDTH = 340.0
"""Of every plot, in its own units: a narrow phone shows it at its natural size."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 8.0, 8.0, 36.0
_HEIGHT = 220.0
_ROW = 20.0
_MOST_DOTS = 40
_Z = 1.96
"""Standard normal quantile of a 95% interval."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure on a line of its own."""

    name: str
    value: float
    interval: Interval | None
    is_ours: bool


def risk_coverage(curve: Sequence[tuple[float, float]]) -> str:
    """Share wrong among the surest answers, by how many of all these are."""
    top = _round_up(max((risk for _, risk in curve), default=1.0))
    marks = list(_axes("share of claims answered, surest first", "share wrong", top))
    points = [(_x(coverage), _y(risk, top)) for coverage, risk in curve]
    if points:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        marks.append(_line("guide", _x(0), points[-1][1], _x(1), points[-1][1]))
        marks.append(f'<polyline class="ours" points="{line}"/>')
        marks += [_dot(x, y, 2.5) for x, y in points[:: max(1, len(points) // _MOST_DOTS)]]
    return _svg(_HEIGHT, "Risk by coverage", marks)


def reliability(bins: Sequence[Bin]) -> str:
    """Share right by what was claimed; whiskers are 95% Wilson intervals, bars the bins' sizes."""
    marks = list(_axes("confidence given", "share right", 1.0))
    marks.append(_line("guide", _x(0), _y(0, 1), _x(1), _y(1, 1)))
    most = max((group["n"] for group in bins), default=1)
    for group in bins:
        x = _x(group["confidence"])
        low, high = _wilson(group["accuracy"], group["n"])
        tall = 40 * group["n"] / most
        given, right = group["confidence"], group["accuracy"]
        told = f"{group['n']} answers, {given:.2f} given, {right:.2f} right"
        marks += [
            f'<rect class="count" x="{x - 6:.1f}" y="{_y(0, 1) - tall:.1f}" '
            f'width="12" height="{tall:.1f}"/>',
            _line("whisker", x, _y(low, 1), x, _y(high, 1)),
            _dot(x, _y(right, 1), 4, told=told),
        ]
    return _svg(_HEIGHT, "Share right by confidence", marks)


def confusion(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Gold labels by row, answers by column; the darker, the more of the row."""
    columns = sorted({name for row in counts.values() for name in row})
    left, top, cell = 80.0, 52.0, 34.0
    wide = (WIDTH - left - _RIGHT) / max(len(columns), 1)
    marks = [_text(left, 12, "answered", kind="axis")]
    for place, name in enumerate(columns):
        middle = left + (place + 0.5) * wide
        marks += [
            _text(middle, 28 + 13 * line, words, "middle")
            for line, words in enumerate(_two_lines(name))
        ]
    for number, (gold, row) in enumerate(counts.items()):
        y = top + number * cell
        lines = _two_lines(gold)
        first = y + (21 if len(lines) == 1 else 15)
        marks += [_text(0, first + 13 * line, words) for line, words in enumerate(lines)]
        total = sum(row.values())
        for place, name in enumerate(columns):
            count = row.get(name, 0)
            share = count / total if total else 0.0
            x = left + place * wide
            kind = "cell right" if name == gold else "cell"
            marks += [
                f'<rect class="{kind}" x="{x + 1:.1f}" y="{y + 1:.1f}" width="{wide - 2:.1f}" '
                f'height="{cell - 2:.1f}" fill-opacity="{0.06 + 0.5 * share:.2f}"/>',
                _text(x + wide / 2, y + 21, str(count), "middle"),
            ]
    return _svg(top + cell * len(counts) + 4, "Gold labels by answers", marks)


def comparison(groups: Mapping[str, Sequence[Bar]]) -> str:
    """Figures from 0 to 1 with their intervals, ours and the baselines', a line each."""
    left = 140.0
    wide = WIDTH - left - 44

    def across(value: float) -> float:
        return left + wide * min(max(value, 0.0), 1.0)

    marks: list[str] = []
    y = 0.0
    for name, bars in groups.items():
        marks.append(_text(0, y + 14, name, kind="axis"))
        y += _ROW
        for bar in bars:
            middle = y + _ROW / 2
            kind = "ours" if bar.is_ours else "theirs"
            marks.append(_text(8, middle + 4, bar.name))
            marks.append(_line("rail", across(0), middle, across(1), middle))
            if bar.interval:
                low, high = map(across, bar.interval)
                marks.append(_line(f"whisker {kind}", low, middle, high, middle))
            marks.append(_dot(across(bar.value), middle, 4, kind))
            marks.append(_text(WIDTH - 2, middle + 4, f"{bar.value:.3f}", "end"))
            y += _ROW
        y += 6
    return _svg(y, "Figures beside the baselines", marks)


def ranks(places: Sequence[int | None]) -> str:
    """How many queries have their first relevant document at each place."""
    steps = (("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4 to 5", 4, 5), ("6 to 10", 6, 10),
             ("11 to 50", 11, 50), ("later", 51, math.inf))  # fmt: skip
    found = [
        (name, sum(place is not None and first <= place <= last for place in places))
        for name, first, last in steps
    ]
    found.append(("not found", sum(place is None for place in places)))
    most = max((count for _, count in found), default=0) or 1
    left = 72.0
    marks = []
    for number, (name, count) in enumerate(found):
        y = number * _ROW
        wide = (WIDTH - left - 44) * count / most
        marks += [
            _text(0, y + 14, name),
            f'<rect class="bar" x="{left:.1f}" y="{y + 3:.1f}" width="{wide:.1f}" height="14"/>',
            _text(left + wide + 5, y + 14, str(count)),
        ]
    return _svg(_ROW * len(found) + 4, "Place of the first relevant document", marks)


def _svg(height: float, title: str, marks: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"{''.join(marks)}</svg>"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "name") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _dot(x: float, y: float, size: float, kind: str = "ours", told: str = "") -> str:
    title = f"<title>{escape(told)}</title>" if told else ""
    return f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}">{title}</circle>'


def _axes(below: str, beside: str, top: float) -> Iterable[str]:
    """A frame with five marks a side, both from 0; the upper end of the left side is `top`."""
    for step in range(5):
        share = step / 4
        y = _y(share * top, top)
        yield _line("grid", _x(0), y, _x(1), y)
        yield _text(_x(0) - 4, y + 4, f"{share * top:.0%}", "end")
        anchor = "end" if step == 4 else "middle"
        yield _text(_x(share), _HEIGHT - _BOTTOM + 14, f"{share:.0%}", anchor)
    yield _text(_x(1), _HEIGHT - 5, below, "end", "axis")
    yield _text(_x(0) + 4, _TOP + 11, beside, kind="axis")


def _x(share: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * share


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _round_up(value: float) -> float:
    """The next fifth above, at most the whole."""
    return min(1.0, max(0.2, math.ceil(value * 5 + 1e-9) / 5))


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson (1927): an interval that stays between 0 and 1 for few answers too."""
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return middle - half, middle + half


def _two_lines(name: str) -> list[str]:
    """`not enough` and `evidence`: a name that fits a narrow cell."""
    words = name.replace("_", " ").split()
    return [" ".join(words[:-1]), words[-1]] if len(words) > 1 else words
