"""Spans of a check: its steps and times, and nothing that anybody wrote."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.telemetry import ENDPOINT, configured, tell
from prompts.context import Trace
from tests.bot.test_checker import Corpus, checker, hit


def test_nothing_is_sent_unless_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    assert configured() is None


async def test_steps_become_spans_without_words() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("test")
    made = checker(Corpus(hit()), tell=lambda traces: tell(tracer, traces))
    await made.check("The tower is 330 metres tall.")
    spans = kept.get_finished_spans()
    assert [span.name for span in spans] == ["claims", "search", "confidence", "verdict", "check"]
    whole = spans[-1]
    for span in spans[:-1]:
        assert span.parent is not None and span.parent.span_id == whole.context.span_id
        assert whole.start_time <= span.start_time <= span.end_time <= whole.end_time
        assert "metres" not in str(span.attributes)
    assert spans[3].attributes == {"label": "supported"}
    provider.shutdown()


def test_a_check_without_steps_is_no_span() -> None:
    tell(TracerProvider().get_tracer("test"), [Trace()])
