"""The bot's process under load: `python -m tests.load.soak --seconds 1800 --rate 20 --burst 60`.

A stand-in for Discord asks from 300 servers, at a rate, then ten times as often for a while. The
bot runs as a process on a real PostgreSQL, with a checker that answers after a moment: what is
measured is everything around the checking. `--kills N` kills the bot N times on the way, and
`--database-kills N` PostgreSQL. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from tests.bot.discord_stand_in import Asked, StandIn
from tests.bot.test_black_box import process
from tests.postgres import PostgresServer

SERVERS = 300
PEOPLE = 5_000


class Soak:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.asked: list[Asked] = []
        self.memory: list[int] = []
        self.recovered: list[float] = []
        self.settled = 0.0
        self._looked = 0.0
        self._chance = random.Random(options.seed)

    async def run(self, folder: Path) -> dict[str, Any]:
        server = PostgresServer(durable=True)
        url = server.new_database()
        try:
            async with StandIn() as discord:
                await self._load(discord, server, folder, url)
                return self._result(discord)
        finally:
            server.remove()

    async def _load(self, discord: StandIn, server: PostgresServer, folder: Path, url: str) -> None:
        options = self.options
        ends = options.seconds + options.burst
        kills = sorted(self._chance.uniform(3, ends) for _ in range(options.kills))
        falls = sorted(self._chance.uniform(3, ends) for _ in range(options.database_kills))
        settings = {"CHECK_SECONDS": str(options.check), "RECEIPTS_DATABASE_URL": url}
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(
                process(discord, folder, "stand-in-checker", **settings)
            )
            await discord.up()
            began = last = time.perf_counter()
            due = 0.0
            while (at := time.perf_counter() - began) < ends:
                rate = options.rate * (10 if at > options.seconds else 1)
                now = time.perf_counter()
                due, last = due + (now - last) * rate, now
                while due >= 1:
                    due -= 1
                    self.asked.append(await self._ask(discord))
                if kills and at > kills[0]:
                    kills.pop(0)
                    bot.kill()
                    await bot.wait()
                    killed = time.perf_counter()
                    bot = await stack.enter_async_context(
                        process(discord, folder, "stand-in-checker", **settings)
                    )
                    await discord.up_again()
                    self.recovered.append(time.perf_counter() - killed)
                if falls and at > falls[0]:
                    falls.pop(0)
                    server.kill()
                    await asyncio.to_thread(server.start)
                self._measure(bot.pid)
                await asyncio.sleep(0.02)
            ended = time.perf_counter()
            with suppress(TimeoutError):
                await discord.until(self._settled, 120)
            self.settled = time.perf_counter() - ended

    async def _ask(self, discord: StandIn) -> Asked:
        guild = self._chance.randrange(SERVERS)
        number = self._chance.randrange(PEOPLE)
        claim = f"Claim {len(self.asked)} of server {guild}"
        place = str(5_000_000_000_000_000_000 + guild)
        channel = str(6_000_000_000_000_000_000 + guild)
        return await discord._interact(
            number,
            type=2,
            guild_id=place,
            channel_id=channel,
            channel={**discord._channel(), "id": channel, "guild_id": place},
            data={
                "id": "900",
                "name": "check",
                "type": 1,
                "options": [{"name": "claim", "type": 3, "value": claim}],
            },
        )

    def _settled(self) -> bool:
        return all(one.answers for one in self.asked if one.ack)

    def _measure(self, pid: int) -> None:
        """The process's memory, once a second."""
        if time.perf_counter() - self._looked < 1:
            return
        self._looked = time.perf_counter()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                self.memory.append(int(line.split()[1]) // 1024)

    def _result(self, discord: StandIn) -> dict[str, Any]:
        acknowledged = [one for one in self.asked if one.ack]
        waits = sorted(one.waited for one in acknowledged)
        cards = [one for one in acknowledged if one.answers and one.answers[0]["embeds"]]
        refused = [one for one in acknowledged if one.answers and not one.answers[0]["embeds"]]
        warm = self.memory[len(self.memory) // 4 :] or [0]
        return {
            "asked": len(self.asked),
            "acknowledged": len(acknowledged),
            "never_acknowledged": len(self.asked) - len(acknowledged),
            "answered_with_a_card": len(cards),
            "refused_in_words": len(refused),
            "acknowledged_and_unanswered": len(acknowledged) - len(cards) - len(refused),
            "answered_twice": sum(len(one.answers) > 1 for one in acknowledged),
            "acknowledgement_p50_s": round(statistics.median(waits), 3) if waits else None,
            "acknowledgement_p99_s": round(waits[int(len(waits) * 0.99)], 3) if waits else None,
            "rss_mb_after_warm_up": warm[0],
            "rss_mb_at_end": warm[-1],
            "recovery_s": [round(seconds, 1) for seconds in self.recovered],
            "settled_after_s": round(self.settled, 1),
            "faults": sorted(set(discord.faults)),
        }


def main() -> None:
    """Reads the options, and prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--burst", type=float, default=60, help="seconds at ten times the rate")
    parser.add_argument("--check", type=float, default=0.2, help="seconds that a check takes")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--database-kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(Soak(parser.parse_args()).run(Path(folder)))
    sys.stderr.flush()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
