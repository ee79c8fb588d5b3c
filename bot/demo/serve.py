"""The demo's web page: SimCord's own view of the conversation, and around it what that lacks.

SimCord's view shows one channel and takes messages, commands, clicks and forms. The page adds the
choice of channel and the message menu. Everything acts on the real bot. It listens on loopback
alone, and an address is of use only with the secret in it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from simcord.backend.errors import BackendError, SetupError

from bot.demo.town import Town
from corpus.errors import OperationError

if TYPE_CHECKING:
    from bot.app import App

HOST = "127.0.0.1"
LARGEST_BODY = 1 << 20


async def serve_demo(app: App, show: Callable[[str], None]) -> None:
    """Opens `app`, shows the address, and serves until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Windows has no handlers in its loop; Ctrl-C raises KeyboardInterrupt there.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with app:
        await asyncio.to_thread(app.warm_up)
        async with Town(app) as town, served(town) as address:
            show(f"The demo is at {address}\nOpen it in a browser on this machine; Ctrl-C stops.")
            await stop.wait()


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[str]:
    """The page's address, while the block runs."""
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        page = Page(town, client)
        runner = web.AppRunner(page.application, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, 0)
            await site.start()
            port = runner.addresses[0][1]
            page.hosts = {f"{HOST}:{port}", f"localhost:{port}"}
            yield f"http://{HOST}:{port}/demo/{page.secret}"
        except OSError as error:
            raise OperationError(f"the demo cannot listen on {HOST}: {error}") from error
        finally:
            await runner.cleanup()


class Page:
    """The routes."""

    def __init__(self, town: Town, client: aiohttp.ClientSession) -> None:
        self.secret = secrets.token_urlsafe(24)
        self.hosts: set[str] = set()
        self._town = town
        self._client = client
        self._page = files("bot.demo").joinpath("page.html").read_text(encoding="utf-8")
        self.application = web.Application(
            middlewares=[self._only_here], client_max_size=LARGEST_BODY
        )
        base = f"/demo/{self.secret}"
        self.application.router.add_get(base, self._shell)
        self.application.router.add_get(f"{base}/state", self._state)
        self.application.router.add_post(f"{base}/go", self._go)
        self.application.router.add_post(f"{base}/menu", self._menu)
        self.application.router.add_route("*", "/{path:.*}", self._view)

    @web.middleware
    async def _only_here(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Another site that resolves its name to this machine is not this page."""
        if request.headers.get("Host") not in self.hosts:
            raise web.HTTPForbidden
        try:
            return await handler(request)
        except (SetupError, BackendError) as error:
            return web.json_response({"problem": str(error)}, status=409)

    async def _shell(self, _request: web.Request) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        headers = {
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": (
                f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
                "connect-src 'self'; frame-src 'self'; base-uri 'none'"
            ),
        }
        text = self._page.replace("{nonce}", nonce)
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _state(self, _request: web.Request) -> web.Response:
        town = self._town
        assert town.preview is not None
        return web.json_response(
            {
                "places": list(town.places),
                "place": town.place,
                "capability": town.preview.capability,
                "menu": town.has_menu,
                # As text: JavaScript's numbers do not hold ids of this size.
                "messages": [
                    {"id": str(said.id), "author": said.author, "text": said.text}
                    for said in town.recent()
                ],
            }
        )

    async def _go(self, request: web.Request) -> web.Response:
        place = str((await _body(request)).get("place"))
        if place not in self._town.places:
            raise web.HTTPNotFound
        await self._town.go(place)
        return await self._state(request)

    async def _menu(self, request: web.Request) -> web.Response:
        try:
            await self._town.use_menu(int(str((await _body(request)).get("message"))))
        except (ValueError, KeyError) as error:
            raise web.HTTPNotFound from error
        return await self._state(request)

    async def _view(self, request: web.Request) -> web.Response:
        """Hands on to SimCord's own view, which checks its secret by itself."""
        preview = self._town.preview
        assert preview is not None
        origin = preview.url.partition("/#")[0]
        kept = ("Content-Type", "X-Simcord-Capability", "X-Simcord-Context")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        body = await request.read()
        if request.path == "/api/action":
            await self._town.catch_up()
            body = self._typed(request, body)
        url = origin + request.raw_path
        try:
            answering = await self._client.request(request.method, url, data=body, headers=headers)
        except aiohttp.ClientConnectionError as error:
            raise web.HTTPGone from error  # The place on view was changed meanwhile.
        async with answering as response:
            policy = response.headers.get("Content-Security-Policy", "")
            return web.Response(
                status=response.status,
                body=await response.read(),
                headers={
                    "Content-Type": response.headers.get("Content-Type", "text/plain"),
                    "Cache-Control": "no-store",
                    "X-Content-Type-Options": "nosniff",
                    # It may stand in this page's frame, and in no other.
                    "Content-Security-Policy": policy.replace(
                        "frame-ancestors 'none'", "frame-ancestors 'self'"
                    ),
                },
            )

    def _typed(self, request: web.Request, body: bytes) -> bytes:
        if request.content_type != "application/json":
            return body
        try:
            action = json.loads(body)
        except ValueError:
            return body
        if not isinstance(action, dict) or action.get("kind") != "send_message":
            return body
        action["content"] = self._town.as_typed(str(action.get("content", "")))
        return json.dumps(action).encode()


async def _body(request: web.Request) -> dict[str, object]:
    try:
        body = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body
