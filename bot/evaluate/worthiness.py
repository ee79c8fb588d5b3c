"""Whether the claim finder takes a text as holding a claim, against labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.evaluate import metrics
from bot.evaluate.data import TextRow
from prompts.claims import extract


def predict(rows: Sequence[TextRow], advance: Callable[[int], None]) -> list[int]:
    """1 for each text in which a claim was found."""
    answers = []
    for row in rows:
        claims, _ = extract(row.text)
        answers.append(int(bool(claims)))
        advance(1)
    return answers


def report(rows: Sequence[TextRow], answers: Sequence[int]) -> dict[str, object]:
    """The contract's numbers, beside two answers that need no model."""
    gold = [row.label for row in rows]
    commonest = int(2 * sum(gold) > len(gold))
    has_digit = [int(any(char.isdigit() for char in row.text)) for row in rows]
    return {
        "n": len(rows),
        **metrics.binary(gold, answers),
        "baselines": {
            "majority": metrics.binary(gold, [commonest] * len(gold)),
            "has_a_digit": metrics.binary(gold, has_digit),
        },
    }
