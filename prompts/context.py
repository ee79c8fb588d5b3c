"""One check as it goes through the chain: who asked, what each step saw, and what it took."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

from prompts.verdict import Spent


@dataclass(frozen=True, slots=True)
class Payer:
    """On whose account a check is: ids of a person and of a server, None where there is none."""

    person: str | None = None
    guild: str | None = None


@dataclass(slots=True)
class Trace:
    """What each step saw and did, in order: values that JSON can hold."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    began_ns: int = field(default_factory=time.time_ns)
    """When it began, in nanoseconds since the epoch."""
    _started: float = field(default_factory=time.perf_counter)

    def step(self, name: str, **told: Any) -> None:
        """Notes a step as it ends; `at_ms` is since the check began."""
        at = round((time.perf_counter() - self._started) * 1000)
        self.steps.append({"step": name, "at_ms": at, **told})


@dataclass(slots=True)
class CheckContext:
    """What goes along with a check."""

    payer: Payer = Payer()
    trace: Trace = field(default_factory=Trace)
    spent: list[Spent] = field(default_factory=list)
    language: str = "en"
    """The language to answer in (ISO 639-1)."""
    until: float = math.inf
    """When the models' time for this check is up, by `time.monotonic`."""

    def left(self) -> float:
        """Seconds that the models still have."""
        return self.until - time.monotonic()

    def taken(self) -> tuple[Spent, ...]:
        """What was spent since this was last asked, one entry a step and model."""
        sums: dict[tuple[str, str], Spent] = {}
        for item in self.spent:
            held = sums.get((item.step, item.model))
            sums[item.step, item.model] = held.plus(item) if held else item
        self.spent.clear()
        return tuple(sums.values())
