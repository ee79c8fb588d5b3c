# ruff: noqa: S311 (seeded draws of rows)
"""Sentences in which a number, a date or a name is not that of their passage, for `eval citations`.

Claims that the evidence of an open set supports are given with and without one fact changed by
rule, the new one standing nowhere in the passage:

    python -m retrieval.training.changed_facts --data SETS --out changed.jsonl
    receipts eval citations changed.jsonl

What is kept of the unchanged says little: such claims are seldom worded after one passage.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from retrieval.training.rule_numbers import moved_day, moved_month, moved_year, wrong_number
from retrieval.training.stance_data import name_pool
from retrieval.training.stance_rules import replaced_name
from retrieval.training.stance_sets import read_rows
from retrieval.words import STOP_WORDS

SETS = (
    "wice.dev", "climatefever.dev", "healthver_abs.train", "fever2.dev", "fm2.dev",
    "scifact.train", "checkcovid.train",
)  # fmt: skip
OF_A_KIND = 40
"""Changed sentences of a set and a kind."""
_PASSAGE = 1_800


def changed(claim: str, kind: str, pool: dict[str, list[str]], rng: Random) -> str | None:
    """The claim with another fact of the kind; None where it has none."""
    if kind == "number":
        return wrong_number(claim, rng)
    if kind == "name":
        return replaced_name(claim, pool, rng)
    rules = rng.sample((moved_year, moved_month, moved_day), 3)
    return next((text for rule in rules if (text := rule(claim, rng))), None)


def rows_of(name: str, rows: Sequence[dict], rng: Random) -> list[dict[str, object]]:
    """Each changed sentence of a set behind the unchanged one."""
    supported = [row for row in rows if row["label"] == "supported" and row["evidence"]]
    rng.shuffle(supported)
    # A word that only begins a sentence is no name.
    pool = {
        like: kept
        for like, names in name_pool([row["claim"] for row in supported]).items()
        if (kept := [name for name in names if name.split()[0].lower() not in STOP_WORDS])
    }
    made: list[dict[str, object]] = []
    counts = Counter[str]()
    for row in supported:
        own = [e["text"] for e in row["evidence"] if e.get("stance") in (None, "supported")]
        passage, claim = " ".join(own)[:_PASSAGE], row["claim"]
        for kind in ("number", "date", "name"):
            other = changed(claim, kind, pool, rng) if counts[kind] < OF_A_KIND else None
            fresh = {word.strip(".,") for word in set((other or "").split()) - set(claim.split())}
            if not passage or not other or any(word in passage for word in fresh):
                continue
            counts[kind] += 1
            for sentence, label, of in ((claim, 1, "supported"), (other, 0, f"wrong_{kind}")):
                made.append(
                    {"id": f"{name}-{len(made)}", "passage": passage, "sentence": sentence,
                     "label": label, "kind": of}
                )  # fmt: skip
    return made


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the open sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=4)
    args = parser.parse_args()
    rng = Random(args.seed)
    made = []
    for name in SETS:
        made += rows_of(name, read_rows(args.data / f"{name}.jsonl"), rng)
    args.out.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")


if __name__ == "__main__":
    main()
