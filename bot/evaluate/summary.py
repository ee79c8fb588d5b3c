"""What a measurement found, as tables of words: the same for terminal, Markdown and web page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluate.bootstrap import LEVEL, RESAMPLES, Interval

FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "false_accusation_rate": "true claims called false",
    "abstained": "left undecided",
    "ece": "calibration error (ECE)",
    "citation_integrity": "verdicts that keep every rule",
    "evidence_recall": "gold evidence found",
    "gold_cited": "gold evidence cited, of answers that cite",
    "right_source_cited": "right source cited",
    "ndcg@10": "nDCG@10",
    "recall@5": "recall@5",
    "recall@10": "recall@10",
    "recall@50": "recall@50",
    "map@5": "MAP@5",
    "mrr": "MRR",
}
"""Figures from 0 to 1, in the order in which they are shown, and what they are called."""

WAYS = {
    "majority": "commonest label",
    "claim_only": "words of the claim",
    "evidence_only": "words of the evidence",
    "bm25": "BM25 alone",
    "dense": "vectors alone",
    "earlier": "the earlier run",
    "words": "words of the text",
    "cosine_0.9": "cosine of .9",
}
"""The baselines whose names need more words."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words; the first column names the rows."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(numbers: Mapping[str, Any]) -> list[Table]:
    """Every table that these numbers fill."""
    made = (
        _figures(numbers),
        _gains(numbers),
        _classes(numbers),
        _slices(numbers),
        _kinds(numbers),
        _risks(numbers),
    )
    return [table for table in made if table.rows]


def way(name: str) -> str:
    """What a baseline is called."""
    return WAYS.get(name, plain(name))


def plain(name: str) -> str:
    """A name of the JSON in words."""
    return name.replace("_", " ")


def amount(value: object) -> str:
    """A figure from 0 to 1; nothing where there is none."""
    return f"{value:.3f}" if isinstance(value, int | float) else ""


def between(ends: Interval | None) -> str:
    """An interval; nothing where there is none."""
    return f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""


def _figures(numbers: Mapping[str, Any]) -> Table:
    baselines: Mapping[str, Any] = numbers.get("baselines", {})
    names = [name for name in FIGURES if name in numbers]
    rows = [
        (
            FIGURES[name],
            amount(numbers[name]),
            between(numbers.get("intervals", {}).get(name)),
            *(amount(theirs.get(name)) for theirs in baselines.values()),
        )
        for name in names
    ]
    latency = numbers.get("latency_ms", {})
    rows += [
        (f"milliseconds, {name}", f"{value:g}", "", *[""] * len(baselines))
        for name, value in latency.items()
    ]
    caption = f"Figures; intervals: {LEVEL:.0%}, bootstrap, {RESAMPLES:,} resamples"
    return Table(caption, ("", "Receipts", "interval", *map(way, baselines)), tuple(rows))


def _gains(numbers: Mapping[str, Any]) -> Table:
    rows = [
        (
            f"{FIGURES[name]} over {way(baseline)}",
            f"{gain['value']:+.3f}",
            "{:+.3f} to {:+.3f}".format(*gain["interval"]),
            _told(gain["interval"]),
        )
        for baseline, gains in numbers.get("gains", {}).items()
        for name, gain in gains.items()
    ]
    return Table("What is gained, on the same rows", ("", "gain", "interval", ""), tuple(rows))


def _told(ends: Interval) -> str:
    """What a gain within these ends says."""
    if ends[0] > 0:
        return "better"
    return "worse" if ends[1] < 0 else "no clear difference"


def _classes(numbers: Mapping[str, Any]) -> Table:
    rows = [
        (
            plain(label),
            *(amount(scores[name]) for name in ("precision", "recall", "f1")),
            str(scores["support"]),
        )
        for label, scores in numbers.get("per_class", {}).items()
    ]
    return Table("By label", ("label", "precision", "recall", "F1", "rows"), tuple(rows))


def _slices(numbers: Mapping[str, Any]) -> Table:
    slices: Mapping[str, Any] = numbers.get("slices", {})
    shown = list(numbers.get("intervals", {}))
    rows = [
        (
            plain(kind),
            str(found["n"]),
            *(_with_interval(found, name) for name in shown),
        )
        for kind, found in slices.items()
    ]
    head = ("kind", "rows", *(FIGURES[name] for name in shown))
    return Table("By kind; a row may be of several kinds, or of none", head, tuple(rows))


def _with_interval(found: Mapping[str, Any], name: str) -> str:
    ends = found["intervals"].get(name)
    return f"{amount(found[name])} ({between(ends)})" if ends else ""


def _kinds(numbers: Mapping[str, Any]) -> Table:
    rows = [
        (plain(kind), amount(share)) for kind, share in numbers.get("recall_by_kind", {}).items()
    ]
    return Table("Judged rightly, by kind", ("kind", "share"), tuple(rows))


def _risks(numbers: Mapping[str, Any]) -> Table:
    rows = [
        (f"the surest {float(coverage):.0%}", amount(risk))
        for coverage, risk in numbers.get("risk_coverage", {}).items()
    ]
    return Table("Share wrong where only the surest answers count", ("", "wrong"), tuple(rows))


def as_text(facts: Sequence[tuple[str, str]], made: Sequence[Table]) -> str:
    """Facts and tables for a terminal, columns in line."""
    blocks = [_aligned(facts)]
    blocks += [f"{table.caption}\n{_aligned([table.head, *table.rows])}" for table in made]
    return "\n\n".join(blocks)


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    cells: Iterator[str] = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()
