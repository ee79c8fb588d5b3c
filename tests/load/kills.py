"""Kills a part of a running installation under load, again and again, and looks what is lost:

    python -m tests.load.kills --victim bot --kills 30

The victim is `bot`, `chroma` or `postgres`; it gets SIGKILL at a random moment and is started again
at once, as a supervisor does. Recovered is who answers somebody who asked after the kill, and, for
Chroma, uses it again. Prints one JSON object; exits 1 where something acknowledged was lost or
answered twice, or a recovery took more than 10 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.load.rig import Rig, outcome

RECOVERED_WITHIN_S = 10.0


class Kills:
    """One run."""

    def __init__(self, rig: Rig, victim: str, rate: float) -> None:
        self.rig, self.victim, self.rate = rig, victim, rate
        self.recovered: list[float] = []
        self.restarted: list[float] = []

    async def run(self, kills: int) -> dict[str, Any]:
        """So many kills, one after the other, while people ask."""
        asking = asyncio.create_task(self._ask())
        for _ in range(kills):
            await asyncio.sleep(self.rig.discord.chance.uniform(1, 4))
            self.recovered.append(await self._kill())
            sys.stderr.write(f"{self.victim}: recovered in {self.recovered[-1]:.1f} s\n")
        await asyncio.sleep(2)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        settled = await self.rig.settle(120)
        told = outcome(self.rig.discord)
        lost = told["acknowledged_and_unanswered"]
        doubled = told["answered_twice"] + told["answered_again_otherwise"]
        return {
            "victim": self.victim, "kills": kills, "rate": self.rate,
            "load_average": os.getloadavg(),
            "recovery_s": _spread(self.recovered),
            "of_that_until_it_runs_s": _spread(self.restarted),
            "settled_after_s": round(settled, 1),
            **told,
            "sound": not lost and not doubled and max(self.recovered) <= RECOVERED_WITHIN_S,
        }  # fmt: skip

    async def _ask(self) -> None:
        while True:
            await self.rig.discord.ask()
            await asyncio.sleep(1 / self.rate)

    async def _kill(self) -> float:
        """Seconds until it is as before."""
        rig = self.rig
        begun = time.perf_counter()
        match self.victim:
            case "bot":
                rig.bot.kill()
                await rig.bot.wait()
                await rig.start_bot()
            case "chroma":
                await asyncio.to_thread(rig.chroma.kill)
                await asyncio.to_thread(rig.chroma.start)
            case "postgres":
                await asyncio.to_thread(rig.postgres.kill)
                await asyncio.to_thread(rig.postgres.start)
        self.restarted.append(time.perf_counter() - begun)
        await self._answered(begun)
        if self.victim == "chroma":
            # Until a search had found it gone, it counted as open.
            for _ in range(600):
                if await rig.metric("receipts_index_open") == 1:
                    break
                await asyncio.sleep(0.1)
            await self._answered(begun)
        return time.perf_counter() - begun

    async def _answered(self, since: float) -> None:
        """Until somebody who asked since then has a card."""
        while True:
            newest = [one for one in reversed(self.rig.discord.asked.values()) if one.at > since]
            if any(one.answers and one.answers[0]["embeds"] for one in newest):
                return
            await asyncio.sleep(0.05)


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "slowest": round(max(seconds), 1),
        "median": round(sorted(seconds)[len(seconds) // 2], 1),
    }


async def main(victim: str, kills: int, rate: float, seed: int) -> dict[str, Any]:
    """Sets up, kills, tears down."""
    with tempfile.TemporaryDirectory() as folder:
        async with Rig(Path(folder), servers=30, seed=seed) as rig:
            return await Kills(rig, victim, rate).run(kills)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--victim", choices=("bot", "chroma", "postgres"), required=True)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rate", type=float, default=5, help="requests a second")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    result = asyncio.run(main(given.victim, given.kills, given.rate, given.seed))
    text = json.dumps(result, indent=1)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    sys.exit(0 if result["sound"] else 1)
