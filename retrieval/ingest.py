"""From documents to searchable passages, and the making anew of everything derived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.catalogue import Catalogue
from corpus.errors import InputError
from corpus.items import Document, Gone, Item, Listed, Unchanged, Unread
from corpus.model import Passage, Source
from retrieval.indexer import Indexer, check_embedder
from retrieval.model import Embedder

Progress = Callable[[int], None]
"""Told that so many more are done."""

_BATCH = 64
"""Passages embedded at once."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the documents given."""

    added: int
    """Sources that are new, or have a new version."""
    unchanged: int
    passages: int
    """Of the sources added."""
    unread: tuple[Unread, ...]
    """What could not be read or stored, and why."""
    gone: tuple[Gone, ...] = ()
    """Addresses where there is nothing any more."""
    listings: tuple[Listed, ...] = ()
    """Feeds and sitemaps that were read."""
    stopped: bool = False
    """Told to stop before the end; the same again goes on."""

    def __add__(self, other: Ingested) -> Ingested:
        """Both runs together."""
        return Ingested(
            self.added + other.added,
            self.unchanged + other.unchanged,
            self.passages + other.passages,
            self.unread + other.unread,
            self.gone + other.gone,
            self.listings + other.listings,
            self.stopped or other.stopped,
        )


class Noting(Protocol):
    """Is told of every item, for the record of visits to the web."""

    def note(self, item: Item) -> None:
        """Record it."""
        ...


def ingest(
    items: Iterable[Item],
    catalogue: Catalogue,
    embedder: Embedder,
    indexer: Indexer | None = None,
    progress: Progress | None = None,
    *,
    visits: Noting | None = None,
    watch: Callable[[str], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Ingested:
    """Embeds and stores documents; what is stored already is not embedded again.

    `progress` is told of items done, `watch` where the present one is, and `stop` is asked after
    each whether to go on. Every document is stored with all its passages or not at all, so
    that an interrupted run can simply be repeated. Raises IndexMismatchError, CatalogueError or
    EndpointError. A Chroma that fails is no error here: it catches up later.
    """
    check_embedder(catalogue, embedder.model_id)
    if catalogue.embedder() is None:
        catalogue.set_embedder(embedder.model_id)
    run = _Run(catalogue, embedder, progress, visits)
    for item in items:
        if watch is not None:
            watch(item.where)
        run.take(item)
        if stop():
            break
    # Items that can be stopped end by themselves when they are.
    stopped = stop()
    run.flush()
    if indexer is not None:
        indexer.drain()
    return Ingested(
        run.added,
        run.unchanged,
        run.passages,
        tuple(run.unread),
        tuple(run.gone),
        tuple(run.listings),
        stopped,
    )


class _Run:
    """One ingestion: documents wait until there are passages enough for a batch."""

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        progress: Progress | None,
        visits: Noting | None,
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._progress = progress
        self._visits = visits
        self._waiting: list[Document] = []
        self.added = self.unchanged = self.passages = 0
        self.unread: list[Unread] = []
        self.gone: list[Gone] = []
        self.listings: list[Listed] = []

    def take(self, item: Item) -> None:
        match item:
            case Document():
                self._take_document(item)
                return
            case Unread():
                self.unread.append(item)
            case Gone():
                self.gone.append(item)
            case Listed():
                self.listings.append(item)
            case Unchanged():
                self.unchanged += 1
        self._note(item)
        self._advance()

    def _take_document(self, item: Document) -> None:
        try:
            held = self._catalogue.holds(item.source, item.text, item.provenance)
        except InputError as error:
            self._fail(Unread(item.where, str(error)))
            return
        if held:
            self.unchanged += 1
            self._note(item)
            self._advance()
            return
        self._waiting.append(item)
        if sum(len(document.spans) for document in self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        texts = [
            text_to_embed(document.source, span.heading, document.text[span.start : span.end])
            for document in waiting
            for span in document.spans
        ]
        if not texts:
            return
        vectors = self._embedder.embed(texts)
        done = 0
        for document in waiting:
            rows = vectors[done : done + len(document.spans)]
            done += len(document.spans)
            try:
                added = self._catalogue.add(
                    document.source,
                    document.text,
                    document.spans,
                    rows,
                    self._embedder.model_id,
                    language=document.language,
                    provenance=document.provenance,
                )
            except InputError as error:
                self._fail(Unread(document.where, str(error)))
                continue
            self.added += added
            self.unchanged += not added
            self.passages += len(document.spans) if added else 0
            self._advance()

    def _fail(self, unread: Unread) -> None:
        self.unread.append(unread)
        self._advance()

    def _note(self, item: Item) -> None:
        if self._visits is not None:
            self._visits.note(item)

    def _advance(self) -> None:
        if self._progress is not None:
            self._progress(1)


def reindex(
    catalogue: Catalogue,
    embedder: Embedder,
    indexer: Indexer | None = None,
    progress: Progress | None = None,
) -> int:
    """Makes everything derived anew, for this embedder; the number of passages embedded.

    Only passages without a vector of this embedder are embedded, so that an interrupted run goes on
    where it was. `progress` is told of those. Raises CatalogueError, EndpointError or ChromaError.
    """
    embedded = embed_missing(catalogue, embedder, progress)
    catalogue.set_embedder(embedder.model_id)
    catalogue.drop_other_vectors(embedder.model_id)
    catalogue.rebuild_lexical()
    if indexer is not None:
        indexer.rebuild()
    return embedded


def embed_missing(
    catalogue: Catalogue, embedder: Embedder, progress: Progress | None = None
) -> int:
    """Embeds the live passages that have no vector of this embedder; how many there were."""
    embedded = 0
    while passages := catalogue.unembedded(embedder.model_id, _BATCH):
        embedded += _embed(catalogue, embedder, passages)
        if progress is not None:
            progress(len(passages))
    return embedded


def _embed(catalogue: Catalogue, embedder: Embedder, passages: Sequence[Passage]) -> int:
    texts = [text_to_embed(item.source, item.heading, item.text) for item in passages]
    catalogue.put_vectors(embedder.model_id, [item.id for item in passages], embedder.embed(texts))
    return len(passages)


def text_to_embed(source: Source, heading: str | None, text: str) -> str:
    """A passage as the embedder reads it: under its title and heading, with its date."""
    about = [part for part in (source.given_title, heading, source.published) if part]
    return f"{'. '.join(about)}\n{text}" if about else text
