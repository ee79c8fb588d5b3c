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
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
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
from retrieval.features import (
    CLAIM_FEATURES,
    CLASSES,
    SENTENCE_FEATURES,
    claim_features,
    sentence_features,
)
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
from retrieval.weigh import LABELS, Linear

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
    classes, seen = [], set()
    for unit in found:
        source = unit.hit.passage.source.id
        known = gold.get(source, gold.get("*"))
        # Of a gold passage only the best sentence surely carries its label.
        classes.append(-1 if known is None or source in seen else CLASSES.index(known))
        if source in gold:
            seen.add(source)
    return Case(group, origin, label, found, stances, sentence_features(found, stances), classes)


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


def fit_sentences(cases: list[Case], penalty: float) -> Linear:
    """The sentence step, from cases whose gold passages are known."""
    rows = np.concatenate([c.rows for c in cases])
    classes = np.concatenate([c.classes for c in cases])
    kept = classes >= 0
    # Near misses are many; what decides must not drown in them.
    counts = np.bincount(classes[kept], minlength=4)
    weights = (counts.mean() / np.maximum(counts, 1)) ** 0.5
    model = LogisticRegression(C=penalty, max_iter=3000)
    model.fit(rows[kept], classes[kept], sample_weight=weights[classes[kept]])
    return Linear(np.column_stack([model.coef_, model.intercept_]))


def fit_claims(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Linear:
    """The claim step, from what the sentences of each claim were judged to say."""
    model = LogisticRegression(C=0.3, max_iter=3000)
    model.fit(rows, labels, sample_weight=weights)
    return Linear(np.column_stack([model.coef_, model.intercept_]))


def fit_prior(likelihoods: np.ndarray, cases: list[Case]) -> dict[str, float]:
    """What each label's likelihood is multiplied with: the best mean over the origins of accuracy
    and macro-F1, true claims called false being held under 6%."""
    best, best_value = (1.0, 1.0, 1.0, 1.0), -np.inf
    gold = np.array([LABELS.index(c.label) for c in cases])
    origins = np.array([c.origin for c in cases])
    steps = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)
    for refuted, misleading, nothing in product(steps, (*steps, 3.0), steps):
        prior = (1.0, refuted, misleading, nothing)
        answers = np.argmax(likelihoods * prior, axis=1)
        value = 0.0
        for origin in sorted(set(origins)):
            at = origins == origin
            figures = score(gold[at], answers[at])
            value += figures["macro_f1"] + figures["accuracy"]
            value -= 4.0 * max(0.0, figures["false_accusations"] - 0.06)
        if value > best_value:
            best, best_value = prior, value
    return dict(zip(LABELS, best, strict=True))


def score(gold: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Accuracy, macro-F1, and the share of true claims called refuted or misleading."""
    true = gold == LABELS.index("supported")
    accused = np.isin(answers, [LABELS.index("refuted"), LABELS.index("misleading")])
    present = sorted(set(gold))
    return {
        "n": len(gold),
        "accuracy": float(np.mean(gold == answers)),
        "macro_f1": f1_score(gold, answers, average="macro", labels=present, zero_division=0),
        "false_accusations": float(np.mean(accused[true])) if true.any() else 0.0,
        "abstained": float(np.mean(answers == LABELS.index("not_enough_evidence"))),
    }


def read_cases(stance: OnnxStance, data: Path, claims: list[Path]) -> list[Case]:
    """Every case that the fit looks at."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        cases = written_cases(stance, Path(first)) + open_cases(stance, data)
        for path in claims:
            cases += starter_cases(stance, path, Path(second))
    return cases


def fit(cases: list[Case], penalty: float) -> dict[str, object]:
    """The weigher as data; prints the figures that it rests on, each claim judged by weights that
    were fitted without its note (sentence step) and without itself (claim step)."""
    cases = [c for c in cases if c.units]
    known = [c for c in cases if not c.origin.startswith("starter")]
    sentence_of: dict[str, Linear] = {}
    groups = np.array([c.group for c in known])
    for train, test in GroupKFold(5).split(known, groups=groups):
        step = fit_sentences([known[i] for i in train], penalty)
        sentence_of.update({known[i].group: step for i in test})
    sentence = fit_sentences(known, penalty)
    opinions = [sentence_of.get(c.group, sentence).probabilities(c.rows) for c in cases]
    rows = np.array([claim_features(c.units, o) for c, o in zip(cases, opinions, strict=True)])
    labels = np.array([LABELS.index(c.label) for c in cases])

    searched = np.array([c.retrieved for c in cases])
    chosen = np.flatnonzero(searched)
    # Notes like the bot's own count as much as the many written ones.
    starter = np.array([c.origin.startswith("starter") for c in cases])
    weights = np.where(starter, 1.5, 1.0)
    likelihoods = np.zeros((len(cases), len(LABELS)))
    claim_groups = np.array([c.group for c in cases])
    for train, test in GroupKFold(10).split(chosen, groups=claim_groups[chosen]):
        at = chosen[train]
        step = fit_claims(rows[at], labels[at], weights[at])
        likelihoods[chosen[test]] = step.probabilities(rows[chosen[test]])
    claim = fit_claims(rows[chosen], labels[chosen], weights[chosen])
    likelihoods[~searched] = claim.probabilities(rows[~searched])
    prior = fit_prior(likelihoods[chosen], [cases[i] for i in chosen])

    weighted = likelihoods * np.array([prior[label] for label in LABELS])
    weighted /= weighted.sum(axis=1, keepdims=True)
    answers = np.argmax(weighted, axis=1)
    origins = np.array([c.origin for c in cases])
    for origin in sorted(set(origins)):
        at = origins == origin
        figures = score(labels[at], answers[at])
        print(origin, {k: round(float(v), 3) for k, v in figures.items()})
    top = weighted.max(axis=1)[chosen]
    right = (answers == labels)[chosen].astype(float)
    isotonic = IsotonicRegression(y_min=0.1, y_max=0.97, out_of_bounds="clip").fit(top, right)
    grid = np.linspace(0.25, 1, 16)
    points = zip(grid, isotonic.predict(grid), strict=True)
    return {
        "sentence": as_data(sentence, CLASSES, SENTENCE_FEATURES),
        "claim": as_data(claim, LABELS, CLAIM_FEATURES),
        "prior": prior,
        "calibration": [[round(float(x), 3), round(float(y), 3)] for x, y in points],
    }


def as_data(step: Linear, classes: Sequence[str], names: Sequence[str]) -> dict[str, object]:
    """A step as it stands in the file."""
    rows = zip(classes, step.weights, strict=True)
    return {
        "features": list(names),
        "weights": {name: [round(float(w), 4) for w in row] for name, row in rows},
    }


def main() -> None:
    """Fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the open sets")
    parser.add_argument("--claims", type=Path, required=True, nargs="+")
    parser.add_argument("--stance", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--penalty", type=float, default=0.3)
    args = parser.parse_args()
    folder = open_model(args.stance)
    cases = read_cases(OnnxStance(folder), args.data, args.claims)
    content = {"version": f"1+{folder.model_id}", **fit(cases, args.penalty)}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
