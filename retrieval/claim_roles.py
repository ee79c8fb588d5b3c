"""Whether two claims have the same things do the same to each other, by the order they stand in."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from retrieval import claim_figures
from retrieval.claim_reading import ClaimReading
from retrieval.findings import Reading
from retrieval.words import Word

_THAN = re.compile(
    r"\bthan\b(?!\s+(?:[\d$€£]|a\b|an\b|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half))",
    re.I,
)
_LEADS = re.compile(
    r"\b(?P<preposition>from|to|with)"
    r"(?: (?:the|a|an|its|his|her|their))?(?: [\w'’-]+){0,2}? ?$",
    re.IGNORECASE,
)
_REPLACES = re.compile(r"\b(?:replac|swap|substitut|exchang)\w*", re.I)
_ONE_PHRASE = re.compile(
    r"(?:['’]s?)?\s+(?:of (?:the |its |his |her |their |an? )?)?|,\s+(?:its )?| \(", re.I
)
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|be|being|got|gets)\b[^.;,]{0,80}?\bby\b|\b\w+(?:ed|en|wn) by\b"
)


def roles_differ(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether two things have surely changed places: which sum is what, from where to where."""
    ours, theirs = _in_both(_sequence(a, b), _sequence(b, a))
    if _owners_exchanged(ours, theirs) or _counts_another(a, b) or _turned_comparison(a, b):
        return True
    replaces = all(_REPLACES.search(x.reading.text) for x in (a, b))
    return _directions_exchanged(_led(ours, a), _led(theirs, b), replaces=replaces)


