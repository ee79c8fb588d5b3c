"""Fixtures: a simulated Discord with the bot in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

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
