"""Small worlds of sources, passages and hits for the tests of this room."""

from __future__ import annotations

from corpus.model import Passage, Source
from retrieval.model import Hit


def source(
    source_id: str = "s1", published: str | None = "2024-12-27", guild_id: str | None = None
) -> Source:
    return Source(
        id=source_id,
        title=f"Report {source_id}",
        publisher="Office",
        author=None,
        published=published,
        url=f"https://example.org/{source_id}",
        kind="paper",
        guild_id=guild_id,
    )


def passage(text: str, passage_id: str = "p1", of: Source | None = None) -> Passage:
    return Passage(id=passage_id, source=of or source(), text=text, start=0, end=len(text))


def hit(passage_: Passage, score: float = 0.9) -> Hit:
    return Hit(passage=passage_, score=score, dense=score, lexical=None)
