# ruff: noqa: S311 (seeded draws of pairs)
"""Pairs of claims for `receipts eval pairs`, from claims written in families.

    python -m benchmarks.pairs families.jsonl
    receipts eval pairs families.jsonl

A file of `same_claims/` has `## family area`, then `B` a claim, `P` the same in other words, `N`
another claim that a reader in a hurry might take for it, with its kind before a colon where it is
told. Each P stands beside its B, and four times beside another P; each N beside its B and a P.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parents[1] / "retrieval/training/same_claims"
KINDS = frozenset(
    ("attribution", "different_date", "different_number", "different_unit", "entity_swap",
     "near_topic", "negated", "quantifier", "role_swap", "scope")
)  # fmt: skip
OTHER = "other"
"""The kind of a claim of which nobody told how it differs."""
BESIDE_ANOTHER = 4


@dataclass
class Family:
    """Claims about one matter: the first, others that say the same, and some that do not."""

    name: str
    area: str
    same: list[str] = field(default_factory=list)
    other: list[tuple[str, str]] = field(default_factory=list)
    """(kind, claim)"""


def read_families(folder: Path) -> list[Family]:
    """All families of a folder; ValueError where a line is none of the four kinds."""
    families: list[Family] = []
    for path in sorted(folder.glob("*.txt")):
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            mark, _, text = line.partition(" ")
            if mark == "##":
                families.append(Family(*text.split()))
            elif mark in ("B", "P"):
                families[-1].same.append(text)
            elif mark == "N":
                kind, colon, rest = text.partition(": ")
                told = bool(colon) and kind in KINDS
                families[-1].other.append((kind, rest) if told else (OTHER, text))
            elif line.strip():
                raise ValueError(f"{path.name}:{at}: neither a family nor a claim: {line[:60]!r}")
    return families


def pairs_of(family: Family) -> Iterator[tuple[str, str, int, str]]:
    """Two claims, 1 where they say the same, and the kind of the second."""
    draw = Random(family.name)
    first, *rest = family.same
    yield from ((first, text, 1, "same") for text in rest)
    among = list(combinations(rest, 2))
    for one, other in draw.sample(among, min(BESIDE_ANOTHER, len(among))):
        yield one, other, 1, "same"
    for kind, text in family.other:
        yield first, text, 0, kind
        yield draw.choice(rest), text, 0, kind


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    made = [
        {"id": f"{family.name}-{n}", "a": a, "b": b, "same": same, "kind": kind}
        for family in read_families(FOLDER)
        for n, (a, b, same, kind) in enumerate(pairs_of(family))
    ]
    args.out.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")


if __name__ == "__main__":
    main()
