"""From a text to verdicts: find the claims, find passages, draft, audit, and date the result.

A language model reads the claims, plans the search and drafts, where there is one; whatever of that
fails is done without it, and the verdict says so.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.memory import Memory, Recalled, Related, Served
from bot.private_person import about_private_person
from bot.review.values import Making
from corpus.catalogue import CorpusSummary
from corpus.errors import BudgetError, EndpointError, InputError
from prompts import rules
from prompts.claims import Extraction, read_claims
from prompts.confidence import Confidence, signals_of
from prompts.context import CheckContext, Payer, Trace
from prompts.engine import Engine
from prompts.language import ENGLISH, language_of, phrases
from prompts.verdict import (
    CheckResult,
    Choice,
    Claim,
    CorpusState,
    Draft,
    Label,
    Timings,
    Tokens,
    Verdict,
)
from retrieval.model import Hit, SearchFilter
from retrieval.rounds import fuse_rounds

log = logging.getLogger(__name__)

Result = TypeVar("Result")

PASSAGES = 10
"""How many passages an engine gets for a claim."""

CHECK_SECONDS = 90.0
"""What a check may take, unless the operator sets another limit."""

MODELS_SHARE = 0.8
"""Of that time, how much models may use."""

SECOND_ROUND_SECONDS = 10.0
"""What must be left for a second round of searching and drafting to begin."""

MOST_COMPARED = 4
"""With more claims under way the other engine is not asked: what moderators see beside a verdict
must not hold up those who wait for one."""

WITHOUT_MODEL = "note.without_model"
WORDS_ALONE = "note.words_alone"
BUDGET_SPENT = "note.budget_spent"
ENGLISH_SOURCES = "note.english_sources"
ENGLISH_ALONE = "note.english_alone"
"""Phrases that people read of how a verdict was made."""

LONGEST_TEXT = 20_000
"""Characters of one request; a Discord message has at most 4,000."""


class Searcher(Protocol):
    """Finds the passages that bear on a query."""

    def search(self, query: str, k: int, where: SearchFilter, /) -> list[Hit]:
        """At most `k` hits, best first."""
        ...


class Holdings(Protocol):
    """Knows what the corpus holds."""

    def state(self, as_of: date | None = None, guild_id: str | None = None) -> CorpusSummary:
        """How many sources a search with this filter sees, and the newest one's date."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, and what it was made from."""

    verdict: Verdict
    hits: tuple[Hit, ...]
    notes: tuple[str, ...]
    """What the audit cut or changed, and why."""
    trace: Trace
    """What each step saw and did."""
    making: Making
    """What the one who reviews it has to know."""
    drafted: Label | None = None
    """The label before its confidence was looked at."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """What its confidence was worked out from."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The answer to a text, and how each of its verdicts came about."""

    result: CheckResult
    makings: Mapping[str, Making]
    """By the id of the verdict, of those made for this request."""
    traces: tuple[Trace, ...] = ()
    """Of the reading of the text, then of each claim."""
    steps: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """By the id of the verdict, of those made for this request: all that led to it."""
    served: Mapping[str, Served] = field(default_factory=dict)
    """By the id of the verdict, of those published before."""
    related: Mapping[str, tuple[Related, ...]] = field(default_factory=dict)
    """By the id of a verdict made for this request: what was published on claims near its own."""


def utc_now() -> datetime:
    """The clock of a checker that is given none."""
    return datetime.now(UTC)


def random_id() -> str:
    """A verdict's id: 128 bits that nobody can guess, fit for a URL."""
    return secrets.token_urlsafe(16)


class ClaimReader(Protocol):
    """Reads claims with a language model."""

    async def read(
        self, text: str, thread: Sequence[str], today: date, context: CheckContext
    ) -> Extraction:
        """The claims of `text`; EndpointError or BudgetError where it cannot be read so."""
        ...


