"""A web site on loopback for tests: pages as given, and a record of what was asked for."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Page:
    """A fixed answer."""

    body: bytes | str = ""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, _request: web.Request) -> web.StreamResponse:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return web.Response(
            body=body, status=self.status, headers={"Content-Type": self.type, **self.headers}
        )


def redirect(target: str, status: int = 302) -> Page:
    return Page(status=status, headers={"Location": target})


def tagged(body: str, etag: str) -> Handler:
    """A page with a validator, which answers 304 to whoever has it already."""

    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"ETag": etag, "Content-Type": "text/html; charset=utf-8"}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body.encode(), headers=headers)

    return answer


def bomb(megabytes: int) -> Page:
    """Zeros that pack a thousandfold."""
    packed = gzip.compress(bytes(megabytes * 1_000_000), 9)
    return Page(packed, headers={"Content-Encoding": "gzip"})


async def drip(request: web.Request) -> web.StreamResponse:
    """A byte now and then, for as long as anybody listens."""
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    for _ in range(1_000):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


def in_turn(*answers: Handler) -> Handler:
    """Each request gets the next answer; the last one stays."""
    waiting = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        now = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return await now(request)

    return answer


class Site:
    """The server. `pages` may be changed while it runs."""

    def __init__(self, pages: dict[str, Handler] | None = None) -> None:
        self.pages: dict[str, Handler] = pages if pages is not None else {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.headers.append(dict(request.headers))
        page = self.pages.get(request.path_qs) or self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        return await page(request)  # type: ignore[arg-type]


class FixedNames(AbstractResolver):
    """Names that lead where a test wants; each asking takes the next of a name's addresses."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self._names = names

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        addresses = self._names.get(host)
        if addresses is None:
            raise OSError(f"no such name: {host}")
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        found = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=found,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass
