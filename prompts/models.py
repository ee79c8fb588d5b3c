"""The models that may answer, in order: the next where one is out of reach or declines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus.errors import EndpointError
from prompts.breaker import Breaker
from prompts.context import CheckContext
from prompts.endpoint import (
    Answer,
    ContextTooLongError,
    DeclinedError,
    Endpoint,
    Form,
    Talk,
    UnreadableError,
)
from prompts.metering import Meter, Prices, StepMeter, Unmetered
from prompts.turns import Turns

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Calls under way at one endpoint."""


@dataclass(slots=True)
class _Line:
    """One model, and how it is doing."""

    endpoint: Endpoint
    turns: Turns
    breaker: Breaker = field(default_factory=Breaker)


class Models:
    """Asks the first model that can answer. One object serves all checks of a process."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        meter: Meter | None = None,
        prices: Prices | None = None,
        at_once: int = AT_ONCE,
        breaker: Callable[[], Breaker] = Breaker,
    ) -> None:
        """`endpoints` in order of preference, at least one."""
        self._lines = [_Line(endpoint, Turns(at_once), breaker()) for endpoint in endpoints]
        self._meter = meter or Unmetered()
        self._prices = prices or Prices.load()

    async def ask(
        self,
        step: str,
        talk: Talk,
        schema: dict[str, Any],
        form: type[Form],
        context: CheckContext,
    ) -> Answer[Form]:
        """The first answer to be had.

        EndpointError where no model gives one in the check's time, BudgetError where it may not be
        paid, ContextTooLongError where the prompt fits none that can be reached.
        """
        meter = StepMeter(step, context, self._meter, self._prices)
        failure: EndpointError | None = None
        for line in self._lines:
            if context.left() <= 0:
                failure = failure or EndpointError("the time for this check is spent; ask again")
                break
            if not line.breaker.may_pass():
                failure = failure or EndpointError(
                    f"{line.endpoint.where} has kept failing and is left alone for a while"
                )
                continue
            try:
                return await self._ask(line, talk, schema, form, meter)
            except EndpointError as error:
                failure = error
                context.trace.step(f"{step} failed", model=line.endpoint.model, error=str(error))
                log.info("%s: %s", step, error)
        assert failure is not None
        raise failure

    async def _ask(
        self, line: _Line, talk: Talk, schema: dict[str, Any], form: type[Form], meter: StepMeter
    ) -> Answer[Form]:
        payer = meter.context.payer
        worked: bool | None = None
        try:
            async with line.turns.turn(payer.guild or payer.person or ""):
                answer = await line.endpoint.ask(talk, schema, form, meter, meter.context.left())
            worked = True
            return answer
        except (ContextTooLongError, DeclinedError, UnreadableError):
            worked = True  # it is there, and answers
            raise
        except EndpointError:
            worked = False
            raise
        finally:
            line.breaker.ended(worked)

    async def aclose(self) -> None:
        """Closes the connections."""
        for line in self._lines:
            await line.endpoint.aclose()
