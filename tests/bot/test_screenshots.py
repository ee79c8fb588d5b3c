"""Screenshots: read as people see them, refused where they cannot be, and never a stranger's file
that brings the bot down."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from bot.discord import words
from bot.discord.attachments import HOSTS
from bot.screenshots import LONGEST_SIDE, MOST_BYTES, PictureError, Screenshots, opened
from prompts.context import CheckContext
from prompts.endpoint import Endpoint, EndpointSettings
from prompts.models import Models
from prompts.picture import PictureModel
from tests.bot.discord_world import World
from tests.prompts.openai_server import Fails, OpenAIServer, Says

WORDS = "Nvidia lost $589 billion in market\nvalue on 27 January 2025"


def screenshot(text: str = WORDS, form: str = "PNG") -> bytes:
    picture = Image.new("RGB", (800, 160), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((20, 20), text, fill="black", font=ImageFont.load_default(30))
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def bomb() -> bytes:
    """A small PNG that says it is 60,000 by 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def reading() -> Iterator[Screenshots]:
    """One for all, as its weights take a while to load."""
    reading = Screenshots()
    yield reading
    reading.close()


async def test_the_words_of_a_picture_are_read_on_this_machine(reading: Screenshots) -> None:
    text = " ".join((await reading.read(screenshot())).split())
    assert "$589 billion" in text
    assert "27 January 2025" in text


async def test_a_picture_without_words_says_so(reading: Screenshots) -> None:
    with pytest.raises(PictureError) as told:
        await reading.read(screenshot(""))
    assert told.value.why == "no_text"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no picture at all", "unreadable"),
        (b"", "unreadable"),
        (screenshot()[:200], "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (screenshot(form="BMP"), "unreadable"),
        (b"\0" * (MOST_BYTES + 1), "too_big"),
        (bomb(), "too_big"),
    ],
)
def test_what_is_no_picture_or_too_large_is_told_apart(data: bytes, why: str) -> None:
    with pytest.raises(PictureError) as told:
        opened(data)
    assert told.value.why == why


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF"]))
def test_any_bytes_are_a_picture_or_an_error(data: bytes, before: bytes) -> None:
    try:
        assert max(opened(before + data).size) <= LONGEST_SIDE
    except PictureError as error:
        assert error.why in {"unreadable", "too_big"}


async def test_a_model_that_sees_reads_it_where_there_is_one() -> None:
    async with OpenAIServer(Says({"text": "DeepSeek cost $5.5M"})) as server:
        seer = PictureModel(Models([Endpoint(EndpointSettings(model="eyes", base_url=server.url))]))
        reading = Screenshots(seer)
        context = CheckContext()
        assert await reading.read(screenshot(), context) == "DeepSeek cost $5.5M"
        reading.close()
        await seer.aclose()
        (request,) = server.requests
        parts = request["messages"][-1]["content"]
        assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,")
        assert [item.step for item in context.taken()] == ["picture"]


async def test_where_the_model_fails_this_machine_reads_it() -> None:
    async with OpenAIServer(Fails(500)) as server:
        settings = EndpointSettings(model="eyes", base_url=server.url, max_retries=0)
        seer = PictureModel(Models([Endpoint(settings)]))
        reading = Screenshots(seer)
        assert "$589 billion" in await reading.read(screenshot())
        reading.close()
        await seer.aclose()


@pytest_asyncio.fixture
async def world(tmp_path: Path, reading: Screenshots) -> AsyncIterator[World]:
    world = World(tmp_path, settle_timeout=60)
    world.app.screenshots = reading
    await world.start()
    yield world
    await world.stop()


async def test_a_mention_with_a_screenshot_is_answered_with_what_was_read(world: World) -> None:
    await world.alice.send(
        world.channel, f"{world.mention} is this true?", attachments=[("shot.png", screenshot())]
    )
    (asked,) = world.checker.asked
    assert "Nvidia lost $589 billion in market value" in asked.text
    (card,) = world.said()[-1].embeds
    assert "Read from the picture: “Nvidia lost $589 billion" in (card.description or "")


async def test_the_menu_reads_a_messages_picture_beside_its_words(world: World) -> None:
    said = await world.bob.send(world.channel, "wow", attachments=[("shot.png", screenshot())])
    asked = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.response is not None and asked.response.embeds
    assert world.checker.asked[0].text.startswith("wow\n\nNvidia lost $589 billion")


async def test_the_command_reads_a_picture_beside_the_claim_that_it_asks_for(world: World) -> None:
    (check,) = [command for command in world.bot.tree.get_commands() if command.name == "check"]
    assert isinstance(check, app_commands.Command)
    assert [(option.name, option.required) for option in check.parameters] == [
        ("claim", True),
        ("as_of", False),
        ("picture", False),
    ]
    picture = ("shot.png", screenshot())
    await world.alice.slash(world.channel, "check", claim="wow", picture=picture)
    assert world.checker.asked[0].text.startswith("wow\n\nNvidia lost $589 billion")


@pytest.mark.parametrize(
    ("data", "why"), [(b"no picture", "unreadable"), (screenshot(""), "no_text")]
)
async def test_a_picture_that_cannot_be_checked_says_why(
    world: World, data: bytes, why: str
) -> None:
    said = await world.bob.send(world.channel, attachments=[("shot.png", data)])
    asked = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.response is not None
    assert asked.response.content == words.picture(why)  # type: ignore[arg-type]
    assert not world.checker.asked
    assert world.rows("SELECT status FROM checks") == [("done",)]


async def test_words_are_checked_where_the_picture_beside_them_cannot_be(world: World) -> None:
    said = await world.bob.send(world.channel, "It cost $5.5M", attachments=[("a.png", b"x")])
    await world.alice.context_menu(world.channel, words.MENU, said)
    assert world.checker.asked[0].text == "It cost $5.5M"


async def test_a_picture_that_is_not_at_discord_is_not_fetched(world: World) -> None:
    world.bot.picture_hosts = HOSTS
    said = await world.bob.send(world.channel, attachments=[("shot.png", screenshot())])
    asked = await world.alice.context_menu(world.channel, words.MENU, said)
    assert asked.ephemeral and asked.response is not None
    assert asked.response.content == words.picture("gone")
