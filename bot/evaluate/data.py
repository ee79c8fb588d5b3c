"""Reading the contract's data files: every fault is one line that names the file and the line."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from corpus.errors import InputError
from corpus.model import parse_partial_date
from prompts.language import looks_foreign
from prompts.verdict import Label

Row = TypeVar("Row")

GOLD_LABELS = {
    "supported": Label.SUPPORTED,
    "refuted": Label.REFUTED,
    "not_enough_evidence": Label.NOT_ENOUGH_EVIDENCE,
    "conflicting": Label.MISLEADING,
    "misleading": Label.MISLEADING,
    "not_checkable": Label.NOT_CHECKABLE,
}
"""What data files write, and the label it means."""

_EVIDENCE_FIELDS = ("url", "title", "date", "question")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence that a data set gives for a claim."""

    text: str
    url: str | None = None
    title: str | None = None
    date: str | None = None
    question: str | None = None
    """What the text answers, in sets made of questions and answers."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with its gold label, and what the set says of its evidence."""

    id: str
    claim: str
    label: Label
    claim_date: date | None
    evidence: tuple[Evidence, ...]
    sources: frozenset[str]
    """Ids of the sources that hold the answer; empty where the set names none."""


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text, and 1 where it holds a claim worth checking."""

    text: str
    label: int


@dataclass(frozen=True, slots=True)
class CitationRow:
    """A sentence, the passage it cites, and 1 where the passage supports it."""

    id: str
    sentence: str
    passage: str
    label: int
    kind: str | None
    """In what way it does or does not; None where nobody said."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two claims, and 1 where a verdict on `a` may answer `b`."""

    id: str
    a: str
    b: str
    same: int
    kind: str | None
    """In what way they differ or not; None where nobody said."""
    across_languages: bool


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Queries and their judgements; the documents stay in the file."""

    corpus: Path
    queries: dict[str, str]
    qrels: dict[str, dict[str, float]]


def parse_labels(text: str) -> frozenset[Label]:
    """The labels of a comma-separated list."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in GOLD_LABELS:
            raise InputError(f"--labels: no label {name!r}; known: {', '.join(GOLD_LABELS)}")
    if not names:
        raise InputError("--labels: the list is empty")
    return frozenset(GOLD_LABELS[name] for name in names)


def read_claims(path: Path) -> list[ClaimRow]:
    """Claims JSONL."""
    return list(_rows(path, _claim_row))


def read_texts(path: Path) -> list[TextRow]:
    """Worthiness JSONL."""
    return list(_rows(path, lambda row: TextRow(_text(row, "text"), _bit(row, "label"))))


def read_citations(path: Path) -> list[CitationRow]:
    """Citations JSONL."""
    return list(_rows(path, _citation_row))


def read_pairs(path: Path) -> list[PairRow]:
    """Pairs JSONL."""
    return list(_rows(path, _pair_row))


def read_retrieval(folder: Path) -> RetrievalSet:
    """A BEIR folder: corpus.jsonl, queries.jsonl, qrels.tsv (with a header line)."""
    if not folder.is_dir():
        raise InputError(f"{folder}: not a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
    queries = dict(
        _rows(folder / "queries.jsonl", lambda row: (_text(row, "_id"), _text(row, "text")))
    )
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise InputError(f"{corpus}: no such file")
    return RetrievalSet(corpus, queries, _qrels(folder / "qrels.tsv"))


def read_documents(path: Path) -> Iterator[tuple[str, str, str]]:
    """(id, title or "", text) of each document of a BEIR corpus."""
    yield from _rows(
        path,
        lambda row: (_text(row, "_id"), str(row.get("title") or ""), _text(row, "text")),
    )


def sample(rows: Sequence[Row], limit: int | None, seed: int | None) -> list[Row]:
    """At most `limit` rows: the first ones, or with a seed a random choice in the file's order."""
    if limit is None or limit >= len(rows):
        return list(rows)
    if seed is None:
        return list(rows[:limit])
    chosen = random.Random(seed).sample(range(len(rows)), limit)  # noqa: S311 - a sample, no secret
    return [rows[i] for i in sorted(chosen)]


def _rows(path: Path, read: Callable[[dict[str, object]], Row]) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _row(f"{path}:{number}", line, read)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | UnicodeDecodeError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
    return InputError(f"{path}: {reason}")


def _row(where: str, line: str, read: Callable[[dict[str, object]], Row]) -> Row:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"{where}: not a JSON object")
    try:
        return read(value)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error


def _claim_row(row: dict[str, object]) -> ClaimRow:
    label = _text(row, "label")
    if label not in GOLD_LABELS:
        raise ValueError(f"no label {label!r}; known: {', '.join(GOLD_LABELS)}")
    day = row.get("claim_date")
    evidence = _list(row, "evidence")
    return ClaimRow(
        id=str(row.get("id", "")),
        claim=_text(row, "claim"),
        label=GOLD_LABELS[label],
        claim_date=parse_partial_date(str(day))[1] if day else None,
        evidence=tuple(_evidence(item) for item in evidence),
        sources=frozenset(str(item) for item in _list(row, "sources")),
    )


def _citation_row(row: dict[str, object]) -> CitationRow:
    kind = row.get("kind")
    return CitationRow(
        id=_text(row, "id"),
        sentence=_text(row, "sentence"),
        passage=_text(row, "passage"),
        label=_bit(row, "label"),
        kind=str(kind) if kind else None,
    )


def _pair_row(row: dict[str, object]) -> PairRow:
    kind = row.get("kind")
    a, b = _text(row, "a"), _text(row, "b")
    return PairRow(
        id=_text(row, "id"),
        a=a,
        b=b,
        same=_bit(row, "same"),
        kind=str(kind) if kind else None,
        across_languages=looks_foreign(a) != looks_foreign(b),
    )


def _evidence(item: object) -> Evidence:
    if not isinstance(item, dict):
        raise ValueError(f"evidence is not an object: {item!r:.60}")
    optional = {name: item.get(name) for name in _EVIDENCE_FIELDS}
    return Evidence(
        text=_text(item, "text"),
        **{name: str(value) if value else None for name, value in optional.items()},
    )


def _list(row: dict[str, object], name: str) -> list[object]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{name!r} is not a list")
    return value


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name!r} is missing, empty or no text")
    return value


def _bit(row: dict[str, object], name: str) -> int:
    value = row.get(name)
    if value not in (0, 1):
        raise ValueError(f"{name!r} is {value!r}, not 0 or 1")
    return int(bool(value))


def _qrels(path: Path) -> dict[str, dict[str, float]]:
    qrels: dict[str, dict[str, float]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(lines, None)
            for number, line in enumerate(lines, 2):
                try:
                    query, document, score = line
                    qrels.setdefault(query, {})[document] = float(score)
                except ValueError as error:
                    fault = f"{path}:{number}: not query-id, corpus-id, score"
                    raise InputError(fault) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return qrels
