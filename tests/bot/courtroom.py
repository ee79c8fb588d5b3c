"""The review without Discord: a database, a clock that is told the time, moderators and askers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from bot.ledger import Request, open_ledger
from bot.review.appearances import Shown
from bot.review.review import Review
from bot.review.values import Actor, Case, FlagReason, Making, Refused
from bot.same_claim import SameClaims
from corpus.database import open_engine
from prompts.verdict import Label, Verdict
from retrieval.paraphrase import load_paraphrase
from tests.bot.discord_world import passages
from tests.bot.values import citation, verdict

HOME = "1"
ELSEWHERE = "2"
SURE = Making()
SAME_CLAIMS = SameClaims(cache(load_paraphrase))
"""The shipped model, opened once."""

T = TypeVar("T")


@cache
def migrated() -> bytes:
    """An empty ledger: making it once saves each example the migrations."""
    with TemporaryDirectory(prefix="ledger-") as folder:
        path = Path(folder) / "empty.db"
        engine = open_engine(f"sqlite:///{path}")
        open_ledger(engine)
        with engine.connect() as db:
            db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


def moderator(name: str = "9001", home: str = HOME) -> Actor:
    return Actor(name, home, manage_messages=True)


def manager(name: str = "9000", home: str = HOME) -> Actor:
    return Actor(name, home, manage_messages=True, manage_guild=True)


def member(name: str = "7", home: str = HOME) -> Actor:
    return Actor(name, home)


def allowed(found: T | Refused) -> T:
    """What was not refused."""
    assert not isinstance(found, Refused), found
    return found


def refused(found: object) -> Refused:
    assert isinstance(found, Refused), found
    return found


class Courtroom:
    """Use under `with`."""

    def __init__(self, folder: Path) -> None:
        self.time = datetime(2026, 11, 25, 12, tzinfo=UTC)
        (folder / "receipts.db").write_bytes(migrated())
        self.engine = open_engine(f"sqlite:///{folder / 'receipts.db'}")
        self.ledger = open_ledger(self.engine, now=self.now)
        numbers = itertools.count(1)
        self.review = Review(
            self.engine, passages, now=self.now, new_id=lambda: f"{next(numbers):020x}"
        )
        self._events = itertools.count(100)

    def __enter__(self) -> Courtroom:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.engine.dispose()

    def now(self) -> datetime:
        return self.time

    def pass_time(self, **amount: float) -> None:
        self.time += timedelta(**amount)

    def ask(
        self,
        claim: str = "It cost $5.5M",
        *,
        asker: str = "7",
        author: str | None = None,
        home: str = HOME,
        label: Label = Label.REFUTED,
        making: Making = SURE,
        hold: bool = False,
        **changes: object,
    ) -> Verdict:
        """Somebody asks, is answered, and the answer is on record."""
        event = str(next(self._events))
        made = verdict(
            id=f"v{event}",
            claim=claim,
            label=label,
            confidence=0.9,
            citations=(citation(1),),
            **changes,
        )
        guild = None if home == "dm" else home
        self.ledger.begin(Request(event, claim, "slash", asker, guild, "c1"))
        self.ledger.keep(event, [made], {made.id: ("p1", "p2")})
        self.review.flags.screen(home, made, making, hold=hold)
        self.show(made, asker=asker, author=author, home=home, message=f"m{event}", held=hold)
        self.ledger.finish(event, "done")
        return made

    def show(
        self,
        shown: Verdict,
        *,
        asker: str = "7",
        author: str | None = None,
        home: str = HOME,
        message: str,
        channel: str = "c1",
        **more: object,
    ) -> None:
        self.review.appearances.add(
            home,
            Shown(shown.id, message, channel, "channel", asker, author, **more),  # type: ignore[arg-type]
        )

    def flag(
        self,
        shown: Verdict,
        by: str = "8",
        reason: FlagReason = FlagReason.WRONG_VERDICT,
        home: str = HOME,
    ) -> Case:
        return allowed(self.review.flags.add(member(by, home), home, shown.id, reason)).case

    def case(self, case_id: str, home: str = HOME) -> Case:
        found = self.review.cases.for_channel(home, case_id)
        assert found is not None
        return found.case

    def deliver(self, home: str = HOME) -> list[tuple[str, str]]:
        """Sends every correction that is due, all of them well; kind and message of each."""
        sent = []
        while found := self.review.corrections.claim(home, "w"):
            for correction in found:
                assert self.review.corrections.finish(home, correction.id, "w", "done")
                sent.append((correction.kind, correction.message_id))
        return sent
