"""Living verdicts: what is published is checked again when the sources it rests on change.

Every so often the catalogue is asked what was added, changed or retracted since the last look, by
whichever process. Published verdicts that cite such a source, or whose claim a new passage is near
to, are put on a list; the list is worked through in the background, so many a round. Nothing that
is published changes by it: where the label would, or a cited source was retracted, the case opens
again with both versions, and only a server that chose so has the new one published at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.review.decisions import Rerun
from bot.review.tables import PRIVATE
from bot.review.upkeep import Bearing
from corpus.errors import ReceiptsError

if TYPE_CHECKING:
    from bot.app import App
    from bot.review.upkeep import Recheck

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
A_ROUND = 5
"""Verdicts checked again in a round: 300 an hour."""
NEAR = 0.55
"""Cosine of a claim and a passage from which the passage may rank in its evidence."""
_NOTE = "sources looked at"
_OVERLAP = timedelta(minutes=1)


class Living:
    """Finds what a change of the corpus bears on, and checks it again."""

    def __init__(self, app: App) -> None:
        self._app = app

    def sources_changed(self, source_ids: Sequence[str]) -> int:
        """Puts the published verdicts that these sources bear on on the list; how many they are."""
        app, published = self._app, self._app.review.published
        ids = list(source_ids)
        found: dict[str, Bearing] = {}
        retracted = sorted(app.catalogue.unusable(ids))
        for entry in published.citing(retracted):
            found[entry.case_id] = Bearing(entry, "a cited source was retracted", retracted=True)
        for entry in published.citing(ids):
            found.setdefault(entry.case_id, Bearing(entry, "a cited source has changed"))
        for guild_id, passages in app.catalogue.live_passages(ids).items():
            _, vectors = app.catalogue.vectors(app.embedder.model_id, passages)
            for entry in app.memory.nearest(vectors, NEAR):
                if guild_id in {None, entry.guild_id}:
                    found.setdefault(entry.case_id, Bearing(entry, "a new source bears on it"))
        app.review.upkeep.put(list(found.values()))
        return len(found)

    def look(self) -> int:
        """Asks the catalogue what has changed since the last look; how many verdicts are listed."""
        ledger, now = self._app.ledger, self._app.clock()
        noted = ledger.note(_NOTE)
        found = 0
        if noted is not None:
            since = datetime.fromisoformat(noted) - _OVERLAP
            if changed := self._app.catalogue.changed_since(since):
                found = self.sources_changed(changed)
        ledger.set_note(_NOTE, now.astimezone(UTC).isoformat())
        return found

    async def round(self) -> None:
        """Looks, and checks some of the list again."""
        await asyncio.to_thread(self.look)
        await self.check_some()

    async def check_some(self, most: int = A_ROUND) -> int:
        """Checks the oldest entries of the list again; how many."""
        upkeep = self._app.review.upkeep
        due = await asyncio.to_thread(upkeep.due, most)
        for recheck in due:
            await self._check(recheck)
        return len(due)

    async def _check(self, recheck: Recheck) -> None:
        guild = None if recheck.guild_id == PRIVATE else recheck.guild_id
        upkeep = self._app.review.upkeep
        try:
            checked = await self._app.recheck(recheck.claim, Rerun(), guild_id=guild)
        except (ReceiptsError, TimeoutError) as error:
            log.warning("case %s is checked again later: %s", recheck.case_id, error)
            await asyncio.to_thread(upkeep.later, recheck)
            return
        retrieved = [hit.passage.id for hit in checked.hits]
        await asyncio.to_thread(
            upkeep.settle, recheck, checked.verdict, checked.making, retrieved=retrieved
        )
