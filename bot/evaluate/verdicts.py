"""Verdicts on the claims of a data set, each beside its gold label and what it was made from."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.checker import Checked
from bot.evaluate.data import ClaimRow, Evidence
from bot.evaluate.gold import GoldSources, Pieces
from bot.evaluate.slices import Given, kinds_of
from corpus.catalogue import CorpusSummary
from corpus.model import Passage, Source, parse_partial_date
from prompts import rules
from prompts.verdict import Label
from retrieval.model import Hit, SearchFilter

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
    engine: str
    broken_rules: tuple[str, ...] = ()
    cited: tuple[Source, ...] = ()
    """The cited sources, each once."""
    evidence: tuple[Hit, ...] = ()
    """The passages that the verdict was made from, best first."""
    drafted: Label | None = None
    """The label before its confidence was looked at."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """What its confidence was worked out from."""
    gold: Pieces = ()
    """Who holds the answer, by piece of evidence; empty where nobody said."""

    @property
    def is_right(self) -> bool:
        """Whether the label is the gold one."""
        return self.label is self.row.label

    @property
    def retrieved(self) -> tuple[str, ...]:
        """Ids of the sources that the verdict was made from, best first."""
        return tuple(dict.fromkeys(hit.passage.source.id for hit in self.evidence))

    @property
    def words(self) -> str:
        """All that the evidence says, for baselines that read words alone."""
        return "\n".join(f"{hit.passage.heading or ''} {hit.passage.text}" for hit in self.evidence)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The slices that the row belongs to."""
        sources = [hit.passage.source for hit in self.evidence]
        return kinds_of(
            Given(
                claim=self.row.claim,
                texts=[hit.passage.text for hit in self.evidence],
                urls=[source.url for source in sources if source.url],
                pieces=len(self.row.evidence),
            )
        )

    def as_json(self) -> dict[str, object]:
        """A line of the file that `--out` writes."""
        return {
            "id": self.row.id,
            "claim": self.row.claim,
            "gold": self.row.label,
            "predicted": self.label,
            "confidence": self.confidence,
            "drafted": self.drafted or self.label,
            "signals": {name: round(value, 4) for name, value in self.signals.items()},
            "ms": round(self.milliseconds, 1),
            "kinds": list(self.kinds),
            "broken_rules": list(self.broken_rules),
            "cited": [source.id for source in self.cited],
            "retrieved": list(self.retrieved),
            "gold_sources": sorted(frozenset().union(*self.gold)),
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
    gold: GoldSources,
    as_of: Callable[[ClaimRow], date | None],
    advance: Callable[[int], None],
) -> list[Prediction]:
    """One row after the other, so that the time of each is its own."""
    predictions = []
    for row in rows:
        started = time.perf_counter()
        checked = await judge(row)
        spent = (time.perf_counter() - started) * 1000
        if checked is None:
            predictions.append(_unchecked(row, spent, gold.of(row)))
        else:
            predictions.append(_checked(row, checked, spent, as_of(row), gold.of(row)))
        advance(1)
    return predictions


def _checked(
    row: ClaimRow, checked: Checked, spent: float, day: date | None, gold: Pieces
) -> Prediction:
    verdict = checked.verdict
    passages = {hit.passage.id: hit.passage for hit in checked.hits}
    cited = {citation.source.id: citation.passage_id for citation in verdict.citations}
    return Prediction(
        row=row,
        label=verdict.label,
        confidence=verdict.confidence,
        milliseconds=spent,
        engine=verdict.engine,
        broken_rules=tuple(rules.violations(verdict, passages, day)),
        cited=tuple(passages[id_].source for id_ in cited.values() if id_ in passages),
        evidence=checked.hits,
        drafted=checked.drafted,
        signals=checked.signals,
        gold=gold,
    )


def _unchecked(row: ClaimRow, spent: float, gold: Pieces) -> Prediction:
    """Opinions and the like; the data sets have no label of their own for what is not checkable."""
    return Prediction(
        row=row,
        label=Label.NOT_ENOUGH_EVIDENCE,
        confidence=UNCHECKED_CONFIDENCE,
        milliseconds=spent,
        engine="none",
        gold=gold,
    )


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
