"""Spans of checks for OpenTelemetry, where the operator has configured a collector.

`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin are OpenTelemetry's own variables. A span has the names
and times of steps, models and labels; never what anybody wrote.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from prompts.context import Trace

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TOLD = ("model", "label")
"""What of a step goes into its span, where it has it."""
_NS = 1_000_000

Tell = Callable[[Sequence[Trace]], None]


def configured() -> Tell | None:
    """What sends the traces of a check to the collector; None where there is none."""
    if not os.environ.get(ENDPOINT):
        return None
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "receipts"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("receipts")
    return lambda traces: tell(tracer, traces)


def tell(tracer: Tracer, traces: Sequence[Trace]) -> None:
    """One span for the check, and under it one for each step, from the step before to its end."""
    from opentelemetry.trace import set_span_in_context

    told = [trace for trace in traces if trace.steps]
    if not told:
        return
    check = tracer.start_span("check", start_time=min(trace.began_ns for trace in told))
    within = set_span_in_context(check)
    ends = []
    for trace in told:
        start = trace.began_ns
        for step in trace.steps:
            end = trace.began_ns + step["at_ms"] * _NS
            known = {name: str(step[name]) for name in _TOLD if step.get(name)}
            span = tracer.start_span(step["step"], within, start_time=start, attributes=known)
            span.end(end)
            start = end
        ends.append(start)
    check.end(max(ends))
