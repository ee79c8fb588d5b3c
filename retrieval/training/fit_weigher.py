"""Fits the weigher: the sentence step's weights, the claim step's thresholds, the calibration.

    python -m retrieval.training.fit_weigher --data DIR --claims FILE --starter corpus/starter \
        --stance retrieval/models/stance --out retrieval/models/weigher/weigher.json

Rows come only from pairs that the stance model was not trained on: the held-out written notes
(searched for among all written notes, so that most passages are near misses) and the held-out rows
of the open sets. `--claims` are labelled claims over the starter notes, used for the claim step.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.model import Passage, Source
from corpus.reading import Document
from corpus.split import passage_spans
from corpus.starter import starter_documents
from retrieval.dense import DenseSearch
from retrieval.embedder import load_embedder
from retrieval.evidence import Unit, units
from retrieval.findings import Reading
from retrieval.ingest import ingest
from retrieval.model import Hit
from retrieval.modelfiles import open_model
from retrieval.search import Retriever
from retrieval.stance import OnnxStance
from retrieval.training.stance_sets import (
    held_out,
    load_checkcovid,
    load_fever,
    load_fm2,
    load_scifact,
)
from retrieval.weigh import CLASSES, FEATURES, LABELS, WeigherModel, claim_likelihoods, features

HERE = Path(__file__).parent
TOP = 10
SHARES = {"fever2": 0.04, "fm2": 0.17, "scifact": 0.14}
GOLD = {"conflicting": "misleading", "neither": "not_enough_evidence", "supports": "supported",
        "refutes": "refuted"}  # fmt: skip


@dataclass
class Case:
    """A claim with its evidence: units, stance scores, features, and what is right."""

    group: str
    origin: str
    label: str
    units: list[Unit]
    stances: np.ndarray
    rows: np.ndarray
    classes: list[int]
    """Of each unit; -1 where it is not known, which the sentence step then leaves out."""

    @property
    def retrieved(self) -> bool:
        """Whether the evidence was searched for, rather than given."""
        return self.origin == "written" or self.origin.startswith("starter")


def searcher(documents: list[Document], home: Path) -> Retriever:
    """Search over `documents`, exactly as the bot does it."""
    catalogue = Catalogue(open_engine(f"sqlite:///{home / 'receipts.db'}"))
    embedder = load_embedder()
    ingest(documents, catalogue, embedder)
    return Retriever(catalogue, embedder, DenseSearch(catalogue, embedder.model_id))


def passage(text: str, title: str = "", name: str = "") -> Passage:
    """A passage that is a whole source."""
    source = Source(id=name or f"{hash(text):x}", title=title)
    return Passage(id=source.id, source=source, text=text, start=0, end=len(text))


def case(
    stance: OnnxStance,
    claim: str,
    hits: list[Hit],
    *,
    gold: dict[str, str],
    label: str,
    group: str,
    origin: str,
) -> Case:
    """A claim held against its hits; `gold` has the class of each source, `*` of all others."""
    found = units(Reading(claim), hits)
    stances = stance.score([(unit.premise, claim) for unit in found])
    rows = np.array([features(u, p) for u, p in zip(found, stances.tolist(), strict=True)])
    classes, seen = [], set()
    for unit in found:
        source = unit.hit.passage.source.id
        known = gold.get(source, gold.get("*"))
        # Of a gold passage only the best sentence surely carries its label.
        classes.append(-1 if known is None or source in seen else CLASSES.index(known))
        if source in gold:
            seen.add(source)
    return Case(group, origin, label, found, stances, rows.reshape(-1, len(FEATURES)), classes)


def written_cases(stance: OnnxStance, home: Path) -> list[Case]:
    """Held-out written claims, searched for among all written notes."""
    rows = [
        json.loads(line)
        for path in sorted((HERE / "written").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    texts = sorted({row["evidence"] for row in rows})
    names = {text: f"note{i}" for i, text in enumerate(texts)}
    documents = [
        Document(Source(id=names[text], title=""), text, tuple(passage_spans(text)), "en", "")
        for text in texts
    ]
    index = searcher(documents, home)
    cases = []
    for row in rows:
        if held_out(row["evidence"], 0.12):
            gold = {names[row["evidence"]]: row["label"], "*": "neither"}
            label = GOLD.get(row["label"], row["label"])
            cases.append(
                case(
                    stance,
                    row["claim"],
                    index.search(row["claim"], TOP),
                    gold=gold,
                    label=label,
                    group=names[row["evidence"]],
                    origin="written",
                )
            )
    return cases


def open_cases(stance: OnnxStance, data: Path, limit: int = 250) -> list[Case]:
    """Held-out rows of the open sets, each with its own evidence."""
    everything = load_fever(data) + load_fm2(data) + load_scifact(data)
    held = [p for p in everything if p.kind == "gold" and held_out(p.group, SHARES[p.source])]
    held += load_checkcovid(data, "dev")
    by_source = defaultdict(list)
    for pair in held:
        by_source[pair.source].append(pair)
    cases = []
    for source, pairs in by_source.items():
        for pair in pairs[:limit]:
            answer = ("supports", "refutes", "neither")[int(np.argmax(pair.target))]
            hit = Hit(passage(pair.premise, pair.title, "gold"), 0.8, 0.8, 0.8)
            cases.append(
                case(
                    stance,
                    pair.claim,
                    [hit],
                    gold={"gold": answer},
                    label=GOLD[answer],
                    group=f"{source}:{pair.group}",
                    origin=source,
                )
            )
    return cases


def starter_cases(stance: OnnxStance, claims: Path, home: Path) -> list[Case]:
    """Labelled claims over the starter notes."""
    index = searcher(starter_documents(), home)
    cases = []
    for line in claims.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["checkable"]:
            label = GOLD.get(row["label"], row["label"])
            cases.append(
                case(
                    stance,
                    row["claim"],
                    index.search(row["claim"], TOP),
                    gold={},
                    label=label,
                    group=row["id"],
                    origin=f"starter:{claims.stem}",
                )
            )
    return cases


def fit_sentences(cases: list[Case], penalty: float) -> np.ndarray:
    """Weights of shape (4, features + 1)."""
    rows = np.concatenate([c.rows for c in cases])
    classes = np.concatenate([c.classes for c in cases])
    kept = classes >= 0
    # Near misses are many; what decides must not drown in them.
    counts = np.bincount(classes[kept], minlength=4)
    weights = (counts.mean() / np.maximum(counts, 1)) ** 0.5
    model = LogisticRegression(C=penalty, max_iter=3000)
    model.fit(rows[kept], classes[kept], sample_weight=weights[classes[kept]])
    return np.column_stack([model.coef_, model.intercept_])


def predict(
    cases: list[Case], weights: np.ndarray, thresholds: dict[str, float]
) -> list[dict[str, float]]:
    """Likelihoods of each case\'s labels."""
    model = WeigherModel("fit", weights, thresholds, ((0.0, 0.0), (1.0, 1.0)))
    return [claim_likelihoods(c.units, model.probabilities(c.rows), thresholds) for c in cases]


