"""Throws hostile requests at the web pages: `python -m tests.load.fuzz_web 10000`.

Raw bytes on a socket, so that nothing on our side tidies them: odd paths, verdict ids that nearly
fit, keys, methods, headers of every shape. No answer may be a 5xx, show a traceback, or hold a
secret.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

METHODS = ["GET"] * 12 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "gEt", "X"]
PIECES = [
    "/",
    "/v/",
    "/v",
    "/metrics",
    "/readyz",
    "/healthz",
    "/robots.txt",
    "..",
    "%2e%2e/",
    "%00",
    "%",
    "%zz",
    "%f0%9f%92%a9",
    "\u202e",
    "é",
    "'",
    '"',
    "<script>alert(1)</script>",
    "{{7*7}}",
    "?",
    "#",
    "key=",
    "&",
    "a" * 300,
    "v1",
    "//",
    "\\",
    ";",
    "@",
    ":80",
    "http://evil.example/",
    "\t",
    "$(id)",
    "' OR 1=1 --",
    "-",
    "_",
    "%25",
    "%2F",
    "id",
    "\x7f",
    "\ud800",
]
HEADERS = [
    "Host",
    "X-Forwarded-For",
    "Forwarded",
    "Accept",
    "Accept-Language",
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "Cookie",
    "Content-Length",
    "Transfer-Encoding",
    "Content-Type",
    "Upgrade",
    "Connection",
    "Expect",
    "Origin",
    "Referer",
    "User-Agent",
    "X-Original-URL",
    "Te",
]
VALUES = [
    "",
    "*",
    "bytes=0-1,5-",
    'W/"x"',
    "Thu, 99 Foo 2026",
    "a=b; c",
    "0",
    "chunked",
    "-1",
    "99999999999999999999",
    "websocket",
    "100-continue",
    "evil.example",
    "127.0.0.1, ::1",
    "\u00ff",
    "x" * 5000,
    "<img src=x>",
    "text/html;q=zz",
    "multipart/form-data",
    "en;q=2",
]


def request(choice: random.Random, targets: Sequence[str]) -> bytes:
    """One hostile request."""
    path = "".join(choice.choice(PIECES) for _ in range(choice.randint(0, 4)))
    if choice.random() < 0.5:
        path = choice.choice(targets) + path
    if not path.startswith("/") and choice.random() < 0.9:
        path = "/" + path
    lines = [f"{choice.choice(METHODS)} {path} HTTP/1.1", "Connection: close"]
    if choice.random() < 0.9:
        lines.append("Host: receipts.example")
    for _ in range(choice.randint(0, 4)):
        lines.append(f"{choice.choice(HEADERS)}: {choice.choice(VALUES)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass")


async def answer(port: int, sent: bytes) -> bytes:
    """What comes back, until the connection closes or two seconds have passed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(2):
            while chunk := await reader.read(65536):
                got += chunk
    except (TimeoutError, ConnectionError):
        pass  # A body that was announced and never sent: the server waits, as it must.
    finally:
        writer.close()
    return got


async def fuzz(
    port: int, count: int, targets: Sequence[str], secrets: Sequence[str], seed: int = 0
) -> Counter[str]:
    """How often each status came; AssertionError names the request that broke a rule."""
    choice = random.Random(seed)
    seen: Counter[str] = Counter()
    gate = asyncio.Semaphore(16)

    async def one() -> None:
        sent = request(choice, targets)
        async with gate:
            got = await answer(port, sent)
        status = got[9:12].decode("ascii", "replace") if got.startswith(b"HTTP/1.") else "none"
        seen[status] += 1
        assert not status.startswith("5"), (sent, got[:500])
        assert b"Traceback" not in got and b'File "' not in got, (sent, got[:500])
        for secret in secrets:
            assert secret.encode() not in got, (sent, got[:500])

    await asyncio.gather(*(one() for _ in range(count)))
    return seen


async def main(count: int) -> None:
    """Serves a home with a private verdict in it, and fuzzes that."""
    from tests.bot.web_home import CLAIM_OF_MEMBERS, WebHome

    with tempfile.TemporaryDirectory() as folder:
        async with WebHome(Path(folder)) as home:
            home.be_ready()
            seen = await fuzz(home.port, count, home.addresses(), [CLAIM_OF_MEMBERS])
    sys.stdout.write(f"{count} requests: {dict(seen)}\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
