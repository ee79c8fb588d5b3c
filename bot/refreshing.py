"""The library kept fresh while the bot runs: what is due is fetched, in the background."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.library import Library, Run
from bot.rounds import every
from corpus.errors import LockedError, ReceiptsError

log = logging.getLogger(__name__)

EVERY_S = 60.0
"""How often it is looked whether anything is due; how often that is, the upkeep decides."""
PAGES_A_ROUND = 200
LEAVING_S = 1.0


@asynccontextmanager
async def kept_fresh(library: Library, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Within, what is due is fetched again; what runs is ended in good order on leaving."""
    stop = threading.Event()

    async def look() -> None:
        await asyncio.to_thread(_round, library, stop)

    async with every(every_s, "refreshing the sources", look, leave_s=LEAVING_S):
        try:
            yield
        finally:
            # A round ends after its present item.
            stop.set()


def _round(library: Library, stop: threading.Event) -> None:
    for due in library.due():
        if stop.is_set():
            return
        try:
            done = library.refresh(due, Run(stop=stop.is_set, wait_s=0), most_pages=PAGES_A_ROUND)
        except LockedError as error:
            log.info("sources are refreshed later: %s", error)
            return
        except ReceiptsError as error:
            log.warning("sources could not be refreshed: %s", error)
            return
        log.info(
            "refreshed sources of %s: %d new or changed, %d as they were, %d gone, %d not read",
            due.guild_id or "everyone",
            done.added,
            done.unchanged,
            len(done.gone),
            len(done.unread),
        )
