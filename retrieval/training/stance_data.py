# ruff: noqa: S311 (seeded draws of training pairs)
"""What the stance model trains on: open sets, written pairs, and changes made by rule."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from sklearn.feature_extraction.text import TfidfVectorizer

from corpus.split import sentences
from corpus.starter import starter_documents
from retrieval.training.stance_rules import FLIP, KEEP, names, negated, replaced_name, shape
from retrieval.training.stance_sets import (
    NEAR,
    NEITHER,
    REFUTES,
    SUPPORTS,
    Pair,
    Target,
    held_out,
    load_checkcovid,
    load_fever,
    load_fm2,
    load_scifact,
    load_wice,
    load_written,
    overlap,
    read_rows,
    sentences_of,
    subject,
    terms,
    title_text,
)
from retrieval.training.starter_pairs import load_starter_pairs

RARE = re.compile(r"[$£€]\d|\d (?:thousand|million|billion|percent)|\d%|\d,\d{3}|\d [a-z]+s\b")

STARTER_COPIES = 2
"""How often a claim over the starter notes stands among the written ones: they are few."""


@dataclass(frozen=True)
class Sentence:
    """A plain sentence, a window of up to three sentences round it, and what stands beside it."""

    text: str
    window: str
    beside: str
    group: str


@dataclass(frozen=True)
class Data:
    """Pairs to train on and held-out pairs by set, with what the rules draw from."""

    real: list[Pair]
    written: list[Pair]
    dev: dict[str, list[Pair]]
    near: dict[str, list[tuple[str, str]]]
    """Passages beside the point of a claim, with their titles."""
    sentences: list[Sentence]
    starter: list[Sentence]
    """The starter notes' sentences: the rules change them too."""
    pool: dict[str, list[str]]


def starter_sentences() -> list[Sentence]:
    """The sentences of the starter notes, each behind its note's title."""
    found = []
    for document in starter_documents():
        for fact in document.text.split("\n"):
            parts = [fact[span.start : span.end] for span in sentences(fact)]
            found += [
                Sentence(part, f"{document.source.title}. {part}", "", document.source.id)
                for part in parts
            ]
    return found


def plain_sentences(folder: Path) -> list[Sentence]:
    """The sentences of the open sets' texts that can stand alone."""
    texts: list[tuple[str, str]] = []
    for row in read_rows(folder / "wice.dev.jsonl"):
        texts.append((row["evidence"][0]["text"][:6000], row["wiki_title"]))
        texts.append((row.get("claim_context") or "", row["wiki_title"]))
    for row in read_rows(folder / "fm2.dev.jsonl"):
        texts += [(e["text"], title_text(e["title"]).split(",")[0]) for e in row["evidence"]]
    for row in read_rows(folder / "scifact.train.jsonl"):
        texts += [(e["text"], row["claim"]) for e in row["evidence"][:1]]
    for row in read_rows(folder / "fever2.dev.jsonl"):
        texts.append((row["evidence"][0]["text"][:800], subject(row["claim"])))
    found, seen = [], set()
    for text, group in texts:
        parts = sentences_of(text)
        for i, part in enumerate(parts):
            plain = (
                7 <= len(part.split()) <= 38 and re.match(r"[A-Z\"“]", part) and part[-1] in '.”"'
            )
            if not plain or part in seen or re.search(r"[|#{}<>\[\]_]|http|©", part):
                continue
            seen.add(part)
            window = " ".join(parts[max(0, i - 1) : i + 2])
            window = window if len(window.split()) <= 85 else part
            beside = " ".join(parts[max(0, i - 1) : i] + parts[i + 1 : i + 2])
            found.append(Sentence(part, window, beside, group))
    return found


def name_pool(texts: Iterable[str]) -> dict[str, list[str]]:
    """Names seen in the texts, by shape."""
    pool: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        for name in names(text):
            pool[shape(name)].add(name)
    return {key: sorted(found) for key, found in pool.items()}


