# ruff: noqa: S311 (seeded draws of training pairs)
"""Pairs of claims that say the same, or do not: from claims written in families, and by rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from random import Random

from benchmarks.pairs import OTHER, Family, read_families
from retrieval.training.rule_numbers import date_format, number_format, words_to_digits
from retrieval.training.stance_data import name_pool
from retrieval.training.stance_rules import (
    FLIP,
    names,
    passive_to_active,
    replaced_name,
    shape,
    synonym,
)
from retrieval.training.stance_sets import (
    NEITHER,
    REFUTES,
    SUPPORTS,
    Pair,
    Target,
    held_out,
    read_rows,
)
from retrieval.training.starter_pairs import written_lines

SAME, DIFFERS, APART = SUPPORTS, REFUTES, NEITHER
"""What the model learns, in the places of supports, refutes and neither."""

_KEEP = (number_format, date_format, words_to_digits, synonym, passive_to_active)
_FRONTED = re.compile(
    r"^(?P<rest>[A-Z].{15,}?) (?P<when>(?:in|on|since|by|from|after|before|during|at) "
    r"[^.,;]{4,40})\.$"
)
_SHORTER = (
    ("percent", "%"), ("million", "M"), ("billion", "B"), ("thousand", "k"), ("because", "bc"),
    ("people", "ppl"), ("years", "yrs"), ("and", "&"), ("with", "w"), ("about", "like"),
    ("more than", "over"), ("United States", "US"), ("government", "gov"), ("you", "u"),
    ("dollars", "bucks"), ("going to", "gonna"), ("for", "4"),
)  # fmt: skip
_TAILS = (
    "lol",
    "smh",
    "tbh",
    "btw",
    "wow",
    "lmao",
    "😂",
    "🔥",
    "💀",
    "🤯",
    "just saying",
    "wild",
    "fyi",
)
_HEADS = ("so ", "bro ", "omg ", "apparently ", "btw ", "lol ", "wait ", "")


def written_pairs(families: Sequence[Family], rng: Random) -> list[Pair]:
    """Every two that say the same, each other claim beside every one of them and beside its
    neighbour, and a claim of the same area beside each."""
    pairs = []
    for family in families:

        def pair(a: str, b: str, target: Target, kind: str, group: str = family.name) -> Pair:
            return Pair(a, b, target, "families", kind, group)

        pairs += [pair(a, b, SAME, "same") for a, b in combinations(family.same, 2)]
        for kind, b in family.other:
            pairs += [pair(a, b, DIFFERS, kind) for a in family.same]
        pairs += [pair(a, b, DIFFERS, OTHER) for (_, a), (_, b) in pairwise(family.other)]
        near = [f for f in families if f.area == family.area and f is not family]
        if near:
            far = rng.choice(near)
            pairs.append(pair(rng.choice(family.same), rng.choice(far.same), APART, "apart"))
    return pairs


def plain_claims(data: Path, starter: Path) -> list[str]:
    """Claims that rules may change: those over the starter notes, and of the open sets."""
    claims = [claim for *_, label, kind, claim in written_lines(starter) if label == "supports"]
    for name in ("fm2.dev", "fever2.dev", "scifact.train"):
        rows = read_rows(data / f"{name}.jsonl")
        claims += [row["claim"] for row in rows if 6 <= len(row["claim"].split()) <= 30]
    return claims


def twin_pairs(starter: Path) -> list[Pair]:
    """Of each starter fact, what is right and what is wrong of the same kind, line by line."""
    kept: dict[tuple[str, int, str], str] = {}
    pairs = []
    for source, number, label, kind, claim in written_lines(starter):
        if label == "supports":
            kept[source, number, kind] = claim
        elif label == "refutes" and (right := kept.get((source, number, kind))):
            pairs.append(Pair(right, claim, DIFFERS, "twins", kind, f"starter {source}"))
    return pairs


def casual(text: str, rng: Random) -> str:
    """The text as somebody types it in a chat."""
    for long, short in rng.sample(_SHORTER, 8):
        text = re.sub(rf" ?\b{long}\b" if short in "%MBk" else rf"\b{long}\b", short, text, count=1)
    text = text.rstrip(".")
    if rng.random() < 0.8:
        text = text.lower()
    if rng.random() < 0.6:
        text = text.replace("'s", "s").replace("’s", "s")
    if rng.random() < 0.4:
        text = rng.choice(_HEADS) + text
    return f"{text} {rng.choice(_TAILS)}" if rng.random() < 0.7 else text


def fronted(text: str, rng: Random) -> str | None:
    """What stands at the end, when it says when or where, put first."""
    match = _FRONTED.match(text)
    if not match:
        return None
    when, rest = match["when"], match["rest"]
    start = rest if names(rest[:30]) or rest.split()[0].isupper() else rest[0].lower() + rest[1:]
    return f"{when[0].upper()}{when[1:]}{rng.choice([', ', ' '])}{start}."


def exchanged(text: str, rng: Random) -> str | None:
    """Two names of the text in each other's place; not of those that are listed side by side."""
    found = list(dict.fromkeys(names(text)))
    rng.shuffle(found)
    for x, y in combinations(found, 2):
        between = (
            text[text.find(x) + len(x) : text.find(y)] or text[text.find(y) + len(y) : text.find(x)]
        )
        if re.fullmatch(r"(?:, | and | or | & |, and )", between) or x in y or y in x:
            continue
        if text.count(x) == text.count(y) == 1:
            return text.replace(x, "\0").replace(y, x).replace("\0", y)
    return None


