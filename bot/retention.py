"""The end of what messages said: every so often, texts older than a server's days are removed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.review.privacy import Privacy

log = logging.getLogger(__name__)

EVERY_S = 3600.0


@asynccontextmanager
async def kept_short(privacy: Privacy, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Within, no text is kept much longer than its server wants; begins with a look at once."""
    task = asyncio.create_task(_rounds(privacy, every_s))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _rounds(privacy: Privacy, every_s: float) -> None:
    while True:
        try:
            if blanked := await asyncio.to_thread(privacy.blank_old_texts):
                log.info("removed the text of %d checks that were old enough", blanked)
        except Exception:
            # A round that fails in an unforeseen way must not be the last one.
            log.exception("old texts could not be removed; it is tried again")
        await asyncio.sleep(every_s)
