"""A stand-in for Discord on loopback: the HTTP API and the gateway that bots' processes talk to.

It keeps what it is sent with the time it came, answers as Discord does, and tells every message
that breaks a limit or could ping. It knows servers of one channel each, and people by number. Each
session of the gateway gets the events of its shard, and those that it missed when it is resumed.
"""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections import deque
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


def guild_id(server: int) -> str:
    """Of the server with this number; the next one is for the next shard."""
    return str(int(GUILD) + (server << 22))


def channel_id(server: int) -> str:
    """Of its channel."""
    return str(int(CHANNEL) + (server << 22))


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
    shown: set[str] = field(default_factory=set)
    """What its answer has said, one after the other."""
    answered_at: float | None = None

    @property
    def waited(self) -> float:
        assert self.acked_at is not None, "never acknowledged"
        return self.acked_at - self.at


@dataclass
class Session:
    """What a shard of a bot is told, over one connection or several."""

    id: str
    shard: int
    of: int
    sequence: int = 0
    sent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))
    connection: Connection | None = None

    def hears(self, guild_id: str | None) -> bool:
        """Whether events of that server are for this shard; private ones are for the first."""
        return self.shard == (int(guild_id) >> 22) % self.of if guild_id else self.shard == 0

    async def tell(self, event: str, data: dict[str, Any]) -> None:
        self.sequence += 1
        payload = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.sent.append(payload)
        if self.connection is not None and not self.connection.socket.closed:
            await self.connection.send(payload)


