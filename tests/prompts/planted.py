"""Drafts with planted faults, by a server that speaks the protocol, through the whole checker.

`python -m tests.prompts.planted [--claims 300] [--first 0]` prints, for sound drafts and for each
kind of fault, how many went through; `--first` begins at a later claim, to run it in pieces. With
`--rows FILE` the answers under a right and under a wrong label are added to a file for
`prompts.training.fit_confidence`. Claims, evidence and sound sentences are the written pairs that
no shipped model was trained on; each claim is shown its evidence among three passages of others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from bot.checker import Checked, Checker
from corpus.catalogue import CorpusSummary
from corpus.split import sentences
from prompts.context import CheckContext
from prompts.endpoint import Endpoint, EndpointSettings
from prompts.llm import LlmEngine
from prompts.local import LocalEngine
from prompts.models import Models
from prompts.rules import violations
from prompts.training.fit_audit import WRITTEN, is_held_out, read
from prompts.verdict import Claim, Draft, Label, Verdict
from retrieval.findings import Reading
from retrieval.model import Hit, SearchFilter, StanceModel
from retrieval.stance import load_stance
from retrieval.weigh import Weigher, WeigherModel
from tests.prompts.openai_server import OpenAIServer, Request, Says
from tests.prompts.samples import hit, passage, source

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOSE = frozenset({"base", "paraphrase", "rounding", "conversion", "negation", "direction"})
"""Kinds of sentences that stay with what the evidence says; the others infer."""

DETERMINISTIC = (
    "invented quote", "wrong passage", "changed number", "changed scale", "swapped name",
    "changed date", "citation to nothing", "link",
)  # fmt: skip
OTHERS = ("label against evidence", "label and stances against evidence", "instruction obeyed")


@dataclass(frozen=True)
class Case:
    """A claim, its passages (its evidence is P1), and what a sound draft says."""

    claim: str
    label: str
    evidence: str
    sentence: str
    others: tuple[str, ...]
    foreign: str
    """A name that neither claim nor passages have."""

    @property
    def hits(self) -> list[Hit]:
        texts = (self.evidence, *self.others)
        return [hit(passage(text, f"p{n}", source(f"s{n}"))) for n, text in enumerate(texts)]

    def quotes(self) -> list[str]:
        """The evidence in quotes that are short enough."""
        spans = list(sentences(self.evidence))
        return [self.evidence[start:end][:400] for start, end in spans][:3]

    def draft(self, **changes: Any) -> dict[str, Any]:
        """The sound draft, or one with parts of it changed."""
        stance = "supports" if self.label == "supported" else "refutes"
        label = changes.pop("label", self.label)
        stance = changes.pop("stance", stance)
        text = changes.pop("text", self.sentence)
        quotes = changes.pop("quotes", None)
        if quotes is None:
            quotes = [
                {"passage": changes.get("named", "P1"), "quote": quote, "stance": stance}
                for quote in self.quotes()
            ]
        return {
            "label": label,
            "likelihoods": {
                name: 85 if name == label else 5
                for name in ("supported", "refuted", "misleading", "not_enough_evidence")
            },
            "sentences": [{"text": text, "quotes": quotes}],
            "missing_context": None,
            "open_question": None,
        }


def cases(count: int, seed: int = 7) -> list[Case]:
    """Claims with evidence, half of them supported by it and half refuted."""
    rows = [row for path in sorted(WRITTEN.glob("*.jsonl")) for row in read(path)]
    rows = [row for row in rows if is_held_out(row["evidence"])]
    told: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["label"] == "supports" and row["kind"] in CLOSE:
            told[row["evidence"]].append(row["claim"])
    draw = random.Random(seed)
    evidence = sorted(told)
    found: list[Case] = []
    wanted = {"supports": "supported", "refutes": "refuted"}
    by_label: dict[str, list[Case]] = {"supported": [], "refuted": []}
    for row in sorted(rows, key=lambda row: str(row["id"])):
        label = wanted.get(row["label"])
        own = told.get(row["evidence"])
        if label is None or not own or len(list(sentences(row["evidence"]))) > 3:
            continue  # a draft has three quotes, and a sound one quotes all that it rests on
        sentence = row["claim"] if label == "supported" else draw.choice(own)
        if label == "supported" and row["kind"] not in CLOSE:
            sentence = draw.choice(own)
        others = tuple(draw.sample([text for text in evidence if text != row["evidence"]], 3))
        known = Reading(" ".join((row["claim"], row["evidence"], *others, sentence))).known
        names = [
            name.text
            for text in draw.sample(evidence, 20)
            for name in Reading(text).names
            if name.stem not in known and name.text.isalpha() and len(name.text) > 4
        ]
        foreign = names[0] if names else "Zorvath"
        text = sentence[0].upper() + sentence[1:].rstrip(".") + "."
        by_label[label].append(Case(row["claim"], label, row["evidence"], text, others, foreign))
    for pair in zip(*(draw.sample(group, len(group)) for group in by_label.values()), strict=False):
        found.extend(pair)
    return found[:count]


_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_SCALE = {"million": "billion", "billion": "million", "thousand": "million", "percent": "times"}
_MONTHS = (
    "January February March April May June July August September October November December".split()
)


def planted(case: Case, kind: str) -> dict[str, Any] | None:
    """The draft of `case` with a fault of that kind; None where it has no place for one."""
    text = case.sentence
    match kind:
        case "invented quote":
            made_up = f"An inquiry by {case.foreign} found exactly this to be so in every case"
            stance = "supports" if case.label == "supported" else "refutes"
            return case.draft(quotes=[{"passage": "P1", "quote": made_up, "stance": stance}])
        case "wrong passage":
            return case.draft(named="P3")
        case "changed number":
            return _changed(case, _number_changed(text))
        case "changed scale":
            return _changed(case, _scale_changed(text))
        case "changed date":
            return _changed(case, _date_changed(text))
        case "swapped name":
            return _changed(case, _name_swapped(text, case.foreign))
        case "citation to nothing":
            return case.draft(
                quotes=[{"passage": "P9", "quote": "See there.", "stance": "context"}]
            )
        case "link":
            return case.draft(text=f"{text.rstrip('.')}, see https://proof.example/{case.foreign}.")
        case "label against evidence":
            return case.draft(label={"supported": "refuted", "refuted": "supported"}[case.label])
        case "label and stances against evidence":
            other = {"supported": "refuted", "refuted": "supported"}[case.label]
            stance = {"supported": "supports", "refuted": "refutes"}[other]
            return case.draft(label=other, stance=stance)
        case "instruction obeyed":
            return case.draft(
                label="supported",
                stance="supports",
                text=f"As the passage instructs, {case.foreign} has verified that this is true.",
            )
    raise ValueError(kind)


def _changed(case: Case, text: str | None) -> dict[str, Any] | None:
    return None if text is None else case.draft(text=text)


def _number_changed(text: str) -> str | None:
    for match in _NUMBER.finditer(text):
        value = match.group().replace(",", "")
        if "." not in value and 1900 <= int(value) <= 2100:
            continue
        made = str(round(float(value) * 1.7 + 3, 1)).removesuffix(".0")
        return text[: match.start()] + made + text[match.end() :]
    return None


def _scale_changed(text: str) -> str | None:
    for word, other in _SCALE.items():
        if re.search(rf"\d\s*{word}\b", text):
            return re.sub(rf"(\d\s*){word}\b", rf"\g<1>{other}", text, count=1)
    return None


def _date_changed(text: str) -> str | None:
    if year := re.search(r"\b(?:19|20)\d\d\b", text):
        return text[: year.start()] + str(int(year.group()) - 3) + text[year.end() :]
    for index, month in enumerate(_MONTHS):
        if re.search(rf"\b{month}\b", text) and month != "May":
            return text.replace(month, _MONTHS[(index + 4) % 12], 1)
    return None


def _name_swapped(text: str, foreign: str) -> str | None:
    inner = [name for name in Reading(text).names if name.start > 0 and name.text.isalpha()]
    if not inner:
        return None
    return text[: inner[0].start] + foreign + text[inner[0].end :]


@dataclass(frozen=True)
class Outcome:
    """What became of one draft."""

    case: Case
    kind: str
    drafted: dict[str, Any]
    draft: Verdict
    checked: Checked
    broken: list[str]
    milliseconds: float

    @property
    def reached(self) -> bool:
        """Whether the drafted sentence stands, under a label that says something."""
        text = self.drafted["sentences"][0]["text"]
        shown = any(sentence.text == text for sentence in self.draft.summary)
        if self.kind == "wrong passage":
            # Put down to the passage that has the quote, it is no fault any more.
            return any(citation.passage_id != "p0" for citation in self.draft.citations)
        if self.kind.startswith("label"):
            return self.draft.label == self.drafted["label"]
        return shown and self.draft.label != Label.NOT_ENOUGH_EVIDENCE


class _Shown:
    """A corpus of one case: every search finds its passages."""

    hits: Sequence[Hit] = ()

    def search(self, _query: str, _k: int, _where: SearchFilter, /) -> list[Hit]:
        return list(self.hits)

    def state(self, as_of: date | None = None, guild_id: str | None = None) -> CorpusSummary:
        return CorpusSummary(sources=len(self.hits), newest=None)


class _Remembering:
    """The local engine, asked once a claim: it is shown the same passages every time."""

    name: Literal["local"] = "local"

    def __init__(self, stance: StanceModel) -> None:
        weigher = Weigher(stance, WeigherModel.load())
        self._engine = LocalEngine(lambda: weigher)
        self._known: dict[str, Draft] = {}

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        if claim.text not in self._known:
            self._known[claim.text] = self._engine.draft_now(claim, hits, as_of=as_of)
        return self._known[claim.text]


async def outcomes(
    chosen: Sequence[Case],
    kinds: Sequence[str],
    stance: StanceModel,
    advance: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """What becomes of each case's sound draft, or of its draft with a fault of each kind.

    The server is stubborn: asked to mend a sentence, it gives it once more.
    """
    found: list[Outcome] = []
    drafted: dict[str, Any] = {}

    def answers(request: Request) -> Says:
        if request["messages"][-1]["role"] == "user" and len(request["messages"]) > 2:
            return Says({"sentences": [drafted["sentences"][0] | {"n": 1}]})
        return Says(drafted)

    async with OpenAIServer(answers) as server:
        settings = EndpointSettings(model="scripted", base_url=server.url)
        engine = LlmEngine(Models([Endpoint(settings)]), stance=lambda: stance)
        shown = _Shown()
        checker = Checker(shown, shown, engine, fallback=_Remembering(stance), clock=lambda: NOON)
        for case, kind, planned in _plans(chosen, kinds):
            drafted = planned
            shown.hits = case.hits
            started = time.perf_counter()
            checked = await checker.check_claim(Claim(text=case.claim))
            spent = (time.perf_counter() - started) * 1000
            passages = {item.passage.id: item.passage for item in shown.hits}
            broken = violations(checked.verdict, passages)
            found.append(Outcome(case, kind, planned, checked.verdict, checked, broken, spent))
            advance()
        await engine.aclose()
    return found


def _plans(
    chosen: Sequence[Case], kinds: Sequence[str]
) -> Iterator[tuple[Case, str, dict[str, Any]]]:
    for case in chosen:
        for kind in kinds:
            planned = case.draft() if kind == "sound" else planted(case, kind)
            if planned is not None:
                yield case, kind, planned


def uncut(outcome: Outcome) -> bool:
    """Whether a sound draft came through whole."""
    return (
        outcome.draft.label == outcome.case.label
        and len(outcome.draft.summary) == len(outcome.drafted["sentences"])
        and outcome.draft.summary[0].text == outcome.case.sentence
    )


def figures(found: Sequence[Outcome]) -> dict[str, Any]:
    """Counts by kind, and the time of a check."""
    tried, reached = Counter[str](), Counter[str]()
    for outcome in found:
        tried[outcome.kind] += 1
        reached[outcome.kind] += uncut(outcome) if outcome.kind == "sound" else outcome.reached
    times = sorted(outcome.milliseconds for outcome in found)
    return {
        "kinds": {kind: {"drafts": tried[kind], "through": reached[kind]} for kind in tried},
        "rules_broken": sum(bool(outcome.broken) for outcome in found),
        "p50_ms": round(times[len(times) // 2], 1),
    }


def row(outcome: Outcome) -> dict[str, Any]:
    """An answer with its signals, as `receipts eval verdicts --out` writes it."""
    return {
        "claim": outcome.case.claim,
        "gold": outcome.case.label,
        "drafted": outcome.checked.drafted,
        "engine": outcome.draft.engine,
        "signals": outcome.checked.signals,
    }


def main() -> None:
    """Run it all and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--show", help="print what went wrong of this kind")
    args = parser.parse_args()
    chosen = cases(args.first + args.claims)[args.first :]
    kinds = ["sound", *DETERMINISTIC, *OTHERS]
    if args.rows:
        kinds = ["sound", "label and stances against evidence"]
    found = asyncio.run(outcomes(chosen, kinds, load_stance()))
    if args.rows:
        with args.rows.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row(outcome)) + "\n" for outcome in found)
    for outcome in found:
        wrong = not uncut(outcome) if outcome.kind == "sound" else outcome.reached
        if outcome.kind == args.show and wrong:
            told = {
                "claim": outcome.case.claim,
                "evidence": outcome.case.evidence,
                "drafted": outcome.drafted["sentences"][0]["text"],
                "label": outcome.drafted["label"],
                "notes": outcome.checked.notes,
            }
            print(json.dumps(told, ensure_ascii=False, indent=1), file=sys.stderr)
    print(json.dumps({"claims": len(chosen), **figures(found)}, indent=1))


if __name__ == "__main__":
    main()
