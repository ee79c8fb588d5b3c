"""What the bot is loaded with: a stand-in for Discord with many servers, a scripted model server,
PostgreSQL with fsync and a Chroma server, each a process of its own on loopback."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from bot.transfer import open_migrated, transfer
from tests.bot.discord_stand_in import Asked, Seen, StandIn
from tests.bot.test_black_box import ROOT, process
from tests.chroma_server import ChromaServer
from tests.postgres import PostgresServer, free_port

SERVERS = 300
PEOPLE = 20_000
CLAIMS = (
    "DeepSeek cost $5.5M",
    "Nvidia lost $589 billion in one day",
    "GPT-4 cost more than $100 million to train",
    "The Moon is made of cheese",
    "Training Llama 3.1 took 30 million GPU hours",
    "Bitcoin uses more electricity than Norway",
)


class Crowd(StandIn):
    """Discord with many servers, which forgets what nobody asks for again."""

    def __init__(self, servers: int, seed: int) -> None:
        super().__init__(servers=servers)
        self.heartbeat_ms = 41_250
        self.chance = random.Random(seed)

    def _remember(self, seen: Seen) -> None:
        """Nothing."""

    def _keep(self, body: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
        message = super()._keep(body, old)
        message["components"] = []
        message["embeds"] = [
            {name: embed.get(name) for name in ("title", "description")}
            for embed in message["embeds"] or []
        ]
        while len(self.messages) > 2_000:
            del self.messages[next(iter(self.messages))]
        return message

    async def ask(self) -> Asked:
        """Somebody somewhere uses /check."""
        claim = f"{self.chance.choice(CLAIMS)}, case {len(self.asked)}"
        return await self.command(
            claim, self.chance.randrange(PEOPLE), self.chance.randrange(self._servers)
        )


class Rig:
    """Use under `async with`; everything is up when it begins, and gone when it ends."""

    def __init__(
        self, folder: Path, *, servers: int = SERVERS, seed: int = 7, corpus: Path | None = None
    ) -> None:
        """`corpus`: a home whose corpus the bot begins with; None: it reads the starter corpus."""
        self.discord = Crowd(servers, seed)
        self.postgres = PostgresServer(durable=True)
        self.home = folder / "home"
        self.home.mkdir()
        self.chroma = ChromaServer(folder / "chroma")
        self._corpus = corpus
        self._settings: dict[str, str] = {}
        self._stack = AsyncExitStack()
        self._http = free_port()

    async def __aenter__(self) -> Rig:
        self._stack.callback(self.postgres.remove)
        self._stack.callback(self.chroma.kill)
        model = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.load.model", "0.05",
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._stack.callback(model.kill)
        assert model.stdout is not None
        database = self.postgres.new_database()
        if self._corpus is not None:
            copied(self._corpus, database)
        self._settings |= {
            "RECEIPTS_DATABASE_URL": database,
            "RECEIPTS_CHROMA_URL": self.chroma.url,
            "OPENAI_BASE_URL": (await model.stdout.readline()).decode().strip(),
            "RECEIPTS_MODEL": "scripted",
            "RECEIPTS_HTTP_PORT": str(self._http),
            "EXACT_LIMIT": "10",
        }
        await self._stack.enter_async_context(self.discord)
        self.session = await self._stack.enter_async_context(aiohttp.ClientSession())
        try:
            await self.start_bot()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    async def start_bot(self) -> None:
        """Starts the bot and waits until it is ready."""
        up = asyncio.create_task(self.discord.up_again())
        self.bot = await self._stack.enter_async_context(
            process(self.discord, self.home, "bot", **self._settings)
        )
        await up

    async def metric(self, name: str) -> float | None:
        """A number of the bot's; None where it does not answer."""
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with (
                asyncio.timeout(5),
                self.session.get(f"http://127.0.0.1:{self._http}/metrics") as answer,
            ):
                for line in (await answer.text()).splitlines():
                    if line.startswith(f"{name} "):
                        return float(line.split()[1])
        return None

    async def database_bytes(self) -> int:
        """How much the database takes on the disk."""
        url = self._settings["RECEIPTS_DATABASE_URL"]
        async with await psycopg.AsyncConnection.connect(url) as connection:
            cursor = await connection.execute("SELECT pg_database_size(current_database())")
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    def used(self) -> tuple[float, int]:
        """CPU seconds and resident MB of the bot's process."""
        place = Path(f"/proc/{self.bot.pid}")
        fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
        pages = int((place / "statm").read_text().split()[1])
        return (int(fields[11]) + int(fields[12])) / 100, pages * 4096 // 2**20

    def settled(self) -> bool:
        """Whether all that was acknowledged is answered."""
        return all(one.answers for one in self.discord.asked.values() if one.ack)

    async def settle(self, seconds: float) -> float:
        """Waits for that; how long it took."""
        begun = time.perf_counter()
        for _ in range(int(5 * seconds)):
            if self.settled():
                break
            await asyncio.sleep(0.2)
        return time.perf_counter() - begun


def copied(home: Path, database: str) -> None:
    """Copies the database of a home into another."""
    there, here = open_migrated(f"sqlite:///{home / 'receipts.db'}"), open_migrated(database)
    transfer(there, here)
    there.dispose()
    here.dispose()


def outcome(discord: Crowd) -> dict[str, Any]:
    """What came of all that was asked."""
    asked = list(discord.asked.values())
    acknowledged = [one for one in asked if one.ack]
    cards = [one for one in acknowledged if one.answers and one.answers[0]["embeds"]]
    refused = [one for one in acknowledged if one.answers and not one.answers[0]["embeds"]]
    waits = sorted(one.waited for one in acknowledged) or [0.0]
    answers = sorted(one.answered_at - one.at for one in cards if one.answered_at) or [0.0]
    return {
        "asked": len(asked),
        "acknowledged": len(acknowledged),
        "never_acknowledged": len(asked) - len(acknowledged),
        "answered_with_a_card": len(cards),
        "refused_in_words": len(refused),
        "acknowledged_and_unanswered": len(acknowledged) - len(cards) - len(refused),
        "answered_twice": sum(len(one.answers) > 1 for one in acknowledged),
        "answered_again_otherwise": sum(len(one.shown) > 1 for one in acknowledged),
        "acknowledged_s": {"p50": _at(waits, 0.5), "p99": _at(waits, 0.99), "max": _at(waits, 1)},
        "answered_s": {"p50": _at(answers, 0.5), "p99": _at(answers, 0.99)},
        "faults": sorted(set(discord.faults)),
    }


def _at(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)
