"""What a receipt shows, as plain values for its page: pure, from a verdict and its passages."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.discord.escape import clean, day, web_address
from bot.labels import LABELS, MEANINGS, STANCES, Line, confidence_in_words, pages, told
from bot.ledger import Given
from corpus.model import Passage, Source
from corpus.tiers import SHOWN
from prompts.verdict import Citation, CitedSource, Label, Verdict

KINDS = {
    "paper": "Research paper",
    "primary": "Primary source",
    "official": "Official source",
    "statistics": "Statistics",
    "repository": "Code or data repository",
    "news": "News report",
    "analysis": "Analysis",
    "fact_check": "Fact check",
    "encyclopedia": "Encyclopedia",
    "other": "Other source",
}
"""The kinds of sources, in words."""

LONGEST_CLAIM = 2_000
LONGEST_PASSAGE = 4_000
MOST_PASSAGES = 20
_KEPT_FORMAT = frozenset("\u200c\u200d")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class Retraction:
    """A source that no longer counts."""

    on: str
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a verdict after it was given."""

    on: str
    """In words: 27 Dec 2024."""
    says: str
    address: str | None = None
    """Of another version's receipt."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a verdict stands: what people did with it since."""

    status: str = "No person has reviewed this verdict."
    withdrawn: str | None = None
    """Why it no longer holds."""
    replaced_by: str | None = None
    """The receipt of the verdict that holds in its place."""
    events: tuple[Event, ...] = ()


class Library(Protocol):
    """Knows passages and their sources."""

    def passages(self, ids: Sequence[str], /) -> Mapping[str, Passage]:
        """Passages by id, those of withdrawn sources too; known ids only."""
        ...

    def retractions(self, source_ids: Sequence[str], /) -> Mapping[str, Retraction]:
        """The withdrawn ones among these sources."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a passage's text, quoted or not."""

    text: str
    quoted: bool = False
    numbers: tuple[int, ...] = ()
    """The citations whose quote begins here."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A source on the page: what it is, and what it says."""

    numbers: tuple[int, ...]
    title: str
    address: str | None
    publisher: str | None
    author: str | None
    published: str | None
    kind: str
    tier: str | None
    """How good a source it is taken to be, where there is anything to say of it."""
    pages: str | None
    stances: tuple[str, ...]
    heading: str | None
    pieces: tuple[Piece, ...]
    whole: bool
    """Whether the passage is still held, so that the quotes stand in it."""
    retraction: Retraction | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """All that a page says of one verdict."""

    verdict: Verdict
    label: str
    tone: str
    meaning: str
    claim: str
    confidence: str | None
    sentences: tuple[Line, ...]
    missing: Line | None
    cited: tuple[Shown, ...]
    others: tuple[Shown, ...]
    checked: str
    newest: str | None
    as_of: str | None
    standing: Standing


def make_receipt(given: Given, library: Library, standing: Standing) -> Receipt:
    """The receipt of a verdict. Sources that another server owns are left out."""
    verdict = given.verdict
    cited_ids = list(dict.fromkeys(citation.passage_id for citation in verdict.citations))
    passages = {
        id_: passage
        for id_, passage in library.passages([*cited_ids, *given.passage_ids]).items()
        if passage.source.guild_id in {None, given.guild_id}
    }
    sources = {citation.source.id for citation in verdict.citations}
    sources |= {passage.source.id for passage in passages.values()}
    retractions = library.retractions(sorted(sources))
    others = [id_ for id_ in given.passage_ids if id_ in passages and id_ not in cited_ids]
    summary, missing = told(verdict)
    return Receipt(
        verdict=verdict,
        label=LABELS[verdict.label],
        tone=str(verdict.label).replace("_", "-"),
        meaning=MEANINGS[verdict.label],
        claim=clean(verdict.claim)[:LONGEST_CLAIM] or "(empty)",
        confidence=_sure(verdict),
        sentences=tuple(line._replace(text=clean(line.text)) for line in summary),
        missing=missing._replace(text=clean(missing.text)) if missing else None,
        cited=tuple(
            _cited(
                [one for one in verdict.citations if one.passage_id == id_],
                passages.get(id_),
                retractions,
            )
            for id_ in cited_ids
        ),
        others=tuple(_other(passages[id_], retractions) for id_ in others[:MOST_PASSAGES]),
        checked=moment(verdict.checked_at),
        newest=day(verdict.corpus.newest),
        as_of=day(verdict.corpus.as_of),
        standing=standing,
    )