def exchanged_pairs(families: Sequence[Family], rng: Random) -> list[Pair]:
    """Claims beside another that says the same but for two names that have changed places."""
    pairs = []
    for family in families:
        for text in family.same:
            turned = exchanged(text, rng)
            if turned is not None:
                pairs += [
                    Pair(other, turned, DIFFERS, "families", "role_swap", family.name)
                    for other in family.same
                ]
    return pairs


def ruled_pairs(claims: Sequence[str], count: int, rng: Random) -> Iterator[Pair]:
    """Claims beside themselves as rules change them: half keep what is said."""
    pool = name_pool(claims)
    made = 0
    while made < count:
        text = rng.choice(claims)
        other: str | None = text
        if made % 2:
            for rule in rng.sample((*_KEEP, fronted, fronted), 4):
                other = rule(other, rng) or other
            if rng.random() < 0.4:
                other = casual(other, rng)
            target = SAME
        else:
            rules = [rule for _, rule in FLIP]
            other = (
                replaced_name(text, pool, rng)
                if rng.random() < 0.3
                else rng.choice(rules)(text, rng)
            )
            if other is not None and rng.random() < 0.5:
                other = fronted(other, rng) or other
            if other is not None and rng.random() < 0.3:
                other = casual(other, rng)
            target = DIFFERS
        if other is None or other == text:
            continue
        made += 1
        yield Pair(text, other, target, "rules", "keep" if target == SAME else "flip", text)


def renamed(pair: Pair, pool: dict[str, list[str]], rng: Random) -> Pair:
    """The pair with a name that both have replaced in both, so that no name is learnt by heart."""
    shared = [name for name in names(pair.premise) if name in pair.claim]
    if not shared:
        return pair
    name = rng.choice(shared)
    other = rng.choice(pool.get(shape(name)) or [name])
    if other in pair.premise or other in pair.claim:
        return pair
    return Pair(
        pair.premise.replace(name, other), pair.claim.replace(name, other),
        pair.target, pair.source, pair.kind, pair.group,
    )  # fmt: skip


class SamePairs:
    """Where training pairs come from; families are held out whole, by a hash of their name."""

    def __init__(self, written: Path, data: Path, starter: Path, dev: float = 0.15) -> None:
        families = read_families(written)
        pairs = written_pairs(families, Random(1))
        held = {family.name for family in families if held_out(f"same {family.name}", dev)}
        self.same = [p for p in pairs if p.target == SAME and p.group not in held]
        self.other = [p for p in pairs if p.target != SAME and p.group not in held]
        known = [family for family in families if family.name not in held]
        self._exchanged = exchanged_pairs(known, Random(2))
        self.dev = [p for p in pairs if p.group in held]
        self._twins = twin_pairs(starter)
        self._claims = plain_claims(data, starter)
        self._pool = name_pool(self._claims)

    def one_round(self, seed: int, size: int) -> list[Pair]:
        """`size` pairs, the written ones three in four."""
        rng = Random(seed)
        pairs = [
            *rng.choices(self.same, k=size * 8 // 20),
            *rng.choices(self.other, k=size * 7 // 20),
            *rng.choices(self._exchanged, k=size * 2 // 20),
            *rng.choices(self._twins, k=size // 20),
            *ruled_pairs(self._claims, size * 2 // 20, rng),
        ]
        return [self._varied(pair, rng) for pair in pairs]

    def _varied(self, pair: Pair, rng: Random) -> Pair:
        """Sides exchanged, names replaced, one side as in a chat: each now and then."""
        if pair.source == "families" and rng.random() < 0.35:
            pair = renamed(pair, self._pool, rng)
        a, b = pair.premise, pair.claim
        if pair.source != "rules":
            a, b = (casual(text, rng) if rng.random() < 0.15 else text for text in (a, b))
        if rng.random() < 0.5:
            a, b = b, a
        return Pair(a, b, pair.target, pair.source, pair.kind, pair.group)