@dataclass
class Connection:
    """One gateway connection, from HELLO on."""

    socket: web.WebSocketResponse
    compressor: Any = None
    session: Session | None = None
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
        servers: int = 1,
        limit: tuple[int, float] | None = None,
    ) -> None:
        """`limit`: so many requests in so many seconds to the messages of a channel, by method."""
        self.seen: list[Seen] = []
        self.connections: list[Connection] = []
        self.sessions: dict[str, Session] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, Asked] = {}
        self.faults: list[str] = []
        self.base = self.gateway = ""
        self.heartbeat_ms = 1000
        self.limited = 0
        """Requests that were refused because there had been too many."""
        self._known_token = known_token
        self._limit = limit
        self._windows: dict[str, tuple[float, int]] = {}
        self._close_on_identify = close_on_identify
        self._servers = servers
        self._nonces: dict[str, str] = {}
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
        self.gateway = f"ws://127.0.0.1:{port}/gateway"
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

    async def up(self, bots: int = 1) -> None:
        """Waits for so many to have connected, and to be ready."""
        await self.until(lambda: len(self.connections) >= bots, 120)
        await asyncio.wait_for(self.connections[-1].ready.wait(), 60)

    async def emit(self, event: str, data: dict[str, Any]) -> None:
        """Sends an event to each session that it is for; it is kept for those that resume."""
        for session in list(self.sessions.values()):
            if session.hears(data.get("guild_id")):
                await session.tell(event, data)

    async def command(self, claim: str, number: int = 1, server: int = 0, **options: str) -> Asked:
        """Somebody uses /check."""
        given = {"claim": claim, **options}
        return await self._interact(
            number,
            server,
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
            number, 0, type=3, data={"custom_id": custom_id, "component_type": 2}, message=message
        )

    async def choose(
        self, message: dict[str, Any], custom_id: str, value: str, number: int = 1
    ) -> Asked:
        """Somebody chooses from a menu."""
        data = {"custom_id": custom_id, "component_type": 3, "values": [value]}
        return await self._interact(number, 0, type=3, data=data, message=message)

    async def write(
        self, content: str, author: dict[str, Any] | None = None, server: int = 0, **more: Any
    ) -> str:
        """Somebody writes a message; its id."""
        author = author or person(1)
        message = self._message(content=content, author=author, channel=channel_id(server)) | more
        if f"<@{BOT}>" in content:
            message["mentions"] = [BOT_USER]
        message |= {"guild_id": guild_id(server), "member": {**member(author), "user": None}}
        message["member"].pop("user")
        self.messages[message["id"]] = message
        await self.emit("MESSAGE_CREATE", message)
        return str(message["id"])

    async def up_again(self) -> None:
        """Waits for a bot that is started now, whatever came before it."""
        before = len(self.connections)
        await self.until(lambda: len(self.connections) > before, 180)
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
        self._remember(Seen(request.method, path, body, time.perf_counter()))
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

    def _remember(self, seen: Seen) -> None:
        self.seen.append(seen)

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
                    "url": self.gateway,
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
            case "POST", ["channels", channel, "messages"]:
                return 200, self._once(channel, body)
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
                asked.answered_at = asked.answered_at or time.perf_counter()
                asked.shown.add(json.dumps([body.get("content"), body.get("embeds")]))
                if asked.answers:
                    asked.answers[0] = self._keep(body, asked.answers[0])
                else:
                    asked.answers.append(self._keep(body))
                    self.messages.pop(asked.answers[0]["id"], None)
                    asked.answers[0]["id"] = asked.response_id
                    self.messages[str(asked.response_id)] = asked.answers[0]
                return 200, asked.answers[0]
            case "POST", []:
                asked.answers.append(self._keep(body))
                return 200, asked.answers[-1]
            case "DELETE", ["messages", "@original"]:
                return 204, None
        raise KeyError

    def _once(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new message, or the one that was sent with this nonce already."""
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce is not None and nonce in self._nonces:
            return self.messages[self._nonces[nonce]]
        message = self._keep(body, self._message(author=BOT_USER, channel=channel))
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
        await connection.send({"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms}})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            payload = json.loads(frame.data)
            connection.received.append(payload)
            await self._received(connection, payload)
            await self._tell()
        connection.close_code = socket.close_code
        if connection.session is not None and socket.close_code in {1000, 1001}:
            # Whoever leaves so comes back as somebody new.
            self.sessions.pop(connection.session.id, None)
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
                shard, of = payload["d"].get("shard", [0, 1])
                session = Session(f"session-{len(self.connections)}", shard, of)
                self.sessions[session.id] = connection.session = session
                session.connection = connection
                mine = [n for n in range(self._servers) if session.hears(guild_id(n))]
                await session.tell("READY", self._ready(session, mine))
                for n in mine:
                    await session.tell("GUILD_CREATE", self._guild(n))
                connection.ready.set()
            case 6:
                known = self.sessions.get(payload["d"]["session_id"])
                if known is None:
                    await connection.send({"op": 9, "d": False})
                    return
                missed = [sent for sent in known.sent if sent["s"] > payload["d"]["seq"]]
                connection.session, known.connection = known, connection
                for sent in missed:
                    await connection.send(sent)
                await known.tell("RESUMED", {})
                connection.ready.set()

    async def _interact(self, number: int, server: int, **payload: Any) -> Asked:
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
                "guild_id": guild_id(server),
                "channel_id": channel_id(server),
                "channel": self._channel(server),
                "member": {**member(person(number)), "permissions": EVERYTHING},
                "locale": "en-US",
                "guild_locale": "en-US",
                "app_permissions": EVERYTHING,
                "entitlements": [],
                "authorizing_integration_owners": {"0": guild_id(server)},
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

    def _message(
        self, *, content: str = "", author: dict[str, Any], channel: str = CHANNEL
    ) -> dict[str, Any]:
        return {
            "id": self._new_id(),
            "channel_id": channel,
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

    def _channel(self, server: int) -> dict[str, Any]:
        return {
            "id": channel_id(server),
            "guild_id": guild_id(server),
            "type": 0,
            "name": "news",
            "position": 0,
            "permission_overwrites": [],
            "nsfw": False,
            "parent_id": None,
            "permissions": EVERYTHING,
        }

    def _guild(self, server: int) -> dict[str, Any]:
        everyone = {
            "id": guild_id(server),
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
            "id": guild_id(server),
            "name": "Newsroom",
            "icon": None,
            "owner_id": person(0)["id"],
            "roles": [everyone],
            "channels": [self._channel(server)],
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

    def _ready(self, session: Session, servers: list[int]) -> dict[str, Any]:
        return {
            "v": 10,
            "user": BOT_USER,
            "guilds": [{"id": guild_id(n), "unavailable": True} for n in servers],
            "session_id": session.id,
            "resume_gateway_url": self.gateway,
            "shard": [session.shard, session.of],
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
