"""`/sources` as those who manage a server see it, over a real library and a site on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest_asyncio

from bot.discord import sources
from bot.library import Library
from bot.shelf import Shelf
from corpus.catalogue import Catalogue
from corpus.upkeep import Upkeep
from corpus.web.addresses import AllowList
from retrieval.indexer import Indexer
from tests.bot.discord_world import World
from tests.corpus.pages import article
from tests.corpus.site import Page, Site
from tests.retrieval.homes import WordEmbedder


def now() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)


@pytest_asyncio.fixture
async def kept(world: World, tmp_path: Path) -> AsyncIterator[Catalogue]:
    catalogue = Catalogue(world.engine, clock=now)
    embedder = WordEmbedder()
    indexer = Indexer(tmp_path, catalogue, embedder.model_id)
    indexer.drain = lambda: True  # type: ignore[method-assign]
    settings = world.app.settings.model_copy(update={"home": tmp_path})
    library = Library(
        settings,
        world.engine,
        catalogue=catalogue,
        embedder=embedder,
        indexer=indexer,
        clock=now,
        upkeep=Upkeep(world.engine, clock=now),
        guests=AllowList.parse("127.0.0.0/8"),
    )
    world.app.shelf = Shelf(library, catalogue)
    yield catalogue


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with Site({"/a": Page(article("The bridge of Lund"))}) as running:
        yield running


def manager(world: World) -> object:
    role = world.guild.create_role("managers", permissions=discord.Permissions(manage_guild=True))
    return world.guild.add_member(world.env.create_user("carol"), roles=[role])


async def said(world: World, who: object, command: str, **options: str) -> str:
    asked = await who.slash(world.channel, f"sources {command}", **options)  # type: ignore[attr-defined]
    assert asked.ephemeral
    assert asked.response is not None
    return str(asked.response.content)


async def test_a_source_comes_and_goes_and_stays_with_its_server(
    world: World, kept: Catalogue, site: Site
) -> None:
    carol = manager(world)
    assert await said(world, carol, "list") == sources.EMPTY
    assert "1 new" in await said(world, carol, "add", url=f"{site.url}/a")
    assert "0 new" in await said(world, carol, "add", url=f"{site.url}/a")
    [record] = kept.sources(str(world.guild.id))
    assert kept.sources() == kept.sources("another") == []
    listed = await said(world, carol, "list")
    assert record.source.id in listed
    assert "The bridge of Lund" in listed
    gone = await said(world, carol, "retract", source=record.source.id, reason="wrong")
    assert "The bridge of Lund" in gone
    assert "retracted" in await said(world, carol, "list")


async def test_what_cannot_be_read_says_why(world: World, kept: Catalogue, site: Site) -> None:
    carol = manager(world)
    assert "https" in await said(world, carol, "add", url="file:///etc/passwd")
    assert "0 new" in await said(world, carol, "add", url=f"{site.url}/lost")
    assert "no source" in await said(world, carol, "retract", source="nowhere", reason="x")
    assert kept.sources(str(world.guild.id)) == []
