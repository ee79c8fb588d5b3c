"""Verdicts and results for the tests of this room."""

from __future__ import annotations

from prompts.verdict import (
    CheckResult,
    Citation,
    CitedSource,
    CorpusState,
    Label,
    Sentence,
    Skipped,
    Verdict,
)
from retrieval.model import Stance

REPORT = CitedSource(
    id="report",
    title="A technical report",
    publisher="arXiv",
    author=None,
    published="2024-12-27",
    url="https://example.org/report",
    kind="paper",
)


def citation(
    n: int = 1,
    quote: str = "It is an assumed rental price of the final run.",
    stance: Stance = Stance.REFUTES,
    source: CitedSource = REPORT,
) -> Citation:
    return Citation(
        n=n,
        passage_id=f"p{n}",
        quote=quote,
        start=0,
        end=len(quote),
        stance=stance,
        source=source,
    )


def verdict(**changes: object) -> Verdict:
    values: dict[str, object] = {
        "id": "v1",
        "claim": "It cost $5.5M",
        "label": Label.MISLEADING,
        "confidence": 0.83,
        "summary": (Sentence(text="The price is an assumption.", citations=(1,)),),
        "citations": (citation(),),
        "missing_context": "The cost of earlier research is left out.",
        "corpus": CorpusState(as_of="2026-11-23", sources=95, newest="2026-01-05"),
        "engine": "local",
        "checked_at": "2026-11-23T10:00:00Z",
    }
    return Verdict.model_validate(values | changes)


def result(*verdicts: Verdict, skipped: tuple[Skipped, ...] = ()) -> CheckResult:
    return CheckResult(verdicts=verdicts, skipped=skipped)
