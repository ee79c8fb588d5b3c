"""The report of a measurement: one web page that holds all it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.evaluate import metrics, plots
from bot.evaluate.provenance import Provenance
from bot.evaluate.summary import FIGURES, Table, amount, way

MOST_MISTAKES = 200
_LONGEST = 600
"""Characters of a claim or title that are shown."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row that was answered wrongly."""

    id: str
    text: str
    gold: str
    given: str
    confidence: float | None = None
    """What was claimed of the answer; None where nothing is."""
    kinds: tuple[str, ...] = ()
    sources: tuple[tuple[str, str | None], ...] = ()
    """Title and address of what the answer rests on."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot and what it shows."""

    title: str
    says: str
    svg: str


def render(
    run: Provenance,
    numbers: Mapping[str, Any],
    tables: Sequence[Table],
    *,
    mistakes: Sequence[Mistake],
    sure: Sequence[tuple[float, bool]],
    ranks: Sequence[int | None],
) -> str:
    """The page. Mistakes made most surely come first; past `MOST_MISTAKES` they are counted."""
    environment = Environment(
        loader=PackageLoader("bot.evaluate", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ordered = sorted(mistakes, key=lambda mistake: -(mistake.confidence or 0.0))
    return environment.get_template("report.html").render(
        run=run,
        headline=[
            (FIGURES[name], amount(numbers[name]), numbers["intervals"][name])
            for name in numbers.get("intervals", {})
        ],
        n=numbers["n"],
        seconds=numbers["seconds"],
        peak=numbers["peak_rss_mb"],
        tables=tables,
        figures=_figures(numbers, sure, ranks),
        mistakes=[_shown(mistake) for mistake in ordered[:MOST_MISTAKES]],
        all_mistakes=len(ordered),
    )


def _figures(
    numbers: Mapping[str, Any],
    sure: Sequence[tuple[float, bool]],
    ranks: Sequence[int | None],
) -> list[Figure]:
    found = []
    if groups := _compared(numbers):
        says = "Bars are 95% intervals. Filled: Receipts. Hollow: the baselines."
        found.append(Figure("Beside the baselines", says, plots.comparison(groups)))
    if "confusion" in numbers:
        says = (
            "Rows: the label in the data. Columns: the answer. The stronger, the more of its row."
        )
        found.append(Figure("What was answered", says, plots.confusion(numbers["confusion"])))
    if sure:
        confidences, correct = zip(*sure, strict=True)
        says = "How many are wrong if only the surest are answered. Dashed: all of them."
        curve = metrics.risk_curve(confidences, correct)
        found.append(Figure("Risk and coverage", says, plots.risk_coverage(curve)))
        says = "On the dashed line confidence is what it says. Bars: how many answers."
        bins = metrics.reliability(confidences, correct)
        found.append(Figure("Reliability", says, plots.reliability(bins)))
    if ranks:
        says = "How many queries found it there."
        found.append(Figure("First relevant document", says, plots.ranks(ranks)))
    return found


def _compared(numbers: Mapping[str, Any]) -> dict[str, list[plots.Bar]]:
    groups: dict[str, list[plots.Bar]] = {}
    for name, interval in numbers.get("intervals", {}).items():
        bars = [plots.Bar("Receipts", numbers[name], interval, is_ours=True)]
        for baseline, theirs in numbers.get("baselines", {}).items():
            if name in theirs:
                ends = theirs.get("intervals", {}).get(name)
                bars.append(plots.Bar(way(baseline), theirs[name], ends, is_ours=False))
        groups[FIGURES[name]] = bars
    return groups


def _shown(mistake: Mistake) -> dict[str, object]:
    from bot.discord.escape import clean, web_address

    return {
        "id": clean(mistake.id)[:_LONGEST],
        "text": clean(mistake.text)[:_LONGEST],
        "gold": mistake.gold.replace("_", " "),
        "given": mistake.given.replace("_", " "),
        "confidence": mistake.confidence,
        "kinds": [kind.replace("_", " ") for kind in mistake.kinds],
        "sources": [
            (clean(title)[:_LONGEST], web_address(address)) for title, address in mistake.sources
        ],
    }
