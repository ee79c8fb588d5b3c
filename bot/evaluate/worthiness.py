"""Whether the claim finder takes a text as holding a claim, against labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.evaluate import binary
from bot.evaluate.binary import Answered
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
    labels = [str(label) for label in gold]
    words = cross_validated([row.text for row in rows], labels, seed)
    return binary.report(
        Answered(gold, answers, NAMES, [row.kind for row in rows]),
        {
            "has_a_digit": [int(any(char.isdigit() for char in row.text)) for row in rows],
            "words": [int(guess) for guess in words],
        },
        seed,
    )
