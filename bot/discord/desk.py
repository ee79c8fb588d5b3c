"""The desk: takes each request once, sees it through to an answer, and closes in good order."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ParamSpec, Self, TypeVar, cast

import discord

from bot.checker import Examined
from bot.discord import words
from bot.discord.answers import BLOCKED_LINK, Answer, Card, UnreachableError, is_gone, is_refused
from bot.discord.cards import MOST_CARDS, left_out_line, nothing_checked, without_links
from bot.discord.choosing import choice_card
from bot.discord.limits import Limiter
from bot.discord.ports import App
from bot.discord.shown import Standing, given, waiting
from bot.discord.together import Together
from bot.ledger import Request, Status
from bot.logs import check_id
from bot.memory import Served
from bot.quotas import OverQuotaError
from bot.review.appearances import Shown
from bot.review.tables import PRIVATE
from bot.review.values import Making, Place
from bot.screenshots import PictureError
from bot.sharing import Receipts
from corpus.errors import CatalogueError
from prompts.context import CheckContext, Payer
from prompts.language import language_of, nearest
from prompts.verdict import CheckResult, Verdict

log = logging.getLogger(__name__)

MOST_RUNNING = 200
LONGEST_CHECK = 180.0
"""Seconds after which a check is given up; a model endpoint has its own, shorter limits."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0
"""Seconds between two tries while the database is away."""
_LOOK_S = 0.02
_REMEMBERED = 5_000
_THREADS = 4
_DOOR_THREADS = 2

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


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what of its surroundings its answer needs."""

    request: Request
    place: Place
    """What kind of message will show the verdicts."""
    about: str | None = None
    """The address of the message that is checked."""
    author_id: str | None = None
    """Who wrote that message."""
    parent_id: str | None = None
    """The channel that a thread belongs to."""
    thread: tuple[str, ...] = ()
    """What was written before, as far as the one who asks may read it."""
    chosen: Verdict | None = None
    """The verdict on the way of reading that was chosen, made when both were checked."""
    as_of: date | None = None
    """The day after which no source counts."""
    picture: str | None = None
    """The address, at Discord, of a picture whose words are to be checked too."""
    language: str | None = None
    """The language to answer in; None: the claim's own."""
    resumed: bool = False
    """Another process began it, and may have come to an answer."""

    def recorded(self) -> Request:
        """The request, with all this in it."""
        context = {
            "place": self.place,
            "about": self.about,
            "author_id": self.author_id,
            "parent_id": self.parent_id,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "thread": json.dumps(self.thread),
            "picture": self.picture,
            "language": self.language,
            "chosen": self.chosen.model_dump_json(by_alias=True) if self.chosen else None,
        }
        return replace(self.request, context=context)

    @classmethod
    def restored(cls, request: Request) -> Self:
        """What `recorded` made a request of."""
        context = request.context
        day, chosen = context.get("as_of"), context.get("chosen")
        return cls(
            request,
            cast("Place", context.get("place") or ("channel" if request.guild_id else "dm")),
            about=context.get("about"),
            author_id=context.get("author_id"),
            parent_id=context.get("parent_id"),
            as_of=date.fromisoformat(day) if day else None,
            thread=tuple(json.loads(context.get("thread") or "[]")),
            picture=context.get("picture"),
            language=context.get("language"),
            resumed=True,
            chosen=Verdict.model_validate_json(chosen) if chosen else None,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One verdict of an answer."""

    verdict: Verdict
    held: bool
    """It is shown only once a moderator has approved it."""
    left_out: str | None
    receipt: str | None
    """The address of its page on the web."""
    standing: Standing
    served: Served | None = None
    """It was published before it was asked for."""
    read: str | None = None
    """What was read from a picture for it."""

    def card(self, asked: Asked) -> Card:
        """What is shown of it at first."""
        if self.held:
            return waiting(self.verdict.claim, about=asked.about, language=self.verdict.language)
        return given(
            self.verdict,
            self.standing,
            about=asked.about,
            left_out=self.left_out,
            receipt=self.receipt,
            read=self.read,
        )

    def without_links(self) -> Part:
        """For where Discord takes a link for a harmful one."""
        return replace(self, verdict=without_links(self.verdict))


class Desk:
    """Runs checks for the Discord side of one process."""

    def __init__(self, app: App, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limiter = Limiter(clock)
        self.closing = False
        self.ledger = app.ledger
        self.work = app.work
        self.metrics = app.metrics
        self._app = app
        self._quotas = app.quotas
        self._receipts = Receipts(app.ledger, app.settings.public_url)
        self._jobs: dict[str, _Job] = {}
        # On record, and on the way there; not yet worked on.
        self._begun: set[str] = set()
        self._entering = 0
        self._kept: set[asyncio.Task[None]] = set()
        self._together: Together[Examined] = Together()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="ledger")
        # Of its own, so that what is acknowledged is not held up by what is being answered.
        self._door = ThreadPoolExecutor(_DOOR_THREADS, thread_name_prefix="door")
        self.fetch: Callable[[str], Awaitable[bytes]]
        """Gets a picture from Discord; the client sets it."""
        self.changed: Callable[[], None] = lambda: None
        """Called where the review may have something to show."""

    @property
    def busy(self) -> bool:
        """Whether as many checks run, or are about to, as this process takes."""
        return len(self._jobs) + len(self._begun) + self._entering >= MOST_RUNNING

    @property
    def holding(self) -> list[str]:
        """The checks that this process is at."""
        return [*self._jobs, *self._begun]

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
        """Runs a method of the ledger or the review in their executor."""
        loop = asyncio.get_running_loop()
        run = copy_context().run
        return await loop.run_in_executor(self._executor, lambda: run(method, *args, **kwargs))

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` beside everything else; what it raises goes to the log."""
        task = asyncio.create_task(work)
        self._kept.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._kept.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("work beside the checks failed", exc_info=error)

    async def begin(self, asked: Asked) -> bool:
        """Records a request before work on it; False where this event was recorded before.

        OverQuotaError, with nothing recorded, where it is one too many.
        """
        loop, run = asyncio.get_running_loop(), copy_context().run

        def enter() -> bool:
            request = asked.recorded()
            return self.ledger.begin(request, lambda db: self._quotas.count(db, request))

        self._entering += 1
        try:
            self._quotas.look(asked.request)
            new = await loop.run_in_executor(self._door, run, enter)
        except OverQuotaError as error:
            self.metrics.refused.labels(error.scope).inc()
            raise
        finally:
            self._entering -= 1
        if new:
            self._begun.add(asked.request.id)
        else:
            log.info("event %s was delivered again", asked.request.id)
        return new

    async def forget(self, request: Request) -> None:
        """Closes a request that was begun, as nobody waits for its answer."""
        self._begun.discard(request.id)
        await self._close(request, "cancelled")

    async def take(self, asked: Asked, answer: Answer, *, begun: bool = False) -> None:
        """Checks and answers. Whatever happens ends in the answer and the log, never in a raise.

        `begun`: the request has been recorded.
        """
        request = asked.request
        if request.id in self._jobs:
            return
        task = asyncio.create_task(self._work(asked, answer, begun))
        job = self._jobs[request.id] = _Job(answer, task)
        self._begun.discard(request.id)
        self.metrics.running.set(len(self._jobs))
        try:
            await asyncio.wait({task})
            if task.cancelled():
                if job.stopped == "cancelled":
                    await self._close(request, job.stopped)
                    await self._quietly(answer.withdraw())
                # Else it stays open: the next start goes on with it.
            elif error := task.exception():
                await self._fail(request, answer, error)
        finally:
            del self._jobs[request.id]
            self.metrics.running.set(len(self._jobs))
            job.closed.set()

    def cancel(self, event_id: int) -> None:
        """Stops the check that a message asked for, as the message is gone."""
        self._stop(self._jobs.get(str(event_id)), "cancelled")

    async def drain(self, grace: float, farewell: float) -> None:
        """Takes nothing more; what does not end in `grace` seconds is left to the next start."""
        self.closing = True
        ends = time.monotonic() + grace
        # What is on its way to the record is acknowledged before the connections are closed.
        while self._entering or self._begun:
            await asyncio.sleep(_LOOK_S)
            if time.monotonic() > ends:
                break
        await self._wait(max(0.0, ends - time.monotonic()))
        for job in list(self._jobs.values()):
            self._stop(job, "running")
        await self._wait(farewell)
        for task in self._kept:
            task.cancel()
        try:
            await self.record(self.work.release)
        except CatalogueError as error:
            log.warning("unfinished checks could not be let go: %s", error)

    def close(self) -> None:
        """Lets the ledger's threads go."""
        self._executor.shutdown(wait=False)
        self._door.shutdown(wait=False)

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

    async def _work(self, asked: Asked, answer: Answer, begun: bool) -> None:
        request, ledger = asked.request, self.ledger
        check_id.set(request.id)
        if not begun and not await self.begin(asked):
            await answer.withdraw()
            return
        started = time.perf_counter()
        placed = await answer.open()
        if placed is not None:
            await self._surely(ledger.placed, request.id, str(placed))
        asked = await self._in_language(asked)
        try:
            asked, read = await self._with_picture(asked)
        except PictureError as error:
            log.info("check %s: %s", request.id, error)
            await answer.say(words.picture(error.why))
            await self._surely(ledger.finish, request.id, "done")
            return
        examined = await self._examine(asked)
        self._jobs[request.id].answering = True
        result = examined.result
        shown = result.verdicts[:MOST_CARDS]
        ways = [verdict for choice in result.choices for verdict in choice.verdicts]
        # Kept before it is shown, as buttons ask for it; closed after, or a crash would lose it.
        await self._surely(
            ledger.keep, request.id, [*shown, *ways], result.retrieved, examined.steps
        )
        for verdict in shown:
            self.metrics.given(verdict, asked_model=self._app.settings.uses_llm)
        await self._show(asked, answer, examined, placed, read)
        await self._surely(ledger.finish, request.id, "done")
        self.metrics.checks.labels("done", request.origin).inc()
        self.changed()
        log.info(
            "check %s (%s): %s, %d left out, %.2f s",
            request.id,
            request.origin,
            ", ".join(verdict.label for verdict in shown) or "no verdict",
            len(result.skipped) + len(result.verdicts) - len(shown) + len(result.left_out),
            time.perf_counter() - started,
        )

    async def _examine(self, asked: Asked) -> Examined:
        """The verdicts; asked for by many at once, they are made once."""
        if chosen := asked.chosen:
            return Examined(CheckResult(verdicts=(chosen,), skipped=()), {chosen.id: Making()})
        request = asked.request
        if asked.resumed and (kept := await self._surely(self.ledger.kept, request.id)):
            # It may have been shown already: nobody is to read another answer in its place.
            known = CheckResult(verdicts=kept, skipped=())
            return Examined(known, {verdict.id: Making() for verdict in kept})
        recall = request.origin != "again"
        key = (
            request.guild_id,
            request.text.strip(),
            asked.as_of,
            asked.thread,
            recall,
            asked.language,
        )
        if self._together.has(key):
            self.metrics.shared.inc()

        async def examine() -> Examined:
            return await self._app.checker.examine(
                request.text,
                as_of=asked.as_of,
                guild_id=request.guild_id,
                user_id=request.user_id,
                thread=asked.thread,
                recall=recall,
                language=asked.language,
            )

        async with asyncio.timeout(LONGEST_CHECK):
            return await self._patiently(lambda: self._together.run(key, examine))

    async def _in_language(self, asked: Asked) -> Asked:
        """The request, to be answered in the language that its server has chosen, if any."""
        home = asked.request.guild_id or PRIVATE
        chosen = (await self._surely(self._app.review.settings.get, home)).language
        words.speaking.set(nearest(chosen or language_of(asked.request.text)))
        return replace(asked, language=chosen)

    async def _with_picture(self, asked: Asked) -> tuple[Asked, str | None]:
        """The request with the words of its picture, and those words."""
        if asked.picture is None:
            return asked, None
        request = asked.request
        try:
            data = await self.fetch(asked.picture)
            context = CheckContext(Payer(request.user_id, request.guild_id))
            found = await self._app.screenshots.read(data, context)
        except PictureError:
            if not request.text:
                raise
            return asked, None  # the words beside it are checked all the same
        read = found[: words.LONGEST_TEXT]
        text = "\n\n".join(filter(None, (request.text, _flowing(read))))
        return replace(asked, request=replace(request, text=text)), read

    async def _surely(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a method of the ledger, also where the database is away for a moment."""
        async with asyncio.timeout(LONGEST_CHECK):
            return await self._patiently(lambda: self.record(method, *args, **kwargs))

    async def _patiently(self, work: Callable[[], Awaitable[R]]) -> R:
        wait = FIRST_WAIT
        while True:
            try:
                return await work()
            except CatalogueError as error:
                log.warning("waiting for the database: %s", error)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _show(
        self,
        asked: Asked,
        answer: Answer,
        examined: Examined,
        placed: int | None,
        read: str | None,
    ) -> None:
        """Shows the verdicts, and records where, before it is done or at once after it."""
        result = examined.result
        shown = result.verdicts[:MOST_CARDS]
        asked_back = [choice_card(choice) for choice in result.choices[:MOST_CARDS]]
        if not shown:
            language = asked.language or language_of(asked.request.text)
            nothing = nothing_checked(result.skipped, language, read)
            await answer.show(asked_back or [Card(nothing)])
            return
        left_out = left_out_line(
            result.skipped,
            len(result.verdicts) - len(shown) + len(result.left_out),
            shown[-1].language,
        )
        last, hold = shown[-1].id, await self._holds(asked)
        parts = [
            await self._part(
                asked, examined, verdict, left_out if verdict.id == last else None, hold=hold
            )
            for verdict in shown
        ]
        parts[0] = replace(parts[0], read=read)
        if placed is not None:
            # Known before it is shown, so that no crash leaves a verdict shown and not recorded.
            await self._appeared(asked, parts[0], placed)
        try:
            messages = await answer.show([*(part.card(asked) for part in parts), *asked_back])
        except discord.HTTPException as error:
            if error.code != BLOCKED_LINK:
                raise
            log.warning("a link was refused by Discord's filter; the card goes out without links")
            bare = [part.without_links().card(asked) for part in parts]
            messages = await answer.show([*bare, *asked_back])
        for part, message in zip(parts, messages, strict=False):
            if message != placed:
                await self._appeared(asked, part, message)

    async def _part(
        self,
        asked: Asked,
        examined: Examined,
        verdict: Verdict,
        left_out: str | None,
        *,
        hold: bool,
    ) -> Part:
        """What is shown of a verdict, which the review looks at if it was made for this request."""
        receipt = await self.receipt(verdict.id, asked.request.guild_id)
        home = asked.request.guild_id or PRIVATE
        if served := examined.served.get(verdict.id):
            standing = Standing(
                decision=served.decision, elsewhere=served.home != home, reused=True
            )
            return Part(verdict, False, left_out, receipt, standing, served)
        making = examined.makings[verdict.id]
        await self._surely(self._app.review.flags.screen, home, verdict, making, hold=hold)
        standing = Standing(related=examined.related.get(verdict.id, ()))
        return Part(verdict, hold, left_out, receipt, standing)

    async def receipt(self, verdict_id: str, guild_id: str | None) -> str | None:
        """The address of a verdict's page on the web, where there is one."""
        return await self._surely(self._receipts.address, verdict_id, guild_id)

    async def _holds(self, asked: Asked) -> bool:
        """Whether verdicts are shown there only once they are approved."""
        home = asked.request.guild_id or PRIVATE
        settings = await self._surely(self._app.review.settings.get, home)
        return settings.mode_in(asked.request.channel_id, asked.parent_id) == "hold"

    async def _appeared(self, asked: Asked, part: Part, message: int) -> None:
        request = asked.request
        shown = Shown(
            verdict_id=part.verdict.id,
            message_id=str(message),
            channel_id=request.channel_id,
            place=asked.place,
            asker_id=request.user_id,
            author_id=asked.author_id,
            source_link=asked.about or "",
            left_out=part.left_out or "",
            held=part.held,
            decision_id=part.served.decision.id if part.served else None,
            follows=part.served.home if part.served else None,
            reused=part.served is not None,
        )
        await self._surely(self._app.review.appearances.add, request.guild_id or PRIVATE, shown)

    async def _fail(self, request: Request, answer: Answer, error: BaseException) -> None:
        status: Status = "cancelled" if is_gone(error) else "failed"
        self.metrics.checks.labels(status, request.origin).inc()
        await self._close(request, status)
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


def _flowing(read: str) -> str:
    """The lines of a picture as running text: a line of a screenshot is seldom a sentence."""
    return " ".join(read.split())