def score(cases: list[Case], likelihoods: list[dict[str, float]]) -> dict[str, float]:
    """Accuracy, macro-F1, and the share of true claims called refuted or misleading."""
    gold = [c.label for c in cases]
    labels = [max(item, key=lambda k: item[k]) for item in likelihoods]
    true = [i for i, label in enumerate(gold) if label == "supported"]
    accused = sum(labels[i] in ("refuted", "misleading") for i in true)
    return {
        "n": len(cases),
        "accuracy": accuracy_score(gold, labels),
        "macro_f1": f1_score(
            gold, labels, average="macro", labels=sorted(set(gold)), zero_division=0
        ),
        "false_accusations": accused / max(len(true), 1),
    }


GRID = {
    "decay": (0.3, 0.5, 0.7),
    "conflict": (0.0, 0.5, 1.0),
    "abstain": (0.3, 0.5, 0.7, 0.9, 1.1, 1.4),
    "abstain_power": (1.0, 1.5, 2.0),
}


def fit_claims(cases: list[Case], weights_of: dict[str, np.ndarray]) -> dict[str, float]:
    """The thresholds with the best mean of macro-F1 over origins, false accusations held low."""
    best, best_value = {}, -1.0
    for values in product(*GRID.values()):
        thresholds = dict(zip(GRID, values, strict=True))
        value = 0.0
        for origin in sorted({c.origin for c in cases if c.retrieved}):
            chosen = [c for c in cases if c.origin == origin]
            likelihoods = [predict([c], weights_of[c.group], thresholds)[0] for c in chosen]
            figures = score(chosen, likelihoods)
            value += figures["macro_f1"] + 0.5 * figures["accuracy"]
            value -= 3.0 * max(0.0, figures["false_accusations"] - 0.06)
        if value > best_value:
            best, best_value = thresholds, value
    return best


