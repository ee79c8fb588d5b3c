"""Features: what is known of a sentence, and of all sentences together, in numbers with names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.evidence import Unit

CLASSES = ("supports", "refutes", "misleading", "neither")
"""What a sentence can say of a claim."""

SENTENCE_FEATURES = (
    "p_supports", "p_refutes", "p_neither", "p_misleading", "coverage", "window_coverage",
    "quantity_agrees", "quantity_limits", "quantity_contradicts", "quantity_missing",
    "quantity_derived",
    "date_agrees", "date_contradicts", "date_missing",
    "name_missing", "name_contradicts", "all_names",
    "opposed", "clean", "clean_full", "clean_refutes", "clean_limits",
    "negation", "antonym", "quantifier_contradicts", "quantifier_limits",
    "attribution_contradicts", "attribution_limits", "modality_limits", "scope_limits",
    "scope_beside_limits",
    "covered_supports", "covered_refutes", "covered_quantity_contradicts",
    "covered_date_contradicts", "covered_negation", "covered_antonym",
    "covered_name_missing", "covered_name_contradicts", "covered_quantifier", "covered_attribution",
    "supports_misleading", "covered_misleading",
    "supports_scope", "supports_quantity_contradicts", "supports_name_missing",
    "low_coverage", "coverage_gap", "rank", "quantity_agrees_elsewhere", "date_agrees_elsewhere",
)  # fmt: skip


def sentence_features(found: Sequence[Unit], stances: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shape (n, len(SENTENCE_FEATURES)): what is known of each sentence, in numbers.

    `stances` has shape (n, 4), from `StanceModel.judge`. Some features compare a sentence with the
    others: a figure that differs says little where another sentence, nearer to the claim, has the
    claim's own figure.
    """
    rows = [_own_features(unit, row) for unit, row in zip(found, stances.tolist(), strict=True)]
    best = max((unit.window_coverage for unit in found), default=0.0)
    for kind in ("quantity", "date"):
        agreeing = max(
            (row["window_coverage"] for row in rows if row.get(f"{kind}_agrees")), default=-1.0
        )
        for row in rows:
            nearer = agreeing > row["window_coverage"] - 0.15
            differs = row.get(f"{kind}_contradicts", 0.0)
            row[f"{kind}_agrees_elsewhere"] = differs if nearer else 0.0
    for rank, row in enumerate(rows):
        row["rank"] = rank / 10
        row["coverage_gap"] = best - row["window_coverage"]
    return np.array([[row.get(name, 0.0) for name in SENTENCE_FEATURES] for row in rows]).reshape(
        -1, len(SENTENCE_FEATURES)
    )


