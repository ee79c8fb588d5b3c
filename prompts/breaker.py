"""A circuit breaker: an endpoint that keeps failing is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 5
"""In a row, after which it opens."""
REST = 30.0
"""Seconds that it stays open; after that one call tries whether the endpoint is back."""


class Breaker:
    """Closed (calls pass), open (none do), half open (one does)."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest: float = REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._rest = rest
        self._clock = clock
        self._failures = 0
        self._opened: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._opened is not None

    def may_pass(self) -> bool:
        """Whether a call may be made now; where it may, `ended` must follow."""
        if self._opened is None:
            return True
        if self._trying or self._clock() - self._opened < self._rest:
            return False
        self._trying = True
        return True

    def ended(self, worked: bool | None) -> None:
        """How a call ended; None where it was stopped and says nothing of the endpoint."""
        self._trying = False
        if worked is None:
            return
        if worked:
            self._failures, self._opened = 0, None
            return
        self._failures += 1
        if self._failures >= self._most or self._opened is not None:
            self._opened = self._clock()
