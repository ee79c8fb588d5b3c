"""The open sets and the written pairs, read into pairs of a premise and a claim.

Nothing here is copied into the repository: the folder of the open sets comes from the command line.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

Target = tuple[float, float, float]
SUPPORTS: Target = (1.0, 0.0, 0.0)
REFUTES: Target = (0.0, 1.0, 0.0)
NEITHER: Target = (0.0, 0.0, 1.0)
NEAR: Target = (0.08, 0.04, 0.88)
MISLEADING: Target = (0.45, 0.45, 0.10)
PARTIAL: Target = (0.30, 0.05, 0.65)
TARGETS = {
    "supported": SUPPORTS, "refuted": REFUTES, "not_enough_evidence": NEITHER,
    "supports": SUPPORTS, "refutes": REFUTES, "neither": NEITHER, "misleading": MISLEADING,
}  # fmt: skip
SENTENCE_END = re.compile(r"(?<=[a-z0-9)%\"”'’\]][.!?]) +(?=[A-Z\"“'(\[0-9])")
STOP = set(
    "the a an of in on at to and or is are was were be been by for with from as that this it "
    "its his her their he she they has have had not did does do who which than but also into "
    "after".split()
)


@dataclass(frozen=True)
class Pair:
    """A premise, a claim, and the share of each label; `group` never spans training and dev."""

    premise: str
    claim: str
    target: Target
    source: str
    kind: str
    group: str
    title: str = ""

    @property
    def misleading(self) -> float | None:
        """Whether the claim has a true part and misleads, where somebody judged that."""
        judged = self.source in ("written", "starter")
        return float(self.target == MISLEADING) if judged else None


def held_out(group: str, share: float) -> bool:
    """The same answer for the same group, for about `share` of the groups."""
    return int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) < share * 0xFFFFFFFF


def read_rows(path: Path) -> list[dict]:
    """The objects of a JSONL file."""
    return [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, by a plain rule."""
    return [s.strip() for s in SENTENCE_END.split(text) if s.strip()]


@lru_cache(maxsize=200_000)
def terms(text: str) -> frozenset[str]:
    """The text's words without the commonest ones, each by its first six letters."""
    return frozenset(w[:6] for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in STOP)


def overlap(claim: str, text: str) -> float:
    """The share of the claim's words that the text holds."""
    wanted = terms(claim)
    return len(wanted & terms(text)) / max(1, len(wanted))


def best_window(claim: str, text: str, words: int) -> str:
    """The sentences of `text` nearest to the claim, in their order, up to about `words` words."""
    parts = sentences_of(text)
    if len(text.split()) <= words:
        return text
    ranked = sorted(range(len(parts)), key=lambda i: (-overlap(claim, parts[i]), i))
    kept: list[int] = []
    total = 0
    for i in ranked:
        size = len(parts[i].split())
        if kept and total + size > words:
            break
        kept.append(i)
        total += size
    return " ".join(" ".join(parts[i] for i in sorted(kept)).split()[: words + 30])


def subject(claim: str) -> str:
    """The claim's leading name, which stands for its page where a set gives no title."""
    match = re.match(
        r"(?:The |In \d+, )?((?:[A-Z][\w'.-]*(?: (?:of|the|and|&|in) (?=[A-Z]))?[ ]?)+)", claim
    )
    if match and match[1].strip() not in ("The", "A", "An", "In", "There", "It"):
        return match[1].strip()
    return " ".join(claim.split()[:4])


def title_text(title: str | None) -> str:
    """A page's title as a reader would write it."""
    page, _, section = (title or "").partition(" | ")
    page = re.sub(r" \([^)]*\)$", "", page)
    return f"{page}, {section}" if section and section != "Summary" else page


def load_fever(folder: Path) -> list[Pair]:
    """FEVER: supported or refuted by Wikipedia sentences."""
    pairs = []
    for row in read_rows(folder / "fever2.dev.jsonl"):
        claim, text = row["claim"], " ".join(e["text"] for e in row["evidence"])
        group = subject(claim)
        premise = best_window(claim, text, 40)
        if len(premise.split()) >= 4:
            pairs.append(Pair(premise, claim, TARGETS[row["label"]], "fever2", "gold", group))
    return pairs


