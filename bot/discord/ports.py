"""What the Discord part needs of the rest of the application, and nothing more."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.settings import Settings
from prompts.verdict import CheckResult


class Checker(Protocol):
    """From a person's text to verdicts."""

    async def check(
        self, text: str, *, as_of: date | None = None, guild_id: str | None = None
    ) -> CheckResult:
        """Verdicts on the claims in `text`; `ReceiptsError` where it cannot be done."""
        ...


class App(Protocol):
    """The composed application."""

    @property
    def settings(self) -> Settings:
        """What the operator has set."""
        ...

    @property
    def checker(self) -> Checker:
        """The one function from text to verdicts."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The record of checks, verdicts and flags."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The numbers of this process."""
        ...
