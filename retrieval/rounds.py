"""One list of hits out of several searches for the same claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from retrieval.duplicates import Distinct
from retrieval.model import Hit

PER_SOURCE = 3
"""Passages of one source, so that one voice does not fill the list."""
_RRF_K = 10


def fuse_rounds(rounds: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """At most `k` hits by their ranks in all `rounds`; the first round counts double.

    Texts that repeat each other, more than a few passages of one source, and other sources that
    tell the same story are left out.
    """
    ranks: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for index, found in enumerate(rounds):
        weight = 2.0 if index == 0 else 1.0
        for rank, hit in enumerate(found, start=1):
            id_ = hit.passage.id
            ranks[id_] = ranks.get(id_, 0.0) + weight / (_RRF_K + rank)
            if id_ not in hits or hits[id_].score < hit.score:
                hits[id_] = hit
    most = (1 + len(rounds)) / (_RRF_K + 1)
    kept: list[Hit] = []
    distinct = Distinct()
    of_source: Counter[str] = Counter()
    for id_ in sorted(ranks, key=lambda id_: (-ranks[id_], id_)):
        passage = hits[id_].passage
        if of_source[passage.source.id] >= PER_SOURCE or not distinct.takes(passage):
            continue
        of_source[passage.source.id] += 1
        kept.append(replace(hits[id_], score=ranks[id_] / most))
        if len(kept) == k:
            break
    return kept
