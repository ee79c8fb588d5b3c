"""Jobs that come round: each is run once a period, by one of all processes on the database."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.leases import Leases, while_held
from corpus.errors import CatalogueError

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""How often a process looks whether a job is due and free."""
LEAVING_S = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due again and again."""

    name: str
    every: timedelta
    """From the end of one run to the next."""
    run: Callable[[threading.Event], Awaitable[None]]
    """Ends early, in good order, once the event is set."""


@asynccontextmanager
async def kept(leases: Leases, jobs: Sequence[Job], look_s: float = LOOK_S) -> AsyncIterator[None]:
    """Within, the jobs are run; what runs on leaving is ended in good order."""
    stop, leaving = threading.Event(), asyncio.Event()
    tasks = [asyncio.create_task(_rounds(leases, job, stop, leaving, look_s)) for job in jobs]
    try:
        yield
    finally:
        stop.set()
        leaving.set()
        _, late = await asyncio.wait(tasks, timeout=LEAVING_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # What was broken off is for the next who looks.
        with suppress(CatalogueError):
            await asyncio.to_thread(leases.release)


async def _rounds(
    leases: Leases, job: Job, stop: threading.Event, leaving: asyncio.Event, look_s: float
) -> None:
    while not leaving.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(leaving.wait(), look_s)
            return
        try:
            if await asyncio.to_thread(leases.take, f"job {job.name}"):
                await _run(leases, job, stop)
        except CatalogueError as error:
            log.warning("job %s waits for the database: %s", job.name, error)


async def _run(leases: Leases, job: Job, stop: threading.Event) -> None:
    """One run, held for as long as it takes."""
    name = f"job {job.name}"
    log.debug("job %s begins", job.name)
    running = asyncio.ensure_future(job.run(stop))

    async def renew() -> None:
        with suppress(CatalogueError):
            await asyncio.to_thread(leases.renew, name)

    try:
        await while_held(running, renew)
    except Exception:
        # A run that fails in an unforeseen way must not be the last one.
        log.exception("job %s failed; it is tried again", job.name)
    if not stop.is_set():
        await asyncio.to_thread(leases.done, name, job.every)
