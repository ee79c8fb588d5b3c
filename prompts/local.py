"""The local engine: a verdict out of verbatim quotes, with no language model.

`retrieval.weigh` decides the label; this module picks the sentences that carry it and puts each
after the name and date of its source. It adds no statement of its own about the claim.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from textwrap import shorten
from typing import Any, Literal

from corpus.model import Passage
from corpus.split import sentences
from prompts.context import CheckContext, Trace
from prompts.language import ENGLISH, Phrases, language_of, looks_foreign, phrases
from prompts.rules import FALLEN_CONFIDENCE, quoted
from prompts.verdict import Citation, Claim, Draft, Label, Sentence, cite
from retrieval.evidence import points_back
from retrieval.findings import Reading
from retrieval.model import Assessment, Finding, Hit, Stance, Weighed
from retrieval.reach import OutOfReach, out_of_reach
from retrieval.spelled_numbers import in_digits
from retrieval.weigh import Weigher

MAX_CITED = 3
ON_THE_POINT = 0.7
"""Of what the first quote holds of the claim's content, the share that a further one holds, unless
it is from the same source."""
SURELY_AGAINST = 0.7
"""How surely a sentence limits a claim or speaks against it that need not be about all of it."""
NEAR_ENOUGH = 0.4
"""Of the claim's content, what a sentence holds that is shown though it settles nothing."""

ABSENT_CONFIDENCE = 0.95
"""No claim that the corpus decides, of 369, was taken for one on an absent topic."""

_SIDES = ("supports", "refutes", "misleading", "neither")
_TOLD_SENTENCES = 8
_TOLD_CHARACTERS = 160
_BOUNDING = frozenset({"scope", "scope_beside", "attribution", "modality"})


class LocalEngine:
    """Weighs the passages and quotes the telling ones. Needs no network and no key."""

    name: Literal["local"] = "local"

    def __init__(
        self,
        weigher: Callable[[], Weigher],
        executor: Executor | None = None,
        *,
        topic_floor: Callable[[], float | None] = lambda: None,
    ) -> None:
        """`weigher` is called on first use, since it loads a model; it should remember it.

        `topic_floor` is the embedder's: see `retrieval.reach`.
        """
        self._weigher = weigher
        self._executor = executor
        self._topic_floor = topic_floor

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext | None = None,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        """A draft whose summary is made of quotes from `hits`."""
        loop = asyncio.get_running_loop()
        context = context or CheckContext()
        return await loop.run_in_executor(
            self._executor,
            lambda: self.draft_now(
                claim,
                hits,
                as_of=as_of,
                labels=labels,
                language=context.language,
                trace=context.trace,
            ),
        )

    def draft_now(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        labels: frozenset[str] | None = None,
        language: str = ENGLISH,
        trace: Trace | None = None,
    ) -> Draft:
        """The same, in the calling thread; what was found in which sentence is told to `trace`."""
        started = time.perf_counter()
        # Sources write numbers in digits, and neither rules nor models read long ones in words.
        asked = in_digits(claim.english or claim.text)
        gap = None
        if labels is None or Label.NOT_ENOUGH_EVIDENCE in labels:
            # The embedder reads English: what is far in another language may be near.
            floor = None if looks_foreign(asked) else self._topic_floor()
            gap = out_of_reach(Reading(asked), hits, as_of, floor)
        if gap is not None and gap.newest is None:
            assessment = Assessment(Label.NOT_ENOUGH_EVIDENCE, ABSENT_CONFIDENCE, ())
        else:
            assessment = self._weigher().assess(asked, hits, labels=labels)
            if trace is not None:
                trace.step("weighing", **_told(assessment))
            if gap is not None:
                assessment = _unless_dated(assessment)
            if labels is None and language_of(asked) != ENGLISH:
                # The models know English alone; what they say of another language is chance.
                assessment = _undecided(assessment)
        spent = round((time.perf_counter() - started) * 1000)
        return write(assessment, language, gap).model_copy(update={"assess_ms": spent})


