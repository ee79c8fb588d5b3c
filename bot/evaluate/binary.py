"""The numbers of a yes-or-no question, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluate import metrics
from bot.evaluate.bootstrap import Resampled


def scores(gold: Sequence[int], answers: Sequence[int], seed: int) -> dict[str, object]:
    """Accuracy, balanced accuracy, and precision, recall and F1 of 1."""
    drawn = Resampled([str(bit) for bit in gold], [str(bit) for bit in answers], seed)
    return {
        **metrics.binary(gold, answers),
        "intervals": {
            "balanced_accuracy": drawn.balanced_accuracy(),
            "accuracy": drawn.accuracy(),
        },
    }


def named(bits: Sequence[int], names: tuple[str, str]) -> list[str]:
    """The bits in words: `names` of 0 and of 1."""
    return [names[bit] for bit in bits]