def main() -> None:
    """Fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with verdicts/*.jsonl")
    parser.add_argument("--claims", type=Path, required=True, nargs="+")
    parser.add_argument("--stance", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--penalty", type=float, default=0.3)
    args = parser.parse_args()

    folder = open_model(args.stance)
    stance = OnnxStance(folder)
    cases = read_cases(stance, args.data, args.claims)
    weights, thresholds, points = fit(cases, args.penalty)
    content = {
        "version": f"1+{folder.model_id}",
        "features": list(FEATURES),
        "weights": {
            name: [round(float(w), 4) for w in row]
            for name, row in zip(CLASSES, weights, strict=True)
        },
        "thresholds": thresholds,
        "calibration": points,
        "labels": list(LABELS),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_cases(stance: OnnxStance, data: Path, claims: list[Path]) -> list[Case]:
    """Every case that the fit looks at."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        cases = written_cases(stance, Path(first)) + open_cases(stance, data)
        for path in claims:
            cases += starter_cases(stance, path, Path(second))
    return cases


def fit(
    cases: list[Case], penalty: float
) -> tuple[np.ndarray, dict[str, float], list[tuple[float, float]]]:
    """Weights, thresholds and calibration points; prints the figures that they rest on."""
    fitted = [c for c in cases if not c.origin.startswith("starter")]

    # Each held-out claim is judged by weights that were fitted without its note.
    weights_of: dict[str, np.ndarray] = {}
    groups = np.array([c.group for c in fitted])
    for train, test in GroupKFold(5).split(fitted, groups=groups):
        weights = fit_sentences([fitted[i] for i in train], penalty)
        weights_of.update({fitted[i].group: weights for i in test})
    final = fit_sentences(fitted, penalty)
    weights_of.update({c.group: final for c in cases if c.origin.startswith("starter")})
    thresholds = fit_claims(cases, weights_of)

    raw, right = [], []
    for origin in sorted({c.origin for c in cases}):
        chosen = [c for c in cases if c.origin == origin]
        likelihoods = [predict([c], weights_of[c.group], thresholds)[0] for c in chosen]
        figures = score(chosen, likelihoods)
        print(origin, {k: round(float(v), 3) for k, v in figures.items()})
        if chosen[0].retrieved:
            for item, c in zip(likelihoods, chosen, strict=True):
                label = max(item, key=lambda k: item[k])
                raw.append(item[label])
                right.append(float(label == c.label))
    isotonic = IsotonicRegression(y_min=0.05, y_max=0.97, out_of_bounds="clip").fit(raw, right)
    points = [
        (round(x, 3), round(float(isotonic.predict([x])[0]), 3)) for x in np.linspace(0.25, 1, 16)
    ]
    print("thresholds", thresholds, "calibration", points)

    return final, thresholds, points


if __name__ == "__main__":
    main()
