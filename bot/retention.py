"""The end of what messages said: every so often, texts older than a server's days are removed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.rounds import every

if TYPE_CHECKING:
    from bot.review.privacy import Privacy

log = logging.getLogger(__name__)

EVERY_S = 3600.0


@asynccontextmanager
async def kept_short(privacy: Privacy, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Within, no text is kept much longer than its server wants; begins with a look at once."""

    async def look() -> None:
        if blanked := await asyncio.to_thread(privacy.blank_old_texts):
            log.info("removed the text of %d checks that were old enough", blanked)

    async with every(every_s, "removing old texts", look, at_once=True):
        yield
