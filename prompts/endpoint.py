"""One chat model behind an OpenAI-compatible endpoint, asked for JSON of a given form.

Endpoints differ in what they take. An answer is asked for by JSON Schema; where that is refused or
ignored, by a tool call; where that fails too, in words. It is streamed where the endpoint streams,
so that one which has died is told from one that is slow. What worked is remembered. Retries, with
jitter and the endpoint's own Retry-After, are the `openai` client's.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlsplit

import httpx2
import openai
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_openai import ChatOpenAI, StreamChunkTimeoutError
from pydantic import BaseModel, SecretStr, ValidationError

from corpus.errors import EndpointError
from prompts.metering import StepMeter, likely_tokens, most_prompt_tokens
from prompts.promptfile import load_prompt
from prompts.verdict import Tokens

log = logging.getLogger(__name__)

Method = Literal["json_schema", "function_calling", "plain"]
METHODS: tuple[Method, ...] = ("json_schema", "function_calling", "plain")

MAX_ANSWER_CHARACTERS = 20_000
MOST_PICTURE_TOKENS = 6_000
"""More than models count for a picture of the size that is sent."""
_OPENAI_HOST = "api.openai.com"
_MALFORMED = (ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError)
"""What langchain and openai raise where the body is not a chat completion."""

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Which model, where, and how long to wait for it. Times are in seconds."""

    model: str
    api_key: SecretStr | None = None
    base_url: str | None = None
    timeout: float = 45.0
    """Of one request, until its first byte and between bytes."""
    total_timeout: float = 90.0
    """Of everything it takes to get one answer, retries and repair included."""
    max_retries: int = 2
    max_tokens: int = 1_500


@dataclass(frozen=True, slots=True)
class Talk:
    """What is put to the model. What stays the same comes first, so that a prompt cache helps."""

    system: str
    user: str
    then: tuple[str, ...] = ()
    """What was answered and what was said to that, in turns."""
    images: tuple[str, ...] = ()
    """`data:` URLs shown with the user's words."""
    temperature: float = 0.0
    """Above zero where several answers are to differ."""

    def messages(self, more: str = "") -> list[BaseMessage]:
        """As langchain has them; `more` is added to the user's words."""
        words = self.user + more
        parts: list[str | dict[Any, Any]] = [{"type": "text", "text": words}]
        parts += [{"type": "image_url", "image_url": {"url": url}} for url in self.images]
        asked = HumanMessage(parts) if self.images else HumanMessage(words)
        turns = [
            AIMessage(words) if index % 2 == 0 else HumanMessage(words)
            for index, words in enumerate(self.then)
        ]
        return [SystemMessage(self.system), asked, *turns]


@dataclass(frozen=True, slots=True)
class Answer(Generic[Form]):
    """An answer of the form asked for, and how it came."""

    value: Form
    text: str
    """As the model wrote it."""
    method: Method
    repaired: bool


class ContextTooLongError(EndpointError):
    """The prompt is longer than the model's context."""


class DeclinedError(EndpointError):
    """The model refused, or a content filter stopped it: another model may answer."""


class UnreadableError(EndpointError):
    """The model's answer was not of the form asked for, not the second time either."""


@dataclass(frozen=True, slots=True)
class _How:
    """In what way an answer is asked for."""

    method: Method
    schema: dict[str, Any]
    temperature: float


@dataclass(slots=True)
class _Capabilities:
    """What the endpoint was found to take."""

    methods: tuple[Method, ...]
    temperature: bool = True
    streams: bool = True


