"""The bot under load for long: `python -m tests.load.soak --out soak.json`.

The whole bot answers people of 300 servers from the starter corpus, with everything in a process of
its own (see `rig`): at a rate, then ten times as often for a while. Prints and writes one JSON
object: what came of all that was asked, how long the acknowledgement took, memory and CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.load.rig import Rig, outcome

WARM_S = 120.0
"""After which memory must not grow."""
LOOK_S = 5.0
"""How often memory is looked at."""


class Soak:
    """One run."""

    def __init__(self, rig: Rig, options: argparse.Namespace) -> None:
        self.rig, self.options = rig, options
        self.memory: list[tuple[float, int]] = []
        self.queued: list[float] = []
        self.begun = 0.0

    async def run(self) -> dict[str, Any]:
        """Asks, waits until all is answered, and tells."""
        options, rig = self.options, self.rig
        self.begun = time.perf_counter()
        measuring = asyncio.create_task(self._measure())
        cpu_before, disk_before = rig.used()[0], await rig.database_bytes()
        await self._ask(options.rate, options.seconds)
        steady = outcome(rig.discord)
        cpu = rig.used()[0] - cpu_before
        await self._ask(10 * options.rate, options.burst)
        settled = await rig.settle(300)
        await asyncio.sleep(options.after)
        measuring.cancel()
        whole = outcome(rig.discord)
        disk = await rig.database_bytes() - disk_before
        steadily = [mb for at, mb in self.memory if at < options.seconds]
        warm = steadily[int(WARM_S / LOOK_S) :] or steadily
        first, last = warm[: max(1, len(warm) // 10)], warm[-max(1, len(warm) // 10) :]
        before, after = sum(first) / len(first), sum(last) / len(last)
        return {
            "seconds": options.seconds, "rate": options.rate, "burst_s": options.burst,
            "load_average": os.getloadavg(),
            "steady": steady,
            "whole": whole,
            "settled_after_s": round(settled, 1),
            "cpu_ms_a_request": round(1000 * cpu / max(1, steady["asked"]), 1),
            "database_bytes_a_check": round(disk / max(1, whole["answered_with_a_card"])),
            "rss_mb": {
                "warm": round(before), "end_of_steady": round(after),
                "grown": round(after / max(1, before) - 1, 3),
                "most": max(mb for _, mb in self.memory), "at_end": self.memory[-1][1],
            },
            "most_running": max(self.queued, default=0),
            "left_open": await rig.metric("receipts_checks_open"),
        }  # fmt: skip

    async def _ask(self, rate: float, seconds: float) -> None:
        begun, asked = time.perf_counter(), 0
        while (at := time.perf_counter() - begun) < seconds:
            while asked < at * rate:
                asked += 1
                await self.rig.discord.ask()
            await asyncio.sleep(0.005)

    async def _measure(self) -> None:
        while True:
            self.memory.append((time.perf_counter() - self.begun, self.rig.used()[1]))
            running = await self.rig.metric("receipts_checks_running")
            if running is not None:
                self.queued.append(running)
            if self.options.log:
                state = f"{self.memory[-1]} running {running} asked {len(self.rig.discord.asked)}"
                sys.stderr.write(f"{state} load {os.getloadavg()[0]:.1f}\n")
            await asyncio.sleep(LOOK_S)


async def main(options: argparse.Namespace) -> dict[str, Any]:
    """Sets up, runs, tears down."""
    with tempfile.TemporaryDirectory() as folder:
        async with Rig(Path(folder), seed=options.seed) as rig:
            # The first checks load what later ones share.
            for _ in range(20):
                await rig.discord.ask()
                await asyncio.sleep(0.2)
            await rig.settle(60)
            return await Soak(rig, options).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--burst", type=float, default=60, help="seconds at ten times the rate")
    parser.add_argument("--after", type=float, default=30, help="seconds of rest at the end")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--log", action="store_true", help="a line every five seconds")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    text = json.dumps(asyncio.run(main(given)), indent=1)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
