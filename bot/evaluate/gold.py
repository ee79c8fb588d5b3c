"""Where the answer to a claim lies in a corpus: which sources hold a row's own evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from bot.evaluate.data import ClaimRow
from corpus.items import Document, Unread
from corpus.model import Source

Pieces = tuple[frozenset[str], ...]
"""For each piece of evidence that the corpus holds, the ids of the sources that hold it."""


class GoldSources:
    """Sources by the text they hold and by their address."""

    def __init__(self) -> None:
        self._by_text: dict[bytes, set[str]] = {}
        self._by_url: dict[str, set[str]] = {}

    def add(self, source: Source, text: str | None = None) -> None:
        """Learn of a source, and of its whole text where that is known."""
        if source.url:
            self._by_url.setdefault(source.url, set()).add(source.id)
        if text is not None:
            self._by_text.setdefault(_digest(text), set()).add(source.id)

    def watch(self, items: Iterable[Document | Unread]) -> Iterator[Document | Unread]:
        """The same documents, each learned of as it passes."""
        for item in items:
            if not isinstance(item, Unread):
                self.add(item.source, item.text)
            yield item

    def of(self, row: ClaimRow) -> Pieces:
        """What the row names itself; else who holds the very text of a piece, or its address."""
        if row.sources:
            return tuple(frozenset({id_}) for id_ in sorted(row.sources))
        pieces = (
            self._by_text.get(_digest(evidence.text)) or self._by_url.get(evidence.url or "")
            for evidence in row.evidence
        )
        return tuple(frozenset(piece) for piece in pieces if piece)


def _digest(text: str) -> bytes:
    """Of the words, however they are spaced and written large."""
    plain = " ".join(text.split()).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