def _own_features(unit: Unit, probabilities: Sequence[float]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for finding in unit.findings:
        for key in (f"{finding.kind}_{finding.effect}", finding.kind):
            counts[key] = counts.get(key, 0.0) + finding.weight
    capped = {key: min(value, 2.0) for key, value in counts.items()}
    supports, refutes, neither, misleading = probabilities
    coverage = unit.window_coverage
    opposed = sum(f.weight for f in unit.findings if f.effect == "contradicts")
    open_ends = opposed + capped.get("quantity_missing", 0.0) + capped.get("name_missing", 0.0)
    # Nearly all of the claim stands in the sentence, and no rule sees anything against it.
    clean = max(unit.coverage, coverage) if not open_ends else 0.0
    names_known = capped.get("name_agrees", 0.0) > 0 and not capped.get("name_missing")
    return {
        **capped,
        "p_supports": supports,
        "p_refutes": refutes,
        "p_neither": neither,
        "p_misleading": misleading,
        "coverage": unit.coverage,
        "window_coverage": coverage,
        "all_names": float(names_known),
        "opposed": min(opposed, 3.0),
        "clean": clean,
        "clean_full": clean**4,
        "clean_refutes": clean * refutes,
        "clean_limits": clean * min(capped.get("scope_limits", 0.0), 1.0),
        "covered_supports": coverage * supports,
        "covered_refutes": coverage * refutes,
        "covered_quantity_contradicts": coverage * capped.get("quantity_contradicts", 0.0),
        "covered_date_contradicts": coverage * capped.get("date_contradicts", 0.0),
        "covered_negation": coverage * capped.get("negation", 0.0),
        "covered_antonym": coverage * capped.get("antonym", 0.0),
        "covered_name_missing": coverage * capped.get("name_missing", 0.0),
        "covered_name_contradicts": coverage * capped.get("name_contradicts", 0.0),
        "covered_quantifier": coverage * capped.get("quantifier_contradicts", 0.0),
        "covered_attribution": coverage * capped.get("attribution_contradicts", 0.0),
        "supports_misleading": supports * misleading,
        "covered_misleading": coverage * misleading,
        "supports_scope": supports * capped.get("scope_limits", 0.0),
        "supports_quantity_contradicts": supports * capped.get("quantity_contradicts", 0.0),
        "supports_name_missing": supports * capped.get("name_missing", 0.0),
        "low_coverage": max(0.0, 0.5 - coverage),
    }


_FOUND = (
    "quantity_agrees", "quantity_limits", "quantity_contradicts", "quantity_missing",
    "quantity_derived", "date_agrees", "date_contradicts", "date_missing", "name_missing",
    "name_contradicts", "negation", "antonym", "quantifier_contradicts", "quantifier_limits",
    "attribution_contradicts", "attribution_limits", "modality_limits", "scope_limits",
    "scope_beside_limits",
)  # fmt: skip
"""Features of a sentence that the claim step sees itself."""

CLAIM_FEATURES = (
    "top_supports", "top_refutes", "top_misleading", "top_neither",
    "next_supports", "next_refutes", "next_misleading", "next_neither",
    "most_supports", "most_refutes", "most_misleading",
    "vote_supports", "vote_refutes", "vote_misleading",
    "conflict", "top_coverage", "best_coverage", "top_limits",
    "telling_margin", "second_margin", "covering_margin", "mean_margin",
    "telling_neither", "covering_neither", "telling_coverage", "telling_pull", "second_pull",
    "mean_supports", "mean_refutes", "pull_supports", "pull_refutes",
    "telling_misleading", "covering_misleading", "pull_misleading",
    "telling_score", "best_score", "best_cosine",
    *(f"telling: {name}" for name in _FOUND),
    *(f"telling and covering: {name}" for name in _FOUND),
)  # fmt: skip
"""`telling`: the sentence that covers the claim and that the stance model takes a side on;
`covering`: the one that covers it best; `margin`: log of supports over refutes."""

_DECAY = 0.5
"""What each further sentence counts in the vote: ten that touch on the topic do not outvote one."""


def claim_features(
    found: Sequence[Unit], rows: NDArray[np.float64], opinions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shape (len(CLAIM_FEATURES),): what all sentences say together.

    `rows` are their features, shape (n, len(SENTENCE_FEATURES)), and `opinions` what the sentence
    step made of them, shape (n, 4) in the order of CLASSES; n is at least 1.
    """
    decisive = 1.0 - opinions[:, 3]
    order = np.argsort(-decisive, kind="stable")
    top, following = order[0], order[min(1, len(order) - 1)]
    votes = np.zeros(3)
    total = 0.0
    for place, index in enumerate(order[:4]):
        weight = float(decisive[index]) ** 2 * _DECAY**place
        votes += weight * opinions[index, :3] / max(float(decisive[index]), 1e-9)
        total += weight
    votes /= max(total, 1e-9)
    limits = sum(finding.weight for finding in found[top].findings if finding.effect == "limits")
    alone = len(order) == 1
    return np.array(
        [
            *opinions[top],
            *((0.0, 0.0, 0.0, 1.0) if alone else opinions[following]),
            *opinions[:, :3].max(axis=0),
            *votes,
            _conflict(found, opinions),
            found[top].window_coverage,
            max(unit.window_coverage for unit in found),
            min(limits, 3.0),
            *_by_stance(found, rows),
        ]
    )


def _by_stance(found: Sequence[Unit], rows: NDArray[np.float64]) -> list[float]:
    """The features that rest on the stance model's own numbers, from `telling_margin` on."""
    stances = np.clip(rows[:, _columns("p_supports", "p_refutes", "p_neither")], 1e-4, 1.0)
    coverage = rows[:, _columns("coverage", "window_coverage")].mean(axis=1)
    misleading = rows[:, SENTENCE_FEATURES.index("p_misleading")]
    margins = np.log(stances[:, 0] / stances[:, 1])
    pull = (1.0 - stances[:, 2]) * coverage
    order = np.argsort(-pull, kind="stable")
    telling, second = order[0], order[min(1, len(order) - 1)]
    covering = int(np.argmax(coverage))
    share = pull / max(float(pull.sum()), 1e-9)
    findings = rows[:, _columns(*_FOUND)]
    return [
        margins[telling],
        margins[second],
        margins[covering],
        share @ margins,
        stances[telling, 2],
        stances[covering, 2],
        coverage[telling],
        pull[telling],
        pull[second],
        share @ stances[:, 0],
        share @ stances[:, 1],
        (pull * stances[:, 0]).max(),
        (pull * stances[:, 1]).max(),
        misleading[telling],
        misleading[covering],
        (pull * misleading).max(),
        found[telling].hit.score,
        max(unit.hit.score for unit in found),
        max(unit.hit.dense or 0.0 for unit in found),
        *findings[telling],
        *(findings[telling] + findings[covering]) / 2,
    ]


def _columns(*names: str) -> list[int]:
    return [SENTENCE_FEATURES.index(name) for name in names]


def _conflict(found: Sequence[Unit], opinions: NDArray[np.float64]) -> float:
    """How strongly one source supports what another refutes, 0 to 1."""
    best: dict[str, NDArray[np.float64]] = {}
    for unit, opinion in zip(found, opinions, strict=True):
        source = unit.hit.passage.source.id
        if source not in best or opinion[3] < best[source][3]:
            best[source] = opinion
    pairs = [
        min(float(a[0]), float(b[1]))
        for one, a in best.items()
        for other, b in best.items()
        if one != other
    ]
    return max(pairs, default=0.0)
