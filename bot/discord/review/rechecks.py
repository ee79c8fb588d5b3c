"""Claims that moderators have checked again, in the background, and taken up after a restart."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.leases import while_held
from bot.review.decisions import Rerun
from bot.review.tables import PRIVATE
from bot.review.values import Making, Refused, State
from bot.translated import later
from corpus.errors import CatalogueError, OperationError, ReceiptsError

if TYPE_CHECKING:
    from bot.discord.client import ReceiptsBot

log = logging.getLogger(__name__)

LONGEST_S = 300.0
MOST_RUNS = 3
"""A check that ends its process each time must not do so for ever."""
_AT_ONCE = 2


class Rechecks:
    """Runs them for one process."""

    def __init__(self, bot: ReceiptsBot) -> None:
        self._bot = bot
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def resume(self) -> None:
        """Starts what nobody is at: its process has died."""
        unfinished = await self._bot.desk.record(self._bot.app.review.decisions.unfinished)
        for home, case_id, how in unfinished:
            self.start(home, case_id, how)

    def start(self, home: str, case_id: str, how: Rerun) -> None:
        """Checks the claim of a case again, unless another process is at it."""
        task = asyncio.create_task(self._run(home, case_id, how))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Breaks off; the next start takes it up."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, home: str, case_id: str, how: Rerun) -> None:
        record, leases = self._bot.desk.record, self._bot.app.leases
        name = f"rerun {case_id}"
        if not (run := await record(leases.take, name)):
            return
        checking = asyncio.create_task(self._check(home, case_id, how, run))
        try:
            await while_held(checking, lambda: record(leases.renew, name))
            await record(leases.done, name)
        except CatalogueError as error:
            log.warning("case %s is checked again later: %s", case_id, error)

    async def _check(self, home: str, case_id: str, how: Rerun, run: int) -> None:
        bot = self._bot
        decisions = bot.app.review.decisions
        dossier = await bot.desk.record(bot.app.review.cases.for_channel, home, case_id)
        if dossier is None or dossier.case.state is not State.RERUNNING:
            return
        verdict, making, problem = None, Making(), ""
        retrieved: tuple[str, ...] = ()
        try:
            if run > MOST_RUNS:
                raise OperationError("its process ended each time")
            async with self._slots, asyncio.timeout(LONGEST_S):
                checked = await bot.app.recheck(
                    dossier.case.claim, how, guild_id=None if home == PRIVATE else home
                )
            verdict, making = checked.verdict, checked.making
            retrieved = tuple(hit.passage.id for hit in checked.hits)
        except ReceiptsError as error:
            problem = str(error)
        except TimeoutError:
            problem = later("it took too long")
        except Exception as error:
            log.exception("case %s could not be checked again", case_id)
            problem = type(error).__name__
        result = await bot.desk.record(
            decisions.deliver, home, case_id, verdict, making, retrieved=retrieved, problem=problem
        )
        if isinstance(result, Refused):
            log.info("the new draft of case %s came too late: %s", case_id, result.message)
        bot.courier.wake()
