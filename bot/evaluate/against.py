"""A run beside an earlier one: whether another model, or another version, is better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bot.evaluate.bootstrap import Gain, label_gains
from bot.evaluate.verdicts import Prediction
from corpus.errors import InputError

EarlierAnswers = dict[tuple[str, str], str]
"""What was answered to each (id, claim)."""


def read_answers(path: Path) -> EarlierAnswers:
    """The answers in a file that `eval verdicts --out` wrote. InputError names a bad line."""
    answers: EarlierAnswers = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"--against {path}: {reason}") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            answers[row["id"], row["claim"]] = str(row["predicted"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"--against {path}:{number}: not a line that `eval verdicts --out` wrote"
            ) from error
    return answers


def compare(
    predictions: Sequence[Prediction], earlier: EarlierAnswers, path: Path, seed: int
) -> dict[str, Gain]:
    """What was gained over the earlier run. InputError where that lacks one of the rows."""
    theirs = []
    for prediction in predictions:
        row = prediction.row
        answer = earlier.get((row.id, row.claim))
        if answer is None:
            raise InputError(
                f"--against {path}: has no answer to row {row.id!r}; measure both on the same rows"
            )
        theirs.append(answer)
    gold = [str(prediction.row.label) for prediction in predictions]
    return label_gains(gold, [str(p.label) for p in predictions], theirs, seed)
