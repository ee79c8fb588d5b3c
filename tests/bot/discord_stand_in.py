"""A stand-in for Discord on loopback: the HTTP API and the gateway that a bot's process talks to.

It keeps what it is sent with the time it came, answers as Discord does, and tells every message
that breaks a limit or could ping. It knows one server, one channel, and people by number.
"""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

APPLICATION = "1000000000000000001"
BOT = "1000000000000000002"
GUILD = "2000000000000000001"
CHANNEL = "3000000000000000001"
TOKEN = "stand-in.token.of-no-use"
EVERYTHING = str((1 << 53) - 1)


def user(user_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": user_id,
        "username": name,
        "global_name": None,
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
        **more,
    }


BOT_USER = user(BOT, "Receipts", bot=True)


def person(number: int) -> dict[str, Any]:
    return user(str(4000000000000000000 + number), f"person{number}")


def member(of: dict[str, Any]) -> dict[str, Any]:
    return {
        "user": of,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


@dataclass
class Seen:
    """A request as it came in."""

    method: str
    path: str
    body: Any
    at: float


@dataclass
class Asked:
    """An interaction that was sent, and what came back."""

    id: str
    token: str
    at: float = 0.0
    acked_at: float | None = None
    response_id: str = ""
    ack: dict[str, Any] | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def waited(self) -> float:
        assert self.acked_at is not None, "never acknowledged"
        return self.acked_at - self.at


@dataclass
class Connection:
    """One gateway connection, from HELLO on."""

    socket: web.WebSocketResponse
    compressor: Any = None
    received: list[dict[str, Any]] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int | None = None

    async def send(self, payload: dict[str, Any]) -> None:
        text = json.dumps(payload)
        # The bot may leave at any moment.
        with suppress(ConnectionError):
            if self.compressor is None:
                await self.socket.send_str(text)
                return
            data = self.compressor.compress(text.encode())
            await self.socket.send_bytes(data + self.compressor.flush(zlib.Z_SYNC_FLUSH))

    def ops(self, number: int) -> list[dict[str, Any]]:
        return [payload for payload in self.received if payload["op"] == number]


class StandIn:
    """Use under `async with`; `base` is what goes in place of Discord's address."""

    def __init__(
        self,
        *,
        known_token: bool = True,
        close_on_identify: int | None = None,
        limit: tuple[int, float] | None = None,
    ) -> None:
        """`limit`: so many requests in so many seconds to the messages of a channel, by method."""
        self.seen: list[Seen] = []
        self.connections: list[Connection] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, Asked] = {}
        self.faults: list[str] = []
        self.base = ""
        self.limited = 0
        """Requests that were refused because there had been too many."""
        self._known_token = known_token
        self._limit = limit
        self._windows: dict[str, tuple[float, int]] = {}
        self._close_on_identify = close_on_identify
        self._sequence = 0
        self._nonces: dict[str, str] = {}
        self._sent: list[dict[str, Any]] = []
        self._next_id = 0
        self._news = asyncio.Condition()

    async def __aenter__(self) -> StandIn:
        app = web.Application()
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{port}/api/v10"
        self._socket_url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for connection in self.connections:
            await connection.socket.close()
        await self._runner.cleanup()

    # What a test does

    async def until(self, condition: Callable[[], Any], seconds: float = 20) -> None:
        """Waits for something to have come in."""
        async with self._news, asyncio.timeout(seconds):
            await self._news.wait_for(condition)

    async def up(self) -> None:
        """Waits for the bot to be connected and ready."""
        await self.until(lambda: self.connections)
        await asyncio.wait_for(self.connections[-1].ready.wait(), 20)

    async def emit(self, event: str, data: dict[str, Any]) -> None:
        """Sends an event; one that is sent while nobody is connected is replayed on RESUME."""
        self._sequence += 1
        payload = {"op": 0, "t": event, "s": self._sequence, "d": data}
        self._sent.append(payload)
        connection = self.connections[-1]
        if not connection.socket.closed:
            await connection.send(payload)

    async def command(self, claim: str, number: int = 1, **options: str) -> Asked:
        """Somebody uses /check."""
        given = {"claim": claim, **options}
        return await self._interact(
            number,
            type=2,
            data={
                "id": "900",
                "name": "check",
                "type": 1,
                "options": [{"name": n, "type": 3, "value": v} for n, v in given.items()],
            },
        )

    async def click(self, message: dict[str, Any], custom_id: str, number: int = 1) -> Asked:
        """Somebody presses a button."""
        return await self._interact(
            number, type=3, data={"custom_id": custom_id, "component_type": 2}, message=message
        )

    async def choose(
        self, message: dict[str, Any], custom_id: str, value: str, number: int = 1
    ) -> Asked:
        """Somebody chooses from a menu."""
        data = {"custom_id": custom_id, "component_type": 3, "values": [value]}
        return await self._interact(number, type=3, data=data, message=message)

    async def write(self, content: str, author: dict[str, Any] | None = None, **more: Any) -> str:
        """Somebody writes a message; its id."""
        author = author or person(1)
        message = self._message(content=content, author=author) | more
        if f"<@{BOT}>" in content:
            message["mentions"] = [BOT_USER]
        message |= {"guild_id": GUILD, "member": {**member(author), "user": None}}
        message["member"].pop("user")
        self.messages[message["id"]] = message
        await self.emit("MESSAGE_CREATE", message)
        return str(message["id"])

    async def up_again(self) -> None:
        """Waits for a bot that is started now, whatever came before it."""
        before = len(self.connections)
        await self.until(lambda: len(self.connections) > before, 60)
        await asyncio.wait_for(self.connections[-1].ready.wait(), 60)

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The messages that mention the bot."""
        return [m for m in self.messages.values() if m["mentions"] and m["author"]["id"] != BOT]

    def acknowledged(self) -> int:
        """How many interactions were, so far."""
        return sum(one.ack is not None for one in self.asked.values())

    def nothing_waits(self) -> bool:
        """Whether all that was acknowledged has its one card."""
        unanswered = [one for one in self.asked.values() if one.ack and not one.answers]
        return not unanswered and all(m["embeds"] for m in self.own_messages())

    def own_messages(self) -> list[dict[str, Any]]:
        """What the bot has in the channel."""
        return [m for m in self.messages.values() if m["author"]["id"] == BOT]

    async def drop(self) -> None:
        """The connection breaks as connections do."""
        transport = self.connections[-1].socket._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()

    # HTTP

    async def _api(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        body = await request.json() if request.can_read_body else None
        self.seen.append(Seen(request.method, path, body, time.perf_counter()))
        exact = {"Content-Type": "application/json"}
        if limits := self._count(request.method, path):
            exact |= limits
            if "Retry-After" in limits:
                self.limited += 1
                wait = float(limits["X-RateLimit-Reset-After"])
                over = {"message": "You are being rate limited.", "retry_after": wait}
                text = json.dumps(over | {"global": False, "code": 0})
                return web.Response(status=429, body=text.encode(), headers=exact)
        try:
            status, answer = self._answer(request.method, path.split("/"), body)
        except KeyError:
            status, answer = 404, {"code": 0, "message": f"no such thing: {path}"}
        await self._tell()
        if status == 204:
            return web.Response(status=204)
        # To the letter: discord.py does not read JSON under a type with a charset.
        return web.Response(status=status, body=json.dumps(answer).encode(), headers=exact)

    def _count(self, method: str, path: str) -> dict[str, str]:
        """The headers of a limited request; with Retry-After where it is one too many."""
        if self._limit is None or not path.startswith("channels/") or "/messages" not in path:
            return {}
        most, seconds = self._limit
        now = time.time()
        bucket = f"{method}-{path.split('/')[1]}"
        began, count = self._windows.get(bucket, (now, 0))
        if now >= began + seconds:
            began, count = now, 0
        self._windows[bucket] = (began, count + 1)
        left = began + seconds - now
        headers = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - count - 1)),
            "X-RateLimit-Reset": f"{began + seconds:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        return headers | ({"Retry-After": f"{left:.3f}"} if count >= most else {})

    def _answer(self, method: str, path: list[str], body: Any) -> tuple[int, Any]:
        if not self._known_token:
            return 401, {"code": 0, "message": "401: Unauthorized"}
        match method, path:
            case "GET", ["users", "@me"]:
                return 200, BOT_USER
            case "GET", ["oauth2", "applications", "@me"]:
                return 200, self._application()
            case "GET", ["gateway", "bot"]:
                limit = {"total": 9, "remaining": 9, "reset_after": 0, "max_concurrency": 1}
                return 200, {
                    "url": self._socket_url,
                    "shards": 1,
                    "session_start_limit": limit,
                }
            case "PUT", ["applications", _, "commands"]:
                return 200, [
                    {
                        "description": "",
                        "dm_permission": True,
                        "default_member_permissions": None,
                        **command,
                        "id": str(900 + n),
                        "application_id": APPLICATION,
                        "version": "1",
                    }
                    for n, command in enumerate(body)
                ]
            case "POST", ["interactions", _, token, "callback"]:
                return self._callback(self.asked[token], body)
            case _, ["webhooks", _, token, *rest]:
                return self._webhook(method, self.asked[token], rest, body)
            case "POST", ["channels", _, "messages"]:
                return 200, self._once(body)
            case "GET", ["channels", _, "messages", *which]:
                newest = list(reversed(self.messages.values()))[:100]
                return 200, self.messages[which[0]] if which else newest
            case "PATCH", ["channels", _, "messages", message_id]:
                return 200, self._keep(body, self.messages[message_id])
            case "DELETE", ["channels", _, "messages", message_id]:
                del self.messages[message_id]
                return 204, None
        self.faults.append(f"unknown route: {method} {'/'.join(path)}")
        raise KeyError

    def _callback(self, asked: Asked, body: Any) -> tuple[int, Any]:
        if asked.ack is not None:
            self.faults.append("acknowledged twice")
            return 400, {"code": 40060, "message": "Interaction has already been acknowledged."}
        asked.ack, asked.acked_at = body, time.perf_counter()
        asked.response_id = self._new_id()
        interaction = {"id": asked.id, "type": 2, "response_message_id": asked.response_id}
        if body["type"] == 9:
            return 200, {"interaction": interaction}
        data = body.get("data") or {}
        message = self._keep(data) if body["type"] == 4 else self._message(author=BOT_USER)
        message |= {"id": interaction["response_message_id"], "flags": data.get("flags", 0)}
        if body["type"] == 4:
            asked.answers.append(message)
        return 200, {
            "interaction": interaction,
            "resource": {"type": body["type"], "message": message},
        }

    def _webhook(self, method: str, asked: Asked, rest: list[str], body: Any) -> tuple[int, Any]:
        if asked.ack is None:
            self.faults.append("answered before it was acknowledged")
            return 404, {"code": 10015, "message": "Unknown Webhook"}
        match method, rest:
            case "PATCH", ["messages", which] if which in {"@original", asked.response_id}:
                if asked.answers:
                    asked.answers[0] = self._keep(body, asked.answers[0])
                else:
                    asked.answers.append(self._keep(body))
                    del self.messages[asked.answers[0]["id"]]
                    asked.answers[0]["id"] = asked.response_id
                    self.messages[str(asked.response_id)] = asked.answers[0]
                return 200, asked.answers[0]
            case "POST", []:
                asked.answers.append(self._keep(body))
                return 200, asked.answers[-1]
            case "DELETE", ["messages", "@original"]:
                return 204, None
        raise KeyError

    def _once(self, body: dict[str, Any]) -> dict[str, Any]:
        """A new message, or the one that was sent with this nonce already."""
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce is not None and nonce in self._nonces:
            return self.messages[self._nonces[nonce]]
        message = self._keep(body)
        if nonce is not None:
            self._nonces[nonce] = message["id"]
        return message

    def _keep(self, body: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
        """Stores a message of the bot's, and holds it against Discord's limits."""
        self.faults += faults_of(body)
        message = old or self._message(author=BOT_USER)
        for name in ("content", "embeds", "components", "message_reference"):
            if name in body:
                message[name] = body[name] if body[name] is not None else ""
        if not message["content"] and not message["embeds"]:
            self.faults.append("an empty message")
        self.messages[message["id"]] = message
        return message

    # The gateway

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(socket)
        if request.query.get("compress") == "zlib-stream":
            connection.compressor = zlib.compressobj()
        self.connections.append(connection)
        await connection.send({"op": 10, "d": {"heartbeat_interval": 1000}})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            payload = json.loads(frame.data)
            connection.received.append(payload)
            await self._received(connection, payload)
            await self._tell()
        connection.close_code = socket.close_code
        await self._tell()
        return socket

    async def _received(self, connection: Connection, payload: dict[str, Any]) -> None:
        match payload["op"]:
            case 1:
                await connection.send({"op": 11})
            case 2:
                if self._close_on_identify is not None:
                    await connection.socket.close(code=self._close_on_identify)
                    return
                await self.emit("READY", self._ready())
                await self.emit("GUILD_CREATE", self._guild())
                connection.ready.set()
            case 6:
                after = payload["d"]["seq"]
                for missed in [sent for sent in self._sent if sent["s"] > after]:
                    await connection.send(missed)
                await self.emit("RESUMED", {})
                connection.ready.set()

    async def _interact(self, number: int, **payload: Any) -> Asked:
        asked = Asked(self._new_id(), f"token-{self._new_id()}")
        self.asked[asked.token] = asked
        asked.at = time.perf_counter()
        await self.emit(
            "INTERACTION_CREATE",
            {
                "id": asked.id,
                "application_id": APPLICATION,
                "token": asked.token,
                "version": 1,
                "guild_id": GUILD,
                "channel_id": CHANNEL,
                "channel": self._channel(),
                "member": {**member(person(number)), "permissions": EVERYTHING},
                "locale": "en-US",
                "guild_locale": "en-US",
                "app_permissions": EVERYTHING,
                "entitlements": [],
                "authorizing_integration_owners": {"0": GUILD},
                "context": 0,
                "attachment_size_limit": 10485760,
                **payload,
            },
        )
        return asked

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    # Payloads

    def _new_id(self) -> str:
        # Real ids hold the time they were made, which is what discord.py reads from them.
        self._next_id = max(self._next_id + 1, (int(time.time() * 1000) - 1420070400000) << 22)
        return str(self._next_id)

    def _message(self, *, content: str = "", author: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self._new_id(),
            "channel_id": CHANNEL,
            "author": author,
            "content": content,
            "timestamp": "2026-11-24T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
        }

    def _application(self) -> dict[str, Any]:
        return {
            "id": APPLICATION,
            "name": "Receipts",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "flags": 0,
            "team": None,
            "owner": person(0),
        }

    def _channel(self) -> dict[str, Any]:
        return {
            "id": CHANNEL,
            "guild_id": GUILD,
            "type": 0,
            "name": "news",
            "position": 0,
            "permission_overwrites": [],
            "nsfw": False,
            "parent_id": None,
            "permissions": EVERYTHING,
        }

    def _guild(self) -> dict[str, Any]:
        everyone = {
            "id": GUILD,
            "name": "@everyone",
            "permissions": EVERYTHING,
            "position": 0,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        empty: dict[str, Any] = {
            name: []
            for name in (
                "emojis stickers features threads presences voice_states stage_instances "
                "guild_scheduled_events soundboard_sounds"
            ).split()
        }
        return empty | {
            "id": GUILD,
            "name": "Newsroom",
            "icon": None,
            "owner_id": person(0)["id"],
            "roles": [everyone],
            "channels": [self._channel()],
            "members": [member(BOT_USER)],
            "member_count": 2,
            "large": False,
            "unavailable": False,
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "premium_tier": 0,
            "nsfw_level": 0,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "preferred_locale": "en-US",
        }

    def _ready(self) -> dict[str, Any]:
        return {
            "v": 10,
            "user": BOT_USER,
            "guilds": [{"id": GUILD, "unavailable": True}],
            "session_id": "session-1",
            "resume_gateway_url": self._socket_url,
            "shard": [0, 1],
            "application": {"id": APPLICATION, "flags": 0},
        }


def faults_of(body: dict[str, Any]) -> list[str]:
    """What Discord would refuse in a message, and what could ping."""
    found = []
    mentions = body.get("allowed_mentions")
    if mentions is None or mentions.get("parse") or mentions.get("users") or mentions.get("roles"):
        found.append(f"mentions are not switched off: {mentions}")
    if len(body.get("content") or "") > 2000:
        found.append("content over 2000")
    embeds = body.get("embeds") or []
    total = 0
    for embed in embeds:
        texts = [
            (embed.get("title"), 256),
            (embed.get("description"), 4096),
            ((embed.get("footer") or {}).get("text"), 2048),
        ]
        for one in embed.get("fields") or []:
            texts += [(one["name"], 256), (one["value"], 1024)]
            if not one["name"].strip() or not one["value"].strip():
                found.append("an empty field")
        found += [f"over {limit}" for text, limit in texts if text and len(text) > limit]
        total += sum(len(text) for text, _ in texts if text)
    if len(embeds) > 10 or total > 6000:
        found.append(f"{len(embeds)} embeds of {total} characters")
    return found
