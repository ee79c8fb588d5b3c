"""What reading gives, item by item: documents, and what came of everything else."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.model import Source
from corpus.split import PassageSpan


@dataclass(frozen=True, slots=True)
class Provenance:
    """How we came by a document, beyond what its source says. Times are ISO 8601, UTC."""

    published_how: str | None = None
    """How the date of publication was found: stated, JSON-LD, meta tag, feed, sitemap, inferred."""
    updated_how: str | None = None
    licence: str | None = None
    """The note on its licence that it carries, as it stands there."""
    media_type: str | None = None
    fetched_at: str | None = None
    """When it was fetched; None: when it is stored."""
    address: str | None = None
    """What was asked for; redirects and the page's own canonical address may differ."""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A source with its text and where its passages lie: what the catalogue stores."""

    source: Source
    text: str
    spans: tuple[PassageSpan, ...]
    language: str | None
    where: str
    """The address, or the file and in a JSONL file the line, for messages."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read, and why; for people."""

    where: str
    reason: str
    url: str | None = None
    """Where it is on the web."""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that is held, and is as it was."""

    where: str
    url: str
    visited: bool = True
    """False: it was looked at so lately that it was not asked for again."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A page that is no longer there (404 or 410)."""

    where: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed or sitemap that was read: its pages follow as items of their own."""

    where: str
    url: str
    form: str
    """feed, sitemap, claimreview"""
    entries: int
    etag: str | None = None
    last_modified: str | None = None


Item = Document | Unread | Unchanged | Gone | Listed


def unforeseen(error: Exception) -> str:
    """The reason to give where a reader failed as none should."""
    return f"reading it failed ({type(error).__name__}); the log of --debug has more"
