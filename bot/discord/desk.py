"""The desk: takes each request once, sees it through to an answer, and closes in good order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import ParamSpec, TypeVar

import discord

from bot.discord import words
from bot.discord.answers import BLOCKED_LINK, Answer, Card, UnreachableError, is_gone, is_refused
from bot.discord.buttons import buttons
from bot.discord.cards import MOST_CARDS, card, left_out_line, nothing_checked
from bot.discord.limits import Limiter
from bot.discord.ports import App
from bot.ledger import Request, Status
from bot.sharing import Receipts
from prompts.verdict import CheckResult, Verdict

log = logging.getLogger(__name__)

MOST_RUNNING = 200
LONGEST_CHECK = 180.0
"""Seconds after which a check is given up; a model endpoint has its own, shorter limits."""
_REMEMBERED = 5_000

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class _Job:
    """One check under way."""

    answer: Answer
    task: asyncio.Task[None]
    stopped: Status | None = None
    """Why it was stopped before its end."""
    answering: bool = False
    """It has its verdicts and is showing them: too late to stop."""
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class Desk:
    """Runs checks for the Discord side of one process."""

    def __init__(self, app: App, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limiter = Limiter(clock)
        self.closing = False
        self.ledger = app.ledger
        self.metrics = app.metrics
        self._app = app
        self._receipts = Receipts(app.ledger, app.settings.public_url)
        self._jobs: dict[str, _Job] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="ledger")

    @property
    def busy(self) -> bool:
        """Whether as many checks run as this process takes."""
        return len(self._jobs) >= MOST_RUNNING

    def first_sight(self, event_id: int) -> bool:
        """Whether this event comes for the first time; Discord may deliver one again."""
        key = str(event_id)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def record(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a method of the ledger in its executor."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: method(*args, **kwargs))

    async def take(
        self,
        request: Request,
        answer: Answer,
        *,
        as_of: date | None = None,
        about: str | None = None,
    ) -> None:
        """Checks and answers. Whatever happens ends in the answer and the log, never in a raise."""
        task = asyncio.create_task(self._work(request, answer, as_of, about))
        job = self._jobs[request.id] = _Job(answer, task)
        try:
            await asyncio.wait({task})
            if task.cancelled():
                await self._close(request, "interrupted" if job.stopped is None else job.stopped)
                if job.stopped == "cancelled":
                    await self._quietly(answer.withdraw())
                else:
                    await self._quietly(answer.say(words.INTERRUPTED))
            elif error := task.exception():
                await self._fail(request, answer, error)
        finally:
            del self._jobs[request.id]
            job.closed.set()

    def cancel(self, event_id: int) -> None:
        """Stops the check that a message asked for, as the message is gone."""
        self._stop(self._jobs.get(str(event_id)), "cancelled")

    async def drain(self, grace: float, farewell: float) -> None:
        """Takes nothing more; gives what runs `grace` seconds, and its people a word after that."""
        self.closing = True
        await self._wait(grace)
        for job in list(self._jobs.values()):
            self._stop(job, "interrupted")
        await self._wait(farewell)

    def close(self) -> None:
        """Lets the ledger's threads go."""
        self._executor.shutdown(wait=False)

    async def _wait(self, seconds: float) -> None:
        closed = [asyncio.ensure_future(job.closed.wait()) for job in self._jobs.values()]
        if closed:
            _, late = await asyncio.wait(closed, timeout=seconds)
            for waiter in late:
                waiter.cancel()

    def _stop(self, job: _Job | None, why: Status) -> None:
        if job is not None and not job.answering and job.stopped is None:
            job.stopped = why
            job.task.cancel()

    async def _work(
        self, request: Request, answer: Answer, as_of: date | None, about: str | None
    ) -> None:
        ledger = self.ledger
        if not await self.record(ledger.begin, request):
            log.info("event %s was delivered again", request.id)
            await answer.withdraw()
            return
        started = time.perf_counter()
        placed = await answer.open()
        if placed is not None:
            await self.record(ledger.placed, request.id, str(placed))
        async with asyncio.timeout(LONGEST_CHECK):
            result = await self._app.checker.check(
                request.text, as_of=as_of, guild_id=request.guild_id
            )
        self._jobs[request.id].answering = True
        shown = result.verdicts[:MOST_CARDS]
        await self.record(ledger.finish, request.id, "done", shown, result.retrieved)
        for verdict in shown:
            self.metrics.given(verdict, asked_model=self._app.settings.uses_llm)
        links = {
            verdict.id: await self.record(self._receipts.address, verdict.id, request.guild_id)
            for verdict in shown
        }
        messages = await self._show(answer, result, shown, about, links)
        for verdict, message in zip(shown, messages, strict=False):
            await self.record(
                ledger.appeared,
                verdict.id,
                str(message),
                guild_id=request.guild_id,
                channel_id=request.channel_id,
            )
        log.info(
            "check %s (%s): %s, %d left out, %.2f s",
            request.id,
            request.origin,
            ", ".join(verdict.label for verdict in shown) or "no verdict",
            len(result.skipped) + len(result.verdicts) - len(shown) + len(result.left_out),
            time.perf_counter() - started,
        )

    async def _show(
        self,
        answer: Answer,
        result: CheckResult,
        shown: Sequence[Verdict],
        about: str | None,
        links: Mapping[str, str | None],
    ) -> list[int]:
        if not shown:
            return await answer.show([Card(nothing_checked(result.skipped))])
        left_out = left_out_line(
            result.skipped, len(result.verdicts) - len(shown) + len(result.left_out)
        )

        def cards(verdicts: Sequence[Verdict]) -> list[Card]:
            last = len(verdicts) - 1
            return [
                Card(
                    card(verdict, about=about, left_out=left_out if n == last else None),
                    buttons(verdict, links[verdict.id]),
                )
                for n, verdict in enumerate(verdicts)
            ]

        try:
            return await answer.show(cards(shown))
        except discord.HTTPException as error:
            if error.code != BLOCKED_LINK:
                raise
        log.warning("a link was refused by Discord's filter; the card goes out without links")
        return await answer.show(cards([_without_links(verdict) for verdict in shown]))

    async def _fail(self, request: Request, answer: Answer, error: BaseException) -> None:
        await self._close(request, "cancelled" if is_gone(error) else "failed")
        if is_gone(error):
            log.info("check %s: what it was for is gone", request.id)
        elif is_refused(error) or isinstance(error, UnreachableError):
            log.warning("check %s cannot be answered: %s", request.id, error)
        else:
            incident = secrets.token_hex(4)
            log.error("check %s failed (error %s)", request.id, incident, exc_info=error)
            await self._quietly(answer.say(words.failed(error, incident)))

    async def _close(self, request: Request, status: Status) -> None:
        try:
            await self.record(self.ledger.finish, request.id, status)
        except Exception:
            log.exception("check %s could not be closed as %s", request.id, status)

    async def _quietly(self, sending: Awaitable[object]) -> None:
        """A last word that may fail: the log is told, the person cannot be."""
        try:
            await sending
        except (discord.HTTPException, UnreachableError, OSError) as error:
            log.info("a last word could not be sent: %s", error)


def _without_links(verdict: Verdict) -> Verdict:
    return verdict.model_copy(
        update={
            "citations": tuple(
                citation.model_copy(
                    update={"source": citation.source.model_copy(update={"url": None})}
                )
                for citation in verdict.citations
            )
        }
    )
