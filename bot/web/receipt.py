"""What a receipt shows, as plain values for its page: pure, from a verdict and its passages."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Protocol

from bot.discord.escape import clean, web_address
from bot.labels import Line, confidence_in_words, missing_heading, pages, told
from bot.ledger import Given
from bot.translated import later, say, tr, tr_count
from corpus.model import Passage, Source
from corpus.tiers import SHOWN
from prompts.verdict import Citation, CitedSource, Label, Verdict

KINDS = later({
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
})  # fmt: skip
"""The kinds of sources, in words."""

LONGEST_CLAIM = 1_000
LONGEST_LINE = 200
"""Characters of a title, a name or a heading."""
MOST_EVENTS = 20
ROOM = 32_000
"""Bytes of sources and their passages on one page, so that with all else it stays under 60 kB."""
AROUND = 200
"""Characters shown on each side of a quote where the whole passages take more than that."""
_WORD = 40
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

    status: str
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
    missing_heading: str
    cited: tuple[Shown, ...]
    others: tuple[Shown, ...]
    unshown: int
    """How many more passages were found, and have no room."""
    checked: str
    corpus: str
    """What was searched, in words."""
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
    by_passage = [
        ([one for one in verdict.citations if one.passage_id == id_], passages.get(id_))
        for id_ in cited_ids
    ]
    cited = tuple(_cited(found, passage, retractions) for found, passage in by_passage)
    if _bytes(cited) > ROOM:
        cited = tuple(_cited(found, passage, retractions, AROUND) for found, passage in by_passage)
    uncited = [id_ for id_ in given.passage_ids if id_ in passages and id_ not in cited_ids]
    others = _fitting([_other(passages[id_], retractions) for id_ in uncited], ROOM - _bytes(cited))
    summary, missing = told(verdict)
    return Receipt(
        verdict=verdict,
        label=say()(f"label.{verdict.label}"),
        tone=str(verdict.label).replace("_", "-"),
        meaning=say()(f"meaning.{verdict.label}"),
        claim=clean(verdict.claim)[:LONGEST_CLAIM] or say()("card.empty"),
        confidence=_sure(verdict),
        sentences=tuple(line._replace(text=clean(line.text)) for line in summary),
        missing=missing._replace(text=clean(missing.text)) if missing else None,
        missing_heading=missing_heading(verdict.label, say()),
        cited=cited,
        others=others,
        unshown=len(uncited) - len(others),
        checked=moment(verdict.checked_at),
        corpus=corpus(verdict.corpus.sources, verdict.corpus.newest, verdict.corpus.as_of),
        standing=replace(standing, events=standing.events[-MOST_EVENTS:]),
    )


def _bytes(shown: Sequence[Shown]) -> int:
    """What sources and their passages take on a page."""
    return sum(
        len(escape(text or "").encode())
        for one in shown
        for text in (
            *(piece.text for piece in one.pieces),
            *(one.title, one.title, one.publisher, one.author, one.heading),
        )
    )


def _fitting(shown: Sequence[Shown], room: int) -> tuple[Shown, ...]:
    """The first of them, as many as there is room for."""
    sizes = itertools.accumulate(_bytes([one]) for one in shown)
    return tuple(one for one, size in zip(shown, sizes, strict=True) if size <= room)


def moment(iso: str) -> str:
    """An instant as people read it: 23 Nov 2026, 10:00 UTC."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return clean(iso)
    return f"{say().day(when.date().isoformat())}, {when:%H:%M} UTC"


def corpus(sources: int, newest: str | None, as_of: str | None = None) -> str:
    """What a corpus holds: 94 sources, the newest of 2 Jan 2026, as of 23 Nov 2026."""
    told = [tr_count("{count} source", "{count} sources", sources)]
    if when := say().day(newest):
        told.append(tr("the newest of {day}", day=when))
    if as_of:
        told.append(tr("as of {day}", day=say().day(as_of) or as_of))
    return ", ".join(told)


