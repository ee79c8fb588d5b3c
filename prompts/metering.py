"""What calls of a model take: reserved before, settled after, told step by step.

A budget is kept by whoever has the database (`bot.budget`); here is what it must be able to do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Protocol

from corpus.errors import InputError
from prompts.context import CheckContext, Payer
from prompts.verdict import Spent, Tokens

PRICES_FILE = Path(__file__).parent / "prices.json"

NANO = 1_000_000_000
"""Money is counted in whole billionths of a dollar, so that sums are exact."""


class Meter(Protocol):
    """Keeps budgets."""

    async def reserve(self, payer: Payer, model: str, most: Tokens) -> str | None:
        """Sets aside what a call may take at most; BudgetError where too little is left."""
        ...

    async def settle(self, ticket: str | None, used: Tokens) -> None:
        """Puts what the call took in place of what was set aside."""
        ...


class Unmetered:
    """No budget."""

    async def reserve(self, payer: Payer, model: str, most: Tokens) -> str | None:
        """Always allowed."""
        return None

    async def settle(self, ticket: str | None, used: Tokens) -> None:
        """Nothing to keep."""


@dataclass(frozen=True, slots=True)
class Price:
    """Of one token, in billionths of a dollar."""

    prompt: int
    completion: int

    def of(self, tokens: Tokens) -> int:
        """What so many cost, in billionths of a dollar."""
        return self.prompt * tokens.prompt + self.completion * tokens.completion


FREE = Price(0, 0)


@dataclass(frozen=True)
class Prices:
    """The price table. A model that is not on it costs nothing, such as one's own."""

    by_model: Mapping[str, Price]

    @classmethod
    @cache
    def load(cls, path: Path = PRICES_FILE) -> Prices:
        """`{"usd_per_million_tokens": {model: [prompt, completion]}}`; InputError if it is not."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
            table = data["usd_per_million_tokens"]
            return cls({name: _price(*pair) for name, pair in table.items()})
        except (OSError, ValueError, ArithmeticError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"price table {path} cannot be read ({type(error).__name__}): it needs "
                '{"usd_per_million_tokens": {"MODEL": [prompt, completion]}}'
            ) from error

    def of(self, model: str) -> Price:
        """The price of `model`; of a dated version, that of the longest name it begins with."""
        if model in self.by_model:
            return self.by_model[model]
        named = [name for name in self.by_model if model.startswith(f"{name}-")]
        return self.by_model[max(named, key=len)] if named else FREE


def _price(prompt: Decimal | int, completion: Decimal | int) -> Price:
    each = [Decimal(value) * NANO / 1_000_000 for value in (prompt, completion)]
    if any(value < 0 or value != int(value) for value in each):
        raise ValueError("a price is below zero, or finer than a billionth of a dollar a token")
    return Price(int(each[0]), int(each[1]))


@dataclass(frozen=True)
class StepMeter:
    """The calls that one step of a check makes."""

    step: str
    context: CheckContext
    meter: Meter
    prices: Prices

    async def reserve(self, model: str, most: Tokens) -> str | None:
        """Before a call; BudgetError where too little is left."""
        return await self.meter.reserve(self.context.payer, model, most)

    async def settle(self, ticket: str | None, model: str, used: Tokens) -> None:
        """After it, however it ended."""
        await self.meter.settle(ticket, used)
        if used.prompt or used.completion:
            self.context.spent.append(
                Spent(
                    step=self.step,
                    model=model,
                    prompt=used.prompt,
                    completion=used.completion,
                    cost_usd=self.prices.of(model).of(used) / NANO,
                )
            )


def most_prompt_tokens(*texts: str) -> int:
    """More than any tokeniser makes of `texts`: none makes more tokens than there are bytes."""
    return sum(len(text.encode("utf-8", "replace")) + 64 for text in texts)


def likely_tokens(text: str) -> int:
    """About how many there are, for endpoints that do not say."""
    return -(-len(text.encode("utf-8", "replace")) // 4)
