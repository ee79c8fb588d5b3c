"""How well evidence carries a sentence, from 0 to 1: what rules alone cannot settle.

A logistic regression over named features: the stance model's probabilities, how much of the
sentence the evidence covers, and the findings of the rules. Its weights and the threshold are
data (`audit.json`), fitted by `prompts/training/fit_audit.py`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from prompts.audit_evidence import Evidence
from prompts.audit_pairs import mismatched
from prompts.audit_places import Misplaced, bound_elsewhere, exchanged, misplaced, wrongly_filled
from prompts.audit_roles import Opposed, denials, is_denied, turned, unplanned
from prompts.audit_speech import dropped_attribution
from retrieval.findings import Reading, Surroundings, find
from retrieval.model import Finding
from retrieval.quantities import same_value

_ALL = re.compile(
    r"(?<!\bnot )(?<!\bof )(?<!\bif )\b(?:all(?! but)|every(?:one|body|thing|where)?|always|"
    r"any(?:one|body|thing)|"
    r"entire(?:ly)?|completely|totally|whatever|whoever|wherever|alike|100 percent)\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:nobody|nothing|none|never(?! (?:before|had|has|been so))|no one)\b", re.IGNORECASE
)
_DENIES = re.compile(
    r"\b(?:no|not|none|never|nobody|nothing|without|left out|neither|nor|cannot|only)\b|n['’]t\b",
    re.IGNORECASE,
)
_EVER = re.compile(
    r"\b(?:ever|never|in history|of all time|on record|in the world)\b", re.IGNORECASE
)
_RECORD = re.compile(r"\b(?:an?|the|set|new) record\b|\bin (?:its|their|the) \w*\s?history\b", re.I)
_SUPERLATIVE = re.compile(
    r"\b(?:most|\w{3,}est|first|record)\b.*\b(?:since|in|of|among)\b", re.IGNORECASE
)

AUDIT_FILE = Path(__file__).parent / "audit.json"


@dataclass(frozen=True)
class Signals:
    """What is seen of a sentence beside its facts."""

    findings: tuple[Finding, ...]
    dropped: tuple[str, ...]
    misplaced: tuple[Misplaced, ...]
    exchanged: tuple[Misplaced, ...]
    filled: tuple[Misplaced, ...]
    bound: tuple[Misplaced, ...]
    mismatched: tuple[Misplaced, ...]
    widened: tuple[str, ...]
    denied: tuple[Opposed, ...]
    turned: tuple[Opposed, ...]
    planned: str | None
    other_noun: tuple[str, ...]
    """Words by which the sentence says more than the evidence: all, ever."""
    coverage: float
    """Share of the sentence's content words that the evidence holds."""
    best_coverage: float
    """The same of its closest sentence."""
    new_words: tuple[str, ...]
    """Content words that the evidence does not hold."""

    @classmethod
    def of(cls, sentence: Reading, evidence: Evidence) -> Signals:
        """Look at `sentence` beside the closest sentence of `evidence`."""
        index = evidence.best(sentence)
        closest = evidence.sentences[index] if index >= 0 else Reading("")
        around = Surroundings(closest, evidence.whole, evidence.whole)
        content = [word for word in sentence.words if word.is_content]
        new = [word for word in content if word.stem not in evidence.stems]
        near = sum(word.stem in closest.known for word in content)
        size = max(len(content), 1)
        return cls(
            findings=find(sentence, around),
            dropped=tuple(dropped_attribution(sentence, evidence)),
            misplaced=tuple(misplaced(sentence, evidence)),
            exchanged=tuple(exchanged(sentence, evidence)),
            filled=tuple(wrongly_filled(sentence, evidence)),
            bound=tuple(bound_elsewhere(sentence, evidence)),
            mismatched=tuple(mismatched(sentence, evidence)),
            widened=tuple(widened(sentence, evidence)),
            denied=tuple(denials(sentence, evidence)),
            turned=tuple(turned(sentence, evidence)),
            planned=unplanned(sentence, evidence),
            other_noun=tuple(counted_otherwise(sentence, evidence)),
            coverage=1 - len(new) / size,
            best_coverage=near / size,
            new_words=tuple(dict.fromkeys(word.text for word in new)),
        )

    def finding(self, kind: str, effect: str) -> Finding | None:
        """The first finding of that kind and effect."""
        return next((f for f in self.findings if (f.kind, f.effect) == (kind, effect)), None)


