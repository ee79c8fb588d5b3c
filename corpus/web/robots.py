"""What a site's robots.txt allows (RFC 9309)."""

from __future__ import annotations

from protego import Protego

from corpus.web.transport import Answer

PRODUCT = "ReceiptsBot"
"""The name that robots.txt may address."""
MAX_ROBOTS_BYTES = 512_000
"""RFC 9309 asks for at least 500 KiB."""
LONGEST_DELAY_S = 60.0


class Robots:
    """The rules of one site."""

    def __init__(self, rules: Protego | None, *, problem: str | None = None) -> None:
        self._rules = rules
        self.problem = problem
        """Why the site's rules are not known; it is then left alone for now."""

    @classmethod
    def of(cls, answer: Answer) -> Robots:
        """From the answer to a request for robots.txt.

        RFC 9309, 2.3.1: a site without the file allows everything, one that fails, nothing.
        """
        if answer.status == 429 or answer.status >= 500:
            return cls(None, problem=f"its robots.txt answers {answer.status}")
        if answer.status != 200:
            return cls(None)
        return cls(Protego.parse(answer.body.decode("utf-8", "replace")))

    def allows(self, url: str) -> bool:
        """Whether this address may be fetched."""
        return self.problem is None and (self._rules is None or self._rules.can_fetch(url, PRODUCT))

    @property
    def delay_s(self) -> float | None:
        """The seconds between two requests that the site asks for."""
        asked = None if self._rules is None else self._rules.crawl_delay(PRODUCT)
        return None if asked is None else min(max(float(asked), 0.0), LONGEST_DELAY_S)
