"""Several models in a row: fallbacks, breakers, turns, what is paid, and the check's time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import BudgetError, EndpointError, InputError
from prompts.answer import DraftedVerdict, answer_schema
from prompts.breaker import Breaker
from prompts.context import CheckContext, Payer
from prompts.endpoint import Endpoint, EndpointSettings, Talk
from prompts.metering import Prices, most_prompt_tokens
from prompts.models import Models
from prompts.turns import Turns
from prompts.verdict import Tokens
from tests.prompts.openai_server import Drops, Fails, OpenAIServer, Request, Says, Script
from tests.prompts.test_llm import SOUND

TALK = Talk("You check claims.", "Is it so?")
SCHEMA = answer_schema(["P1", "P2"])


def endpoint(server: OpenAIServer, model: str = "first", **changes: Any) -> Endpoint:
    options = {"timeout": 2.0, "total_timeout": 5.0, "max_retries": 0} | changes
    return Endpoint(EndpointSettings(model=model, base_url=server.url, **options))


async def asked(models: Models, context: CheckContext | None = None) -> str:
    context = context or CheckContext()
    answer = await models.ask("verdict", TALK, SCHEMA, DraftedVerdict, context)
    return answer.value.label


class Purse:
    """A meter that holds so many tokens."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens
        self.reserved: list[int] = []
        self.used: list[int] = []

    async def reserve(self, payer: Payer, model: str, most: Tokens) -> str | None:
        wanted = most.prompt + most.completion
        if wanted > self.left:
            raise BudgetError("the budget is spent")
        self.left -= wanted
        self.reserved.append(wanted)
        return str(len(self.reserved) - 1)

    async def settle(self, ticket: str | None, used: Tokens) -> None:
        assert ticket is not None
        taken = used.prompt + used.completion
        self.left += self.reserved[int(ticket)] - taken
        self.used.append(taken)


@pytest.mark.parametrize(
    "broken",
    [
        Fails(500),
        Fails(429),
        Drops(),
        Says(None, refusal="no"),
        Says(None, finish="content_filter"),
        Says("no JSON at all"),
        Says(SOUND, wait=10),
    ],
)
async def test_the_next_model_answers_where_one_does_not(broken: Script) -> None:
    async with OpenAIServer(broken) as one, OpenAIServer(Says(SOUND)) as two:
        models = Models([endpoint(one, timeout=0.3), endpoint(two, "second")])
        context = CheckContext()
        assert await asked(models, context) == "misleading"
        await models.aclose()
    assert two.requests[0]["model"] == "second"
    assert [step["step"] for step in context.trace.steps] == ["verdict failed"]


async def test_a_model_that_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    now = 0.0
    async with OpenAIServer(Fails(500), Fails(500), Says(SOUND)) as one:
        models = Models(
            [endpoint(one)],
            breaker=lambda: Breaker(failures=2, rest=10, clock=lambda: now),
        )
        for _ in range(2):
            with pytest.raises(EndpointError, match="status 500"):
                await asked(models)
        with pytest.raises(EndpointError, match="left alone"):
            await asked(models)
        assert len(one.requests) == 2
        now = 11.0
        assert await asked(models) == "misleading"
        assert await asked(models) == "misleading"
        await models.aclose()


async def test_a_refusal_says_nothing_of_the_endpoint() -> None:
    words = "I will not say whether the minister is ill"
    async with OpenAIServer(Says(None, refusal=words)) as one:
        models = Models([endpoint(one)], breaker=lambda: Breaker(failures=1))
        for _ in range(3):
            with pytest.raises(EndpointError, match="refused") as raised:
                await asked(models)
            assert "minister" not in str(raised.value)
        await models.aclose()
    assert len(one.requests) == 3


