"""The same question asked by many at once is worked on once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

R = TypeVar("R")


class Together(Generic[R]):
    """Work under way, by what it is about."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[R]] = {}
        self._waiting: dict[asyncio.Future[R], int] = {}

    def has(self, key: Hashable) -> bool:
        """Whether work on this is under way."""
        return key in self._under_way

    async def run(self, key: Hashable, begin: Callable[[], Awaitable[R]]) -> R:
        """What `begin` gives, or gives somebody who asked the same a moment ago.

        It ends early once nobody waits for it any more.
        """
        task = self._under_way.get(key)
        if task is None or task.done():
            task = self._under_way[key] = asyncio.ensure_future(begin())
            self._waiting[task] = 0
        self._waiting[task] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                task.cancel()
                del self._waiting[task]
                if self._under_way.get(key) is task:
                    del self._under_way[key]