def load_fm2(folder: Path) -> list[Pair]:
    """Fool Me Twice: the same, written to mislead players."""
    pairs = []
    for row in read_rows(folder / "fm2.dev.jsonl"):
        text, title = (
            " ".join(e["text"] for e in row["evidence"]),
            title_text(row["evidence"][0]["title"]),
        )
        group = title.split(",")[0]
        pairs.append(Pair(text, row["claim"], TARGETS[row["label"]], "fm2", "gold", group, title))
    return pairs


def load_scifact(folder: Path) -> list[Pair]:
    """Rationale sentences, windows round them, and other sentences of the abstract as neither."""
    pairs = []
    for row in read_rows(folder / "scifact.train.jsonl"):
        claim, target = row["claim"], TARGETS[row["label"]]
        for item in row["evidence"]:
            title, text = item["title"] or "", item["text"]
            make = lambda premise, to, kind, c=claim, t=title: Pair(  # noqa: E731
                premise, c, to, "scifact", kind, c, t
            )
            rationale = item.get("rationale") or []
            if row["label"] == "not_enough_evidence":
                pairs.append(make(best_window(claim, text, 55), target, "gold"))
                pairs.append(make(best_window(claim, text, 35), target, "window"))
                continue
            if not rationale:
                pairs.append(make(best_window(claim, text, 55), target, "gold"))
                continue
            pairs.append(make(" ".join(rationale), target, "gold"))
            parts = sentences_of(text)
            places = [i for i, p in enumerate(parts) if any(p in r or r in p for r in rationale)]
            if places:
                start, end = max(0, places[0] - 1), min(len(parts), places[0] + 2)
                pairs.append(make(" ".join(parts[start:end]), target, "window"))
            rest = [p for i, p in enumerate(parts[:-2]) if i not in places]
            rest = [p for p in rest if overlap(claim, p) < 0.5]
            if rest:
                best = max(rest, key=lambda p: overlap(claim, p))
                pairs.append(make(best, NEAR, "same_document"))
    return pairs


def load_checkcovid(folder: Path, split: str) -> list[Pair]:
    """Check-COVID: news claims and sentences of papers."""
    return [
        Pair(e["text"], row["claim"], TARGETS[row["label"]], "checkcovid", "gold",
             e["title"] or row["claim"], e["title"] or "")
        for row in read_rows(folder / f"checkcovid.{split}.jsonl")
        for e in row["evidence"][:1]
        if len(e["text"].split()) >= 4
    ]  # fmt: skip


def load_wice(folder: Path) -> list[Pair]:
    """Claims cited to a web page; what is supported only in part leans to neither."""
    pairs = []
    targets = {"supported": SUPPORTS, "partially_supported": PARTIAL, "not_supported": NEITHER}
    for row in read_rows(folder / "wice.dev.jsonl"):
        claim, item, target = row["claim"], row["evidence"][0], targets[row["orig_label"]]
        group, title = row["wiki_title"], item["title"] or ""
        rationale = " ".join(item.get("rationale") or [])
        if rationale and len(rationale.split()) <= 90:
            pairs.append(Pair(rationale, claim, target, "wice", "gold", group, title))
        elif row["orig_label"] == "not_supported" or not rationale:
            pairs.append(
                Pair(
                    best_window(claim, item["text"], 60),
                    claim,
                    target,
                    "wice",
                    "gold",
                    group,
                    title,
                )
            )
        others = [
            s
            for s in sentences_of(item["text"])
            if s not in rationale and 8 <= len(s.split()) <= 60
        ]
        others = [s for s in others if 0.15 < overlap(claim, s) < 0.45]
        if others:
            best = max(others, key=lambda s: overlap(claim, s))
            pairs.append(Pair(best, claim, NEAR, "wice", "same_document", group, title))
    return pairs


def load_written(folder: Path) -> list[Pair]:
    """The pairs written for this project, one JSON object a line; groups share their evidence."""
    pairs, seen = [], set()
    for path in sorted(folder.glob("*.jsonl")):
        for row in read_rows(path):
            key = (row["evidence"], row["claim"])
            if row["label"] not in TARGETS or key in seen:
                continue
            seen.add(key)
            pairs.append(
                Pair(
                    row["evidence"],
                    row["claim"],
                    TARGETS[row["label"]],
                    "written",
                    f"{row['label']}:{row.get('kind', '')}",
                    row["evidence"],
                )
            )
    return pairs
