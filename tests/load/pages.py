"""How quick and how heavy the web pages are: `python -m tests.load.pages`.

Asks for each page again and again, one request at a time, as from a proxy that keeps its
connection. Prints one JSON object: milliseconds by page, kilobytes, and what a page would load.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from tests.bot.web_home import PUBLIC, WebHome

TIMES = 500
_LOADS = re.compile(r"""<(?:script|img|iframe|link|source)\b[^>]*?(?:src|href)=["'](?!data:)""")


async def main() -> dict[str, Any]:
    """Measures."""
    measured: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with WebHome(Path(folder)) as home, aiohttp.ClientSession() as session:
            home.be_ready()
            for path in ("/", f"/v/{home.ids[PUBLIC]}", "/v/nothing", "/readyz"):
                times, body = [], b""
                for _ in range(TIMES):
                    begun = time.perf_counter()
                    async with session.get(home.url(path)) as answer:
                        body = await answer.read()
                    times.append(1000 * (time.perf_counter() - begun))
                times.sort()
                loads = [tag for tag in _LOADS.findall(body.decode()) if "canonical" not in tag]
                measured[path] = {
                    "p50_ms": round(times[TIMES // 2], 1),
                    "p95_ms": round(times[int(TIMES * 0.95)], 1),
                    "kilobytes": round(len(body) / 1000, 1),
                    "further_requests": len(loads),
                }
    return {"load_average": os.getloadavg()[0], "pages": measured}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main()), indent=1) + "\n")
