"""What a check costs beside the model's own time: `python -m tests.load.overhead [--claims N]`.

A scripted model in another process answers at once, so all that passes is ours, the protocol
included. Each claim is read by the model, searched for in the starter corpus, drafted, audited and
weighed beside the local engine, one check after the other, as one person's requests are. Prints one
JSON object; times are milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bot.app import create_app
from bot.evaluate.data import read_claims
from bot.settings import Settings

CLAIMS = Path(__file__).parents[1] / "data" / "starter_claims.dev.jsonl"
WARM_UP = 5
"""Checks that come first and are not counted: models load, capabilities are probed."""


@asynccontextmanager
async def scripted() -> AsyncIterator[str]:
    """The address of a model that answers at once."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.model", "0",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def measure(home: Path, claims: int) -> dict[str, Any]:
    """The times of that many checks over the starter corpus."""
    texts = [row.claim for row in read_claims(CLAIMS)][: claims + WARM_UP]
    async with scripted() as address:
        settings = Settings(
            RECEIPTS_HOME=home, RECEIPTS_MODEL="scripted", OPENAI_BASE_URL=address,
            RECEIPTS_BUDGETS="person/day:100000000", _env_file=None,
        )  # fmt: skip
        async with create_app(settings) as app:
            app.warm_up()
            times, steps, engines = [], [], Counter[str]()
            for number, text in enumerate(texts):
                begun, used = time.perf_counter(), time.process_time()
                result = await app.checker.check(text, user_id=f"{number}", guild_id="1")
                spent = 1000 * (time.perf_counter() - begun)
                if number >= WARM_UP:
                    times.append((spent, 1000 * (time.process_time() - used)))
                    steps += [verdict.timings_ms.model_dump() for verdict in result.verdicts]
                    engines.update(verdict.engine for verdict in result.verdicts)
    walls = sorted(wall for wall, _ in times)
    return {
        "checks": len(walls),
        "p50_ms": round(median(walls), 1),
        "p95_ms": round(walls[int(0.95 * len(walls))], 1),
        "cpu_p50_ms": round(median(cpu for _, cpu in times), 1),
        "steps_p50_ms": {name: median(step[name] for step in steps) for name in steps[0]},
        "verdicts_by_engine": dict(engines),
    }


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=90)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="receipts-overhead-") as folder:
        print(json.dumps(asyncio.run(measure(Path(folder), given.claims)), indent=1))


if __name__ == "__main__":
    main()
