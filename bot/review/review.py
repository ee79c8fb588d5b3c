"""The review as one thing: its parts on one database."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.review.appeals import Appeals
from bot.review.appearances import Appearances
from bot.review.case_cards import CaseCards
from bot.review.cases import Cases
from bot.review.corrections import Corrections
from bot.review.decisions import Decisions
from bot.review.flags import Flags
from bot.review.ground import Ground
from bot.review.merging import Merging
from bot.review.preferences import Preferences
from bot.review.privacy import Privacy
from bot.review.published import PublishedVerdicts
from bot.review.record import Record
from bot.review.statistics import Statistics, statistics_of
from bot.review.traces import Traces
from bot.review.upkeep import Upkeep
from bot.review.values import Actor, Refused
from corpus.model import Passage


class Review:
    """Everything about verdicts under review. The ledger must have been opened before.

    Methods are synchronous, each one transaction; CatalogueError where the database fails. Every
    one takes the id of the server it is about, and sees no other's.
    """

    def __init__(
        self,
        engine: sa.Engine,
        passages: Callable[[Sequence[str]], Mapping[str, Passage]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: secrets.token_hex(10),
    ) -> None:
        self.now = now
        ground = self._ground = Ground(engine, now, new_id, passages)
        self.flags = Flags(ground)
        self.cases = Cases(ground)
        self.cards = CaseCards(ground)
        self.decisions = Decisions(ground)
        self.merging = Merging(ground)
        self.appeals = Appeals(ground)
        self.appearances = Appearances(ground)
        self.corrections = Corrections(ground)
        self.settings = Preferences(ground)
        self.record = Record(ground)
        self.privacy = Privacy(ground)
        self.published = PublishedVerdicts(ground)
        self.traces = Traces(ground)
        self.upkeep = Upkeep(ground, self.decisions, self.flags)

    def statistics(self, actor: Actor, guild_id: str) -> Statistics | Refused:
        """How the review of the server goes."""
        return statistics_of(self._ground, actor, guild_id)