def counted_otherwise(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """Numbers that the evidence has, but of something else: 58 percent of adults, of families."""
    for quantity in sentence.quantities:
        same = [
            other
            for other in evidence.whole.quantities
            if other.dimension == quantity.dimension and same_value(quantity, other)
        ]
        if (
            quantity.nouns
            and same
            and not any(q.nouns & quantity.nouns or not q.nouns for q in same)
        ):
            yield quantity.text


def widened(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """Words for all, always and ever that neither the evidence nor the claim has."""
    texts = (evidence.whole.text, evidence.beside.text)
    patterns = [_ALL] if _DENIES.search(evidence.whole.text) else [_ALL, _NONE]
    for pattern in patterns:
        for match in pattern.finditer(sentence.text):
            if match.group().lower().startswith("any") and is_denied(sentence.text):
                continue  # not anything is nothing
            if not any(_ALL.search(text) or _NONE.search(text) for text in texts):
                yield match.group()
    for match in _EVER.finditer(sentence.text):
        whole = evidence.whole.text
        told = _EVER.search(whole) or _RECORD.search(whole)
        if not told and _SUPERLATIVE.search(whole):
            yield match.group()


def premises(sentence: Reading, evidence: Evidence) -> tuple[str, ...]:
    """What the stance model reads: the closest sentence, and all of the evidence."""
    index = evidence.best(sentence)
    if index < 0:
        return ()
    parts = [part.text for part in evidence.sentences]
    return tuple(dict.fromkeys((parts[index], " ".join(parts))))


def features(
    sentence: Reading, signals: Signals, stances: Sequence[Sequence[float]]
) -> dict[str, float]:
    """The named features; `stances` are those of `premises`, empty without a stance model."""
    rows = [tuple(row) for row in stances] or [(0.0, 0.0, 0.0)]
    closest, whole = rows[0], rows[-1]
    kinds: dict[str, float] = {}
    for finding in signals.findings:
        key = f"{finding.kind}_{finding.effect}"
        kinds[key] = min(2.0, kinds.get(key, 0.0) + finding.weight)
    margin = dict.fromkeys(("name", "number", "date"), 0.0)
    for place in signals.misplaced:
        margin[place.kind] = max(margin[place.kind], place.margin)
    return {
        **{f"f_{key}": value for key, value in kinds.items()},
        "supports": max(row[0] for row in rows),
        "supports_mean": sum(row[0] for row in rows) / len(rows),
        "supports_closest": closest[0],
        "supports_whole": whole[0],
        "refutes": max(row[1] for row in rows),
        "refutes_mean": sum(row[1] for row in rows) / len(rows),
        "neither_mean": sum(row[2] for row in rows) / len(rows),
        "neither": min(row[2] for row in rows),
        "coverage": signals.coverage,
        "best_coverage": signals.best_coverage,
        "new_words": min(len(signals.new_words), 8) / 8,
        "dropped": float(bool(signals.dropped)),
        "exchanged": max((place.margin for place in signals.exchanged), default=0.0),
        "is_exchanged": float(any(place.margin > 0.1 for place in signals.exchanged)),
        **{f"misplaced_{kind}": value for kind, value in margin.items()},
        **{
            f"filled_{kind}": float(any(place.kind == kind for place in signals.filled))
            for kind in ("name", "number", "date")
        },
        "bound": float(bool(signals.bound)),
        "denied": min(len(signals.denied), 3) / 3,
        "turned": float(bool(signals.turned)),
        "planned": float(bool(signals.planned)),
        "other_noun": float(bool(signals.other_noun)),
        "widened": float(bool(signals.widened)),
        "length": min(len(sentence.words), 40) / 40,
        "quantities": min(len(sentence.quantities), 3) / 3,
    }


@dataclass(frozen=True, slots=True)
class AuditModel:
    """Weights by feature, and the score from which a sentence passes."""

    version: str
    weights: Mapping[str, float]
    bias: float
    threshold: float

    @classmethod
    @cache
    def load(cls, path: Path = AUDIT_FILE) -> AuditModel:
        """Read the shipped weights, or others of the same form."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(data["version"], data["weights"], data["bias"], data["threshold"])

    def score(self, values: Mapping[str, float]) -> float:
        """0 to 1."""
        total = self.bias + sum(
            weight * values.get(name, 0.0) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
