"""How good verdicts are: how often right, how sure, how well cited; beside what weighs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.evaluate import metrics
from bot.evaluate.bootstrap import Resampled, label_gains
from bot.evaluate.data import ClaimRow
from bot.evaluate.page import Mistake
from bot.evaluate.slices import SLICES
from bot.evaluate.verdicts import Prediction
from bot.evaluate.words import BagOfWords, cross_validated
from prompts.verdict import Label

ACCUSING = frozenset({Label.REFUTED, Label.MISLEADING})
SETTLED = frozenset({Label.SUPPORTED, Label.REFUTED})


def report(
    predictions: Sequence[Prediction], *, train: Sequence[ClaimRow] = (), seed: int = 0
) -> dict[str, Any]:
    """The contract's numbers on what was predicted, all in all and by kind of claim.

    Baselines that read words learn from `train`, or else from the rows themselves, each guessed
    by a model that has not seen it.
    """
    confidences = [prediction.confidence for prediction in predictions]
    correct = [prediction.is_right for prediction in predictions]
    undecided = sum(p.label is Label.NOT_ENOUGH_EVIDENCE for p in predictions)
    sound = sum(not p.broken_rules for p in predictions)
    gold, answers = _labels(predictions)
    guesses = _guesses(predictions, train, seed)
    return {
        **_label_numbers(predictions, seed),
        "confusion": metrics.confusion(gold, answers),
        "abstained": metrics.rounded(metrics.ratio(undecided, len(predictions))),
        "citation_integrity": metrics.rounded(metrics.ratio(sound, len(predictions))),
        "ece": metrics.rounded(metrics.expected_calibration_error(confidences, correct)),
        "risk_coverage": metrics.risk_coverage(confidences, correct),
        **_source_numbers(predictions),
        "latency_ms": metrics.latency([p.milliseconds for p in predictions]),
        "slices": _by_kind(predictions, seed),
        "baselines": {
            name: {
                **({"label": theirs[0]} if name == "majority" else {}),
                **_scores(gold, theirs, seed),
            }
            for name, theirs in guesses.items()
        },
        "gains": {
            name: label_gains(gold, answers, theirs, seed) for name, theirs in guesses.items()
        },
    }


def mistake(prediction: Prediction) -> Mistake:
    """A row that was answered wrongly, for the report."""
    return Mistake(
        id=prediction.row.id,
        text=prediction.row.claim,
        gold=prediction.row.label,
        given=prediction.label,
        confidence=prediction.confidence,
        kinds=prediction.kinds,
        sources=tuple((source.title, source.url) for source in prediction.cited),
    )


def _label_numbers(predictions: Sequence[Prediction], seed: int) -> dict[str, object]:
    gold, answers = _labels(predictions)
    return {
        "n": len(predictions),
        **_scores(gold, answers, seed),
        "per_class": metrics.per_class(gold, answers),
    }


def _scores(gold: Sequence[str], answers: Sequence[str], seed: int) -> dict[str, object]:
    supported = [a for g, a in zip(gold, answers, strict=True) if g == Label.SUPPORTED]
    accused = sum(answer in ACCUSING for answer in supported)
    drawn = Resampled(gold, answers, seed)
    return {
        "accuracy": metrics.rounded(metrics.accuracy(gold, answers)),
        "macro_f1": metrics.rounded(metrics.macro_f1(gold, answers)),
        "false_accusation_rate": metrics.rounded(metrics.ratio(accused, len(supported))),
        "intervals": {
            "accuracy": drawn.accuracy(),
            "macro_f1": drawn.macro_f1(),
            # Where no claim is true, none can be called false.
            **(
                {"false_accusation_rate": drawn.answered(Label.SUPPORTED, ACCUSING)}
                if supported
                else {}
            ),
        },
    }


def _labels(predictions: Sequence[Prediction]) -> tuple[list[str], list[str]]:
    return [str(p.row.label) for p in predictions], [str(p.label) for p in predictions]


def _by_kind(predictions: Sequence[Prediction], seed: int) -> dict[str, object]:
    """The kinds that some of the claims are of, and not all."""
    kinds = [prediction.kinds for prediction in predictions]
    chosen = {
        name: [p for p, of in zip(predictions, kinds, strict=True) if name in of] for name in SLICES
    }
    return {
        name: _label_numbers(group, seed)
        for name, group in chosen.items()
        if 0 < len(group) < len(predictions)
    }


def _guesses(
    predictions: Sequence[Prediction], train: Sequence[ClaimRow], seed: int
) -> dict[str, Sequence[str]]:
    """What answers that weigh nothing: the commonest label, and words without the rest."""
    gold, _ = _labels(predictions)
    found: dict[str, Sequence[str]] = {"majority": [metrics.commonest(gold)] * len(gold)}
    # A label that the data set lacks would only ever be a wrong guess.
    lessons = [row for row in train if row.label in set(gold)]
    learned = [str(row.label) for row in lessons]
    for name, texts, read in (
        ("claim_only", [p.row.claim for p in predictions], [row.claim for row in lessons]),
        ("evidence_only", [p.words for p in predictions], [evidence_words(row) for row in lessons]),
    ):
        if any(texts):
            found[name] = (
                BagOfWords(read, learned).guess(texts)
                if lessons
                else cross_validated(texts, gold, seed)
            )
    return found


def evidence_words(row: ClaimRow) -> str:
    """All that a row's own evidence says."""
    return "\n".join(f"{evidence.question or ''} {evidence.text}" for evidence in row.evidence)


def _source_numbers(predictions: Sequence[Prediction]) -> dict[str, object]:
    """How often the right source was found, and cited; nothing where no gold is known."""
    known = [p for p in predictions if p.gold]
    if not known:
        return {}
    found = [
        metrics.ratio(sum(not piece.isdisjoint(p.retrieved) for piece in p.gold), len(p.gold))
        for p in known
    ]
    return {
        "evidence_recall": metrics.rounded(metrics.ratio(sum(found), len(found))),
        "gold_cited": _gold_cited([p for p in known if p.cited]),
        "right_source_cited": _gold_cited([p for p in known if p.label in SETTLED]),
    }


def _gold_cited(predictions: Sequence[Prediction]) -> float:
    """The share of which a citation holds a piece of the row's own evidence."""
    right = sum(
        any(source.id in piece for piece in p.gold for source in p.cited) for p in predictions
    )
    return metrics.rounded(metrics.ratio(right, len(predictions)))
