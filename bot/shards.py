"""Which of Discord's shards a process serves: `0-3/16` is the first four of sixteen."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.errors import InputError

MOST_SHARDS = 10_000


@dataclass(frozen=True, slots=True)
class Shards:
    """A run of shards of a known number; servers are spread over all of them by their ids."""

    first: int
    last: int
    of: int

    @property
    def ids(self) -> list[int]:
        """Their numbers."""
        return list(range(self.first, self.last + 1))

    @property
    def name(self) -> str:
        """Fit for a file's name."""
        return f"{self.first}-{self.last}-of-{self.of}"


def parse_shards(text: str) -> Shards:
    """Reads `0-3/16` or `5/16`; InputError says what is wrong."""
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?/(\d{1,6})", text.strip(), re.ASCII)
    if match is None:
        raise InputError(f"--shards takes FIRST-LAST/ALL, such as 0-3/16, and not {text!r}")
    first, of = int(match[1]), int(match[3])
    last = int(match[2]) if match[2] else first
    if not 1 <= of <= MOST_SHARDS or not first <= last < of:
        raise InputError(f"--shards {text}: of {of} shards, those from 0 to {of - 1} can be named")
    return Shards(first, last, of)
