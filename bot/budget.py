"""What may be spent on language models, kept in the database.

A call's most is set aside before it is made and replaced by what it took, in one transaction each,
so that checks side by side cannot spend more than there is.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeVar, cast

import sqlalchemy as sa

from bot.ledger import metadata
from corpus.database import writing
from corpus.errors import BudgetError, InputError
from prompts.context import Payer
from prompts.metering import NANO, Prices
from prompts.verdict import Tokens

Scope = Literal["person", "server", "all"]
Period = Literal["day", "month"]
Result = TypeVar("Result")

STALE = timedelta(minutes=30)
"""After which what was set aside and never settled, as after a crash, is free again."""

spending = sa.Table(
    "spending",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("person_id", sa.String(32)),
    sa.Column("guild_id", sa.String(32)),
    sa.Column("model", sa.String(200), nullable=False),
    # Of what was set aside until it is settled, of what was used from then on.
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("nanodollars", sa.BigInteger, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
)

_FORM = re.compile(r"(person|server|all)/(day|month):(\$?)([\d_.]+)")


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on tokens or on money."""

    scope: Scope
    period: Period
    unit: Literal["tokens", "nanodollars"]
    most: int

    def start(self, now: datetime) -> datetime:
        """When the period that `now` is in began, in UTC."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return day if self.period == "day" else day.replace(day=1)

    def __str__(self) -> str:
        whose = {"person": "your", "server": "this server's", "all": "the"}[self.scope]
        return f"{whose} budget for the {self.period}"


class SpentError(BudgetError):
    """One of the budgets does not have what a call may take."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(f"{budget} is spent; it begins anew with the {budget.period}")
        self.budget = budget


def read_budgets(text: str) -> tuple[Budget, ...]:
    """`person/day:50000, server/month:$20`: tokens, or dollars; InputError names what is wrong."""
    found = []
    for part in (piece.strip() for piece in text.split(",")):
        if not part:
            continue
        match = _FORM.fullmatch(part)
        try:
            if match is None:
                raise ValueError(part)
            scope, period, dollar, number = match.groups()
            amount = Decimal(number)
            most = int(amount * NANO) if dollar else int(amount)
        except (ValueError, InvalidOperation) as error:
            raise InputError(
                f"RECEIPTS_BUDGETS: {part!r} is no budget; "
                "write it like person/day:50000 (tokens) or server/month:$20"
            ) from error
        unit: Literal["tokens", "nanodollars"] = "nanodollars" if dollar else "tokens"
        found.append(Budget(cast(Scope, scope), cast(Period, period), unit, most))
    return tuple(found)


class Purse:
    """Keeps budgets in the database of the ledger, which must have been opened."""

    def __init__(
        self,
        engine: sa.Engine,
        budgets: Sequence[Budget],
        prices: Prices,
        *,
        now: Callable[[], datetime],
        executor: Executor | None = None,
    ) -> None:
        self._engine = engine
        self._budgets = budgets
        self._prices = prices
        self._now = now
        self._executor = executor

    async def reserve(self, payer: Payer, model: str, most: Tokens) -> str | None:
        """Sets aside what a call may take at most; BudgetError where too little is left."""
        return await self._run(lambda: self._reserve(payer, model, most))

    async def settle(self, ticket: str | None, used: Tokens) -> None:
        """Puts what the call took in place of what was set aside."""
        if ticket is not None:
            await self._run(lambda: self._settle(ticket, used))

    def _reserve(self, payer: Payer, model: str, most: Tokens) -> str:
        now = self._now()
        ticket = secrets.token_hex(16)
        row = {
            "id": ticket,
            "at": now,
            "person_id": payer.person,
            "guild_id": payer.guild,
            "model": model[:200],
            "prompt_tokens": most.prompt,
            "completion_tokens": most.completion,
            "nanodollars": self._prices.of(model).of(most),
            "settled": False,
        }
        wanted = {
            "tokens": most.prompt + most.completion,
            "nanodollars": self._prices.of(model).of(most),
        }
        with writing(self._engine) as db:
            for budget in self._budgets:
                if budget.scope == "person" and payer.person is None:
                    continue
                if budget.scope == "server" and payer.guild is None:
                    continue
                spent = int(db.scalar(_spent(budget, payer, now)) or 0)
                if spent + wanted[budget.unit] > budget.most:
                    raise SpentError(budget)
            db.execute(spending.insert().values(row))
        return ticket

    def _settle(self, ticket: str, used: Tokens) -> None:
        with writing(self._engine) as db:
            model = db.scalar(sa.select(spending.c.model).where(spending.c.id == ticket))
            db.execute(
                spending.update()
                .where(spending.c.id == ticket)
                .values(
                    prompt_tokens=used.prompt,
                    completion_tokens=used.completion,
                    nanodollars=self._prices.of(model or "").of(used),
                    settled=True,
                )
            )

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _spent(budget: Budget, payer: Payer, now: datetime) -> sa.Select[tuple[int]]:
    """How much of a budget is spent or set aside."""
    tokens = spending.c.prompt_tokens + spending.c.completion_tokens
    column = tokens if budget.unit == "tokens" else spending.c.nanodollars
    query = sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(
        spending.c.at >= budget.start(now),
        sa.or_(spending.c.settled, spending.c.at > now - STALE),
    )
    if budget.scope == "person":
        query = query.where(spending.c.person_id == payer.person)
    elif budget.scope == "server":
        query = query.where(spending.c.guild_id == payer.guild)
    return query
