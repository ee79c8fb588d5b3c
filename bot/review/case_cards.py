"""The live card of each case in the review channel: which are out of date, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.review import settings
from bot.review.ground import Ground
from bot.review.states import ACTIVE
from bot.review.tables import case_cards, cases
from corpus.database import reading, writing

RETRY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class DueCard:
    """A case whose card in the review channel has to be posted or brought up to date."""

    case_id: str
    guild_id: str
    changes: int
    """What the card shows once it is done."""
    channel_id: str
    """Where it stands, or is to be posted."""
    message_id: str | None


class CaseCards:
    """Keeps one card a case."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def due(self, limit: int = 20) -> list[DueCard]:
        """Cards that are behind, in servers that have a review channel; oldest case first.

        A case that was over before it had a card gets none.
        """
        ground = self._ground
        with reading(ground.engine) as db:
            channels = settings.review_channels(db)
            rows = db.execute(
                sa.select(case_cards)
                .join(cases, cases.c.id == case_cards.c.case_id)
                .where(
                    case_cards.c.guild_id.in_(channels),
                    case_cards.c.shown < case_cards.c.changes,
                    sa.or_(case_cards.c.message_id.is_not(None), cases.c.state.in_(sorted(ACTIVE))),
                    sa.or_(case_cards.c.retry_at.is_(None), case_cards.c.retry_at <= ground.now()),
                )
                .order_by(cases.c.opened_at, cases.c.id)
                .limit(limit)
            )
            return [
                DueCard(
                    case_id=row.case_id,
                    guild_id=row.guild_id,
                    changes=row.changes,
                    channel_id=row.channel_id or channels[row.guild_id],
                    message_id=row.message_id,
                )
                for row in rows
            ]

    def shown(self, card: DueCard, message_id: str) -> None:
        """The card shows the case as it was when `card` was read."""
        self._set(
            card.case_id,
            channel_id=card.channel_id,
            message_id=message_id,
            shown=card.changes,
            problem="",
            retry_at=None,
        )

    def gone(self, card: DueCard) -> None:
        """Somebody deleted the message: the next change posts a new one."""
        self._set(card.case_id, channel_id=None, message_id=None, shown=card.changes, retry_at=None)

    def failed(self, card: DueCard, problem: str) -> None:
        """It could not be shown; it is tried again after a while."""
        later = self._ground.now() + RETRY
        self._set(card.case_id, problem=problem, retry_at=later)

    def problems(self, guild_id: str) -> list[str]:
        """What keeps cards from being shown, each once; for whoever set the channel."""
        with reading(self._ground.engine) as db:
            return list(
                db.scalars(
                    sa.select(case_cards.c.problem)
                    .where(case_cards.c.guild_id == guild_id, case_cards.c.problem != "")
                    .distinct()
                )
            )

    def _set(self, case_id: str, **values: object) -> None:
        with writing(self._ground.engine) as db:
            db.execute(case_cards.update().where(case_cards.c.case_id == case_id).values(values))
