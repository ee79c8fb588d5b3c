"""How often one person may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Person:
    asked: list[float] = field(default_factory=list)
    """When; the oldest first, and never more than the limit."""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Asked too often."""

    wait: float
    """Seconds until the next check is allowed."""
    first: bool
    """Whether this is the first refusal since a check was allowed."""


class Limiter:
    """At most `most` checks in any `window` seconds for each person.

    Six a minute in the long run, with room for somebody who goes through a whole discussion.
    """

    def __init__(self, clock: Callable[[], float], most: int = 30, window: float = 300.0) -> None:
        self.most = most
        self.window = window
        self._clock = clock
        self._people: dict[int, _Person] = {}
        self._told: dict[tuple[str, int], float] = {}
        self._swept = clock()

    def ask(self, user_id: int) -> Refusal | None:
        """None where the check is allowed, which counts it."""
        now = self._clock()
        self._sweep(now)
        person = self._people.setdefault(user_id, _Person())
        while person.asked and now - person.asked[0] >= self.window:
            del person.asked[0]
        if len(person.asked) < self.most:
            person.asked.append(now)
            person.told = False
            return None
        first, person.told = not person.told, True
        return Refusal(wait=person.asked[0] + self.window - now, first=first)

    def tell(self, why: str, user_id: int) -> bool:
        """Whether a person is yet to be told this; once in a window."""
        now = self._clock()
        self._sweep(now)
        if now - self._told.get((why, user_id), -self.window) < self.window:
            return False
        self._told[why, user_id] = now
        return True

    def _sweep(self, now: float) -> None:
        """Once in a window, forgets everyone who could ask again at once."""
        if now - self._swept < self.window:
            return
        self._swept = now
        self._told = {key: at for key, at in self._told.items() if now - at < self.window}
        self._people = {
            user: person
            for user, person in self._people.items()
            if person.asked and now - person.asked[-1] < self.window
        }