def order_differs(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether two things stand in each other's place, which other words may explain: who beat whom,
    or who lost to whom."""
    ours, theirs = _in_both(_sequence(a, b), _sequence(b, a))
    passive = [_PASSIVE.search(x.reading.text) for x in (a, b)]
    if passive[0] and not passive[1]:
        return not _does_it(ours, passive[0], theirs)
    if passive[1] and not passive[0]:
        return not _does_it(theirs, passive[1], ours)
    one, other = _blocks([t.key for t in ours], [t.key for t in theirs])
    phrases = _phrases(ours, a) | _phrases(theirs, b)
    return _exchanged(one, other, {token.key: token.kind for token in ours}, phrases)


def _does_it(passive: Sequence[_Token], verb: re.Match[str], active: Sequence[_Token]) -> bool:
    """Whether what the one claim says is done `by` it comes first in the other: who beat whom."""
    done = [token for token in passive if token.end <= verb.start()]
    by = [token for token in passive if token.start >= verb.end()]
    if not done or not by:
        return True
    within = {token.key for token in passive if verb.start() <= token.start < verb.end()}
    concerned = within | {done[-1].key, by[0].key}
    return next(token.key for token in active if token.key in concerned) == by[0].key


class _Kind(Enum):
    """What may stand in each other's place: as far as the ending tells."""

    NOUN = "noun"
    VERB = "verb"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a figure that both claims have, once each."""

    key: Hashable
    start: int
    end: int
    kind: _Kind


def _sequence(a: ClaimReading, b: ClaimReading) -> list[_Token]:
    """What `a` shares with `b`, in the order of `a`."""
    shared = _shared(a, b)
    named = {name.start for name in a.names}
    tokens = []
    for word in a.reading.words:
        if _root(word) in shared:
            verb = word.start not in named and word.text.endswith(("ed", "ing"))
            kind = _Kind.VERB if verb else _Kind.NOUN
            tokens.append(_Token(_root(word), word.start, word.end, kind))
    for figure in a.quantities:
        alike = [q for q in b.quantities if claim_figures.same_quantity(figure, q)]
        if len(alike) == 1:
            value = f"{figure.low:.6g} {figure.high:.6g}"
            tokens.append(_Token(value, figure.start, figure.end, _Kind.FIGURE))
    return sorted(tokens, key=lambda token: token.start)


def _in_both(ours: Sequence[_Token], theirs: Sequence[_Token]) -> tuple[list[_Token], list[_Token]]:
    """Those of each that the other has too; none that stands twice."""
    one, other = ([token.key for token in some] for some in (ours, theirs))
    both = {key for key in one if key in other and one.count(key) == other.count(key) == 1}
    return [t for t in ours if t.key in both], [t for t in theirs if t.key in both]


def _shared(a: ClaimReading, b: ClaimReading) -> frozenset[str]:
    """Content words that stand once in each, outside figures."""

    def once(x: ClaimReading) -> set[str]:
        roots = [_root(word) for word in x.reading.words if word.is_content]
        return {one for one in roots if roots.count(one) == 1 and one not in x.figure_stems}

    return frozenset(once(a) & once(b))


def _root(word: Word) -> str:
    """The stem; of the people of a country, that of the country."""
    return word.stem.removesuffix("n") if len(word.stem) > 4 else word.stem


def _exchanged(
    one: Sequence[Hashable],
    other: Sequence[Hashable],
    kinds: dict[Hashable, _Kind],
    phrases: frozenset[frozenset[Hashable]],
) -> bool:
    """Whether of two things of a kind each stands where the other claim has the other.

    Not of two in one phrase: the expansion of the quarry is the quarry expansion.
    """
    places, others = _neighbours(one), _neighbours(other)

    def in_place_of(x: Hashable, y: Hashable) -> bool:
        return any(
            left is not None and left == right and left not in (x, y)
            for left, right in zip(places[x], others[y], strict=True)
        )

    moved = [x for x in one if x in others and places[x] != others[x]]
    return any(
        kinds[x] == kinds[y]
        and frozenset((x, y)) not in phrases
        and in_place_of(x, y)
        and in_place_of(y, x)
        for at, x in enumerate(moved)
        for y in moved[at + 1 :]
    )


def _phrases(tokens: Sequence[_Token], a: ClaimReading) -> frozenset[frozenset[Hashable]]:
    """Pairs of things of which one belongs to the other, or is another word for it."""
    return frozenset(
        frozenset((left.key, right.key))
        for left, right in pairwise(tokens)
        if _ONE_PHRASE.fullmatch(a.reading.text[left.end : right.start])
    )


def _neighbours(keys: Sequence[Hashable]) -> dict[Hashable, tuple[Hashable, Hashable]]:
    """Of each thing, the ones before it and after it; None at the ends."""
    padded: list[Hashable] = [None, *keys, None]
    return {padded[at]: (padded[at - 1], padded[at + 1]) for at in range(1, len(padded) - 1)}


def _led(tokens: Sequence[_Token], a: ClaimReading) -> dict[Hashable, str]:
    """The preposition that leads up to each thing, over a word or two of its own."""
    found: dict[Hashable, str] = {}
    end = 0
    for token in tokens:
        match = _LEADS.search(a.reading.text, end, token.start)
        found[token.key] = match["preposition"].lower() if match else ""
        end = token.end
    return found


def _directions_exchanged(
    ours: dict[Hashable, str], theirs: dict[Hashable, str], *, replaces: bool
) -> bool:
    """Whether something goes from what it goes to in the other claim, or X is replaced with Y in
    one and Y with X in the other."""
    moved = [key for key in ours if ours[key] != theirs[key]]
    pairs = [{ours[key], theirs[key]} for key in moved]
    if {"from", "to"} in pairs:
        return True
    if not replaces:
        return False
    first, second = ([key for key in moved if led[key] == "with"] for led in (ours, theirs))
    return any(theirs[key] == "" for key in first) and any(ours[key] == "" for key in second)


def _blocks(
    ours: Sequence[Hashable], theirs: Sequence[Hashable]
) -> tuple[list[Hashable], list[Hashable]]:
    """Both sequences, each with the first of every run that they have in common.

    So a part of a sentence that is put first is one thing that has moved.
    """
    follows = set(pairwise(theirs)) & set(pairwise(ours))
    inside = {after for _, after in follows}
    return [one for one in ours if one not in inside], [one for one in theirs if one not in inside]


def _owners_exchanged(ours: Sequence[_Token], theirs: Sequence[_Token]) -> bool:
    """Whether of two figures each is nearest to what the other is nearest to in the other claim."""
    one, other = _owners(ours), _owners(theirs)
    both = [figure for figure in one if figure in other]
    return any(
        one[x] != one[y] and one[x] == other[y] and one[y] == other[x]
        for at, x in enumerate(both)
        for y in both[at + 1 :]
    )


def _counts_another(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether a figure counts one thing in `a` and another in `b`, and both name both things."""
    ours, theirs = ({word.stem for word in x.reading.words} for x in (a, b))
    return any(
        claim_figures.same_quantity(x, y)
        and not x.nouns & y.nouns
        and x.nouns & theirs
        and y.nouns & ours
        for x in a.quantities
        for y in b.quantities
    )


def _owners(tokens: Sequence[_Token]) -> dict[Hashable, Hashable]:
    words = [token for token in tokens if token.kind is not _Kind.FIGURE]
    return {
        figure.key: min(
            words, key=lambda word: max(figure.start - word.end, word.start - figure.end)
        ).key
        for figure in tokens
        if figure.kind is _Kind.FIGURE and words
    }


def _turned_comparison(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether what comes before `than` in one comes after it in the other, and the reverse."""
    shared = _shared(a, b)
    parts = [_THAN.split(x.reading.text) for x in (a, b)]
    if any(len(part) != 2 for part in parts):
        return False
    (before, after), (other_before, other_after) = (
        [{_root(word) for word in Reading(text).words} & shared for text in part] for part in parts
    )
    return bool(before & other_after) and bool(after & other_before)