def cut(text: str, citations: Sequence[Citation], around: int | None = None) -> tuple[Piece, ...]:
    """A passage in pieces, so that what is quoted can be marked; quotes may overlap.

    `around` leaves out what is further than so many characters from every quote, by whole words.
    """
    near = [(0, len(text))]
    if around is not None:
        near = [
            (_word_start(text, one.start - around), _word_end(text, one.end + around))
            for one in citations
        ]
    edges = {0, len(text), *itertools.chain.from_iterable(near)}
    for citation in citations:
        edges |= {min(citation.start, len(text)), min(citation.end, len(text))}
    pieces = []
    ordered = sorted(edges)
    for start, end in itertools.pairwise(ordered):
        if not any(first <= start and end <= last for first, last in near):
            pieces.append(Piece(" … "))
            continue
        numbers = tuple(one.n for one in citations if one.start == start)
        quoted = any(one.start <= start and end <= one.end for one in citations)
        pieces.append(Piece(visible(text[start:end]), quoted, numbers))
    return tuple(pieces)


def _word_start(text: str, at: int) -> int:
    """Where the word begins that `at` is in; `at` itself where none begins near."""
    at = max(0, at)
    space = text.rfind(" ", max(0, at - _WORD), at)
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int) -> int:
    """Where the word ends that `at` is in; `at` itself where none ends near."""
    space = text.find(" ", at, at + _WORD)
    return space if space >= 0 else min(at, len(text))


def visible(text: str) -> str:
    """`text` without what hides or reorders it; lines stay."""
    return "".join(
        char
        for char in text
        if char in "\n\t" or char in _KEPT_FORMAT or unicodedata.category(char) not in _DROPPED
    )


def _sure(verdict: Verdict) -> str | None:
    words = confidence_in_words(verdict, say())
    if words is None or verdict.label is Label.NOT_CHECKABLE:
        return None
    return f"{words} ({verdict.confidence:.0%})"


def _cited(
    citations: Sequence[Citation],
    passage: Passage | None,
    retractions: Mapping[str, Retraction],
    around: int | None = None,
) -> Shown:
    source = citations[0].source
    # What is held must be what was quoted; a quote stands by itself where it is not.
    whole = passage is not None and all(
        passage.text[one.start : one.end] == one.quote for one in citations
    )
    pieces: tuple[Piece, ...]
    if passage is not None and whole:
        pieces = cut(passage.text, citations, around)
    else:
        pieces = tuple(Piece(visible(one.quote), True, (one.n,)) for one in citations)
    return _shown(
        source,
        passage,
        pieces,
        retractions,
        numbers=tuple(one.n for one in citations),
        pages=pages(citations, say()),
        stances=tuple(dict.fromkeys(say()(f"stance.{one.stance}") for one in citations)),
        whole=whole,
    )


def _other(passage: Passage, retractions: Mapping[str, Retraction]) -> Shown:
    page = say()("card.page", pages=passage.page) if passage.page else None
    text = (Piece(visible(passage.text)),)
    return _shown(passage.source, passage, text, retractions, pages=page)


def _shown(
    source: CitedSource | Source,
    passage: Passage | None,
    pieces: tuple[Piece, ...],
    retractions: Mapping[str, Retraction],
    *,
    numbers: tuple[int, ...] = (),
    pages: str | None,
    stances: tuple[str, ...] = (),
    whole: bool = True,
) -> Shown:
    return Shown(
        numbers=numbers,
        title=_line(source.title) or _line(source.id) or say()("card.untitled"),
        address=web_address(source.url),
        publisher=_line(source.publisher),
        author=_line(source.author),
        published=say().day(source.published),
        kind=tr(KINDS.get(source.kind, KINDS["other"])),
        tier=_tier(source),
        pages=pages,
        stances=stances,
        heading=_line(passage.heading if passage else None),
        pieces=pieces,
        whole=whole,
        retraction=retractions.get(source.id),
    )


def _line(text: str | None) -> str | None:
    """A title, a name or a heading on one line of bounded length."""
    cleaned = clean(text or "")
    return cleaned if len(cleaned) <= LONGEST_LINE else cleaned[: LONGEST_LINE - 1] + "…"


def _tier(source: CitedSource | Source) -> str | None:
    """How good a source it is taken to be, where its kind does not say so already."""
    if source.tier not in SHOWN or source.tier == source.kind:
        return None
    return say()(f"tier.{source.tier}")
