"""Reading the contract's data files: every fault is one line that names the file and the line."""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from corpus.errors import InputError
from corpus.model import parse_partial_date
from prompts.language import language_of
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
_MAX_CHARACTERS = 4_000
"""Of a claim or a sentence: as many as a message on Discord may have."""


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
    kind: str | None
    """What its label answers; None where nobody said."""


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

    def relevant(self, query: str) -> dict[str, float]:
        """The documents that bear on a query, with their gains."""
        judged = self.qrels.get(query, {})
        return {document: gain for document, gain in judged.items() if gain > 0}


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
    return list(
        _rows(path, lambda row: TextRow(_text(row, "text"), _bit(row, "label"), _kind(row)))
    )


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
        _rows(folder / "queries.jsonl", lambda row: (_id(row, "_id"), _text(row, "text")))
    )
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise InputError(f"{corpus}: no such file")
    return RetrievalSet(corpus, queries, _qrels(folder / "qrels.tsv"))


def read_documents(path: Path) -> Iterator[tuple[str, str, str]]:
    """(id, title or "", text) of each document of a BEIR corpus that says anything.

    Several of its corpora hold documents of a title alone, which is their text then, or of nothing.
    """
    for id_, title, text in _rows(path, _document):
        if text or title:
            yield id_, title, text or title


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
    except (ValueError, RecursionError) as error:
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
        id=_sound(str(row.get("id", ""))),
        claim=_short(row, "claim"),
        label=GOLD_LABELS[label],
        claim_date=parse_partial_date(str(day))[1] if day else None,
        evidence=tuple(_evidence(item) for item in evidence),
        sources=frozenset(str(item) for item in _list(row, "sources")),
    )


def _citation_row(row: dict[str, object]) -> CitationRow:
    return CitationRow(
        id=_id(row, "id"),
        sentence=_short(row, "sentence"),
        passage=_text(row, "passage"),
        label=_bit(row, "label"),
        kind=_kind(row),
    )


def _pair_row(row: dict[str, object]) -> PairRow:
    a, b = _short(row, "a"), _short(row, "b")
    return PairRow(
        id=_id(row, "id"),
        a=a,
        b=b,
        same=_bit(row, "same"),
        kind=_kind(row),
        across_languages=language_of(a) != language_of(b),
    )


def _document(row: dict[str, object]) -> tuple[str, str, str]:
    text = row.get("text")
    if not isinstance(text, str):
        raise ValueError("'text' is missing or no text")
    return _id(row, "_id"), _sound(str(row.get("title") or "")).strip(), _sound(text).strip()


def _evidence(item: object) -> Evidence:
    if not isinstance(item, dict):
        raise ValueError(f"evidence is not an object: {item!r:.60}")
    try:
        text = _text(item, "text")
    except ValueError as error:
        raise ValueError(f"evidence: {error}") from error
    optional = {name: item.get(name) for name in _EVIDENCE_FIELDS}
    return Evidence(
        text=text,
        **{name: _sound(str(value)) if value else None for name, value in optional.items()},
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
    return _sound(value)


def _short(row: dict[str, object], name: str) -> str:
    value = _text(row, name)
    if len(value) > _MAX_CHARACTERS:
        raise ValueError(f"{name!r} is longer than {_MAX_CHARACTERS:,} characters")
    return value


def _id(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    return str(value) if type(value) is int else _text(row, name)


def _kind(row: dict[str, object]) -> str | None:
    value = row.get("kind")
    return _sound(str(value)) if value else None


def _sound(text: str) -> str:
    """Without half surrogate pairs, which JSON can carry and no text may hold."""
    return text.encode("utf-8", "replace").decode()


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
                    gain = float(score)
                    if not math.isfinite(gain):
                        raise ValueError(score)
                    qrels.setdefault(query, {})[document] = gain
                except ValueError as error:
                    fault = f"{path}:{number}: not query-id, corpus-id, score"
                    raise InputError(fault) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return qrels