def _told(assessment: Assessment) -> dict[str, Any]:
    """What was made of the most telling sentences, for a trace."""
    return {
        "label": str(assessment.label),
        "likelihoods": {name: round(share, 3) for name, share in assessment.likelihoods.items()},
        "sentences": [
            {
                "source": weighed.hit.passage.source.id,
                "text": shorten(weighed.text, _TOLD_CHARACTERS, placeholder="…"),
                **{
                    name: round(float(p), 2)
                    for name, p in zip(_SIDES, weighed.opinion, strict=True)
                },
                "findings": [_finding(finding) for finding in weighed.findings],
            }
            for weighed in assessment.weighed[:_TOLD_SENTENCES]
        ],
    }


def _finding(finding: Finding) -> str:
    told = f"{finding.kind} {finding.effect}: {finding.claim_words or '-'}"
    return f"{told} / {finding.evidence_words}" if finding.evidence_words else told


def _unless_dated(assessment: Assessment) -> Assessment:
    """Undecided, as the claim's time is out of reach; refuted where the evidence dates it."""
    refuting = max(assessment.weighed, key=lambda item: item.opinion[1], default=None)
    dated = refuting is not None and any(
        finding.kind == "date" and finding.effect == "contradicts" for finding in refuting.findings
    )
    if assessment.label == Label.NOT_ENOUGH_EVIDENCE or (
        assessment.label == Label.REFUTED and dated
    ):
        return assessment
    return _undecided(assessment)


def _undecided(assessment: Assessment) -> Assessment:
    return replace(
        assessment,
        label=Label.NOT_ENOUGH_EVIDENCE,
        confidence=min(assessment.confidence, FALLEN_CONFIDENCE),
    )


def write(assessment: Assessment, language: str = ENGLISH, gap: OutOfReach | None = None) -> Draft:
    """The draft that an assessment's evidence carries; `gap` says why it settles nothing."""
    say = phrases(language)
    label = Label(assessment.label)
    chosen = _chosen(label, assessment.weighed)
    citations: list[Citation] = []
    summary: list[Sentence] = []
    for item, stance in chosen:
        citation = _cite(len(citations) + 1, item, stance)
        if any(_repeats(citation, earlier) for earlier in citations):
            continue
        citations.append(citation)
        summary.append(Sentence(text=quoted(citation, say), citations=(citation.n,)))
    if label is Label.NOT_ENOUGH_EVIDENCE:
        opening = "verdict.not_settled" if assessment.weighed else "verdict.nothing_found"
        summary.insert(0, Sentence(text=say(opening)))
    return Draft(
        label=label,
        confidence=assessment.confidence,
        likelihoods=assessment.likelihoods,
        summary=tuple(summary),
        citations=tuple(citations),
        missing_context=_missing(label, citations, gap, say),
        engine="local",
    )


def _chosen(label: Label, weighed: Sequence[Weighed]) -> list[tuple[Weighed, Stance]]:
    """The sentences to cite, most telling first, each with the stance that it is cited for."""
    if label is Label.SUPPORTED:
        return _ranked(weighed, 0, Stance.SUPPORTS)[:2]
    if label is Label.REFUTED:
        return _ranked(weighed, 1, Stance.REFUTES)[:2]
    if label is Label.MISLEADING:
        return _both_sides(weighed)
    near = [item for item in weighed if item.relevance >= 0.25 and item.coverage >= NEAR_ENOUGH]
    return [(item, Stance.CONTEXT) for item in near[:1]]


def _ranked(weighed: Sequence[Weighed], side: int, stance: Stance) -> list[tuple[Weighed, Stance]]:
    """Sentences of one stance, strongest first: the best, and others nearly as strong."""
    ordered = sorted(weighed, key=lambda item: -item.opinion[side])
    best = ordered[0].opinion[side]
    return [
        (item, stance)
        for item in ordered
        if item is ordered[0]
        or (
            item.opinion[side] >= 0.6 * best
            and item.opinion[side] > item.opinion[1 - side]
            and _on_the_point(item, ordered[0])
        )
    ]


