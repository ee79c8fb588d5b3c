"""What the bot does every so often while it runs, each thing in a loop of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

log = logging.getLogger(__name__)


@asynccontextmanager
async def every(
    seconds: float,
    what: str,
    work: Callable[[], Awaitable[object]],
    *,
    at_once: bool = False,
    leave_s: float = 0,
) -> AsyncIterator[None]:
    """Within, does `work` every so often; `what` names it in the log.

    `at_once`: the first time without waiting. On leaving, a round that is under way has `leave_s`
    to end by itself before it is cancelled.
    """
    busy = asyncio.Lock()

    async def rounds() -> None:
        if not at_once:
            await asyncio.sleep(seconds)
        while True:
            async with busy:
                try:
                    await work()
                except Exception:
                    # A round that fails in an unforeseen way must not be the last one.
                    log.exception("%s failed; it is tried again", what)
            await asyncio.sleep(seconds)

    task = asyncio.create_task(rounds())
    try:
        yield
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(leave_s), busy:
                pass
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