def near_misses(pairs: Sequence[Pair]) -> dict[str, list[tuple[str, str]]]:
    """For each claim, passages that look near and do not bear on it.

    The lexically closest passages of other groups, and passages of the same page that share little
    with the claim but its subject.
    """
    passages = sorted({(p.premise, p.group, page_title(p)) for p in pairs})
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english")
    matrix = vectorizer.fit_transform([text for text, _, _ in passages])
    by_group: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for text, group, title in passages:
        by_group[group].append((text, title))
    claims = sorted({(p.claim, p.group) for p in pairs})
    gold: dict[str, set[str]] = defaultdict(set)
    for p in pairs:
        gold[p.claim].add(p.premise)
    found: dict[str, list[tuple[str, str]]] = {}
    for start in range(0, len(claims), 512):
        part = claims[start : start + 512]
        scores = (vectorizer.transform([c for c, _ in part]) @ matrix.T).toarray()
        for (claim, group), row in zip(part, scores, strict=True):
            rest = terms(claim) - terms(group)
            same = [
                (t, title)
                for t, title in by_group[group][:40]
                if t not in gold[claim] and len(rest & terms(t)) <= len(rest) // 4
            ]
            order = row.argpartition(-6)[-6:]
            far = [
                (passages[i][0], passages[i][2])
                for i in order
                if passages[i][1] != group and passages[i][0] not in gold[claim]
                and overlap(claim, passages[i][0]) < 0.6
            ]  # fmt: skip
            found[claim] = same[:3] + far
    return found


def load_data(folder: Path, written: Path, starter: Path) -> Data:
    """Reads every set and splits it by group; claims over the starter notes, which the shipped
    corpus holds anyway, by claim."""
    shares = {"fever2": 0.04, "fm2": 0.17, "scifact": 0.14, "checkcovid": 0.0, "wice": 0.12}
    everything = load_fever(folder) + load_fm2(folder) + load_scifact(folder)
    everything += load_checkcovid(folder, "train") + load_wice(folder)
    dev_groups = {p.group for p in everything if held_out(p.group, shares[p.source])}
    dev: dict[str, list[Pair]] = defaultdict(list)
    real = []
    for p in everything:
        if p.group not in dev_groups:
            real.append(p)
        elif p.kind == "gold":
            dev[p.source].append(p)
    dev["checkcovid"] = load_checkcovid(folder, "dev")
    train_written = []
    for p in load_written(written):
        if held_out(p.group, 0.12):
            dev["written"].append(p)
        else:
            train_written.append(p)
    for p in load_starter_pairs(starter):
        if held_out(p.claim, 0.05):
            dev["starter"].append(p)
        else:
            train_written += [p] * STARTER_COPIES
    plain = plain_sentences(folder)
    pool = name_pool(s.text for s in plain)
    quiet = [s for s in plain if s.group not in dev_groups]
    rng = Random(5)
    held = [s for s in plain if s.group in dev_groups]
    dev["rules"] = [
        p for s in rng.sample(held, min(900, len(held))) for p in changed_sentence(s, pool, rng)
    ]
    near = near_misses(real) | (near_misses(train_written) if train_written else {})
    return Data(real, train_written, dict(dev), near, quiet, starter_sentences(), pool)


def soften(text: str, rng: Random, count: int) -> str:
    """Up to `count` changes that keep the meaning."""
    for _ in range(count):
        rule = rng.choice(KEEP)[1]
        text = rule(text, rng) or text
    return text


def flipped(text: str, pool: dict[str, list[str]], rng: Random) -> tuple[str, str, Target] | None:
    """The text with one change that makes it false, the kind of change, and its target."""
    rules = [*FLIP, ("name", None)]
    rng.shuffle(rules)
    frequent, rare = (
        {"negation", "antonym", "name"},
        {"scale", "currency", "unit", "roles", "number"},
    )
    if rng.random() < 0.65:
        rules.sort(key=lambda r: (r[0] in frequent) - (r[0] in rare))
    for kind, rule in rules:
        changed = replaced_name(text, pool, rng) if rule is None else rule(text, rng)
        if changed and changed != text:
            target = (0.03, 0.80, 0.17) if kind == "name" else REFUTES
            return changed, kind, target
    return None


