"""From a text to verdicts: find the claims, find passages, draft, audit, and date the result."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar

from bot.private_person import about_private_person
from bot.review.values import Making
from corpus.catalogue import CorpusSummary
from corpus.errors import EndpointError, InputError
from prompts import rules
from prompts.claims import read_claims
from prompts.context import CheckContext, Trace
from prompts.engine import Engine
from prompts.verdict import CheckResult, Claim, CorpusState, Draft, Label, Timings, Tokens, Verdict
from retrieval.model import Hit, SearchFilter

log = logging.getLogger(__name__)

Result = TypeVar("Result")

PASSAGES = 10
"""How many passages an engine gets for a claim."""

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


@dataclass(frozen=True, slots=True)
class Examined:
    """The answer to a text, and how each of its verdicts came about."""

    result: CheckResult
    makings: Mapping[str, Making]
    """By the id of the verdict."""


def utc_now() -> datetime:
    """The clock of a checker that is given none."""
    return datetime.now(UTC)


def random_id() -> str:
    """A verdict's id: 128 bits that nobody can guess, fit for a URL."""
    return secrets.token_urlsafe(16)


class Checker:
    """The one function from a person's text to verdicts, whoever asks and wherever."""

    def __init__(
        self,
        searcher: Searcher,
        holdings: Holdings,
        engine: Engine,
        *,
        fallback: Engine | None = None,
        executor: Executor | None = None,
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        """`fallback` drafts where `engine` cannot be reached; `executor` runs CPU work."""
        self._searcher = searcher
        self._holdings = holdings
        self._engine = engine
        self._fallback = fallback
        self._executor = executor
        self._clock = clock
        self._new_id = new_id

    async def check(
        self, text: str, *, as_of: date | None = None, guild_id: str | None = None
    ) -> CheckResult:
        """Verdicts on the claims in `text`, in its order, and what was not checked.

        `as_of` leaves out every source published later; `guild_id` adds that server's own sources.
        InputError where there is no text, or too much.
        """
        return (await self.examine(text, as_of=as_of, guild_id=guild_id)).result

    async def examine(
        self, text: str, *, as_of: date | None = None, guild_id: str | None = None
    ) -> Examined:
        """As `check`, with how each verdict came about."""
        text = text.encode("utf-8", "replace").decode()
        if not text.strip():
            raise InputError("the text to check is empty")
        if len(text) > LONGEST_TEXT:
            raise InputError(
                f"the text has {len(text):,} characters, more than {LONGEST_TEXT:,}; "
                "give the part that makes the claim"
            )
        found = await self._run(lambda: read_claims(text))
        checked = await asyncio.gather(
            *(
                self.check_claim(claim, as_of=as_of, guild_id=guild_id, compare=True)
                for claim in found.claims
            )
        )
        result = CheckResult(
            verdicts=tuple(item.verdict for item in checked),
            skipped=found.skipped,
            left_out=tuple(claim.text for claim in found.left_out),
            retrieved={
                item.verdict.id: tuple(hit.passage.id for hit in item.hits) for item in checked
            },
        )
        return Examined(result, {item.verdict.id: item.making for item in checked})

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

        `compare` asks the other engine too, for the making alone.
        """
        context = context or CheckContext()
        started = time.perf_counter()
        where = SearchFilter(as_of=as_of, guild_id=guild_id)
        hits = await self._run(lambda: self._searcher.search(claim.text, PASSAGES, where))
        summary = await self._run(lambda: self._holdings.state(as_of, guild_id))
        now = self._clock().astimezone(UTC)
        today = as_of or now.date()
        found = time.perf_counter()
        context.trace.step("search", query=claim.text, passages=_told(hits))
        draft, opinions = await asyncio.gather(
            self._draft(claim, hits, today, labels, context),
            self._second_opinion(claim, hits, today, wanted=compare),
        )
        drafted = time.perf_counter()
        draft = rules.enforce(draft, hits, as_of, guild_id)
        for note in draft.notes:
            log.debug("claim %r: %s", claim.text[:80], note)
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
        )
        context.trace.step("verdict", label=draft.label, notes=list(draft.notes))
        making = Making(
            notes=draft.notes,
            labels={**opinions, draft.engine: draft.label},
            private_person=about_private_person(claim.text, [hit.passage.text for hit in hits]),
        )
        return Checked(verdict, tuple(hits), draft.notes, context.trace, making)

    async def _draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        day: date,
        labels: frozenset[str] | None,
        context: CheckContext,
    ) -> Draft:
        try:
            return await self._engine.draft(claim, hits, as_of=day, labels=labels, context=context)
        except EndpointError as error:
            if self._fallback is None:
                raise
            log.warning("%s; the local engine answers instead", error)
            return await self._fallback.draft(
                claim, hits, as_of=day, labels=labels, context=context
            )

    async def _second_opinion(
        self, claim: Claim, hits: Sequence[Hit], day: date, *, wanted: bool
    ) -> dict[str, Label]:
        """What the other engine would say, where there is one: moderators see if they differ."""
        if not wanted or self._fallback is None or self._fallback.name == self._engine.name:
            return {}
        draft = await self._fallback.draft(claim, hits, as_of=day, context=CheckContext())
        return {draft.engine: draft.label}

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _told(hits: Sequence[Hit]) -> list[dict[str, object]]:
    """Hits as a trace tells them."""
    return [
        {"passage": hit.passage.id, "source": hit.passage.source.id, "score": round(hit.score, 3)}
        for hit in hits
    ]


def _ms(start: float, end: float) -> int:
    return round((end - start) * 1000)
