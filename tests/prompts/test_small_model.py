"""The chain with a real small model behind a real OpenAI-compatible server, on loopback.

What the model says is poor. What is relied on is that the protocol is spoken (structured output,
streams with usage, time-outs) and that the rules hold whatever it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

import pytest
from pydantic import BaseModel, SecretStr

from corpus.errors import EndpointError
from prompts.context import CheckContext
from prompts.endpoint import Endpoint, EndpointSettings, Talk
from prompts.llm import LlmEngine
from prompts.models import Models
from prompts.rules import violations
from prompts.verdict import Label
from tests.prompts.small_model_server import KEY, served
from tests.prompts.test_llm import CLAIM, HITS, PASSAGES

PATIENCE = 120.0
"""Seconds for an answer: a busy machine gives this model a few tokens a second."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as address:
        yield address


def endpoint(address: str, **changes: object) -> Endpoint:
    options = {"timeout": PATIENCE, "total_timeout": PATIENCE, "max_retries": 0, "max_tokens": 160}
    settings = EndpointSettings(
        model="smollm2",
        api_key=SecretStr(KEY),
        base_url=f"{address}/v1",
        **(options | changes),  # type: ignore[arg-type]
    )
    return Endpoint(settings)


class Colour(BaseModel):
    colour: Literal["red", "green", "blue"]


SCHEMA = {
    "title": "colour",
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
TALK = Talk("You answer in JSON.", "Which colour has the sky?")


async def test_structured_output_comes_in_a_stream_that_counts_its_tokens(address: str) -> None:
    models = Models([endpoint(address)])
    context = CheckContext()
    answer = await models.ask("colour", TALK, SCHEMA, Colour, context)
    await models.aclose()
    assert answer.method == "json_schema"
    assert answer.value.colour in {"red", "green", "blue"}
    (spent,) = context.taken()
    assert spent.prompt > 10 and spent.completion > 0


async def test_the_rules_hold_whatever_it_says(address: str) -> None:
    engine = LlmEngine(Models([endpoint(address)]))
    context = CheckContext()
    try:
        draft = await engine.draft(CLAIM, HITS, as_of=date(2026, 3, 1), context=context)
    except EndpointError as error:
        # Cut off for its length twice, or too slow: that is told, and is no verdict.
        assert "cannot be read" in str(error) or "within" in str(error)
    else:
        assert violations(draft, PASSAGES) == []
        assert draft.label in set(Label)
    await engine.aclose()


async def test_no_answer_in_time_is_an_error(address: str) -> None:
    models = Models([endpoint(address, timeout=0.01)])
    with pytest.raises(EndpointError, match="did not answer within"):
        await models.ask("colour", TALK, SCHEMA, Colour, CheckContext())
    await models.aclose()


async def test_a_wrong_key_is_told(address: str) -> None:
    settings = EndpointSettings(model="smollm2", base_url=f"{address}/v1", max_retries=0)
    models = Models([Endpoint(settings)])
    with pytest.raises(EndpointError, match="refused the key"):
        await models.ask("colour", TALK, SCHEMA, Colour, CheckContext())
    await models.aclose()