def changed_sentence(item: Sentence, pool: dict[str, list[str]], rng: Random) -> list[Pair]:
    """One true and one false claim about a plain sentence, with the same passage."""
    sentence, group = item.text, item.group
    premise = item.window if rng.random() < 0.35 else sentence
    kept = soften(sentence, rng, rng.choice([1, 2, 3]))
    pairs = [Pair(premise, kept, SUPPORTS, "rules", "keep", group)]
    false = flipped(sentence, pool, rng)
    if false:
        text, kind, target = false
        text = (
            soften(text, rng, rng.choice([0, 1, 2]))
            if kind in ("negation", "antonym", "name")
            else text
        )
        if (
            kind not in ("negation", "antonym", "name", "number", "bound", "scale")
            and rng.random() < 0.4
        ):
            wording = dict(KEEP)[rng.choice(["synonym", "dropped_detail"])]
            text = wording(text, rng) or text
        pairs.append(Pair(premise, text, target, "rules", kind, group))
    return pairs


def changed_claims(
    pairs: Sequence[Pair], pool: dict[str, list[str]], rng: Random, share: float
) -> list[Pair]:
    """Changes to a share of the claims of supported pairs, and to denied claims of refuted ones."""
    made = []
    for p in pairs:
        if rng.random() > share:
            continue
        if p.target == SUPPORTS:
            if rng.random() < 0.3:
                kept = soften(p.claim, rng, 2)
                if kept != p.claim:
                    made.append(replace(p, claim=kept, source="rules", kind="keep_claim"))
                continue
            false = flipped(p.claim, pool, rng)
            if false:
                made.append(
                    replace(p, claim=false[0], target=false[2], source="rules", kind=false[1])
                )
        elif p.target == REFUTES and re.search(r"\b(?:not|never) ", p.claim):
            truth = negated(p.claim, rng)
            if truth:
                made.append(
                    replace(p, claim=truth, target=SUPPORTS, source="rules", kind="denial_removed")
                )
    return made


def one_round(data: Data, seed: int, size: int, written: float) -> list[Pair]:
    """About `size` pairs: a share `written` of the written ones, the rest real, changed and near.

    FEVER is three quarters of the real pairs and fills little more than half of their part.
    """
    rng = Random(seed)
    of_written = round(size * written)
    rest = size - of_written
    fever = [p for p in data.real if p.source == "fever2"]
    others = [p for p in data.real if p.source != "fever2"]
    real = rng.sample(fever, min(len(fever), round(rest * 0.24)))
    real += rng.sample(others, min(len(others), round(rest * 0.20)))
    pairs = real + changed_claims(real, data.pool, rng, 0.35)
    counted = [s for s in data.sentences if RARE.search(s.text)]
    chosen = rng.sample(data.sentences, round(rest * 0.07)) + rng.sample(
        counted, min(len(counted), round(rest * 0.05))
    )
    chosen += rng.sample(data.starter, min(len(data.starter), round(rest * 0.04)))
    for item in chosen:
        pairs += changed_sentence(item, data.pool, rng)
        if item.beside and rng.random() < 0.3 and overlap(item.text, item.beside) < 0.4:
            pairs.append(
                Pair(item.beside, soften(item.text, rng, 1), NEAR, "rules", "beside", item.group)
            )
    for_written: list[Pair] = []
    while data.written and len(for_written) < of_written:
        missing = of_written - len(for_written)
        for_written += rng.sample(data.written, min(missing, len(data.written)))
    for p in real + for_written:
        options = data.near.get(p.claim)
        if options and p.target != NEITHER and rng.random() < 0.2:
            premise, title = rng.choice(options)
            pairs.append(Pair(premise, p.claim, NEITHER, "near", p.source, p.group, title))
    return [with_title(p, rng) for p in pairs + for_written]


def page_title(pair: Pair) -> str:
    """The passage's title; FEVER has none, so the name of the page."""
    return pair.group if pair.source == "fever2" else pair.title


def with_title(pair: Pair, rng: Random) -> Pair:
    """The premise behind its title, half of the time."""
    title = page_title(pair)
    if not title or rng.random() < 0.5:
        return pair
    return replace(pair, premise=f"{title.rstrip('.')}. {pair.premise}")