def _both_sides(weighed: Sequence[Weighed]) -> list[tuple[Weighed, Stance]]:
    """What speaks for a misleading claim, and what it leaves out or what speaks against it."""
    anchor = max(weighed, key=lambda item: item.opinion[2] + item.opinion[0])
    chosen = [(anchor, Stance.SUPPORTS)]
    limits = _limiting_sentence(anchor)
    if limits is not None:
        chosen.append((limits, Stance.CONTEXT))
    against = [
        item
        for item in sorted(weighed, key=lambda item: -(item.opinion[1] + item.opinion[2]))
        if item.opinion[1] + item.opinion[2] > 0.4
        and not _overlaps(item, chosen)
        and (item.opinion[1] + item.opinion[2] > SURELY_AGAINST or _on_the_point(item, anchor))
    ]
    # What only limits the claim does not speak against it.
    chosen += [
        (item, Stance.REFUTES if item.opinion[1] > item.opinion[2] else Stance.CONTEXT)
        for item in against
    ]
    return chosen[:MAX_CITED]


def _on_the_point(item: Weighed, first: Weighed) -> bool:
    same_source = item.hit.passage.source.id == first.hit.passage.source.id
    return same_source or item.coverage >= ON_THE_POINT * first.coverage


def _overlaps(item: Weighed, chosen: Sequence[tuple[Weighed, Stance]]) -> bool:
    return any(
        item.hit.passage.id == other.hit.passage.id
        and item.start < other.end
        and other.start < item.end
        for other, _ in chosen
    )


def _limiting_sentence(anchor: Weighed) -> Weighed | None:
    """The sentence near the anchor, in its passage, that states the limits of what it says."""
    text = anchor.hit.passage.text
    phrases = [
        phrase
        for finding in anchor.findings
        if finding.kind in _BOUNDING and finding.effect != "agrees"
        for phrase in finding.evidence_words.split("; ")
        if phrase
    ]
    best: tuple[int, int] | None = None
    most = 0
    for start, end in sentences(text):
        if start < anchor.end and anchor.start < end:
            continue
        count = sum(phrase in text[start:end] for phrase in phrases)
        if count > most:
            best, most = (start, end), count
    if best is None:
        return None
    return Weighed(
        hit=anchor.hit, start=best[0], end=best[1], relevance=anchor.relevance,
        probabilities=anchor.probabilities, findings=anchor.findings, opinion=anchor.opinion,
        stance=Stance.REFUTES,
    )  # fmt: skip


def _missing(
    label: Label,
    citations: Sequence[Citation],
    gap: OutOfReach | None,
    say: Phrases,
) -> str | None:
    if label is Label.NOT_ENOUGH_EVIDENCE and gap is not None:
        if gap.newest is None:
            return say("verdict.no_topic")
        day = say.day(gap.newest, long=True)
        return say("verdict.too_late", period=gap.period, day=day)
    if label is not Label.MISLEADING:
        return None
    limits = [citation for citation in citations if citation.stance is not Stance.SUPPORTS]
    return say("verdict.quote", quote=limits[0].quote) if limits else None


def _cite(n: int, item: Weighed, stance: Stance) -> Citation:
    """The sentence, with the one before it where it would not be understood alone."""
    passage: Passage = item.hit.passage
    start = item.start
    if points_back(item.text):
        before = [span.start for span in sentences(passage.text) if span.end <= item.start]
        start = before[-1] if before else start
    return cite(n, passage, start, item.end, stance)


def _repeats(one: Citation, other: Citation) -> bool:
    """Whether two quotes share text of one passage, as one may where it takes in a neighbour."""
    return one.passage_id == other.passage_id and one.start < other.end and other.start < one.end
