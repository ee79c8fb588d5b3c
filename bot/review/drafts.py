"""A verdict as a moderator types it, and the verdict that it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.translated import say, tr
from corpus.model import Passage
from corpus.split import sentences
from prompts import rules
from prompts.quotes import Span, locate
from prompts.verdict import Citation, Draft, Label, Sentence, Verdict, cite
from retrieval.model import Stance

_MARKS = re.compile(r"\s*((?:\[\s*\d+(?:\s*,\s*\d+)*\s*\]\s*)+)([.!?]?)")
_LINE = re.compile(r"\[?(\d{1,3})\]?[.:)]?\s+(\w+)\s*:?\s+(.+)")
_QUOTES = ' \t"“”„«»'
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form."""

    label: Label
    summary: str
    """Sentences, each followed by the numbers of its citations: `It fell by 3%. [1][2]`."""
    citations: str
    """A line each: number, stance, quote. `[1] refutes: "It fell by 3%"`."""
    missing_context: str = ""


def typed(verdict: Verdict) -> Typed:
    """The form filled in with a verdict."""
    return Typed(
        label=verdict.label,
        summary="\n".join(
            " ".join([sentence.text, "".join(f"[{n}]" for n in sentence.citations)]).strip()
            for sentence in verdict.summary
        ),
        citations="\n".join(f'[{c.n}] {c.stance}: "{c.quote}"' for c in verdict.citations),
        missing_context=verdict.missing_context or "",
    )


def edited(
    verdict: Verdict,
    form: Typed,
    passages: Mapping[str, Passage],
    *,
    new_id: str,
    guild_id: str | None,
    at: str,
) -> Verdict | list[str]:
    """The verdict with what was typed, or everything that keeps it from being one.

    `passages` are those that were retrieved, best first: only what they say can be quoted.
    """
    faults: list[str] = []
    citations = _citations(form.citations, verdict, passages, faults)
    draft = Draft(
        label=form.label,
        # A person's label is meant as it is said; the engine's own keeps the engine's confidence.
        confidence=verdict.confidence if form.label == verdict.label else 1.0,
        summary=_summary(form.summary),
        citations=citations,
        missing_context=form.missing_context.strip() or None,
        engine=verdict.engine,
    )
    faults += rules.violations(draft, passages, _asked_for(verdict), guild_id, say())
    if not draft.summary:
        faults.append(say()("rule.empty"))
    if faults:
        return list(dict.fromkeys(faults))
    return verdict.model_copy(
        update={
            "id": new_id,
            "label": draft.label,
            "confidence": draft.confidence,
            "summary": draft.summary,
            "citations": draft.citations,
            "missing_context": draft.missing_context,
            "review": "reviewed",
            "checked_at": at,
        }
    )


def _asked_for(verdict: Verdict) -> date | None:
    """The day the check was asked for, where it was not the day it was made."""
    as_of = verdict.corpus.as_of
    return None if verdict.checked_at.startswith(as_of) else date.fromisoformat(as_of)


def _summary(text: str) -> tuple[Sentence, ...]:
    found: list[Sentence] = []
    begun = 0
    for marks in _MARKS.finditer(text):
        numbers = tuple(int(number) for number in re.findall(r"\d+", marks[1]))
        found += _cited(text[begun : marks.start()] + marks[2], numbers)
        begun = marks.end()
    return (*found, *_cited(text[begun:], ()))


def _cited(text: str, numbers: tuple[int, ...]) -> list[Sentence]:
    """The sentences of a stretch of text; the numbers after it are the last one's."""
    parts = [text[start:end].strip() for start, end in sentences(text)]
    parts = [part for part in parts if part]
    return [Sentence(text=part, citations=numbers if part is parts[-1] else ()) for part in parts]


def _citations(
    text: str, verdict: Verdict, passages: Mapping[str, Passage], faults: list[str]
) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = _LINE.fullmatch(line.strip())
        if parts is None:
            faults.append(tr('line {row}: write [1] supports: "the words of the source"', row=row))
            continue
        stance = parts[2].lower()
        if stance not in set(Stance):
            faults.append(
                tr(
                    "line {row}: “{word}” is not supports, refutes or context",
                    row=row,
                    word=parts[2],
                )
            )
            continue
        quote = parts[3].strip(_QUOTES)
        place = _place(quote, int(parts[1]), verdict, passages)
        if place is None:
            faults.append(
                tr("line {row}: no passage found for this claim says “{quote}”", row=row,
                   quote=quote[:_SHOWN])
            )  # fmt: skip
            continue
        passage, span = place
        found.append(cite(int(parts[1]), passage, span.start, span.end, Stance(stance)))
    return tuple(found)


def _place(
    quote: str, number: int, verdict: Verdict, passages: Mapping[str, Passage]
) -> tuple[Passage, Span] | None:
    """Where the quote stands: in the passage that the number has cited, or in another one."""
    cited = [c for c in verdict.citations if c.n == number and c.passage_id in passages]
    for citation in cited:
        if citation.quote.strip(_QUOTES) == quote:
            return passages[citation.passage_id], Span(citation.start, citation.end)
    for passage in [passages[c.passage_id] for c in cited] + list(passages.values()):
        if span := locate(quote, passage.text):
            return passage, span
    return None
