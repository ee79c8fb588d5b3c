"""Whether the audit passes what a passage supports, and stops what it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.evaluate import binary, metrics
from bot.evaluate.binary import Answered
from bot.evaluate.data import CitationRow
from bot.evaluate.page import Mistake
from prompts.audit_model import SentenceAudit
from prompts.sentence_audit import audit_sentence
from retrieval.model import StanceModel
from retrieval.words import content_stems

NAMES = ("not supported", "supported")
"""What 0 and 1 mean."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the audit said of a row, and what the stance model alone says."""

    row: CitationRow
    audit: SentenceAudit
    stance_alone: int
    milliseconds: float
    """Of the audit."""

    @property
    def is_right(self) -> bool:
        """Whether the audit agrees with the label."""
        return self.audit.supported == bool(self.row.label)

    def as_json(self) -> dict[str, object]:
        """A line of the file that `--out` writes."""
        return {
            "id": self.row.id,
            "sentence": self.row.sentence,
            "kind": self.row.kind,
            "gold": self.row.label,
            "predicted": int(self.audit.supported),
            "score": round(self.audit.score, 4),
            "faults": [
                {"kind": fault.kind, "words": fault.words, "evidence": fault.evidence}
                for fault in self.audit.faults
            ],
            "ms": round(self.milliseconds, 1),
        }


def predict(
    rows: Sequence[CitationRow], stance: StanceModel, advance: Callable[[int], None]
) -> list[Answer]:
    """One sentence after the other, so that the time of each is its own."""
    answers = []
    for row in rows:
        started = time.perf_counter()
        audit = audit_sentence(row.sentence, [row.passage], stance=stance)
        spent = (time.perf_counter() - started) * 1000
        alone = int(stance.score([(row.passage, row.sentence)])[0].argmax() == 0)
        answers.append(Answer(row, audit, alone, spent))
        advance(1)
    return answers


def report(
    rows: Sequence[CitationRow], answers: Sequence[Answer], seed: int = 0
) -> dict[str, object]:
    """The contract's numbers, how often each kind is judged rightly, and fair baselines."""
    return {
        **binary.report(
            Answered(
                [row.label for row in rows],
                [int(answer.audit.supported) for answer in answers],
                NAMES,
                [row.kind for row in rows],
            ),
            {
                "word_overlap": _best_overlap(rows),
                "stance_model_alone": [answer.stance_alone for answer in answers],
            },
            seed,
        ),
        "latency_ms": metrics.latency([answer.milliseconds for answer in answers]),
    }


def mistake(answer: Answer) -> Mistake:
    """A sentence that was judged wrongly, for the report."""
    row = answer.row
    return Mistake(
        id=row.id,
        text=row.sentence,
        gold=NAMES[row.label],
        given=NAMES[answer.audit.supported],
        kinds=(row.kind,) if row.kind else (),
        sources=((row.passage, None),),
    )


def _best_overlap(rows: Sequence[CitationRow]) -> list[int]:
    """By the share of words in common that tells most on these very rows: a head start."""
    gold = [row.label for row in rows]
    shares = [_overlap(row) for row in rows]
    tried = ([int(share >= step / 20) for share in shares] for step in range(21))
    return max(tried, key=lambda found: metrics.binary(gold, found)["balanced_accuracy"])


def _overlap(row: CitationRow) -> float:
    wanted = content_stems(row.sentence)
    return metrics.ratio(len(wanted & content_stems(row.passage)), len(wanted))
