"""The claims written over the starter corpus, each held against one fact.

A text file has `## source number` for a fact (the number is its place in the note, from 0), and
after it lines `label | kind | claim`, label S, R, M (misleading) or N (neither). A JSON Lines file
has a claim a line with its label and the sources that settle it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from corpus.split import sentences
from corpus.starter import starter_documents
from retrieval.evidence import points_back
from retrieval.training.stance_sets import TARGETS, Pair, held_out, overlap, read_rows

LABELS = {"S": "supports", "R": "refutes", "M": "misleading", "N": "neither"}
JSON_LABELS = {"supported": "supports", "refuted": "refutes", "conflicting": "misleading",
               "not_enough_evidence": "neither"}  # fmt: skip
WHOLE = 0.4
"""Of the pairs, the share that has the whole fact as its premise, not its nearest sentence."""

_FACT = re.compile(r"## (\S+) (\d+)")
_CLAIM = re.compile(r"([SRMN])(?: \| |\t)(.+?)(?: \| |\t)(.+)")


def written_lines(folder: Path) -> Iterator[tuple[str, int, str, str, str]]:
    """Source, fact, label, kind and claim of each line; ValueError where a line is neither."""
    for path in sorted(folder.glob("*.txt")):
        source, number = "", -1
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if fact := _FACT.fullmatch(line.strip()):
                source, number = fact[1], int(fact[2])
            elif claim := _CLAIM.fullmatch(line.strip()):
                yield source, number, LABELS[claim[1]], claim[2], claim[3].strip()
            elif line.strip():
                raise ValueError(f"{path.name}:{at}: neither a fact nor a claim: {line[:60]!r}")


def load_starter_pairs(folder: Path) -> list[Pair]:
    """The pairs, with what the stance model is given as the premise: the title and a sentence."""
    documents = {d.source.id: d for d in starter_documents()}
    pairs, seen = [], set()
    facts = {name: document.text.split("\n") for name, document in documents.items()}
    for source, number, label, kind, claim in [
        *written_lines(folder),
        *labelled_claims(folder, facts),
    ]:
        document = documents[source]
        fact = facts[source][number]
        if (source, number, claim) in seen:
            continue
        seen.add((source, number, claim))
        premise = fact if held_out(f"whole {claim}", WHOLE) else nearest_sentence(claim, fact)
        pairs.append(
            Pair(
                premise=f"{document.source.title}. {premise}",
                claim=claim,
                target=TARGETS[label],
                source="starter",
                kind=f"{label}:{kind}",
                group=f"starter {source}",
            )
        )
    return pairs


def labelled_claims(
    folder: Path, facts: dict[str, list[str]]
) -> Iterator[tuple[str, int, str, str, str]]:
    """The same of each line of the JSON files: the fact that is nearest to the claim among those
    of its sources."""
    for path in sorted(folder.glob("*.jsonl")):
        for row in read_rows(path):
            if row["checkable"]:
                places = [(s, n) for s in row["sources"] for n in range(len(facts[s]))]
                source, number = max(
                    places, key=lambda at: overlap(row["claim"], facts[at[0]][at[1]])
                )
                yield source, number, JSON_LABELS[row["label"]], row["variant_kind"], row["claim"]


def nearest_sentence(claim: str, text: str) -> str:
    """The sentence that shares most with the claim, after the one that it points back to."""
    spans = sentences(text)
    parts = [text[span.start : span.end] for span in spans]
    at = max(range(len(parts)), key=lambda i: overlap(claim, parts[i]))
    return " ".join(parts[at - 1 : at + 1]) if at and points_back(parts[at]) else parts[at]
