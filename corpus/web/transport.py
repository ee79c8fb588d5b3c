"""One request: guarded against private networks, capped in size and time, never redirected.

Every connection, whatever name, redirect or retry led to it, is opened by `_guarded`, which sees
the very address that is connected to: a name that resolves to another address the next time, or an
address written in an unusual way, gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from corpus.web.addresses import AllowList

CONNECT_S = 5.0
TOTAL_S = 20.0
MAX_URL = 2_000
MAX_PAGE_BYTES = 5_000_000
MAX_FILE_BYTES = 25_000_000
"""Decoded; a PDF, a sitemap or a file of fact-checks may be larger than a page."""
MAX_HEADER_BYTES = 16_384
_CHUNK = 65_536
_BINARY = ("image/", "video/", "audio/", "font/")
_FILES = (
    "application/pdf",
    "application/vnd.openxmlformats",
    "application/octet-stream",
    "application/json",
    "application/xml",
    "text/xml",
    "application/gzip",
    "application/x-gzip",
)


class FetchError(Exception):
    """It was not fetched; the message is the reason, for people."""


class RefusedError(FetchError):
    """It must not be fetched at all: the address is private, or the rules of the site forbid it."""


class _GuardError(OSError):
    """The guard's no. An OSError, so that the next address of the same name is tried."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Transport:
    """Guarded GET requests. Use it under `async with`."""

    def __init__(
        self,
        agent: str,
        allow: AllowList | None = None,
        *,
        total_s: float = TOTAL_S,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`agent`: what sites are told; `resolver`: in place of the system's."""
        self.allow = allow or AllowList()
        self._agent = agent
        self._total_s = total_s
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                socket_factory=self._guarded, resolver=self._resolver, limit=16
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=self._total_s, sock_connect=CONNECT_S),
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, max_bytes: int | None = None
    ) -> Answer:
        """The answer, redirects included as they are. FetchError says why there is none.

        `max_bytes` in place of the caps that go with the answer's media type.
        """
        assert self._session is not None, "use it under `async with`"
        address = web_address(url)
        try:
            async with self._session.get(
                address, headers=dict(headers or {}), allow_redirects=False
            ) as response:
                said = {name.lower(): value for name, value in response.headers.items()}
                wanted = response.status == 200
                body = await _read(response, said, max_bytes) if wanted else b""
                return Answer(str(address), response.status, said, body)
        except FetchError:
            raise
        except TimeoutError as error:
            raise FetchError(f"no complete answer within {self._total_s:.0f} s") from error
        except aiohttp.ClientConnectorError as error:
            refused = _guard_error(error)
            if refused is not None:
                raise RefusedError(str(refused)) from error
            raise FetchError(f"cannot connect: {error.os_error.strerror or error}") from error
        except (aiohttp.ClientError, UnicodeError, ValueError, OSError) as error:
            raise FetchError(f"the request failed: {_one_line(error)}") from error

    def _guarded(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, where = info
        host, port = str(where[0]), int(where[1])
        if not self.allow.permits(host, port):
            raise _GuardError(
                f"not an address of the public web (port {port}); an operator can allow it with "
                "RECEIPTS_FETCH_ALLOW"
            )
        return socket.socket(family=family, type=kind, proto=protocol)


def web_address(url: str) -> URL:
    """`url` as it will be asked for. RefusedError: not a plain http or https address."""
    if len(url) > MAX_URL:
        raise RefusedError(f"the address is longer than {MAX_URL} characters")
    if any(ord(char) <= 32 or char in "\\\x7f" for char in url):
        raise RefusedError("the address holds spaces, control characters or backslashes")
    try:
        url.encode()
        address = URL(url)
        host, port = address.host, address.port
    except ValueError as error:
        raise RefusedError(f"not an address: {_one_line(error)}") from error
    if address.scheme not in ("http", "https"):
        raise RefusedError("only http and https addresses are fetched")
    if not host or port is None:
        raise RefusedError("the address names no host")
    if address.user is not None or address.password is not None or "@" in address.authority:
        raise RefusedError("the address holds a user name or password")
    return address.with_fragment(None)


async def _read(
    response: aiohttp.ClientResponse, headers: Mapping[str, str], max_bytes: int | None
) -> bytes:
    """The decoded body, read no further than the cap."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith(_BINARY):
        raise FetchError(f"{kind} is not text")
    cap = max_bytes or (MAX_FILE_BYTES if kind.startswith(_FILES) else MAX_PAGE_BYTES)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(
            f"the answer is compressed with {encoding[:20]!r}, which was not asked for"
        )
    unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += _unpacked(unpack, chunk, cap + 1 - len(body)) if unpack else chunk
        if len(body) > cap:
            raise FetchError(f"larger than {cap / 1_000_000:g} MB")
        # Unpacking is work: others get their turn.
        await asyncio.sleep(0)
    if unpack is not None and not unpack.eof:
        raise FetchError("the compressed answer breaks off")
    return bytes(body)


def _unpacked(unpack: zlib._Decompress, chunk: bytes, room: int) -> bytes:
    try:
        return unpack.decompress(chunk, max(room, 1))
    except zlib.error as error:
        raise FetchError("the answer says it is gzip, but is not") from error


def _guard_error(error: BaseException | None) -> _GuardError | None:
    """The guard's no among the causes: several addresses give a group of errors."""
    if isinstance(error, _GuardError):
        return error
    if isinstance(error, aiohttp.ClientConnectorError):
        return _guard_error(error.os_error)
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_guard_error, error.exceptions)), None)
    return None


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
