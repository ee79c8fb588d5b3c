"""Memory: published verdicts that answer a claim before anything is retrieved for it.

What is published is the review's; its claims' vectors are kept beside it, and in this process as
one matrix that follows the audit log. A server sees its own verdicts first, then those that other
servers of the same operator share; never what cites another server's private source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.review.published import Entry, PublishedVerdicts
from bot.review.tables import PRIVATE
from bot.review.values import Decision, claim_key
from prompts.verdict import Label, Verdict
from retrieval.model import Embedder, StanceModel
from retrieval.sameness import NEAR, RELATED, ClaimReading, same

_CANDIDATES = 6
_LOOKED_AT = 2_000
"""Of the nearest claims, in whichever server."""
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
        stance: Callable[[], StanceModel],
    ) -> None:
        self._published = published
        self._embedder = embedder
        self._stance = stance
        self._lock = threading.Lock()
        self._seen = 0
        self._rows: dict[str, int] = {}
        self._entries: list[Entry | None] = []
        self._vectors: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)

    def recall(self, claim: str, guild_id: str | None) -> Recalled:
        """The published verdict on the same claim, where one may be served, and what is near."""
        home = guild_id or PRIVATE
        with self._lock:
            self._follow()
            if not self._rows:
                return Recalled()
            entries, vectors = self._entries, self._vectors[: len(self._entries)]
        shared = self._published.sharing(home)
        vector = self._embedder.embed([claim])[0]
        near = self._near(vectors @ vector, entries, home, shared)
        asked = ClaimReading(claim)
        related: list[Entry] = []
        for cosine, entry in near:
            exact = entry.key == claim_key(claim)
            alike = exact or (
                cosine >= NEAR and same(ClaimReading(entry.claim), asked, self._stance())
            )
            if alike and (served := self._serve(entry, home)) is not None:
                return Recalled(served)
            related.append(entry)
        return Recalled(
            None,
            tuple(Related(e.claim, Label(e.label), e.decided_at) for e in related[:_MOST_RELATED]),
        )

    def nearest(self, vectors: NDArray[np.float32], least: float) -> list[Entry]:
        """Published verdicts whose claims are as near as `least` to one of `vectors`."""
        with self._lock:
            self._follow()
            if not self._rows or not len(vectors):
                return []
            best = (self._vectors[: len(self._entries)] @ vectors.T).max(axis=1)
            rows = np.flatnonzero(best >= least).tolist()
            return [entry for row in rows if (entry := self._entries[row]) is not None]

    def _near(
        self,
        cosines: NDArray[np.float32],
        entries: Sequence[Entry | None],
        home: str,
        shared: frozenset[str],
    ) -> list[tuple[float, Entry]]:
        """What may be shown in that server, its own before that of others, the nearest first."""
        rows = np.flatnonzero(cosines >= RELATED)
        rows = rows[np.argsort(-cosines[rows], kind="stable")][:_LOOKED_AT]
        own: list[tuple[float, Entry]] = []
        others: list[tuple[float, Entry]] = []
        for row in rows.tolist():
            entry = entries[row]
            if entry is None:
                continue
            if entry.guild_id == home:
                own.append((float(cosines[row]), entry))
            elif entry.guild_id in shared:
                others.append((float(cosines[row]), entry))
            if len(own) >= _CANDIDATES and (not shared or len(others) >= _CANDIDATES):
                break
        return own[:_CANDIDATES] + others[:_CANDIDATES]

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
        gone = [case for case, entry in changed.items() if entry is None]
        for case in gone:
            row = self._rows.pop(case, None)
            if row is not None:
                self._entries[row] = None
        fresh = [entry for entry in changed.values() if entry is not None]
        if fresh:
            self._take_in(fresh)
        self._seen = newest

    def _take_in(self, fresh: Sequence[Entry]) -> None:
        vectors = self._published.vectors(fresh, self._embedder)
        need = len(self._entries) + len(fresh)
        if self._vectors.shape[0] < need or self._vectors.shape[1] != vectors.shape[1]:
            # Lists and arrays that a reader holds are replaced, never changed in size under it.
            grown = np.zeros((max(need, 2 * len(self._entries)), vectors.shape[1]), np.float32)
            if self._entries:
                grown[: len(self._entries)] = self._vectors[: len(self._entries)]
            self._vectors = grown
        entries = list(self._entries)
        for entry, vector in zip(fresh, vectors, strict=True):
            row = self._rows.get(entry.case_id)
            if row is None:
                row = self._rows[entry.case_id] = len(entries)
                entries.append(entry)
            else:
                entries[row] = entry
            self._vectors[row] = vector
        self._entries = entries