def moment(iso: str) -> str:
    """An instant as people read it: 23 Nov 2026, 10:00 UTC."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return clean(iso)
    return f"{day(when.date().isoformat())}, {when:%H:%M} UTC"


def cut(text: str, citations: Sequence[Citation]) -> tuple[Piece, ...]:
    """A passage in pieces, so that what is quoted can be marked; quotes may overlap."""
    edges = {0, len(text)}
    for citation in citations:
        edges |= {min(citation.start, len(text)), min(citation.end, len(text))}
    pieces = []
    ordered = sorted(edges)
    for start, end in itertools.pairwise(ordered):
        numbers = tuple(one.n for one in citations if one.start == start)
        quoted = any(one.start <= start and end <= one.end for one in citations)
        pieces.append(Piece(visible(text[start:end]), quoted, numbers))
    return tuple(pieces)


def visible(text: str) -> str:
    """`text` without what hides or reorders it; lines stay."""
    return "".join(
        char
        for char in text
        if char in "\n\t" or char in _KEPT_FORMAT or unicodedata.category(char) not in _DROPPED
    )


def _sure(verdict: Verdict) -> str | None:
    if verdict.label is Label.NOT_CHECKABLE:
        return None
    return f"{confidence_in_words(verdict)} ({verdict.confidence:.0%})"


def _cited(
    citations: Sequence[Citation],
    passage: Passage | None,
    retractions: Mapping[str, Retraction],
) -> Shown:
    source = citations[0].source
    # What is held must be what was quoted; a quote stands by itself where it is not.
    whole = passage is not None and all(
        passage.text[one.start : one.end] == one.quote for one in citations
    )
    pieces: tuple[Piece, ...]
    if passage is not None and whole:
        pieces = cut(passage.text, citations)
    else:
        pieces = tuple(Piece(visible(one.quote), True, (one.n,)) for one in citations)
    return Shown(
        numbers=tuple(one.n for one in citations),
        title=clean(source.title) or clean(source.id) or "Untitled",
        address=web_address(source.url),
        publisher=clean(source.publisher) if source.publisher else None,
        author=clean(source.author) if source.author else None,
        published=day(source.published),
        kind=KINDS.get(source.kind, KINDS["other"]),
        tier=_tier(source),
        pages=pages(citations),
        stances=tuple(dict.fromkeys(STANCES[one.stance] for one in citations)),
        heading=clean(passage.heading) if passage and passage.heading else None,
        pieces=pieces,
        whole=whole,
        retraction=retractions.get(source.id),
    )


def _other(passage: Passage, retractions: Mapping[str, Retraction]) -> Shown:
    source = passage.source
    return Shown(
        numbers=(),
        title=clean(source.title) or clean(source.id) or "Untitled",
        address=web_address(source.url),
        publisher=clean(source.publisher) if source.publisher else None,
        author=clean(source.author) if source.author else None,
        published=day(source.published),
        kind=KINDS.get(source.kind, KINDS["other"]),
        tier=_tier(source),
        pages=f"p. {passage.page}" if passage.page else None,
        stances=(),
        heading=clean(passage.heading) if passage.heading else None,
        pieces=(Piece(visible(passage.text)[:LONGEST_PASSAGE]),),
        whole=True,
        retraction=retractions.get(source.id),
    )


def _tier(source: CitedSource | Source) -> str | None:
    """How good a source it is taken to be, where its kind does not say so already."""
    tier = SHOWN.get(source.tier)
    return None if tier == KINDS.get(source.kind, "").casefold() else tier
