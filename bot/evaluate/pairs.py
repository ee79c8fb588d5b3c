"""Whether one claim's verdict is taken for another's, against labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.evaluate import binary, metrics
from bot.evaluate.binary import Answered
from bot.evaluate.data import PairRow
from bot.evaluate.page import Mistake
from bot.same_claim import SameClaims
from retrieval.claim_reading import ClaimReading
from retrieval.model import Embedder
from retrieval.sameness import NEAR, difference

_COSINE_ALONE = 0.9
NAMES = ("different", "same")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided of a pair."""

    row: PairRow
    cosine: float
    same: int
    why: str | None
    """What ruled it out, where a rule did, or what the rules left to the model."""
    milliseconds: float

    def as_json(self) -> dict[str, object]:
        """A line of the file that `--out` writes."""
        return {
            "id": self.row.id,
            "a": self.row.a,
            "b": self.row.b,
            "kind": self.row.kind,
            "gold": self.row.same,
            "predicted": self.same,
            "cosine": round(self.cosine, 4),
            "why": self.why,
            "ms": round(self.milliseconds, 1),
        }


def predict(
    rows: Sequence[PairRow],
    embedder: Embedder,
    same_claims: SameClaims,
    advance: Callable[[int], None],
) -> list[Answer]:
    """Each pair as memory holds two claims against each other: the cosine first, then the rest."""
    answers = []
    for row in rows:
        started = time.perf_counter()
        one, other = embedder.embed([row.a, row.b])
        cosine = float(one @ other)
        found = cosine >= NEAR and any(True for _ in same_claims.places(row.a, [row.b]))
        spent = (time.perf_counter() - started) * 1000
        why = None if found else "far" if cosine < NEAR else _difference(row)
        answers.append(Answer(row, cosine, int(found), why, spent))
        advance(1)
    return answers


def report(answers: Sequence[Answer], seed: int = 0) -> dict[str, object]:
    """The contract's numbers over all pairs, and apart: within and across languages, by kind."""
    across = [answer for answer in answers if answer.row.across_languages]
    within = [answer for answer in answers if not answer.row.across_languages]
    groups = {"within_a_language": within, "across_languages": across}
    return {
        **binary.report(
            Answered(
                [answer.row.same for answer in answers],
                [answer.same for answer in answers],
                NAMES,
                [answer.row.kind for answer in answers],
            ),
            {"cosine_0.9": [int(answer.cosine >= _COSINE_ALONE) for answer in answers]},
            seed,
        ),
        "slices": {
            name: {
                "n": len(group),
                **binary.scores(
                    [answer.row.same for answer in group], [answer.same for answer in group], seed
                ),
            }
            for name, group in groups.items()
            if 0 < len(group) < len(answers)
        },
        "latency_ms": metrics.latency([answer.milliseconds for answer in answers]),
    }


def _difference(row: PairRow) -> str | None:
    return difference(ClaimReading(row.a), ClaimReading(row.b))


def mistake(answer: Answer) -> Mistake:
    """A pair that was judged wrongly, for the report."""
    row = answer.row
    return Mistake(
        id=row.id,
        text=f"{row.a} / {row.b}",
        gold=NAMES[row.same],
        given=NAMES[answer.same],
        kinds=(row.kind,) if row.kind else (),
    )
