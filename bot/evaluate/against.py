"""A run beside an earlier one: whether another model, or another version, is better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bot.evaluate.bootstrap import Gain, label_gains
from bot.evaluate.data import ClaimRow
from bot.evaluate.verdicts import Prediction
from corpus.errors import InputError


def read_answers(path: Path, rows: Sequence[ClaimRow]) -> list[str]:
    """What an earlier run answered to each of `rows`, in the file that its `--out` wrote.

    InputError names a bad line, or a row that the file lacks.
    """
    answers: dict[tuple[str, str], str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"--against {path}: {reason}") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            answers[row["id"], row["claim"]] = str(row["predicted"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f"--against {path}:{number}: not a line that `eval verdicts --out` wrote"
            ) from error
    found = []
    for wanted in rows:
        answer = answers.get((wanted.id, wanted.claim))
        if answer is None:
            raise InputError(
                f"--against {path}: has no answer to row {wanted.id!r}; measure both on the same "
                "rows"
            )
        found.append(answer)
    return found


def compare(
    predictions: Sequence[Prediction], earlier: Sequence[str], seed: int
) -> dict[str, Gain]:
    """What was gained over the earlier run's answers to the same rows."""
    gold = [str(prediction.row.label) for prediction in predictions]
    return label_gains(gold, [str(p.label) for p in predictions], earlier, seed)
