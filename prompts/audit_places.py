"""Whether a name, number or date stands where the evidence has it.

All the words of a sentence may be in its evidence and yet be put together wrongly: the figure of
one given to another, two roles exchanged. So each is compared with its rivals of the same kind by
the words that stand near: where a rival's surroundings are the better match, it is out of place.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from prompts.audit_evidence import Evidence, names_of
from retrieval.dateparts import date_parts
from retrieval.findings import Reading
from retrieval.words import Word, stem

_BREAK = re.compile(
    r"[;:()]|,(?=\s)|\b(?:and|but|while|whereas|against|where|which|than|before|after|until|times)\b"
)
_SLOT = re.compile(
    r"\b(?P<head>[^\W\d_][\w'’-]*)\s+(?P<prep>from|by|of|to|in|on|at|for|with|under|as|than)\s+"
    r"(?:(?:the|a|an|its|some|about|around|over|up to|early|late)\s+)*$",
    re.IGNORECASE,
)
_MEASURES = frozenset(
    "percent dollars euros pounds yuan hours days weeks months years people".split()
)
_TURN = re.compile(r"but|while|whereas|although|though")
_CLAUSE_BREAK = re.compile(
    r"[;:()]|,(?=\s)|\b(?:and|but|while|whereas|against|where|which|than|although|though)\b"
    r"|\btimes (?=the |that |those |as )"
)
_IS = re.compile(
    r"(?P<head>[a-z]{4,})(?: (?:in|of|for|at|on)\b[^,;:.]{0,40})? "
    r"(?:is|was|are|were|stood at|stands at|came to|comes to|reached|totalled|amounted to)"
    r"(?: (?:about|around|some|nearly|almost|roughly|over|up to))? $"
)
"""What a figure is said to be: `the deficit in 2024 was …`."""
_SCALED = re.compile(r"\b(?:thousand|million|billion|trillion)\b", re.IGNORECASE)
_FRAME = frozenset(map(stem, "fiscal year month quarter week day time".split()))
"""Words that frame a whole sentence and tell its clauses not apart."""
_NEAR = 4.0  # words at which a neighbour's weight falls to 1/e


@dataclass(frozen=True)
class Place:
    """One occurrence of a name, number or date, and the weight of each stem near it."""

    kind: str
    key: str
    """What it is, the same wherever it stands."""
    text: str
    start: int
    near: Mapping[str, float] = field(hash=False)
    dimension: str = ""
    """Of a number: what it measures."""


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Something of the sentence whose surroundings in the evidence are a rival's."""

    kind: str
    """name, number or date."""
    text: str
    rival: str
    margin: float
    """0 to 1: how much better the rival's surroundings match."""


@lru_cache(maxsize=256)
def places(reading: Reading) -> list[Place]:
    """The names, numbers and dates of a sentence, in order."""
    spans = [("name", run[0].start, run[-1].end, _name_key(run), "") for run in _runs(reading)]
    dates = list(date_parts(reading.text))
    spans += [
        ("number", q.start, q.end, f"{q.low:.6g}:{q.high:.6g}", q.dimension)
        for q in reading.quantities
        if not any(d.start < q.end and q.start < d.end for d in dates)
    ]
    spans += [
        ("date", d.start, d.end, f"{d.year}-{d.month}-{d.day}-{d.weekday}", "") for d in dates
    ]
    breaks = [match.start() for match in _BREAK.finditer(reading.text)]
    return [
        Place(
            kind, key, reading.text[start:end], start, _near(reading, start, end, breaks), dimension
        )
        for kind, start, end, key, dimension in sorted(spans, key=lambda span: span[1])
    ]


def _runs(reading: Reading) -> Iterable[list[Word]]:
    """Names of several words as one."""
    run: list[Word] = []
    for name in names_of(reading):
        if run and reading.text[run[-1].end : name.start].strip(" ") == "":
            run.append(name)
            continue
        if run:
            yield run
        run = [name]
    if run:
        yield run


def _name_key(run: Sequence[Word]) -> str:
    return run[-1].stem


def _near(reading: Reading, start: int, end: int, breaks: Sequence[int]) -> dict[str, float]:
    """Stems near a span; the weight falls with distance and with each clause between."""
    weights: dict[str, float] = {}
    inside = [i for i, word in enumerate(reading.words) if start <= word.start < end]
    if not inside:
        return weights
    first, last = inside[0], inside[-1]
    for index, word in enumerate(reading.words):
        if first <= index <= last or not word.is_content:
            continue
        distance = first - index if index < first else index - last
        low, high = (word.start, start) if index < first else (end, word.start)
        crossed = sum(low <= at < high for at in breaks)
        weight = math.exp(-distance / _NEAR) * 0.5**crossed
        weights[word.stem] = max(weight, weights.get(word.stem, 0.0))
    return weights


