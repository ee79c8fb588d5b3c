"""What is due is fetched in the background, round after round."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from bot.library import Due
from bot.refreshing import kept_fresh
from corpus.errors import LockedError, OperationError
from retrieval.ingest import Ingested


class Shelf:
    """A library with something due each round, which may fail."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.rounds = 0
        self.went_on = threading.Event()

    def due(self) -> list[Due]:
        return [Due(None, (), ()), Due("1", (), ())]

    def refresh(self, due: Due, _run: Any, *, most_pages: int) -> Ingested:
        assert most_pages > 0
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)
        if due.guild_id == "1":
            self.went_on.set()
        return Ingested(0, 0, 0, ())


async def test_round_that_fails_is_not_the_last() -> None:
    library: Any = Shelf(LockedError("busy"), OperationError("down"), RuntimeError("odd"))
    async with kept_fresh(library, every_s=0.01):
        assert await asyncio.to_thread(library.went_on.wait, 30)
    rounds = library.rounds
    await asyncio.sleep(0.1)
    assert library.rounds == rounds
