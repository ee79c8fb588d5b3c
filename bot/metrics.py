"""What operators can watch: counters and histograms in Prometheus' terms.

One registry an application, so that tests and processes do not share numbers. What the database
knows better than this process (open checks, the library's age, flags) is read when it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from corpus.errors import ReceiptsError
from corpus.model import parse_partial_date

if TYPE_CHECKING:
    from bot.app import App
    from prompts.verdict import Verdict

log = logging.getLogger(__name__)

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)
STEPS = ("retrieve", "assess", "draft", "audit", "total")


class Metrics:
    """The numbers of one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"receipts_{name}", what, labels, registry=registry)

        def gauge(name: str, what: str) -> Gauge:
            return Gauge(f"receipts_{name}", what, registry=registry)

        self.verdicts = counter("verdicts", "Verdicts given.", "label", "engine")
        self.checks = counter("checks", "Checks by how they ended.", "status", "origin")
        self.refused = counter("refused", "Requests refused before any work.", "why")
        self.seconds = Histogram(
            "receipts_step_seconds", "Time by step.", ("step",), buckets=_SECONDS, registry=registry
        )
        self.acknowledged = Histogram(
            "receipts_acknowledge_seconds",
            "From Discord's event to our acknowledgement.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.fallbacks = counter("llm_errors", "Verdicts the local engine gave for the model.")
        self.tokens = counter("llm_tokens", "Tokens spent.", "kind")
        self.money = counter("llm_cost_usd", "Money spent, in US dollars.")
        self.discord = counter("discord_requests", "Requests to Discord's API.", "status")
        self.shared = counter("shared_checks", "Requests answered by a check already under way.")
        self.running = gauge("checks_running", "Checks under way in this process.")
        self._open = gauge("checks_open", "Checks asked for and not ended, in all processes.")
        self._age = gauge("queue_age_seconds", "How long the oldest open check has waited.")
        self._flags = gauge("review_backlog", "Verdicts that people object to, not yet decided.")
        self._sources = gauge("corpus_sources", "Sources that a check sees.")
        self._newest = gauge("corpus_newest_age_days", "Age of the newest source.")
        self._index = gauge("index_open", "1 where Chroma is searched, 0 where every vector is.")
        self._pending = gauge("index_pending", "Changes that the index has yet to follow.")

    def given(self, verdict: Verdict, *, asked_model: bool) -> None:
        """Counts a verdict; `asked_model`: whether a language model was to word it."""
        self.verdicts.labels(str(verdict.label), verdict.engine).inc()
        for step in STEPS:
            self.seconds.labels(step).observe(getattr(verdict.timings_ms, step) / 1000)
        self.tokens.labels("prompt").inc(verdict.tokens.prompt)
        self.tokens.labels("completion").inc(verdict.tokens.completion)
        self.money.inc(verdict.cost_usd)
        if asked_model and verdict.engine == "local":
            self.fallbacks.inc()

    def trace(self) -> aiohttp.TraceConfig:
        """Counts Discord's answers by status, those of 429 among them."""
        tracing = aiohttp.TraceConfig()

        async def ended(
            _session: aiohttp.ClientSession, _context: Any, params: aiohttp.TraceRequestEndParams
        ) -> None:
            self.discord.labels(str(params.response.status)).inc()

        tracing.on_request_end.append(ended)
        return tracing

    def exposition(self, app: App) -> bytes:
        """All numbers in Prometheus' text format; what cannot be read keeps its last value."""
        for read in (self._read_queue, self._read_corpus):
            _attempt(read, app)
        return generate_latest(self.registry)

    def _read_queue(self, app: App) -> None:
        queue = app.ledger.queue()
        self._open.set(queue.open)
        self._age.set(queue.oldest_s)
        self._flags.set(app.review.cases.backlog())

    def _read_corpus(self, app: App) -> None:
        state = app.catalogue.state()
        self._sources.set(state.sources)
        self._index.set(app.indexer.is_open)
        self._pending.set(app.catalogue.count().pending_ops)
        if state.newest:
            newest = parse_partial_date(state.newest)[0]
            self._newest.set((datetime.now(UTC).date() - newest).days)


def _attempt(read: Callable[[App], None], app: App) -> None:
    try:
        read(app)
    except ReceiptsError as error:
        log.warning("metrics could not be read: %s", error)
