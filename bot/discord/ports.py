"""What the Discord part needs of the rest of the application, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.checker import Checked, Examined
from bot.leases import Leases
from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.quotas import Quotas
from bot.review.decisions import Rerun
from bot.review.review import Review
from bot.screenshots import Screenshots
from bot.settings import Settings
from bot.shelf import Shelf
from bot.work import Work


class Checker(Protocol):
    """From a person's text to verdicts."""

    async def examine(
        self,
        text: str,
        *,
        as_of: date | None = None,
        guild_id: str | None = None,
        user_id: str | None = None,
        thread: Sequence[str] = (),
        recall: bool = True,
        language: str | None = None,
    ) -> Examined:
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
    def screenshots(self) -> Screenshots:
        """What reads pictures."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The record of checks and verdicts."""
        ...

    @property
    def review(self) -> Review:
        """The review of verdicts; the ledger must have been opened before."""
        ...

    async def recheck(self, claim: str, how: Rerun, *, guild_id: str | None = None) -> Checked:
        """Checks one claim again, in the manner asked for; `ReceiptsError` where it cannot be."""
        ...

    @property
    def shelf(self) -> Shelf:
        """The servers' own sources."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The numbers of this process."""
        ...

    @property
    def quotas(self) -> Quotas:
        """How much may be checked for whom."""
        ...

    @property
    def leases(self) -> Leases:
        """What all processes share and one at a time does."""
        ...

    @property
    def work(self) -> Work:
        """The checks that are not answered yet."""
        ...
