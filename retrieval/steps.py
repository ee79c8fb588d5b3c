"""How far long work has come, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Progress(Protocol):
    """Shows how far something has come: `with progress("Indexing", 94) as advance: advance(1)`."""

    def __call__(
        self, label: str, total: int | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """A bar for the length of the block."""
        ...


def unseen(label: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
    """A progress bar that nobody looks at."""
    return nullcontext(lambda done: None)
