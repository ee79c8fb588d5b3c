"""Whether the claim finder takes a text as holding a claim, against labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.evaluate import binary, metrics
from bot.evaluate.data import TextRow
from bot.evaluate.words import cross_validated
from prompts.claims import extract

NAMES = ("no claim", "claim")
"""What 0 and 1 mean."""


def predict(rows: Sequence[TextRow], advance: Callable[[int], None]) -> list[int]:
    """1 for each text in which a claim was found."""
    answers = []
    for row in rows:
        claims, _ = extract(row.text)
        answers.append(int(bool(claims)))
        advance(1)
    return answers


def report(rows: Sequence[TextRow], answers: Sequence[int], seed: int = 0) -> dict[str, object]:
    """The contract's numbers, beside answers that need no reading."""
    gold = [row.label for row in rows]
    commonest = int(2 * sum(gold) > len(gold))
    has_digit = [int(any(char.isdigit() for char in row.text)) for row in rows]
    labels = [str(label) for label in gold]
    words = [int(guess) for guess in cross_validated([row.text for row in rows], labels, seed)]
    return {
        "n": len(rows),
        **binary.scores(gold, answers, seed),
        "confusion": metrics.confusion(binary.named(gold, NAMES), binary.named(answers, NAMES)),
        "baselines": {
            "majority": binary.scores(gold, [commonest] * len(gold), seed),
            "has_a_digit": binary.scores(gold, has_digit, seed),
            "words": binary.scores(gold, words, seed),
        },
    }
