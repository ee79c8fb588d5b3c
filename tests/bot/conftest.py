"""Fixtures: the command, and a simulated Discord with the bot in it."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.cli import run
from bot.session import Session
from corpus.database import open_engine
from tests.bot.command_line import Outcome, Receipts
from tests.bot.discord_world import World


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The bot as most operators run it."""
    world = World(tmp_path)
    await world.start()
    yield world
    await world.stop()


@pytest_asyncio.fixture
async def reading_world(tmp_path: Path) -> AsyncIterator[World]:
    """The bot where the operator opted in to message content."""
    world = World(tmp_path, message_content=True)
    await world.start()
    yield world
    await world.stop()


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An empty database, of each kind in turn."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def receipts(starter_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Receipts:
    """Runs the command in this process, on a home with the starter corpus."""
    for name in list(os.environ):
        if name.startswith(("RECEIPTS_", "OPENAI_", "DISCORD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RECEIPTS_HOME", str(starter_home))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path, stdin: bytes | None = None) -> Outcome:
        piped = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin))
        session = Session(stdout=io.StringIO(), stderr=io.StringIO(), stdin=piped)
        status = run([str(argument) for argument in arguments], session)
        assert isinstance(session.stdout, io.StringIO)
        assert isinstance(session.stderr, io.StringIO)
        return Outcome(status, session.stdout.getvalue(), session.stderr.getvalue())

    return call
