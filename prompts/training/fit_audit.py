"""Fits `prompts/audit.json`: `python -m prompts.training.fit_audit CITATIONS.jsonl`.

Rows are those of the citations file and the written pairs that the stance model was not trained on
(`retrieval/training/written`, held out as there); rows that a plain fault settles are left out.
Logistic regression, ridge, each source and class weighing the same; the threshold is the one with
the best balanced accuracy over the whole citations file, scored in five folds by passage, among
those that keep enough of what is supported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from prompts.audit_evidence import Evidence
from prompts.audit_score import AUDIT_FILE, AuditModel, Signals, features, premises
from prompts.sentence_audit import audit_sentence
from retrieval.findings import Reading
from retrieval.stance import OnnxStance, load_stance

WRITTEN = Path(__file__).parents[2] / "retrieval" / "training" / "written"
HELD_OUT = 0.12  # as in retrieval/training/stance_data.py
KEEP = 0.9
RIDGE = 30.0
FOLDS = 5
NAMES = (
    "supports", "supports_whole", "supports_mean", "refutes_mean", "neither_mean", "coverage",
    "best_coverage", "new_words", "bound", "exchanged", "denied", "planned", "dropped",
    "misplaced_number", "misplaced_name", "f_antonym_contradicts", "f_quantifier_limits",
    "f_quantifier_contradicts", "f_scope_limits", "f_attribution_limits", "f_negation_contradicts",
)  # fmt: skip


def fold_of(passage: str, folds: int) -> int:
    """The same fold for all sentences on a passage."""
    return int(hashlib.sha256(passage.encode()).hexdigest()[:8], 16) % folds


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def is_held_out(evidence: str) -> bool:
    """Whether pairs on this evidence were kept from the stance model's training."""
    return int(hashlib.sha256(evidence.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < HELD_OUT


def written_rows() -> list[dict[str, Any]]:
    """Held-out written pairs as citation rows."""
    rows = []
    for path in sorted(WRITTEN.glob("*.jsonl")):
        for row in read(path):
            if is_held_out(row["evidence"]):
                label = int(row["label"] == "supports")
                rows.append({"sentence": row["claim"], "passage": row["evidence"], "label": label})
    return rows


def values(row: dict[str, Any], stance: OnnxStance) -> dict[str, float] | None:
    """The features of a row; None where a plain fault settles it."""
    if audit_sentence(row["sentence"], [row["passage"]]).faults:
        return None
    reading, evidence = Reading(row["sentence"]), Evidence.of([row["passage"]])
    stances = stance.score([(text, reading.text) for text in premises(reading, evidence)])
    return features(reading, Signals.of(reading, evidence), stances.tolist())


def fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights by column and the bias, by Newton's method on standardised columns."""
    mean, spread = x.mean(0), x.std(0) + 1e-3
    z = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    ridge = np.append(np.full(x.shape[1], RIDGE), 1e-6)
    beta = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ beta))
        hessian = (z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(ridge)
        beta -= np.linalg.solve(hessian, z.T @ (weight * (p - y)) + ridge * beta)
    return beta[:-1] / spread, float(beta[-1] - (beta[:-1] * mean / spread).sum())


def fitted(rows: list[tuple[str, dict[str, float], int]]) -> AuditModel:
    """A model over (source, features, label), each source and class weighing the same."""
    x = np.array([[found.get(name, 0.0) for name in NAMES] for _, found, _ in rows])
    y = np.array([label for _, _, label in rows])
    keys = [(source, label) for source, _, label in rows]
    weight = np.array([len(rows) / (4 * keys.count(key)) for key in keys])
    beta, bias = fit(x, y, weight)
    weights = dict(zip(NAMES, (round(float(value), 4) for value in beta), strict=True))
    return AuditModel("", weights, round(bias, 4), 0.5)


def main() -> None:
    """Fit, choose the threshold, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("citations", type=Path)
    parser.add_argument("--stance", type=Path, help="folder of the stance model")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=Path, default=AUDIT_FILE)
    args = parser.parse_args()
    stance = load_stance(args.stance)
    cited = read(args.citations)
    found = [values(row, stance) for row in cited]
    extra = [
        ("written", seen, row["label"])
        for row in written_rows()
        if (seen := values(row, stance)) is not None
    ]
    gold = np.array([row["label"] for row in cited])
    scores = np.zeros(len(cited))
    for fold in range(FOLDS):
        inside = [fold_of(row["passage"], FOLDS) == fold for row in cited]
        rest = [
            ("cited", seen, row["label"])
            for row, seen, held in zip(cited, found, inside, strict=True)
            if seen is not None and not held
        ]
        model = fitted(rest + extra)
        for i, seen in enumerate(found):
            if inside[i] and seen is not None:
                scores[i] = model.score(seen)
    best = (0.0, 0.0, 0.0, 0.0)
    for threshold in np.arange(0.02, 0.8, 0.01):
        passed = scores >= threshold
        kept, caught = float(passed[gold == 1].mean()), float((~passed[gold == 0]).mean())
        if kept >= KEEP:
            best = max(best, ((kept + caught) / 2, kept, caught, float(threshold)))
    known = [
        ("cited", seen, row["label"])
        for row, seen in zip(cited, found, strict=True)
        if seen is not None
    ]
    final = fitted(known + extra)
    print(f"in folds: balanced {best[0]:.3f}, kept {best[1]:.3f}, caught {best[2]:.3f}")
    data = {
        "version": args.version,
        "stance_model": stance.model_id,
        "threshold": round(best[3], 2),
        "bias": final.bias,
        "weights": final.weights,
    }
    args.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
