"""Memory: published verdicts that answer a claim before anything is retrieved for it.

What is published is the review's; its claims' vectors are kept beside it, and in this process as
one matrix that follows the audit log. A server sees its own verdicts first, then those that other
servers of the same operator share; never what cites another server's private source.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.review.published import Entry, PublishedVerdicts
from bot.review.tables import PRIVATE
from bot.review.values import Decision, claim_key
from bot.same_claim import SameClaims
from prompts.verdict import Label, Verdict
from retrieval.model import Embedder
from retrieval.sameness import NEAR, RELATED

_CANDIDATES = 4
"""Of the server's own, and as many of the others'."""
_AT_ONCE = 256
"""Passages held against all published claims at a time."""
_GONE = -1
_MOST_RELATED = 2


@dataclass(frozen=True, slots=True)
class Related:
    """A published verdict on a claim that is near, and not the same."""

    claim: str
    label: Label
    at: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """A published verdict that answers the claim."""

    verdict: Verdict
    """With `matched` set to its own id."""
    decision: Decision
    home: str
    """The server where it was published."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is remembered of a claim."""

    served: Served | None = None
    related: tuple[Related, ...] = ()


class Memory:
    """Looks claims up. Safe to call from several threads."""

    def __init__(
        self,
        published: PublishedVerdicts,
        embedder: Embedder,
        same_claims: SameClaims,
    ) -> None:
        self._published = published
        self._embedder = embedder
        self._same_claims = same_claims
        self._lock = threading.Lock()
        self._seen = 0
        self._rows: dict[str, int] = {}
        self._entries: list[Entry | None] = []
        self._vectors: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self._servers: dict[str, int] = {}
        self._sharing: dict[str, frozenset[str]] = {}
        """By server, whose verdicts it may be shown; until the log has a new line, as it has after
        every change of a setting."""
        self._owners: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        """Of each row the number of its server in `_servers`; _GONE where nothing stands."""

    def recall(self, claim: str, guild_id: str | None) -> Recalled:
        """The published verdict on the same claim, where one may be served, and what is near."""
        home = guild_id or PRIVATE
        with self._lock:
            self._follow()
            count = len(self._entries)
            if not self._rows:
                return Recalled()
            entries = self._entries
            vectors, owners = self._vectors[:count], self._owners[:count]
            shared = self._sharing.get(home)
            if shared is None:
                shared = self._sharing[home] = self._published.sharing(home)
        cosines = vectors @ self._embedder.embed([claim])[0]
        near = [
            *self._near(cosines, owners, frozenset({home})),
            *self._near(cosines, owners, shared),
        ]
        candidates = [
            (entry, float(cosines[row])) for row in near if (entry := entries[row]) is not None
        ]
        for entry in self._alike(claim, [entry for entry, _ in candidates]):
            if (served := self._serve(entry, home)) is not None:
                return Recalled(served)
        shown = (
            Related(entry.claim, Label(entry.label), entry.decided_at)
            for entry, cosine in candidates
            if cosine >= RELATED and self._published.read(entry, home) is not None
        )
        return Recalled(None, tuple(islice(shown, _MOST_RELATED)))

    def _alike(self, claim: str, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Those that say what `claim` says, word for word first."""
        key = claim_key(claim)
        exact = [entry for entry in entries if entry.key == key]
        yield from exact
        others = [entry for entry in entries if entry.key != key]
        for place in self._same_claims.places(claim, [entry.claim for entry in others]):
            yield others[place]

    def nearest(self, vectors: NDArray[np.float32], least: float) -> list[Entry]:
        """Published verdicts whose claims are as near as `least` to one of `vectors`."""
        with self._lock:
            self._follow()
            count = len(self._entries)
            if not self._rows or not len(vectors):
                return []
            entries, held = self._entries, self._vectors[:count]
        best = np.full(count, -1.0, dtype=np.float32)
        for first in range(0, len(vectors), _AT_ONCE):
            some = held @ vectors[first : first + _AT_ONCE].T
            np.maximum(best, some.max(axis=1), out=best)
        rows = np.flatnonzero(best >= least).tolist()
        return [entry for row in rows if (entry := entries[row]) is not None]

    def _near(
        self, cosines: NDArray[np.float32], owners: NDArray[np.int32], servers: frozenset[str]
    ) -> list[int]:
        """The rows of those servers that are nearest, the nearest first."""
        numbers = [self._servers[server] for server in servers if server in self._servers]
        if not numbers:
            return []
        of_servers = owners == numbers[0] if len(numbers) == 1 else np.isin(owners, numbers)
        rows = np.flatnonzero(of_servers & (cosines >= NEAR))
        if len(rows) > _CANDIDATES:
            rows = rows[np.argpartition(-cosines[rows], _CANDIDATES)[:_CANDIDATES]]
        found: list[int] = rows[np.argsort(-cosines[rows], kind="stable")].tolist()
        return found

    def _serve(self, entry: Entry, home: str) -> Served | None:
        read = self._published.read(entry, home)
        if read is None:
            return None
        verdict, decision = read
        matched = verdict.model_copy(update={"matched": verdict.id, "review": "reviewed"})
        return Served(matched, decision, entry.guild_id)

    def _follow(self) -> None:
        """Takes in what was published or withdrawn since the last look."""
        newest, changed = self._published.since(self._seen)
        if newest == self._seen:
            return
        self._sharing = {}
        gone = [case for case, entry in changed.items() if entry is None]
        for case in gone:
            row = self._rows.pop(case, None)
            if row is not None:
                self._entries[row] = None
                self._owners[row] = _GONE
        fresh = [entry for entry in changed.values() if entry is not None]
        if fresh:
            self._take_in(fresh)
        self._seen = newest

    def _take_in(self, fresh: Sequence[Entry]) -> None:
        vectors = self._published.vectors(fresh, self._embedder)
        need = len(self._entries) + len(fresh)
        if self._vectors.shape[0] < need or self._vectors.shape[1] != vectors.shape[1]:
            # Arrays that a reader holds are replaced, never changed in size under it.
            room = max(need, 2 * len(self._entries))
            grown = np.zeros((room, vectors.shape[1]), np.float32)
            owners = np.full(room, _GONE, np.int32)
            if self._entries:
                grown[: len(self._entries)] = self._vectors[: len(self._entries)]
                owners[: len(self._entries)] = self._owners[: len(self._entries)]
            self._vectors, self._owners = grown, owners
        entries = list(self._entries)
        for entry, vector in zip(fresh, vectors, strict=True):
            row = self._rows.get(entry.case_id)
            if row is None:
                row = self._rows[entry.case_id] = len(entries)
                entries.append(entry)
            else:
                entries[row] = entry
            self._vectors[row] = vector
            self._owners[row] = self._servers.setdefault(entry.guild_id, len(self._servers))
        self._entries = entries