async def test_what_was_set_aside_becomes_what_was_used() -> None:
    async with OpenAIServer(Fails(400, "no such thing"), Says(SOUND)) as one:
        purse = Purse(1_000_000)
        models = Models([endpoint(one, "gpt-4o-mini-2024-07-18")], meter=purse)
        context = CheckContext(Payer("7", "9"))
        await asked(models, context)
        await models.aclose()
    assert purse.used == [0, 120]
    assert purse.left == 1_000_000 - 120
    (spent,) = context.taken()
    assert (spent.step, spent.prompt, spent.completion) == ("verdict", 100, 20)
    assert spent.cost_usd == pytest.approx(100 * 0.15e-6 + 20 * 0.6e-6)
    assert context.taken() == ()


async def test_a_spent_budget_ends_it_before_anything_is_asked() -> None:
    async with OpenAIServer(Says(SOUND)) as one:
        models = Models([endpoint(one), endpoint(one)], meter=Purse(100))
        with pytest.raises(BudgetError):
            await asked(models)
        await models.aclose()
    assert one.requests == []


async def test_a_call_that_is_stopped_is_settled() -> None:
    begun = asyncio.Event()

    def answers(request: Request) -> Says:
        begun.set()
        return Says(SOUND, wait=10)

    async with OpenAIServer(answers) as one:
        purse = Purse(100_000)
        models = Models([endpoint(one)], meter=purse)
        task = asyncio.create_task(asked(models))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await models.aclose()
    assert purse.left == 100_000


async def test_the_time_of_the_check_bounds_every_call() -> None:
    async with OpenAIServer(Says(SOUND, wait=30)) as one:
        models = Models([endpoint(one), endpoint(one)])
        context = CheckContext(until=time.monotonic() + 0.3)
        with pytest.raises(EndpointError, match=r"within 0|time for this check"):
            await asked(models, context)
        await models.aclose()
    assert len(one.requests) == 1


async def test_servers_take_turns() -> None:
    turns = Turns(1)
    order: list[str] = []

    async def work(of: str) -> None:
        async with turns.turn(of):
            order.append(of)
            await asyncio.sleep(0)

    names = ["busy"] * 5 + ["quiet"] + ["other"]
    await asyncio.gather(*(work(name) for name in names))
    assert order.index("quiet") <= 3
    assert order.index("other") <= 4
    assert sorted(order) == sorted(names)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12), st.integers(1, 3))
def test_turns_are_never_more_than_allowed_and_never_lost(
    people: list[tuple[str, bool]], most: int
) -> None:
    async def play() -> None:
        turns, under_way, peak = Turns(most), 0, 0

        async def work(of: str) -> None:
            nonlocal under_way, peak
            async with turns.turn(of):
                under_way += 1
                peak = max(peak, under_way)
                try:
                    await asyncio.sleep(0)
                finally:
                    under_way -= 1

        tasks = [(asyncio.create_task(work(of)), stop) for of, stop in people]
        await asyncio.sleep(0)
        for task, stop in tasks:
            if stop:
                task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert peak <= most
        async with asyncio.timeout(1), turns.turn("last"):
            pass

    asyncio.run(play())


@given(st.text(max_size=300))
def test_no_text_has_more_tokens_than_are_set_aside(text: str) -> None:
    assert most_prompt_tokens(text) >= len(text.encode("utf-8", "replace"))


def test_prices_go_by_the_longest_name(tmp_path: Any) -> None:
    table = tmp_path / "prices.json"
    table.write_text('{"usd_per_million_tokens": {"m": [1, 2], "m-mini": [0.15, 0.6]}}')
    prices = Prices.load(table)
    assert prices.of("m-mini-2025").prompt == 150
    assert prices.of("m-large").completion == 2_000
    assert prices.of("my-own").of(Tokens(prompt=5, completion=5)) == 0


@pytest.mark.parametrize("text", ["", "[]", '{"usd_per_million_tokens": {"m": [1]}}', "{"])
def test_a_price_table_that_is_none_is_told(tmp_path: Any, text: str) -> None:
    table = tmp_path / "prices.json"
    table.write_text(text)
    with pytest.raises(InputError, match=r"prices\.json"):
        Prices.load(table)
