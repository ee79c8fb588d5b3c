"""What may be spent: exact, also where many checks spend at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import Budget, Purse, read_budgets, spending
from bot.ledger import open_ledger
from corpus.database import open_engine
from corpus.errors import BudgetError, InputError
from prompts.context import CheckContext, Payer
from prompts.endpoint import Endpoint, EndpointSettings
from prompts.metering import Price, Prices
from prompts.models import Models
from prompts.verdict import Tokens
from tests.prompts.openai_server import Fails, OpenAIServer, Request, Says
from tests.prompts.test_llm import SOUND
from tests.prompts.test_models import asked

NOW = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
PRICES = Prices({"m": Price(150, 600)})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'receipts.db'}")
    open_ledger(engine)
    yield engine
    engine.dispose()


def purse(engine: sa.Engine, budgets: str, now: datetime = NOW) -> Purse:
    return Purse(engine, read_budgets(budgets), PRICES, now=lambda: now)


async def spend(of: Purse, payer: Payer, prompt: int, completion: int = 0) -> None:
    tokens = Tokens(prompt=prompt, completion=completion)
    await of.settle(await of.reserve(payer, "m", tokens), tokens)


def test_budgets_are_read() -> None:
    assert read_budgets("person/day:50_000, server/month:$0.5,") == (
        Budget("person", "day", "tokens", 50_000),
        Budget("server", "month", "nanodollars", 500_000_000),
    )


@pytest.mark.parametrize("text", ["me/day:5", "person/week:5", "person/day", "all/day:$1.2.3", "x"])
def test_what_is_no_budget_is_told(text: str) -> None:
    with pytest.raises(InputError, match="RECEIPTS_BUDGETS"):
        read_budgets(text)


@given(st.text(max_size=30))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert all(budget.most >= 0 for budget in read_budgets(text))


async def test_each_budget_counts_its_own(database: sa.Engine) -> None:
    both = purse(database, "person/day:100, server/day:150")
    await spend(both, Payer("1", "a"), 90)
    with pytest.raises(BudgetError, match="your budget for the day"):
        await spend(both, Payer("1", "b"), 20)
    with pytest.raises(BudgetError, match="this server's budget for the day"):
        await spend(both, Payer("2", "a"), 70)
    await spend(both, Payer("2", "b"), 70)
    await spend(both, Payer(), 1_000)


async def test_a_day_and_a_month_begin_anew(database: sa.Engine) -> None:
    await spend(purse(database, "all/day:100"), Payer("1"), 100)
    with pytest.raises(BudgetError):
        await spend(purse(database, "all/day:100"), Payer("1"), 1)
    next_day = NOW + timedelta(hours=1)
    await spend(purse(database, "all/day:100", next_day), Payer("1"), 100)
    with pytest.raises(BudgetError, match="month"):
        await spend(purse(database, "all/month:200", next_day), Payer("1"), 1)
    await spend(purse(database, "all/month:200", NOW + timedelta(days=20)), Payer("1"), 1)


async def test_money_is_counted_to_the_billionth(database: sa.Engine) -> None:
    of = purse(database, "all/day:$0.000000900")
    await spend(of, Payer("1"), 2, 1)
    with pytest.raises(BudgetError):
        await spend(of, Payer("1"), 1)


async def test_what_a_crash_left_set_aside_is_free_again(database: sa.Engine) -> None:
    await purse(database, "all/day:100").reserve(Payer("1"), "m", Tokens(prompt=100))
    later = NOW.replace(hour=23, minute=45)
    with pytest.raises(BudgetError):
        await spend(purse(database, "all/day:100", later), Payer("1"), 1)
    earlier = purse(database, "all/month:100", NOW + timedelta(hours=2))
    await spend(earlier, Payer("1"), 100)


async def test_fifty_checks_at_once_spend_to_the_token_and_never_too_much(
    database: sa.Engine,
) -> None:
    used = 0

    def answers(request: Request) -> Says | Fails:
        nonlocal used
        if len(server.requests) % 4 == 0:
            return Fails(500)
        used += 120
        return Says(SOUND, wait=0.01)

    most = 60_000
    with ThreadPoolExecutor(4) as threads:
        async with OpenAIServer(answers) as server:
            settings = EndpointSettings(model="m", base_url=server.url, max_retries=0)
            of = Purse(
                database, read_budgets(f"all/day:{most}"), PRICES, now=lambda: NOW, executor=threads
            )
            models = Models([Endpoint(settings)], meter=of, at_once=50)
            ended = await asyncio.gather(
                *(asked(models, CheckContext(Payer(str(n), "g"))) for n in range(50)),
                return_exceptions=True,
            )
            await models.aclose()
    with database.connect() as db:
        rows = db.execute(sa.select(spending)).all()
    assert all(row.settled for row in rows)
    assert sum(row.prompt_tokens + row.completion_tokens for row in rows) == used <= most
    assert sum(row.nanodollars for row in rows) == used // 120 * (100 * 150 + 20 * 600)
    assert any(isinstance(end, BudgetError) for end in ended)
    assert any(end == "misleading" for end in ended)
