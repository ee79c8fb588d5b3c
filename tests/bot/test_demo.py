"""The demo's page: what a person can do in it, and who cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from simcord.preview import Preview

from bot.demo.serve import served
from bot.demo.town import Town
from corpus.database import open_engine
from tests.bot.discord_world import FakeApp, fake_app


class Visitor:
    """A browser with the demo's address."""

    def __init__(
        self, app: FakeApp, town: Town, address: str, client: aiohttp.ClientSession
    ) -> None:
        self.app = app
        self.town = town
        self.address = address
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.client = client

    async def get(self, url: str, **headers: str) -> tuple[int, str, Any]:
        async with self.client.get(url, headers=headers) as response:
            return response.status, await response.text(), response.headers

    async def post(self, url: str, body: Any, **headers: str) -> tuple[int, Any]:
        async with self.client.post(url, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def state(self) -> Any:
        async with self.client.get(f"{self.address}/state") as response:
            return await response.json()

    async def act(self, **action: Any) -> dict[str, Any]:
        """What SimCord's own page does with a message that Alice types."""
        capability = (await self.state())["capability"]
        _, page = await self.post(
            f"{self.origin}/api/pages", {}, **{"X-Simcord-Capability": capability}
        )
        envelope = {
            "protocol_version": 3,
            "sequence": 1,
            "request_id": "r1",
            "generation": page["context"]["generation"],
            "bot_generation": page["botGeneration"],
            "published_revision": page["publishedRevision"],
        }
        _, receipt = await self.post(
            f"{self.origin}/api/action",
            envelope | action,
            **{"X-Simcord-Capability": capability, "X-Simcord-Context": page["context"]["id"]},
        )
        assert isinstance(receipt, dict)
        return receipt


@pytest_asyncio.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    engine = open_engine(f"sqlite:///{tmp_path / 'receipts.db'}")
    app = fake_app(engine)
    async with (
        Town(app) as town,
        served(town) as address,
        aiohttp.ClientSession() as client,
    ):
        yield Visitor(app, town, address, client)
    engine.dispose()


async def test_the_page_offers_a_channel_a_thread_and_a_private_chat(visitor: Visitor) -> None:
    status, page, headers = await visitor.get(visitor.address)
    assert status == 200 and "Receipts on a simulated Discord" in page
    assert "{nonce}" not in page and "nonce-" in headers["Content-Security-Policy"]
    state = await visitor.state()
    assert state["places"] == ["#news", "market-talk (thread)", "Private message"]
    assert state["place"] == "#news"
    assert [said["author"] for said in state["messages"]] == ["Carol", "Bob"]
    status, view, _ = await visitor.get(f"{visitor.origin}/")
    assert status == 200 and "SimCord" in view


@pytest.mark.parametrize("place", ["#news", "market-talk (thread)"])
async def test_the_message_menu_checks_that_message(visitor: Visitor, place: str) -> None:
    _, state = await visitor.post(f"{visitor.address}/go", {"place": place})
    assert state["place"] == place and state["menu"]
    said = state["messages"][-1]
    status, _ = await visitor.post(f"{visitor.address}/menu", {"message": said["id"]})
    assert status == 200
    assert [asked.text for asked in visitor.app.checker.asked] == [said["text"]]


async def test_every_run_over_a_home_knows_the_commands(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'receipts.db'}")
    for _ in range(2):
        app = fake_app(engine)
        async with Town(app) as town:
            await town.use_menu(town.recent()[0].id)
            assert [asked.text for asked in app.checker.asked] == [town.recent()[0].text]
    engine.dispose()


async def test_what_is_said_later_is_stamped_with_that_time(visitor: Visitor) -> None:
    await asyncio.sleep(1.1)  # the clock is set where a second has passed
    await visitor.act(kind="send_message", content="@Receipts It cost $5.5M")
    history = visitor.town.places["#news"].history()
    asked = next(message for message in history if "It cost" in message.content)
    answered = history[-1]
    assert asked.created_at - history[0].created_at >= timedelta(seconds=1)
    assert answered.created_at >= asked.created_at
    assert abs(datetime.now(UTC) - answered.created_at) < timedelta(seconds=30)


async def test_a_place_that_was_left_is_gone(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Preview, "url", "http://127.0.0.1:9/#left")
    assert (await visitor.get(f"{visitor.origin}/api/state"))[0] == 410


async def test_a_typed_name_becomes_a_mention_and_is_answered(visitor: Visitor) -> None:
    receipt = await visitor.act(kind="send_message", content="@Receipts It cost $5.5M")
    assert not receipt["rejected"]
    assert [asked.text for asked in visitor.app.checker.asked] == ["It cost $5.5M"]
    assert (await visitor.state())["messages"][0]["text"] == "@Receipts It cost $5.5M"


async def test_the_private_chat_needs_no_name(visitor: Visitor) -> None:
    _, state = await visitor.post(f"{visitor.address}/go", {"place": "Private message"})
    assert not state["menu"]
    await visitor.act(kind="send_message", content="It cost $5.5M")
    assert [asked.text for asked in visitor.app.checker.asked] == ["It cost $5.5M"]


async def test_without_the_secret_nothing_can_be_done(visitor: Visitor) -> None:
    wrong = f"{visitor.origin}/demo/guess"
    assert (await visitor.get(f"{wrong}/state"))[0] == 404
    async with visitor.client.post(f"{wrong}/menu", json={"message": "1"}) as response:
        assert response.status in {404, 405}
    assert (await visitor.get(f"{visitor.origin}/api/state"))[0] == 401
    assert (await visitor.get(visitor.address, Host="evil.example"))[0] == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/go", {"place": "nowhere"}, 404),
        ("/menu", {"message": "1"}, 404),
        ("/menu", {"message": "x"}, 404),
        ("/menu", [], 400),
    ],
)
async def test_a_wrong_request_is_refused(
    visitor: Visitor, path: str, body: Any, status: int
) -> None:
    async with visitor.client.post(visitor.address + path, json=body) as response:
        assert response.status == status
