"""Whether a sentence only judges: an insult, praise, a matter of taste, by its form and its words.

"X is (such a, the biggest) IDIOT": what stands after a linking verb is nothing but judgement, so
there is nothing to look up, whoever X is. A figure, a date, an office, a place, a finding of a
court or somebody's word for it makes the sentence more than that. English, and German.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_QUOTED = re.compile(r"[\"“”„«»]")
_COMPARED = re.compile(r"\b(?:since (?:\w+ )?\d{4}|on record)\b")
"""The worst day since 2020 is a matter of figures."""
_EVERYBODY = re.compile(
    r"^\W*(?:everyone|everybody|people|we all|most people|i)\s+(?:already\s+)?"
    r"(?:knows?|says?|thinks?|agrees?|believes?)\s+(?:that\s+)?"
)
"""Nobody whose word could be looked up."""

_MEASURED = frozenset({"better", "worse", "superior", "inferior", "besser", "schlechter"})
"""What is held against something else with these can be a matter of tests and figures."""

_OF_WHAT = frozenset({"of", "in", "on", "im", "auf", "aller"})
_TO_WHOM = frozenset({"to", "for", "für"})
_LONGEST_SUBJECT = 12
_LONGEST_TAIL = 6


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    lists = json.loads((resources.files("prompts") / "opinions.json").read_text(encoding="utf-8"))
    return {name: frozenset(" ".join(lines).split()) for name, lines in lists.items()}


def only_judges(sentence: str, measured: frozenset[str] = frozenset()) -> bool:
    """Whether `sentence` says no more than that somebody thinks well or ill of something.

    `measured` are words for what is counted, such as wars or markets: "the worst recession" can be
    looked up.
    """
    low = sentence.lower().replace("’", "'")
    if _QUOTED.search(low) or _COMPARED.search(low):
        return False
    words = _WORD.findall(_EVERYBODY.sub("", low))
    lists = _lists()
    for at, predicate in _links(words):
        subject = words[:at]
        if len(subject) > _LONGEST_SUBJECT or set(subject[1:]) & lists["tells"]:
            return False
        if subject[0] in lists["tells"] - {"that"} or set(subject) & {"will", "would"}:
            return False
        return _is_judgement(predicate, measured)
    return bool(
        len(words) > 1
        and any(
            word in lists["verbs"]
            and 0 < at <= _LONGEST_SUBJECT
            and not set(words[:at]) & lists["tells"]
            and set(words[at + 1 :]) <= lists["closing"] | lists["degree"]
            for at, word in enumerate(words)
        )
    )


def _links(words: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Where the subject ends, and the words after each linking verb."""
    for at, word in enumerate(words):
        if at and word in _lists()["linking"]:
            yield at, words[at + 1 :]
        elif word.endswith(("'s", "'re")) and _opens_predicate(words[at + 1 : at + 2]):
            yield at + 1, words[at + 1 :]


def _opens_predicate(following: Sequence[str]) -> bool:
    return bool(following) and following[0] in {"a", "an", "the", "so", "such", "not", "just"}


def _is_judgement(predicate: Sequence[str], measured: frozenset[str]) -> bool:
    lists = _lists()
    judged = named = emphatic = False
    loose = False  # a word just before it judges, so that any noun may follow
    for at, word in enumerate(predicate):
        rest = predicate[at + 1 :]
        if _any_of(word, "nouns") or (emphatic and _any_of(word, "weak_nouns")):
            judged = named = True
            loose = False
        elif _any_of(word, "adjectives"):
            judged = loose = True
        elif word in lists["linking"] and not judged:
            continue  # "has been", "is being"
        elif judged and _may_follow(word, predicate[:at], rest, named=named):
            return True
        elif word in lists["heads"] or _singular(word) in lists["heads"]:
            named, loose = named or judged, False
        elif word in lists["degree"] or word in lists["closing"] or word in lists["between"]:
            emphatic = emphatic or word in lists["emphatic"]
        elif loose and _may_be_judged(word, measured):
            named, loose = True, False
        else:
            return False
    return judged


def _may_follow(word: str, before: Sequence[str], rest: Sequence[str], *, named: bool) -> bool:
    """Whether a tail that begins with `word` leaves a judgement a judgement."""
    if not 0 < len(rest) <= _LONGEST_TAIL:
        return False
    if set(rest) & (_lists()["facts"] | _lists()["tells"]) or any(map(_has_digit, rest)):
        return False
    if word in {"than", "als"}:
        return not _MEASURED & set(before)
    best = any(other.endswith(("est", "st", "ste", "ster", "stes")) for other in before)
    return (word in _OF_WHAT and (named or best or "most" in before)) or (
        word in _TO_WHOM and named and not best
    )


def _may_be_judged(word: str, measured: frozenset[str]) -> bool:
    """Whether a noun after a judging adjective leaves nothing to count: no "best selling"."""
    counts = word in measured or word in _lists()["facts"] or _has_digit(word)
    return not counts and not word.endswith(("ed", "ing", "known", "paid", "sold", "made"))


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _any_of(word: str, name: str) -> bool:
    listed = _lists()[name]
    return any(form in listed for form in _forms(word))


def _singular(word: str) -> str:
    return word.removesuffix("s")


_ENDINGS = ("s", "es", "e", "er", "r", "est", "st", "en", "n", "em", "ste", "ster", "sten", "stes",
            "este", "innen", "nen")  # fmt: skip


def _forms(word: str) -> Iterator[str]:
    """A word, and what it may be an inflected form of."""
    yield word
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        # Made is no form of mad, nor rate of rat.
        if stem == word or len(stem) < (4 if ending == "e" else 3):
            continue
        yield stem
        if stem.endswith("i"):
            yield stem[:-1] + "y"
        if ending in {"er", "est"} and stem[-1] == stem[-2:-1]:
            yield stem[:-1]
