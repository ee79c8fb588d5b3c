"""Nearly a third of the model's calls fail, in every way: each check still ends, and in time."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import Any

import pytest
from pydantic import SecretStr

from bot.checker import WITHOUT_MODEL, Checker
from prompts.breaker import Breaker
from prompts.endpoint import Endpoint, EndpointSettings
from prompts.language import phrases
from prompts.llm import LlmEngine, draw_token
from prompts.models import Models
from prompts.reader import ModelReader
from tests.bot.test_checker import Corpus, Supporter, hit
from tests.prompts.openai_server import Drops, Fails, OpenAIServer, Request, Says, Script, Sends

TEXT = "The tower is 330 metres tall."
KEY = "sk-very-secret"
SECONDS = 20.0
FAULTS: list[Script] = [
    Fails(500),
    Fails(429, headers={"Retry-After": "0.1"}),
    Fails(503, headers={"Retry-After": "900"}),
    Fails(401),
    Fails(400, "maximum context length is 10 tokens"),
    Drops(),
    Says({}, wait=60),
    Says("{" + "x" * 400, drip=5),
    Says('{"label": "supp'),
    Says("{", finish="length"),
    Says(None),
    Says(None, refusal="I will not"),
    Says(None, finish="content_filter"),
    Says("I would rather talk."),
    Sends("<html>502</html>", "text/html"),
    Sends("{}"),
]


def sound(request: Request) -> Says:
    schema = request["response_format"]["json_schema"]["schema"]["properties"]
    if "claims" in schema:
        claim = {"fragment": TEXT, "claim": TEXT, "other_reading": None, "queries": ["tower"]}
        return Says({"claims": [claim], "skipped": []})
    quote = {"passage": "P1", "quote": "The tower is 330 metres tall.", "stance": "supports"}
    answer: dict[str, Any] = {
        "label": "supported",
        "likelihoods": {"supported": 90, "refuted": 5, "misleading": 5, "not_enough_evidence": 0},
        "sentences": [{"n": 1, "text": "It is 330 metres tall.", "quotes": [quote]}],
        "missing_context": None,
        "open_question": None,
    }
    return Says(answer)


async def test_every_check_ends_in_a_verdict_within_its_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    draw = random.Random(3)

    def answers(request: Request) -> Any:
        if "response_format" in request and draw.random() > 0.3:
            return sound(request)
        return draw.choice(FAULTS)

    async with OpenAIServer(answers) as server:
        settings = EndpointSettings(
            model="m",
            api_key=SecretStr(KEY),
            base_url=server.url,
            timeout=1.0,
            total_timeout=4.0,
            max_retries=1,
        )
        models = Models([Endpoint(settings)], breaker=lambda: Breaker(rest=0.5))
        engine = LlmEngine(models)
        checker = Checker(
            corpus := Corpus(hit()),
            corpus,
            engine,
            reader=ModelReader(models, draw_token),
            fallback=Supporter(),
            seconds=SECONDS,
        )

        async def timed() -> tuple[Any, float]:
            began = time.monotonic()
            result = await checker.check(TEXT, user_id="1", guild_id="2")
            return result, time.monotonic() - began

        with caplog.at_level(logging.INFO):
            ended = await asyncio.gather(*(timed() for _ in range(60)))
        await engine.aclose()
    verdicts = [verdict for result, _ in ended for verdict in result.verdicts]
    assert len(verdicts) == 60
    assert max(seconds for _, seconds in ended) < SECONDS
    for verdict in verdicts:
        assert (verdict.note == phrases()(WITHOUT_MODEL)) is (verdict.engine == "local")
    assert {verdict.engine for verdict in verdicts} == {"local", "llm"}
    assert "metres" not in caplog.text
    assert KEY not in caplog.text