class Endpoint:
    """Asks one model at one endpoint.

    Usage: `await Endpoint(settings).ask(Talk(system, user), schema, DraftedVerdict, meter)`.
    """

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        host = urlsplit(settings.base_url).hostname if settings.base_url else _OPENAI_HOST
        self.where = f"the model endpoint at {host}"
        # Only OpenAI itself reads `max_completion_tokens` alone, and only it refuses both.
        extra = None if host == _OPENAI_HOST else {"max_tokens": settings.max_tokens}
        self.model = settings.model
        self._model = ChatOpenAI(
            model=settings.model,
            api_key=settings.api_key or SecretStr("no-key-needed"),
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_retries=settings.max_retries,
            max_completion_tokens=settings.max_tokens,
            extra_body=extra,
            use_responses_api=False,
            stream_usage=True,
            stream_chunk_timeout=settings.timeout,
            # Without its own, it shares one with every engine at this address, and closes theirs.
            http_async_client=openai.DefaultAsyncHttpxClient(timeout=settings.timeout),
        )
        self._can = _Capabilities(_methods_of(settings.model))

    async def ask(
        self,
        talk: Talk,
        schema: dict[str, Any],
        form: type[Form],
        meter: StepMeter,
        within: float | None = None,
    ) -> Answer[Form]:
        """The model's answer, valid by `form`, in `within` seconds where that is less.

        EndpointError where there is none: unreachable, refused, timed out, or beyond repair;
        ContextTooLongError where the prompt does not fit; BudgetError where it may not be paid.
        """
        limit = min(self._settings.total_timeout, within or self._settings.total_timeout)
        try:
            async with asyncio.timeout(limit):
                return await self._ask(talk, schema, form, meter)
        except TimeoutError:
            raise EndpointError(
                f"{self.where} gave no answer within {limit:g} s; "
                "try again, or set RECEIPTS_ENGINE=local"
            ) from None

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._model.root_async_client.close()

    async def _ask(
        self, talk: Talk, schema: dict[str, Any], form: type[Form], meter: StepMeter
    ) -> Answer[Form]:
        for method in self._can.methods:
            messages = talk.messages(f"\n\n{_in_words(schema)}" if method == "plain" else "")
            how = _How(method, schema, talk.temperature)
            reply = await self._metered(how, messages, meter)
            if reply is None:
                continue  # it does not take this way of asking
            if not reply.holds_json and method != "plain":
                continue  # it takes no notice of this way of asking
            value, fault = _parsed(reply, form)
            repaired = value is None
            if value is None:
                messages += [AIMessage(reply.text[:4_000]), HumanMessage(_repair(fault))]
                second = await self._metered(how, messages, meter)
                if second is not None:
                    reply = second
                    value, fault = _parsed(second, form)
                if value is None:
                    raise self._unreadable(fault)
            self._can.methods = (method, *(m for m in self._can.methods if m != method))
            return Answer(value, reply.text, method, repaired)
        raise self._unreadable("it takes no way of asking for JSON")

    async def _metered(
        self,
        how: _How,
        messages: Sequence[BaseMessage],
        meter: StepMeter,
    ) -> _Reply | None:
        """The reply, paid for: set aside before the call, settled after it however it ends."""
        words = [str(message.text) for message in messages]
        pictures = sum(isinstance(message.content, list) for message in messages)
        most = Tokens(
            prompt=most_prompt_tokens(*words, json.dumps(how.schema))
            + pictures * MOST_PICTURE_TOKENS,
            completion=self._settings.max_tokens,
        )
        ticket = await meter.reserve(self.model, most)
        used = Tokens()
        try:
            reply = await self._reply(how, messages)
            if reply is not None:
                used = reply.tokens
                if not used.prompt:
                    asked = likely_tokens(" ".join(words))
                    used = Tokens(prompt=asked, completion=likely_tokens(reply.text))
            return reply
        finally:
            await asyncio.shield(meter.settle(ticket, self.model, used))

    async def _reply(self, how: _How, messages: Sequence[BaseMessage]) -> _Reply | None:
        """What the model said; None where the endpoint does not take this way of asking."""
        chain = self._chain(how)
        try:
            return await chain.ainvoke(list(messages))
        except openai.LengthFinishReasonError as error:
            return _cut_short(error)
        except openai.ContentFilterFinishReasonError:
            raise self._declined("its content filter stopped the answer") from None
        except ContextOverflowError:
            raise self._too_long() from None
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            return await self._refused(error, how, messages)
        except openai.APIError as error:
            raise self._failed(error) from error
        except (StreamChunkTimeoutError, httpx2.TransportError) as error:
            # A stream that stalls or breaks off, which the client does not try again.
            raise self._failed(error) from error
        except _MALFORMED as error:
            raise EndpointError(
                f"{self.where} gave an answer that is no chat completion "
                f"({type(error).__name__}); check OPENAI_BASE_URL"
            ) from error

    async def _refused(
        self,
        error: openai.APIStatusError,
        how: _How,
        messages: Sequence[BaseMessage],
    ) -> _Reply | None:
        """What to do where the endpoint does not take the request as it was put."""
        said = str(error).lower()
        if "context" in said and any(w in said for w in ("length", "size", "window", "exceed")):
            raise self._too_long() from None
        if "temperature" in said and self._can.temperature:
            self._can.temperature = False
            return await self._reply(how, messages)
        if "stream" in said and self._can.streams:
            self._can.streams = False
            return await self._reply(how, messages)
        if how.method == METHODS[-1]:
            raise self._failed(error) from error
        return None

    def _chain(self, how: _How) -> Runnable[list[BaseMessage], _Reply]:
        options: dict[str, Any] = {"stream": self._can.streams}
        if self._can.temperature:
            options["temperature"] = how.temperature
        read: Runnable[Any, _Reply] = RunnableLambda(self._read)
        if how.method == "plain":
            return self._model.bind(**options) | {"raw": RunnableLambda(lambda m: m)} | read
        asked = self._model.with_structured_output(
            how.schema, method=how.method, include_raw=True, strict=True, **options
        )
        return asked | read

    def _read(self, result: dict[str, Any]) -> _Reply:
        """The message's text, or its tool call's arguments; refusals raise EndpointError."""
        raw: AIMessage = result["raw"]
        if refusal := raw.additional_kwargs.get("refusal"):
            # It may repeat the message, which no log has above this level.
            log.debug("%s: the model refused: %.200r", self.where, refusal)
            raise self._declined("the model refused")
        finish = raw.response_metadata.get("finish_reason")
        if finish == "content_filter":
            raise self._declined("its content filter stopped the answer")
        text = str(raw.text)
        if raw.tool_calls:
            text = json.dumps(raw.tool_calls[0]["args"], ensure_ascii=False)
        elif raw.invalid_tool_calls:
            text = raw.invalid_tool_calls[0]["args"] or ""
        usage = raw.usage_metadata
        tokens = Tokens(
            prompt=usage["input_tokens"] if usage else 0,
            completion=usage["output_tokens"] if usage else 0,
        )
        return _Reply(text.strip(), tokens, cut_short=finish == "length")

    def _declined(self, why: str) -> DeclinedError:
        return DeclinedError(f"{self.where} gave no verdict: {why}")

    def _unreadable(self, fault: str) -> UnreadableError:
        return UnreadableError(
            f"{self.where} gave an answer that cannot be read ({fault}); "
            "choose another RECEIPTS_MODEL, or set RECEIPTS_ENGINE=local"
        )

    def _too_long(self) -> ContextTooLongError:
        return ContextTooLongError(
            f"the prompt is longer than the context of {self._settings.model!r} at {self.where}; "
            "give the server a larger context"
        )

    def _failed(self, error: Exception) -> EndpointError:
        """One line on what failed and what to do; nothing that the endpoint itself said."""
        advice = "try again, or set RECEIPTS_ENGINE=local"
        status = error.status_code if isinstance(error, openai.APIStatusError) else None
        if isinstance(error, openai.APITimeoutError | TimeoutError | httpx2.TimeoutException):
            what = f"did not answer within {self._settings.timeout:g} s"
        elif isinstance(error, openai.APIConnectionError | httpx2.TransportError):
            what, advice = "cannot be reached", "check OPENAI_BASE_URL and that the server runs"
        elif status in {401, 403}:
            what, advice = "refused the key", "set OPENAI_API_KEY"
        elif status == 404:
            what, advice = f"has no model {self._settings.model!r}", "set RECEIPTS_MODEL"
        elif status == 429:
            what = "is busy, or its quota is spent"
        else:
            what = f"failed with status {status}" if status else "failed"
        return EndpointError(f"{self.where} {what}; {advice}")


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back, before it is read as JSON."""

    text: str
    tokens: Tokens
    cut_short: bool = False

    @property
    def holds_json(self) -> bool:
        """Whether any of it may be a JSON object."""
        return "{" in self.text

    def json(self) -> object:
        """The first JSON object in it; ValueError where there is none."""
        if self.cut_short:
            raise ValueError("it was cut off for its length")
        start = self.text.find("{")
        if start < 0 or len(self.text) > MAX_ANSWER_CHARACTERS:
            raise ValueError("it holds no JSON object" if start < 0 else "it is far too long")
        try:
            return json.JSONDecoder().raw_decode(self.text, start)[0]
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError("it is no valid JSON") from error


def _methods_of(model: str) -> tuple[Method, ...]:
    """The ways to try; models older than structured output are known by name to langchain."""
    old = model == "gpt-4" or model.startswith(("gpt-3", "gpt-4-"))
    return METHODS[1:] if old else METHODS


def _parsed(reply: _Reply, form: type[Form]) -> tuple[Form | None, str]:
    """The answer, or None and what is wrong with it."""
    try:
        return form.model_validate(reply.json()), ""
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        return None, f"{place}: {first['msg']}"[:200]
    except ValueError as error:
        return None, str(error)


def _cut_short(error: openai.LengthFinishReasonError) -> _Reply:
    usage = error.completion.usage
    text = (error.completion.choices[0].message.content or "") if error.completion.choices else ""
    tokens = Tokens(
        prompt=usage.prompt_tokens if usage else 0,
        completion=usage.completion_tokens if usage else 0,
    )
    return _Reply(text, tokens, cut_short=True)


def _in_words(schema: dict[str, Any]) -> str:
    return load_prompt("plain").fill(schema=json.dumps(schema, separators=(",", ":")))[1]


def _repair(fault: str) -> str:
    return load_prompt("repair").fill(fault=fault)[1]
