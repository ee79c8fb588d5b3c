"""So many calls at once to an endpoint, with fair turns between those who wait."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A limit on calls under way; who waits is served in rotation, whoever has asked most."""

    def __init__(self, most: int) -> None:
        """`most` calls at once, at least 1."""
        self._free = most
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, of: str) -> AsyncIterator[None]:
        """Waits for a turn on behalf of `of` (a server, or a person outside one), and holds it."""
        await self._wait(of)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, of: str) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(of, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it had been given the turn, and will not use it
            raise

    def _pass_on(self) -> None:
        """Gives the turn to the next in rotation, or frees it."""
        while self._waiting:
            of, queue = self._waiting.popitem(last=False)
            turn = queue.popleft()
            if queue:
                self._waiting[of] = queue  # to the end of the rotation
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
