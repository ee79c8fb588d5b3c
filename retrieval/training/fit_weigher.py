"""Fits the weigher: the sentence step's weights, the claim step's thresholds, the calibration.

    python -m retrieval.training.fit_weigher --data DIR --claims FILE... \
        --stance retrieval/models/stance --out retrieval/models/weigher --version 1

Rows come only from pairs that the stance model was not trained on: the held-out written notes
(searched for among all written notes, so that most passages are near misses) and the held-out rows
of the open sets. `--claims` are labelled claims over the starter notes, used for the claim step.
"""

from __future__ import annotations

import argparse
import hashlib
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
from retrieval.weigh import LABELS, UNDECIDED, Linear

HERE = Path(__file__).parent
TOP = 10
STARTER_WEIGHT = {True: 6.0, False: 1.0}
"""Careful notes with titles are what the bot mostly reads, and the written ones are harder."""
SHARES = {"fever2": 0.04, "fm2": 0.17, "scifact": 0.14}
GOLD = {"conflicting": "misleading", "neither": "not_enough_evidence", "supports": "supported",
        "refutes": "refuted"}  # fmt: skip


ANSWERS = dict(zip(LABELS, CLASSES, strict=True))


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
    def of_starter(self) -> bool:
        """Whether the claim is about the starter notes."""
        return self.origin.startswith("starter")

    @property
    def plain(self) -> bool:
        """Whether nobody wrote the claim to be hard for a model; the claim step learns from it."""
        return self.origin != "written"


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
    stances = stance.judge([(unit.premise, claim) for unit in found])
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
            hit = Hit(passage(pair.premise, pair.title, "gold"), 1.0, None, None)
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
            # A source that settles the claim is known; what the others say of it is not.
            answer = ANSWERS[label]
            gold = {"*": answer} if answer == "neither" else dict.fromkeys(row["sources"], answer)
            cases.append(
                case(
                    stance,
                    row["claim"],
                    index.search(row["claim"], TOP),
                    gold=gold,
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
    weights = ((counts.mean() / np.maximum(counts, 1)) ** 0.5)[classes]
    weights *= np.concatenate(
        [np.full(len(c.classes), STARTER_WEIGHT[c.of_starter]) for c in cases]
    )
    model = LogisticRegression(C=penalty, max_iter=3000)
    model.fit(rows[kept], classes[kept], sample_weight=weights[kept])
    return Linear(np.column_stack([model.coef_, model.intercept_]))


def fit_claims(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Linear:
    """The claim step, from what the sentences of each claim were judged to say."""
    scale = np.maximum(rows.std(axis=0), 1e-3)
    model = LogisticRegression(C=0.01, max_iter=3000)
    model.fit((rows - rows.mean(axis=0)) / scale, labels, sample_weight=weights)
    coefficients = model.coef_ / scale
    bias = model.intercept_ - coefficients @ rows.mean(axis=0)
    return Linear(np.column_stack([coefficients, bias]))


MOST_ACCUSED = 0.1
"""Of true claims, the share that may be called refuted or misleading; most of those that it is
counted on are harder than what people ask."""
MOST_ENDORSED = 0.2
"""Of refuted claims, the share that may be called supported."""


def fit_thresholds(likelihoods: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The least likelihood at which each label is given (0 for undecided): the best accuracy and
    macro-F1 at which true claims are rarely called false, and false ones not often true. Where the
    two cannot be told apart, that leaves more claims undecided."""
    best, best_value = np.zeros(4), -np.inf
    steps = np.arange(0.3, 0.96, 0.05)
    for values in product(steps, repeat=3):
        thresholds = np.array([*values, 0.0])
        figures = score(labels, answer(likelihoods, thresholds))
        value = figures["macro_f1"] + figures["accuracy"]
        value -= 20.0 * max(0.0, figures["false_accusations"] - MOST_ACCUSED)
        value -= 5.0 * max(0.0, figures["false_endorsements"] - MOST_ENDORSED)
        if value > best_value:
            best, best_value = thresholds, value
    return best


def answer(likelihoods: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Indices of the labels given, as `WeigherModel.label` gives them."""
    best = likelihoods.argmax(axis=1)
    sure = likelihoods.max(axis=1) >= thresholds[best]
    return np.where(sure, best, LABELS.index(UNDECIDED))


def score(gold: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Accuracy, macro-F1, and how often truth and falsehood are taken for each other."""
    true = gold == LABELS.index("supported")
    accused = np.isin(answers, [LABELS.index("refuted"), LABELS.index("misleading")])
    false = gold == LABELS.index("refuted")
    endorsed = answers == LABELS.index("supported")
    present = sorted(set(gold))
    return {
        "n": len(gold),
        "accuracy": float(np.mean(gold == answers)),
        "macro_f1": f1_score(gold, answers, average="macro", labels=present, zero_division=0),
        "false_accusations": float(np.mean(accused[true])) if true.any() else 0.0,
        "false_endorsements": float(np.mean(endorsed[false])) if false.any() else 0.0,
        "abstained": float(np.mean(answers == LABELS.index("not_enough_evidence"))),
    }


def read_cases(stance: OnnxStance, data: Path, claims: list[Path]) -> list[Case]:
    """Every case that the fit looks at."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        cases = written_cases(stance, Path(first)) + open_cases(stance, data)
        for path in claims:
            cases += starter_cases(stance, path, Path(second))
    return cases


def fit(cases: list[Case], penalty: float, typical: Sequence[str]) -> dict[str, object]:
    """The weigher as data; prints the figures that it rests on, each claim judged by weights that
    were fitted without its note (sentence step) and without itself (claim step).

    Thresholds and calibration come from the claims of the files named by `typical` alone: they
    depend on how hard the claims are, and these are like what people ask.
    """
    cases = [c for c in cases if c.units]
    sentence_of: dict[str, Linear] = {}
    groups = np.array([c.group for c in cases])
    for train, test in GroupKFold(8).split(cases, groups=groups):
        step = fit_sentences([cases[i] for i in train], penalty)
        sentence_of.update({cases[i].group: step for i in test})
    sentence = fit_sentences(cases, penalty)
    opinions = [sentence_of[c.group].probabilities(c.rows) for c in cases]
    rows = np.array(
        [claim_features(c.units, c.rows, o) for c, o in zip(cases, opinions, strict=True)]
    )
    labels = np.array([LABELS.index(c.label) for c in cases])

    plain = np.array([c.plain for c in cases])
    chosen = np.flatnonzero(plain)
    weights = np.array([STARTER_WEIGHT[c.of_starter] for c in cases])
    likelihoods = np.zeros((len(cases), len(LABELS)))
    claim_groups = np.array([c.group for c in cases])
    for train, test in GroupKFold(10).split(chosen, groups=claim_groups[chosen]):
        at = chosen[train]
        step = fit_claims(rows[at], labels[at], weights[at])
        likelihoods[chosen[test]] = step.probabilities(rows[chosen[test]])
    claim = fit_claims(rows[chosen], labels[chosen], weights[chosen])
    likelihoods[~plain] = claim.probabilities(rows[~plain])
    origins = np.array([c.origin for c in cases])
    asked = np.isin(origins, [f"starter:{name}" for name in typical])
    thresholds = fit_thresholds(likelihoods[asked], labels[asked])
    answers = answer(likelihoods, thresholds)
    for origin in sorted(set(origins)):
        at = origins == origin
        figures = score(labels[at], answers[at])
        print(origin, {k: round(float(v), 3) for k, v in figures.items()})
    right = answers == labels
    undecided = answers == LABELS.index(UNDECIDED)
    decided = asked & ~undecided
    isotonic = IsotonicRegression(y_min=0.1, y_max=0.97, out_of_bounds="clip")
    isotonic.fit(likelihoods.max(axis=1)[decided], right[decided].astype(float))
    grid = np.linspace(0.25, 1, 16)
    points = zip(grid, isotonic.predict(grid), strict=True)
    return {
        "sentence": as_data(sentence, CLASSES, SENTENCE_FEATURES),
        "claim": as_data(claim, LABELS, CLAIM_FEATURES),
        "thresholds": dict(zip(LABELS[:3], thresholds[:3].round(3).tolist(), strict=True)),
        "calibration": [[round(float(x), 3), round(float(y), 3)] for x, y in points],
        "undecided_right": round(float(right[asked & undecided].mean()), 3),
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
    parser.add_argument(
        "--typical",
        nargs="+",
        required=True,
        help="of --claims, the stems of those that are like what people ask",
    )
    parser.add_argument("--stance", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--penalty", type=float, default=0.05)
    args = parser.parse_args()
    folder = open_model(args.stance)
    cases = read_cases(OnnxStance(folder), args.data, args.claims)
    write(
        args.out,
        args.version,
        {"stance_model": folder.model_id, **fit(cases, args.penalty, args.typical)},
    )


def write(out: Path, version: str, content: dict[str, object]) -> None:
    """The folder's model file and its manifest."""
    out.mkdir(parents=True, exist_ok=True)
    model = out / "weigher.json"
    model.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    files = {model.name: hashlib.sha256(model.read_bytes()).hexdigest()}
    manifest = {"model_id": f"receipts-weigher/{version}", "files": files}
    text = json.dumps(manifest, indent=2) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
