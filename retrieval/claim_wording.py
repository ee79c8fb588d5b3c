"""Which words of a claim the other has no word for: after forms of one word, and synonyms."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from retrieval.claim_reading import ClaimReading
from retrieval.words import Word, stem

_SYNONYMS = Path(__file__).with_name("synonyms.txt")

_LIGHT = frozenset(
    """thing lol lmao bro fyi deal yet back actual actually really like roughly around approx circa
    via number amount figure own way time ok tbh imo basically literally just go come get put btw
    smh omg wow wild insane crazy damn yikes still there's that's so apparently wait tho though
    thats gonna gotta total upwards some about almost nearly close legend rip ugh finally even also
    say says said according claim claims claimed estimate estimated estimates account told found
    find finds reported reports report show shows showed announced announcement do does did done
    have has had make made take took taken give given gave become became went goes going gets got
    bring brought hold held keep kept lie stand stood turn turned call called name named come came
    while whereas same such well new mean mr mrs ms dr one two there here then it's its who which
    level included including include includes face faces facing wrote writes expects
    able lasted lasts lasting share people persons figures cost costs costing drew draws else ofc
    cooked he's she's they're we're day days
    guy guys saying sits sitting among amid off out up down over on in at by per every each all both
    any no not never none only alone ever been being was were is are be would could should will may
    might can must""".split()
)


def unlike(a: ClaimReading, b: ClaimReading) -> list[str]:
    """Content words of `a`, no names or figures, for which `b` has none that may mean the same."""
    theirs = [word.stem for word in b.reading.words]
    groups = _groups(theirs)
    known, names = b.reading.known, {name.start for name in a.names}
    joined = b.lower.replace("-", "").replace(" ", "")
    # Words of a phrase for which the other text has a word.
    phrases = _phrases([word.stem for word in a.reading.words])
    covered = {at for where, of in phrases if of & groups for at in where}
    kept = []
    for at, word in enumerate(a.reading.words):
        if word.start in names or not _tells(word, a) or word.stem in known:
            continue
        if any(_one_word(word.stem, other) for other in theirs):
            continue
        if len(word.text) > 5 and word.text.lower().replace("-", "") in joined:
            continue
        if at in covered or _of_word().get(word.stem, frozenset()) & groups:
            continue
        kept.append(word.text)
    return kept


def speaks_of(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether `b` has a word for anything that `a` says, beyond its names and figures."""
    names = {a.opening.start} if a.opening is not None else set()
    names |= {name.start for name in a.names}
    told = [word.text for word in a.reading.words if word.start not in names and _tells(word, a)]
    return not told or len(set(told) - set(unlike(a, b))) > 0


def _tells(word: Word, a: ClaimReading) -> bool:
    lower = word.text.lower()
    return (
        word.is_content
        and lower not in _LIGHT
        and word.stem not in a.figure_stems
        and not lower.isdigit()
        and len(lower) > 1
    )


def _one_word(x: str, y: str) -> bool:
    """Whether two stems are of one word: one begins with the other, or they share a long start."""
    short = min(len(x), len(y))
    if short >= 3 and (x.startswith(y) or y.startswith(x)):
        return True
    return short >= 5 and x[: max(5, short - 1)] == y[: max(5, short - 1)]


@cache
def _table() -> tuple[dict[str, frozenset[int]], dict[tuple[str, ...], frozenset[int]]]:
    words: dict[str, set[int]] = {}
    phrases: dict[tuple[str, ...], set[int]] = {}
    for number, line in enumerate(_SYNONYMS.read_text(encoding="utf-8").splitlines()):
        for entry in line.split() if not line.startswith("#") else ():
            parts = tuple(stem(part) for part in entry.split("_"))
            if len(parts) == 1:
                words.setdefault(parts[0], set()).add(number)
            else:
                phrases.setdefault(parts, set()).add(number)
    return (
        {one: frozenset(groups) for one, groups in words.items()},
        {one: frozenset(groups) for one, groups in phrases.items()},
    )


def _of_word() -> dict[str, frozenset[int]]:
    return _table()[0]


def _groups(stems: list[str]) -> frozenset[int]:
    """The groups that words and phrases of a text belong to."""
    found: set[int] = set()
    for one in stems:
        found |= _of_word().get(one, frozenset())
    for _, groups in _phrases(stems):
        found |= groups
    return frozenset(found)


def _phrases(stems: list[str]) -> list[tuple[list[int], frozenset[int]]]:
    """Phrases in a text, with where their words stand; up to two words may stand between."""
    found = []
    places: dict[str, list[int]] = {}
    for at, one in enumerate(stems):
        places.setdefault(one, []).append(at)
    for parts, groups in _table()[1].items():
        for start in places.get(parts[0], ()):
            where = [start]
            for part in parts[1:]:
                where += [n for n in places.get(part, ()) if where[-1] < n <= where[-1] + 3][:1]
            if len(where) == len(parts):
                found.append((where, groups))
    return found
