"""Fits `prompts/confidence.json`: `python -m prompts.training.fit_confidence ROWS... --version N`.

Rows are answers with their signals and whether they were right: those of `receipts eval verdicts
CLAIMS --out ROWS` for the engine that was asked, and those of `python -m tests.prompts.planted
--rows ROWS`, where a scripted model drafts soundly or under the wrong label. Logistic regression
with a ridge towards the engine's own number; the figures printed are in five folds by claim. The
threshold is the largest confidence that keeps enough of what is right; the curve is stored with it.
An engine of which there are no rows keeps what it has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from prompts.confidence import CONFIDENCE_FILE
from prompts.rules import MATCHING_STANCES
from prompts.training.fit_audit import fold_of, read

SIGNALS = {
    "local": ("given", "sources", "good_sources"),
    "llm": ("likelihood", "lean", "said", "same", "against", "other", "agrees", "samples", "cut"),
}
TOWARDS = {"local": {"given": 1.0}, "llm": {"likelihood": 0.3, "samples": 2.0}}
"""Where no data says otherwise: local confidence is calibrated already; models are surer than
right, and scripted ones give neither likelihoods nor differing samples to learn from."""
RIGHT = {"llm": 0.75}
"""Share of right answers that rows are weighted to, where they were made half wrong on purpose."""
RIDGE = {"local": 2_000.0, "llm": 8.0}
"""How firmly weights stay with what they are drawn towards: the local one is calibrated already."""
KEEP = {"local": 0.96, "llm": 0.955}
"""Of right answers, the share that a threshold must keep. The weigher has its own thresholds, but
they were chosen on claims that it was fitted on: on others it is surer than right. A model's draft
passes the audit first, which keeps some 95 of 100 sound ones; together they are to keep 90."""
FOLDS = 5


def fitted(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, prior: np.ndarray, firm: float
) -> tuple[np.ndarray, float]:
    """Weights and bias, by Newton's method, with a ridge towards `prior`."""
    z = np.column_stack([x, np.ones(len(x))])
    start = np.append(prior, 0.0)
    beta, ridge = start.copy(), np.append(np.full(x.shape[1], firm), 1e-3 if firm < 100 else firm)
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(z @ beta, -30, 30)))
        hessian = (z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(ridge)
        beta -= np.linalg.solve(hessian, z.T @ (weight * (p - y)) + ridge * (beta - start))
    return beta[:-1], float(beta[-1])


def curve(sure: np.ndarray, right: np.ndarray, weight: np.ndarray) -> list[list[float]]:
    """Confidence, coverage and risk at every tenth of coverage."""
    order = np.argsort(-sure)
    kept, wrong = np.cumsum(weight[order]), np.cumsum((weight * (1 - right))[order])
    points = []
    for share in np.linspace(0.1, 1, 10):
        at = min(int(np.searchsorted(kept, share * kept[-1])), len(order) - 1)
        points.append(
            [
                round(float(sure[order][at]), 3),
                round(float(kept[at] / kept[-1]), 3),
                round(float(wrong[at] / kept[at]), 3),
            ]
        )
    return points


def scale(engine: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One engine's part of the file."""
    names = SIGNALS[engine]
    prior = np.array([TOWARDS[engine].get(name, 0.0) for name in names])
    x = np.array([[row["signals"].get(name, 0.0) for name in names] for row in rows])
    y = np.array([float(row["gold"] == row["predicted"]) for row in rows])
    weight = np.ones(len(rows))
    if share := RIGHT.get(engine):
        weight = np.where(y == 1, share / max(y.mean(), 1e-6), (1 - share) / (1 - y.mean()))
    folds = np.array([fold_of(row["claim"], FOLDS) for row in rows])
    sure = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        beta, bias = fitted(x[~held], y[~held], weight[~held], prior, RIDGE[engine])
        sure[held] = 1 / (1 + np.exp(-(x[held] @ beta + bias)))
    least = float(np.quantile(sure[y == 1], 1 - KEEP[engine]))
    brier = float(np.average((sure - y) ** 2, weights=weight))
    bins = np.clip((sure * 10).astype(int), 0, 9)
    ece = sum(
        abs(np.average(sure[bins == b] - y[bins == b], weights=weight[bins == b]))
        * weight[bins == b].sum()
        for b in set(bins)
    ) / weight.sum()  # fmt: skip
    print(
        f"{engine}: {len(rows)} rows, brier {brier:.3f}, ece {ece:.3f}; under {least:.2f}: "
        f"{(sure[y == 1] < least).mean():.3f} of the right, "
        f"{(sure[y == 0] < least).mean():.3f} of the wrong"
    )
    beta, bias = fitted(x, y, weight, prior, RIDGE[engine])
    return {
        "rows": len(rows),
        "labels": sorted({row["predicted"] for row in rows}),
        "weights": {name: round(float(b), 4) for name, b in zip(names, beta, strict=True)},
        "bias": round(bias, 4),
        "least": round(least, 3),
        "brier": round(brier, 4),
        "ece": round(float(ece), 4),
        "curve": curve(sure, y, weight),
    }


def main() -> None:
    """Fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=Path, default=CONFIDENCE_FILE)
    args = parser.parse_args()
    by_engine: dict[str, list[dict[str, Any]]] = defaultdict(list)
    hashes: dict[str, dict[str, str]] = defaultdict(dict)
    for path in args.rows:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for row in read(path):
            if (
                row["engine"] in SIGNALS
                and row["drafted"] in MATCHING_STANCES
                and row.get("signals")
            ):
                by_engine[row["engine"]].append(row | {"predicted": row["drafted"]})
                hashes[row["engine"]][path.name] = digest
    known = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else {}
    engines = known.get("engines", {})
    for engine, rows in sorted(by_engine.items()):
        engines[engine] = {"fitted_on": hashes[engine], **scale(engine, rows)}
    data = {"version": args.version, "engines": engines}
    args.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
