"""A server on loopback that speaks the OpenAI chat-completions protocol, as scripted.

Usage:

    async with OpenAIServer(Says({"label": "supported", ...})) as server:
        Endpoint(EndpointSettings(model="m", base_url=server.url))

Each request takes the next reply of the script; the last one stays.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Request = dict[str, Any]


@dataclass(frozen=True)
class Says:
    """An answer: as a tool call where tools were given, else as content."""

    answer: object
    """JSON, or a string that is sent as it is."""
    finish: str = "stop"
    refusal: str | None = None
    wait: float = 0.0
    """Seconds before the first byte."""
    drip: float = 0.0
    """Seconds between the pieces of a streamed body."""


@dataclass(frozen=True)
class Fails:
    """An HTTP error."""

    status: int
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sends:
    """A body that is no chat completion."""

    body: str
    content_type: str = "application/json"


@dataclass(frozen=True)
class Drops:
    """The connection is closed without an answer."""


Reply = Says | Fails | Sends | Drops
Script = Reply | Callable[[Request], Reply]


class OpenAIServer:
    """Answers `POST /v1/chat/completions`, and remembers what it was asked."""

    def __init__(self, *script: Script, takes: frozenset[str] = frozenset({"schema", "tools"})):
        """`takes`: what it understands; `schema` or `tools` that it does not take are a 400."""
        self.script = list(script)
        self.takes = takes
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked: Request = await request.json()
        self._heard(request, asked)
        if "response_format" in asked and "schema" not in self.takes:
            return _error(400, "response_format is not supported by this server")
        if asked.get("tools") and "tools" not in self.takes:
            return _error(400, "tools are not supported by this server")
        scripted = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        reply = scripted(asked) if callable(scripted) else scripted
        match reply:
            case Fails(status, message, headers):
                return _error(status, message, headers)
            case Sends(body, content_type):
                return web.Response(text=body, content_type=content_type)
            case Drops():
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case Says():
                return await self._say(request, asked, reply)

    def _heard(self, request: web.Request, asked: Request) -> None:
        """Remembers a request."""
        self.requests.append(asked)
        self.headers.append(dict(request.headers))
        self.times.append(asyncio.get_running_loop().time())

    async def _say(self, request: web.Request, asked: Request, reply: Says) -> web.StreamResponse:
        await asyncio.sleep(reply.wait)
        whole = completion(asked, reply)
        if not asked.get("stream"):
            return web.json_response(whole)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for part in chunks(
            whole, usage=bool((asked.get("stream_options") or {}).get("include_usage"))
        ):
            try:
                await response.write(f"data: {part}\n\n".encode())
            except ConnectionResetError:
                break
            await asyncio.sleep(reply.drip)
        return response


def completion(asked: Request, reply: Says) -> dict[str, Any]:
    """The body of an answer, in the protocol's form."""
    text = reply.answer if isinstance(reply.answer, str) else json.dumps(reply.answer)
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": reply.refusal}
    finish = reply.finish
    if reply.answer is None or reply.refusal:
        message["content"] = None
    elif asked.get("tools"):
        name = asked["tools"][0]["function"]["name"]
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": text}}
        message |= {"content": None, "tool_calls": [call]}
        finish = "tool_calls" if finish == "stop" else finish
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def chunks(whole: dict[str, Any], *, usage: bool) -> Iterator[str]:
    """An answer as the protocol streams it, a few words at a time."""
    head = {key: whole[key] for key in ("id", "created", "model")}
    head["object"] = "chat.completion.chunk"
    choice = whole["choices"][0]
    message = choice["message"]

    def part(delta: dict[str, Any], finish: str | None = None) -> str:
        told = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return json.dumps(head | {"choices": [told]})

    yield part({"role": "assistant", "content": None if message["content"] is None else ""})
    if message.get("refusal"):
        yield part({"refusal": message["refusal"]})
    for index, call in enumerate(message.get("tool_calls", [])):
        called = call["function"]
        opening = {"name": called["name"], "arguments": ""}
        yield part(
            {
                "tool_calls": [
                    {"index": index, "id": call["id"], "type": "function", "function": opening}
                ]
            }
        )
        for piece in _pieces(called["arguments"]):
            yield part({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    for piece in _pieces(message["content"] or ""):
        yield part({"content": piece})
    yield part({}, choice["finish_reason"])
    if usage:
        yield json.dumps(head | {"choices": [], "usage": whole["usage"]})
    yield "[DONE]"


def _pieces(text: str) -> list[str]:
    return [text[at : at + 40] for at in range(0, len(text), 40)]


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return web.json_response(body, status=status, headers=headers)