def _match(one: Place, other: Place, shared: Mapping[str, int]) -> float:
    """How alike the surroundings are; what many sentences have counts less (`shared`)."""
    return sum(
        weight * other.near[stem] / max(1, shared.get(stem, 1))
        for stem, weight in one.near.items()
        if stem in other.near
    )


def misplaced(sentence: Reading, evidence: Evidence) -> list[Misplaced]:
    """What stands in another's place, worst first."""
    given = [place for part in evidence.sentences for place in places(part)]
    shared = Counter(word for part in evidence.sentences for word in part.stems)
    found: list[Misplaced] = []
    ours = places(sentence)
    for place in ours:
        same = [other for other in given if is_same(place, other)]
        rivals = [
            other
            for other in given
            if is_alike(place, other) and not any(_overlaps(other, one) for one in ours)
        ]
        if not same or not rivals:
            continue
        held = max(_match(place, other, shared) for other in same)
        rival = max(rivals, key=lambda other: _match(place, other, shared))
        better = _match(place, rival, shared)
        if better > held:
            margin = (better - held) / (better + held + 0.05)
            found.append(Misplaced(place.kind, place.text, rival.text, margin))
    return sorted(found, key=lambda each: -each.margin)


def exchanged(sentence: Reading, evidence: Evidence) -> list[Misplaced]:
    """Pairs of one kind that would match the evidence better the other way round."""
    given = [place for part in evidence.sentences for place in places(part)]
    ours = places(sentence)
    found: list[Misplaced] = []
    for index, one in enumerate(ours):
        for other in ours[index + 1 :]:
            if one.kind != other.kind or one.key == other.key:
                continue
            firsts = [place for place in given if is_same(one, place)]
            seconds = [place for place in given if is_same(other, place)]
            if not firsts or not seconds:
                continue
            none: dict[str, int] = {}
            straight = max(_match(one, place, none) for place in firsts)
            straight += max(_match(other, place, none) for place in seconds)
            crossed = max(_match(one, place, none) for place in seconds)
            crossed += max(_match(other, place, none) for place in firsts)
            if crossed > straight:
                margin = (crossed - straight) / (crossed + straight + 0.05)
                found.append(Misplaced(one.kind, one.text, other.text, margin))
    return sorted(found, key=lambda each: -each.margin)