class Checker:
    """The one function from a person's text to verdicts, whoever asks and wherever."""

    def __init__(
        self,
        searcher: Searcher,
        holdings: Holdings,
        engine: Engine,
        *,
        reader: ClaimReader | None = None,
        fallback: Engine | None = None,
        refuse_when_spent: bool = False,
        seconds: float = CHECK_SECONDS,
        tell: Callable[[Sequence[Trace]], None] | None = None,
        executor: Executor | None = None,
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = random_id,
        memory: Memory | None = None,
        is_partial: Callable[[], bool] = lambda: False,
        confidence: Confidence | None = None,
    ) -> None:
        """`fallback` drafts where `engine` cannot; `executor` runs CPU work.

        `refuse_when_spent`: a spent budget is a BudgetError, else `fallback` drafts. `seconds` is
        what a check may take; models get most of it, so that enough is left to do without them.
        `tell` gets the traces of each check as it ends.
        `memory` knows what is published. `is_partial`: whether searches find less just now.
        `confidence` says how sure each engine is.
        """
        self._memory = memory
        self._is_partial = is_partial
        self._under_way = 0
        self._confidence = confidence or Confidence.load()
        self._searcher = searcher
        self._holdings = holdings
        self._engine = engine
        self._reader = reader
        self._fallback = fallback
        self._refuse_when_spent = refuse_when_spent
        self._seconds = seconds
        self._tell = tell
        self._executor = executor
        self._clock = clock
        self._new_id = new_id

    async def check(
        self,
        text: str,
        *,
        as_of: date | None = None,
        guild_id: str | None = None,
        user_id: str | None = None,
        thread: Sequence[str] = (),
        language: str | None = None,
    ) -> CheckResult:
        """Verdicts on the claims in `text`, in its order, and what was not checked.

        `as_of` leaves out every source published later; `guild_id` adds that server's own sources.
        `thread` is what was written before, as far as the one who asks may read it. `language` is
        that of the answer; None: each claim's own. InputError where there is no text, or too much;
        BudgetError where the operator chose so.
        """
        examined = await self.examine(
            text,
            as_of=as_of,
            guild_id=guild_id,
            user_id=user_id,
            thread=thread,
            language=language,
        )
        return examined.result

    async def examine(
        self,
        text: str,
        *,
        as_of: date | None = None,
        guild_id: str | None = None,
        user_id: str | None = None,
        thread: Sequence[str] = (),
        recall: bool = True,
        language: str | None = None,
    ) -> Examined:
        """As `check`, with how each verdict came about.

        Where no day is asked for, a verdict that is published on the same claim is served, unless
        `recall` is off.
        """
        text = text.encode("utf-8", "replace").decode()
        if not text.strip():
            raise InputError("the text to check is empty")
        if len(text) > LONGEST_TEXT:
            raise InputError(
                f"the text has {len(text):,} characters, more than {LONGEST_TEXT:,}; "
                "give the part that makes the claim"
            )
        payer, until = Payer(user_id, guild_id), self._until()
        reading = CheckContext(payer, until=until)
        found = await self._read(text, thread, as_of, reading)

        recalled = [
            await self._recall(claim, guild_id) if recall and as_of is None else Recalled()
            for claim in found.claims
        ]
        unknown = [c for c, known in zip(found.claims, recalled, strict=True) if not known.served]

        async def one(claim: Claim) -> Checked:
            context = CheckContext(payer, until=until, language=language or language_of(claim.text))
            if claim is unknown[0]:
                context.spent.extend(reading.spent)  # its account has the reading too
            return await self.check_claim(
                claim, as_of=as_of, guild_id=guild_id, context=context, compare=True
            )

        read = [
            (claim, claim.model_copy(update={"text": claim.other_reading, "english": None}))
            if claim.other_reading
            else (claim,)
            for claim in unknown
        ]
        answered = await asyncio.gather(*(asyncio.gather(*map(one, ways)) for ways in read))
        checked = [item for ways in answered for item in ways]
        differing = [len({item.verdict.label for item in ways}) > 1 for ways in answered]
        settled = iter(
            None if differ else ways[0].verdict
            for ways, differ in zip(answered, differing, strict=True)
        )
        answers: dict[str, Verdict] = {}
        related: dict[str, tuple[Related, ...]] = {}
        for known in recalled:
            verdict = known.served.verdict if known.served else next(settled)
            if verdict is not None:
                answers[verdict.id] = verdict
                related[verdict.id] = known.related
        result = CheckResult(
            verdicts=tuple(answers.values()),
            skipped=found.skipped,
            left_out=tuple(claim.text for claim in found.left_out),
            choices=tuple(
                Choice(
                    text=text[claim.start : claim.end] or claim.text,
                    verdicts=tuple(item.verdict for item in ways),
                )
                for claim, ways, differ in zip(unknown, answered, differing, strict=True)
                if differ
            ),
            retrieved={
                item.verdict.id: tuple(hit.passage.id for hit in item.hits) for item in checked
            },
        )
        makings = {item.verdict.id: item.making for item in checked}
        traces = (reading.trace, *(item.trace for item in checked))
        if self._tell is not None:
            self._tell(traces)
        return Examined(
            result,
            makings,
            traces,
            {item.verdict.id: [*reading.trace.steps, *item.trace.steps] for item in checked},
            {known.served.verdict.id: known.served for known in recalled if known.served},
            related,
        )

    async def check_claim(
        self,
        claim: Claim,
        *,
        as_of: date | None = None,
        guild_id: str | None = None,
        labels: frozenset[str] | None = None,
        context: CheckContext | None = None,
        compare: bool = False,
    ) -> Checked:
        """The verdict on one claim; `labels` restricts the answers.

        `compare` asks the other engine too, for the making alone, while there is time for it.
        """
        where = SearchFilter(as_of=as_of, guild_id=guild_id)
        context = context or CheckContext(until=self._until(), language=language_of(claim.text))
        self._under_way += 1
        try:
            return await self._checked(claim, where, labels, context, compare)
        finally:
            self._under_way -= 1

    async def _checked(
        self,
        claim: Claim,
        where: SearchFilter,
        labels: frozenset[str] | None,
        context: CheckContext,
        compare: bool,
    ) -> Checked:
        started = time.perf_counter()
        as_of, guild_id = where.as_of, where.guild_id
        # The index may go away, or come back, meanwhile.
        partial_search = self._is_partial()
        queries = tuple(dict.fromkeys(filter(None, (claim.english, claim.text, *claim.queries))))
        hits = await self._search(queries, where, context)
        summary = await self._run(lambda: self._holdings.state(as_of, guild_id))
        now = self._clock().astimezone(UTC)
        today = as_of or now.date()
        found = time.perf_counter()
        wanted = compare or self._engine.name == "llm"
        opinion = None
        if wanted and self._under_way <= MOST_COMPARED:
            opinion = self._second_opinion(claim, hits, today, labels, context)
        try:
            draft, note = await self._draft(
                claim, hits, today, labels, context=context, opinion=opinion
            )
            other = await opinion if opinion is not None else None
        finally:
            if opinion is not None:
                opinion.cancel()
        if further := await self._further(draft, hits, where, context):
            hits = further
            draft, note = await self._draft(claim, hits, today, labels, context=context)
        notes = [note] if note else []
        if partial_search or self._is_partial():
            notes.append(WORDS_ALONE)
        drafted = time.perf_counter()
        engines_label = draft.label
        draft = rules.enforce(draft, hits, as_of, guild_id)
        signals = signals_of(draft, other if draft.engine == "llm" else None, today)
        told_label = draft.label
        if labels is None:
            draft = self._confidence.settle(draft, signals)
        if other is not None and draft.engine == "llm":
            shares = {label: round(share, 3) for label, share in other.likelihoods.items()}
            context.trace.step(
                "second opinion", engine=other.engine, label=str(other.label), likelihoods=shares
            )
        context.trace.step(
            "confidence",
            confidence=draft.confidence,
            signals={name: round(value, 3) for name, value in signals.items()},
            of=self._confidence.version,
        )
        draft = _worded(draft, context.language)
        say = phrases(context.language)
        if not claim.english and language_of(claim.text) != ENGLISH:
            notes.append(ENGLISH_ALONE if draft.engine == "local" else ENGLISH_SOURCES)
        for told in draft.notes:
            log.debug("claim %r: %s", claim.text[:80], told)
        ended = time.perf_counter()
        spent = context.taken()
        verdict = Verdict(
            id=self._new_id(),
            claim=claim.text,
            label=draft.label,
            confidence=draft.confidence,
            summary=draft.summary,
            citations=draft.citations,
            missing_context=draft.missing_context,
            corpus=CorpusState(
                as_of=today.isoformat(), sources=summary.sources, newest=summary.newest
            ),
            engine=draft.engine,
            checked_at=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            timings_ms=Timings(
                retrieve=_ms(started, found),
                assess=draft.assess_ms,
                draft=max(0, _ms(found, drafted) - draft.assess_ms),
                audit=_ms(drafted, ended),
                total=_ms(started, ended),
            ),
            tokens=Tokens(
                prompt=sum(item.prompt for item in spent),
                completion=sum(item.completion for item in spent),
            ),
            cost_usd=sum(item.cost_usd for item in spent),
            spent=spent,
            prompts=draft.prompts,
            language=context.language,
            note=" ".join(say(told) for told in notes) or None,
        )
        context.trace.step(
            "verdict",
            claim=claim.text,
            label=draft.label,
            notes=list(draft.notes),
            note=verdict.note,
        )
        making = Making(
            notes=draft.notes,
            labels={**({other.engine: other.label} if other else {}), draft.engine: engines_label},
            private_person=about_private_person(claim.text, [hit.passage.text for hit in hits]),
        )
        return Checked(
            verdict, tuple(hits), draft.notes, context.trace, making, told_label, signals
        )

    async def _read(
        self, text: str, thread: Sequence[str], as_of: date | None, context: CheckContext
    ) -> Extraction:
        if self._reader is not None:
            today = as_of or self._clock().astimezone(UTC).date()
            try:
                return await self._reader.read(text, thread, today, context)
            except EndpointError as error:
                log.warning("%s; claims are read without a model", error)
            except BudgetError:
                if self._refuse_when_spent:
                    raise
        found = await self._run(lambda: read_claims(text))
        context.trace.step(
            "claims",
            claims=[claim.text for claim in found.claims],
            skipped=[item.model_dump() for item in found.skipped],
        )
        return found

    async def _search(
        self, queries: Sequence[str], where: SearchFilter, context: CheckContext
    ) -> list[Hit]:
        """All queries at once, fused."""
        rounds = await asyncio.gather(
            *(
                self._run(partial(self._searcher.search, query, PASSAGES, where))
                for query in queries
            )
        )
        hits = rounds[0] if len(rounds) == 1 else fuse_rounds(rounds, PASSAGES)
        context.trace.step("search", queries=list(queries), passages=_told(hits))
        return hits

    async def _further(
        self, draft: Draft, hits: Sequence[Hit], where: SearchFilter, context: CheckContext
    ) -> list[Hit] | None:
        """Passages for a second round, where the first left open what more may settle."""
        question = draft.open_question
        undecided = draft.label is Label.NOT_ENOUGH_EVIDENCE
        if not question or not undecided or context.left() < SECOND_ROUND_SECONDS:
            return None
        known = {hit.passage.id for hit in hits}
        more = await self._search((question,), where, context)
        new = [hit for hit in more if hit.passage.id not in known][: PASSAGES // 2]
        return [*hits[: PASSAGES - len(new)], *new] if new else None

    async def _draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        day: date,
        labels: frozenset[str] | None,
        *,
        context: CheckContext,
        opinion: asyncio.Task[Draft] | None = None,
    ) -> tuple[Draft, str | None]:
        """A draft, and what people should know of how it was made.

        `opinion` is what the fallback says of the same passages, where it is asked anyway.
        """
        try:
            drafted = await self._engine.draft(
                claim, hits, as_of=day, labels=labels, context=context
            )
            return drafted, None
        except EndpointError as error:
            if self._fallback is None:
                raise
            log.warning("%s; the local engine answers instead", error)
            note = WITHOUT_MODEL
        except BudgetError as error:
            if self._fallback is None or self._refuse_when_spent:
                raise
            log.info("%s; the local engine answers instead", error)
            note = BUDGET_SPENT
        asked = opinion or self._fallback.draft(
            claim, hits, as_of=day, labels=labels, context=context
        )
        return await asked, note

    def _second_opinion(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        day: date,
        labels: frozenset[str] | None,
        context: CheckContext,
    ) -> asyncio.Task[Draft] | None:
        """What the other engine says, where there is one: moderators see if they differ."""
        if self._fallback is None or self._fallback.name == self._engine.name:
            return None
        asked = self._fallback.draft(claim, hits, as_of=day, labels=labels, context=context)
        return asyncio.ensure_future(asked)

    def _until(self) -> float:
        return time.monotonic() + MODELS_SHARE * self._seconds

    async def _recall(self, claim: Claim, guild_id: str | None) -> Recalled:
        """What is published on the claim; nothing where there is no memory."""
        memory = self._memory
        if memory is None:
            return Recalled()
        return await self._run(lambda: memory.recall(claim.text, guild_id))

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, copy_context().run, work
        )


def _worded(draft: Draft, language: str) -> Draft:
    """The draft with what the rules say in English in that language."""
    say, english = phrases(language), phrases()
    known = {english(key): say(key) for key in ("verdict.nothing_found", "verdict.not_settled")}
    summary = tuple(
        sentence.model_copy(update={"text": known.get(sentence.text, sentence.text)})
        for sentence in draft.summary
    )
    return draft.model_copy(update={"summary": summary})


def _told(hits: Sequence[Hit]) -> list[dict[str, object]]:
    """Hits as a trace tells them."""
    return [
        {"passage": hit.passage.id, "source": hit.passage.source.id, "score": round(hit.score, 3)}
        for hit in hits
    ]


def _ms(start: float, end: float) -> int:
    return round((end - start) * 1000)
