"""Visits to the web as a good guest: robots.txt, one request at a time a host, back-off, redirects.

One Visitor is one run; use it under `async with`, from one event loop.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

from yarl import URL

from corpus.readers.dates import mail_moment
from corpus.web.robots import MAX_ROBOTS_BYTES, Robots
from corpus.web.transport import Answer, FetchError, RefusedError, Transport, web_address

HOST_DELAY_S = 1.0
"""Between two requests to a host of the public web, where robots.txt asks for no more."""
MOST_REDIRECTS = 5
MOST_TRIES = 3
LONGEST_WAIT_S = 120.0
"""A site that asks for more patience is left for another day."""
_BACK_OFF_S = 2.0
_BUSY = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class GoneError(FetchError):
    """The site says that there is nothing at this address any more (404 or 410)."""


class BusyError(FetchError):
    """The site asks to come back later."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit found."""

    asked: str
    url: str
    """Where the redirects led."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    unchanged: bool = False
    """304: nothing new since the validators that were sent."""


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    robots_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    robots: Robots | None = None
    next_at: float = 0.0


class Visitor:
    """Fetches addresses, each in its turn."""

    def __init__(
        self,
        transport: Transport,
        *,
        host_delay_s: float = HOST_DELAY_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`jitter` gives a number from 0 to 1."""
        self._transport = transport
        self._host_delay_s = host_delay_s
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._hosts: dict[str, _Host] = {}

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int | None = None,
    ) -> Visit:
        """What is at `url`; with validators, only where it is new.

        RefusedError: it must not be fetched. GoneError, BusyError, FetchError: it could not be.
        """
        conditions = {}
        if etag:
            conditions["If-None-Match"] = etag
        if last_modified:
            conditions["If-Modified-Since"] = last_modified
        here, seen = str(web_address(url)), set[str]()
        while True:
            if here in seen:
                raise FetchError("the redirects lead in a circle")
            seen.add(here)
            rules = await self._rules(here)
            if rules.problem is not None:
                raise BusyError(f"the site is left alone for now: {rules.problem}")
            if not rules.allows(here):
                raise RefusedError("the site's robots.txt forbids it")
            answer = await self._patiently(here, conditions, max_bytes)
            if answer.status not in _REDIRECTS:
                return _visit(url, answer)
            if len(seen) > MOST_REDIRECTS:
                raise FetchError(f"more than {MOST_REDIRECTS} redirects")
            here = _next(answer)

    async def _patiently(
        self, url: str, headers: Mapping[str, str], max_bytes: int | None
    ) -> Answer:
        """The answer of a site that may be busy at first."""
        for attempt in range(1, MOST_TRIES + 1):
            answer = await self._in_turn(url, headers, max_bytes)
            if answer.status not in _BUSY:
                return answer
            asked = _retry_after(answer)
            wait = _BACK_OFF_S**attempt * (1 + self._jitter()) if asked is None else asked
            if attempt == MOST_TRIES or wait > LONGEST_WAIT_S:
                break
            self._host(url).next_at = self._clock() + wait
        raise BusyError(f"the site answered {answer.status}; it is asked again later", asked)

    async def _in_turn(self, url: str, headers: Mapping[str, str], max_bytes: int | None) -> Answer:
        host = self._host(url)
        async with host.turn:
            wait = host.next_at - self._clock()
            if wait > 0:
                await self._sleep(wait)
            try:
                return await self._transport.get(url, headers, max_bytes)
            finally:
                host.next_at = max(host.next_at, self._clock() + self._delay(url, host))

    def _delay(self, url: str, host: _Host) -> float:
        asked = host.robots.delay_s if host.robots is not None else None
        # The operator's own network needs no sparing beyond what it asks for.
        usual = 0.0 if self._is_allowed_network(url) else self._host_delay_s
        usual *= 1 + 0.5 * self._jitter()
        return max(usual, asked or 0.0)

    def _is_allowed_network(self, url: str) -> bool:
        try:
            return self._transport.allow.holds(ip_address(URL(url).host or ""))
        except ValueError:
            return False

    async def _rules(self, url: str) -> Robots:
        host = self._host(url)
        async with host.robots_turn:
            if host.robots is None:
                host.robots = await self._fetch_rules(url)
            return host.robots

    async def _fetch_rules(self, url: str) -> Robots:
        here = str(URL(url).origin() / "robots.txt")
        try:
            for _ in range(MOST_REDIRECTS + 1):
                answer = await self._in_turn(here, {}, MAX_ROBOTS_BYTES)
                if answer.status not in _REDIRECTS:
                    return Robots.of(answer)
                here = _next(answer)
        except RefusedError:
            raise
        except FetchError as error:
            return Robots(None, problem=str(error))
        # RFC 9309, 2.3.1.2: too many redirects count as no file.
        return Robots(None)

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(str(URL(url).origin()), _Host())


def _visit(asked: str, answer: Answer) -> Visit:
    if answer.status in (404, 410):
        raise GoneError(f"nothing is there any more ({answer.status})")
    if answer.status in (401, 402, 403, 407, 451):
        raise RefusedError(f"the site does not let it be read ({answer.status})")
    if answer.status not in (200, 304):
        raise FetchError(f"the site answered {answer.status}")
    return Visit(asked, answer.url, answer.headers, answer.body, answer.status == 304)


def _next(answer: Answer) -> str:
    target = answer.headers.get("location", "").strip()
    if not target:
        raise FetchError(f"a redirect ({answer.status}) that leads nowhere")
    try:
        return str(web_address(urljoin(answer.url, target)))
    except ValueError as error:
        raise FetchError(f"a redirect to no address: {target[:80]!r}") from error


def _retry_after(answer: Answer) -> float | None:
    """Seconds, from seconds or a date (RFC 9110, 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    then = mail_moment(text)
    if then is None:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max((then - datetime.now(UTC)).total_seconds(), 0.0)
