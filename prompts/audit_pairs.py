"""Things that the evidence has in pairs, and the sentence pairs otherwise.

A figure beside the group that it is of, a name beside what it belongs to, two things that a
sentence takes together with `both`: where the evidence ties each to something of its own, what the
sentence ties must be the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts.audit_evidence import Evidence
from prompts.audit_places import (
    Clause,
    Misplaced,
    Place,
    clauses,
    is_alike,
    is_same,
    places,
    surroundings,
)
from retrieval.findings import Reading
from retrieval.words import stem

_BOTH = re.compile(
    r"\bboth (?:the |its |their |of )?(?P<one>[\w-]+) and (?:the |its |their )?(?P<two>[\w-]+)",
    re.IGNORECASE,
)


_ORDER = re.compile(r"\b(?P<which>before|after|until)\s+(?P<what>[^.;:]+)", re.IGNORECASE)


def mismatched(sentence: Reading, evidence: Evidence) -> Iterator[Misplaced]:
    """What is tied to something else than in the evidence."""
    given = [clause for part in evidence.sentences for clause in clauses(part)]
    said = clauses(sentence, whole=False)
    yield from _crossed(said, given)
    yield from _partners(said, given)
    yield from _taken_together(sentence, evidence)
    yield from _other_order(sentence, evidence)


def _crossed(said: list[Clause], given: list[Clause]) -> Iterator[Misplaced]:
    """Two of a kind in two clauses, where what is said of one is the other's in the evidence."""
    for clause in said:
        for other in said:
            if other is clause:
                continue
            for one in clause.places:
                for two in other.places:
                    if one.kind == two.kind and one.key != two.key and is_alike(one, two):
                        yield from _is_crossed(one, two, clause, given)


def _is_crossed(one: Place, two: Place, clause: Clause, given: list[Clause]) -> Iterator[Misplaced]:
    ours, theirs = surroundings(given, one), surroundings(given, two)
    if ours is None or theirs is None:
        return
    about = clause.stems - Reading(one.text).stems
    own, rival = ours.stems - theirs.stems, theirs.stems - ours.stems
    if not about & own and len(about & rival) >= 2:
        yield Misplaced(one.kind, one.text, two.text, 1.0)


def _partners(said: list[Clause], given: list[Clause]) -> Iterator[Misplaced]:
    """Two figures in a clause, one of which has a figure of its own in the evidence."""
    present = {place.key for clause in said for place in clause.places}
    for clause in said:
        figures = [place for place in clause.places if place.kind == "number"]
        for one in figures:
            own = [c for c in given if any(is_same(one, o) for o in c.places)]
            if len(own) != 1:
                continue
            for two in figures:
                if one is two or one.dimension != two.dimension:
                    continue
                if any(is_same(two, o) for o in own[0].places):
                    continue
                rivals = [
                    other
                    for other in own[0].places
                    if other.kind == "number"
                    and other.dimension == two.dimension
                    and other.key not in present
                ]
                if len(rivals) == 1 and any(is_same(two, o) for c in given for o in c.places):
                    yield Misplaced("number", two.text, rivals[0].text, 1.0)


def _taken_together(sentence: Reading, evidence: Evidence) -> Iterator[Misplaced]:
    """`Both the code and the weights are under MIT`, where the weights have another licence."""
    match = _BOTH.search(sentence.text)
    if not match:
        return
    heads = [stem(match[name].lower()) for name in ("one", "two")]
    parts = evidence.sentences
    for place in places(sentence):
        with_it = [part for part in parts if any(is_same(place, o) for o in places(part))]
        for head, other in (heads, reversed(heads)):
            told = any(other in part.known for part in with_it)
            elsewhere = [part for part in parts if head in part.known and part not in with_it]
            if told and elsewhere and not any(head in part.known for part in with_it):
                rival = next((o.text for o in places(elsewhere[0]) if is_alike(place, o)), head)
                yield Misplaced(place.kind, place.text, rival, 1.0)


def _other_order(sentence: Reading, evidence: Evidence) -> Iterator[Misplaced]:
    """Something after what the evidence has it before: filed after she took over."""
    for ours in _ORDER.finditer(sentence.text):
        what = Reading(ours["what"]).stems
        told = Reading(sentence.text[: ours.start()]).stems
        for part in evidence.sentences:
            for theirs in _ORDER.finditer(part.text):
                shared = what & Reading(theirs["what"]).stems
                apart = (ours["which"].lower() == "after") != (theirs["which"].lower() == "after")
                same = len(shared) >= 2 and 2 * len(shared) >= len(what)
                if apart and same and told & Reading(part.text[: theirs.start()]).stems:
                    yield Misplaced("date", ours.group(), theirs.group(), 1.0)
