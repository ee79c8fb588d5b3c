"""The library kept fresh while the bot runs: what is due is fetched again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from bot.library import Library, Run
from corpus.errors import LockedError, ReceiptsError

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
"""How often it is looked whether anything is due; how often that is, the upkeep decides."""
PAGES_A_ROUND = 200


def refresh(library: Library, stopped: Callable[[], bool]) -> None:
    """Fetches what is due, of every server; ends after the present item once it is stopped."""
    for due in library.due():
        if stopped():
            return
        try:
            done = library.refresh(due, Run(stop=stopped, wait_s=0), most_pages=PAGES_A_ROUND)
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
