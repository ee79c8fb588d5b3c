"""Verdicts against gold labels: how often right, how sure, how well cited, how fast."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.checker import Checked
from bot.evaluate import metrics
from bot.evaluate.data import ClaimRow, Evidence
from corpus.catalogue import CorpusSummary
from corpus.model import Passage, Source, parse_partial_date
from prompts import rules
from prompts.verdict import Label
from retrieval.model import Hit, SearchFilter

ACCUSING = frozenset({Label.REFUTED, Label.MISLEADING})
SETTLED = frozenset({Label.SUPPORTED, Label.REFUTED})

UNCHECKED_CONFIDENCE = 0.5
"""What is claimed of an answer that no engine gave."""

Judge = Callable[[ClaimRow], Awaitable[Checked | None]]
"""Gives the verdict on a row; None where the bot would find no claim in it to check."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was answered to one row, and how that stands beside the gold."""

    row: ClaimRow
    label: Label
    confidence: float
    milliseconds: float
    broken_rules: tuple[str, ...]
    cited: tuple[str, ...]
    """Ids of the cited sources."""
    retrieved: tuple[str, ...]
    """Ids of the sources that retrieval found, best first."""
    gold_sources: frozenset[str]
    """Ids of the sources that hold the answer; empty where nobody said."""
    engine: str

    def as_json(self) -> dict[str, object]:
        """A line of the file that `--out` writes."""
        return {
            "id": self.row.id,
            "claim": self.row.claim,
            "gold": self.row.label,
            "predicted": self.label,
            "confidence": self.confidence,
            "ms": round(self.milliseconds, 1),
            "broken_rules": list(self.broken_rules),
            "cited": list(self.cited),
            "retrieved": list(self.retrieved),
            "gold_sources": sorted(self.gold_sources),
            "engine": self.engine,
        }


class GoldEvidence:
    """A corpus of one row: its own evidence, and only that."""

    def __init__(self, row: ClaimRow) -> None:
        self._hits = [
            _gold_hit(f"{row.id}#{number}", evidence)
            for number, evidence in enumerate(row.evidence, 1)
        ]

    def search(self, _query: str, _k: int, _where: SearchFilter, /) -> list[Hit]:
        """All of the evidence, in the file's order."""
        return list(self._hits)

    def state(self, as_of: date | None = None, guild_id: str | None = None) -> CorpusSummary:
        """The number of pieces of evidence."""
        dates = [hit.passage.source.published for hit in self._hits if hit.passage.source.published]
        return CorpusSummary(sources=len(self._hits), newest=max(dates, default=None))


async def predict(
    rows: Sequence[ClaimRow],
    judge: Judge,
    sources_by_url: Mapping[str, str],
    as_of: Callable[[ClaimRow], date | None],
    advance: Callable[[int], None],
) -> list[Prediction]:
    """One row after the other, so that the time of each is its own.

    `sources_by_url` finds the gold sources of rows that name the addresses of their evidence.
    """
    predictions = []
    for row in rows:
        started = time.perf_counter()
        checked = await judge(row)
        spent = (time.perf_counter() - started) * 1000
        if checked is None:
            predictions.append(_unchecked(row, spent))
            advance(1)
            continue
        passages = {hit.passage.id: hit.passage for hit in checked.hits}
        verdict = checked.verdict
        urls = {evidence.url for evidence in row.evidence if evidence.url}
        predictions.append(
            Prediction(
                row=row,
                label=verdict.label,
                confidence=verdict.confidence,
                milliseconds=spent,
                broken_rules=tuple(rules.violations(verdict, passages, as_of(row))),
                cited=_distinct(citation.source.id for citation in verdict.citations),
                retrieved=_distinct(hit.passage.source.id for hit in checked.hits),
                gold_sources=row.sources
                or frozenset(sources_by_url[url] for url in urls if url in sources_by_url),
                engine=verdict.engine,
            )
        )
        advance(1)
    return predictions


def _unchecked(row: ClaimRow, spent: float) -> Prediction:
    """Opinions and the like; the data sets have no label of their own for what is not checkable."""
    return Prediction(
        row=row,
        label=Label.NOT_ENOUGH_EVIDENCE,
        confidence=UNCHECKED_CONFIDENCE,
        milliseconds=spent,
        broken_rules=(),
        cited=(),
        retrieved=(),
        gold_sources=row.sources,
        engine="none",
    )


def report(predictions: Sequence[Prediction]) -> dict[str, object]:
    """The contract's numbers on what was predicted."""
    gold = [str(prediction.row.label) for prediction in predictions]
    answers = [str(prediction.label) for prediction in predictions]
    confidences = [prediction.confidence for prediction in predictions]
    correct = [g == a for g, a in zip(gold, answers, strict=True)]
    times = [prediction.milliseconds for prediction in predictions]
    supported = [p for p in predictions if p.row.label is Label.SUPPORTED]
    accused = sum(p.label in ACCUSING for p in supported)
    abstained = sum(p.label is Label.NOT_ENOUGH_EVIDENCE for p in predictions)
    sound = sum(not p.broken_rules for p in predictions)
    numbers: dict[str, object] = {
        "n": len(predictions),
        "accuracy": metrics.rounded(metrics.accuracy(gold, answers)),
        "macro_f1": metrics.rounded(metrics.macro_f1(gold, answers)),
        "per_class": metrics.per_class(gold, answers),
        "false_accusation_rate": metrics.rounded(metrics.ratio(accused, len(supported))),
        "abstained": metrics.rounded(metrics.ratio(abstained, len(predictions))),
        "citation_integrity": metrics.rounded(metrics.ratio(sound, len(predictions))),
        "ece": metrics.rounded(metrics.expected_calibration_error(confidences, correct)),
        "risk_coverage": metrics.risk_coverage(confidences, correct),
        "latency_ms": metrics.latency(times),
        "baselines": {"majority": metrics.majority(gold)},
    }
    return numbers | _source_numbers(predictions)


def _source_numbers(predictions: Sequence[Prediction]) -> dict[str, object]:
    """How often the right source was found, and cited; nothing where no gold is known."""
    known = [p for p in predictions if p.gold_sources]
    if not known:
        return {}
    found = [metrics.recall(p.retrieved, p.gold_sources, len(p.retrieved)) for p in known]
    settled = [p for p in known if p.label in SETTLED]
    right = sum(bool(p.gold_sources.intersection(p.cited)) for p in settled)
    return {
        "evidence_recall": metrics.rounded(metrics.ratio(sum(found), len(found))),
        "right_source_cited": metrics.rounded(metrics.ratio(right, len(settled))),
    }


def _gold_hit(passage_id: str, evidence: Evidence) -> Hit:
    source = Source(
        id=evidence.url or passage_id,
        title=evidence.title or evidence.url or passage_id,
        published=_date_or_none(evidence.date),
        url=evidence.url,
    )
    text = evidence.text
    return Hit(
        Passage(passage_id, source, text, 0, len(text), heading=evidence.question),
        score=1.0,
        dense=None,
        lexical=None,
    )


def _date_or_none(text: str | None) -> str | None:
    try:
        return text if text and parse_partial_date(text) else None
    except ValueError:
        return None


def _distinct(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