def slots(reading: Reading) -> dict[tuple[str, str], dict[str, str]]:
    """What stands after a word and a preposition: (updat, from) -> CrowdStrike; keys to texts."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for place in places(reading):
        match = _SLOT.search(reading.text[: place.start])
        if match and place.kind != "date" and match["head"].lower() not in _MEASURES:
            key = (stem(match["head"]), match["prep"].lower())
            found.setdefault(key, {})[f"{place.kind}:{place.key}"] = place.text
    return found


def wrongly_filled(sentence: Reading, evidence: Evidence) -> list[Misplaced]:
    """A name, number or date where the evidence has another: update from Microsoft."""
    given: dict[tuple[str, str], dict[str, str]] = {}
    for part in evidence.sentences:
        for slot, held in slots(part).items():
            given.setdefault(slot, {}).update(held)
    found = []
    for slot, said in slots(sentence).items():
        for key, text in said.items():
            kind = key.partition(":")[0]
            rivals = {k: v for k, v in given.get(slot, {}).items() if k.startswith(kind + ":")}
            if rivals and key not in rivals:
                found.append(Misplaced(kind, text, next(iter(rivals.values())), 1.0))
    return found


def bound_elsewhere(sentence: Reading, evidence: Evidence) -> list[Misplaced]:
    """Numbers, and names with numbers in them, that the evidence has of something else.

    One is out of place where the clauses of the evidence that have it share nothing with its clause
    here, and those of a rival do, twice at least.
    """
    given = [clause for part in evidence.sentences for clause in clauses(part)]
    present = [place for clause in clauses(sentence) for place in clause.places]
    named = frozenset(name.stem for name in names_of(sentence))
    found: list[Misplaced] = []
    for clause in clauses(sentence):
        for place in clause.places:
            own = surroundings(given, place)
            if own is None or not any(ch.isdigit() for ch in place.text):
                continue
            rivals = {
                other.key: other
                for each in given
                for other in each.places
                if is_alike(place, other) and not any(_overlaps(other, one) for one in present)
            }
            said = clause.stems - own.named
            is_said = _IS.search(sentence.text[: place.start])
            head = stem(is_said["head"]) if is_said else ""
            for rival in rivals.values():
                theirs = surroundings(given, rival)
                if theirs is None:
                    continue
                here = said & (own.stems - theirs.stems)
                here = here or own.keys & clause.keys - {place.key}
                there = said & (theirs.stems - own.stems)
                there -= _shared_subject(evidence, place, rival)
                if (not here and len(there) >= 2) or (head in there and not here - named):
                    found.append(Misplaced(place.kind, place.text, rival.text, 1.0))
    return found


def _shared_subject(evidence: Evidence, place: Place, rival: Place) -> frozenset[str]:
    """What stands before the first of two in one sentence: `A weighed 20 percent in 2023 and 28
    in 2024` says that of both."""
    shared: frozenset[str] = frozenset()
    for part in evidence.sentences:
        ours = [o.start for o in places(part) if is_same(place, o)]
        theirs = [o.start for o in places(part) if is_same(rival, o)]
        if ours and theirs and min(theirs) < min(ours):
            shared |= {word.stem for word in part.words if word.start < min(theirs)}
    return shared


@dataclass(frozen=True)
class Clause:
    """What stands in a clause."""

    places: tuple[Place, ...]
    stems: frozenset[str]

    @property
    def keys(self) -> frozenset[str]:
        """Of its numbers."""
        return frozenset(place.key for place in self.places if place.kind == "number")

    def with_more(self, other: Clause) -> Clause:
        """Both together."""
        return Clause((*self.places, *other.places), self.stems | other.stems)


@dataclass(frozen=True)
class Said:
    """What the clauses that hold a place say: all of it, and the names of the place itself."""

    stems: frozenset[str]
    named: frozenset[str]
    keys: frozenset[str]


@lru_cache(maxsize=256)
def clauses(reading: Reading, *, whole: bool = True) -> list[Clause]:
    """The clauses of a sentence; with `whole`, those without a number joined to the one before."""
    cuts = [match.span() for match in _CLAUSE_BREAK.finditer(reading.text)]
    edges = [0, *(edge for cut in cuts for edge in cut), len(reading.text)]
    turns = {end for start, end in cuts if _TURN.fullmatch(reading.text[start:end])}
    every = places(reading)
    dated = [(d.start, d.end) for d in date_parts(reading.text)]
    found: list[Clause] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        inside = tuple(place for place in every if start <= place.start < end)
        stems = frozenset(
            word.stem
            for word in reading.words
            if start <= word.start < end
            and word.is_content
            and word.stem not in _FRAME
            and not any(low <= word.start < high for low, high in dated)
        )
        clause = Clause(inside, stems)
        if (
            whole
            and found
            and start not in turns
            and not any(place.kind == "number" for place in inside)
        ):
            found[-1] = found[-1].with_more(clause)  # the rest of a list, or of what is told of it
        elif inside or stems:
            found.append(clause)
    return found


def surroundings(clauses: Sequence[Clause], place: Place) -> Said | None:
    """What the clauses that have the thing say with it; None where none has it."""
    holding = [c for c in clauses if any(is_same(place, other) for other in c.places)]
    if not holding:
        return None
    stems = frozenset().union(*(clause.stems for clause in holding))
    keys = frozenset().union(*(clause.keys for clause in holding))
    return Said(stems, frozenset(word.stem for word in Reading(place.text).words), keys)


def is_same(one: Place, other: Place) -> bool:
    """Whether two places hold the same thing."""
    return (one.kind, one.key) == (other.kind, other.key)


def _overlaps(one: Place, other: Place) -> bool:
    """Whether two are the same, or one is a part of the other: 2024, January 2024."""
    if one.kind != other.kind or one.key == other.key:
        return one.kind == other.kind
    if one.kind != "date":
        return False
    parts = zip(one.key.split("-"), other.key.split("-"), strict=True)
    return all(a == b or "None" in (a, b) for a, b in parts)


def is_alike(one: Place, other: Place) -> bool:
    """Whether one could be taken for the other."""
    if one.kind != other.kind:
        return False
    if one.kind == "number":
        spelled = other.text.lower() in {"half", "a third", "a quarter", "a half"}
        units = {one.dimension, other.dimension}
        # A figure that has its unit from another: outlays of 6.7 trillion dollars, receipts of 4.9.
        bare = "count" in units and all(_SCALED.search(place.text) for place in (one, other))
        return (len(units) == 1 or bare) and not spelled
    digits = [any(ch.isdigit() for ch in place.text) for place in (one, other)]
    return one.kind == "date" or digits[0] == digits[1]
