"""Who does what, and what is denied: order and negation around the words that both texts share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prompts.audit_evidence import Evidence, names_of
from retrieval.findings import Reading

_NOT = re.compile(
    r"\b(?:not(?! (?:as|only|just|all|every\w*|least)\b)|never|neither|nor|without|cannot|"
    r"no(?! (?:longer|\w+ had ever)\b)|none|nothing|nobody|refus\w+ to|fail\w* to|"
    r"declin\w+ to|stopp?\w* short of|unable to)\b|n['’]t\b",
    re.IGNORECASE,
)
_NEITHER = re.compile(r"\b(?:neither|nor|none|no)\b", re.IGNORECASE)
_STOP = re.compile(
    r"[,;:.()]|\b(?:and|but|while|whereas|although|though|because|than|until|before)\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_BY = re.compile(r"^\s+by\b", re.IGNORECASE)
_SCOPE = 3
"""Content words that a negation reaches."""
_PLANNED = re.compile(
    r"\b(?:plan(?:s|ned|ning)?|propos\w+|could|(?-i:may)|might|would|will|expect\w*|inten[dt]\w*|"
    r"aim\w*|goal|target\w*|seeks?|hopes?|consider\w*|(?:is|are|was|were|due) to|promis\w+|"
    r"pledg\w+|potential\w*|likely|agreed to|ought|should|want\w*|suggest\w*|suspect\w*|appear\w*|"
    r"prelimin\w+|project(?:s|ed|ion|ions)|forecast\w*|reckons? with|offer\w*|under review|if)\b",
    re.IGNORECASE,
)


def is_denied(text: str) -> bool:
    """Whether a text denies something."""
    return bool(_NOT.search(text))


@dataclass(frozen=True, slots=True)
class Opposed:
    """A word that the sentence and its evidence use the opposite way."""

    words: str
    evidence: str


def denials(sentence: Reading, evidence: Evidence) -> Iterator[Opposed]:
    """Words that one denies and the other affirms, in the sentence of the evidence that is closest.

    A word that the evidence uses both ways is left alone.
    """
    index = evidence.best(sentence)
    if index < 0:
        return
    closest = evidence.sentences[index]
    if _NEITHER.search(sentence.text) and _NEITHER.search(closest.text):
        return
    names = {name.stem for name in (*sentence.names, *closest.names)}
    ours, ours_not = _polarities(sentence)
    theirs, theirs_not = _polarities(closest)
    for item in sorted((ours - ours_not) & (theirs_not - theirs) - names):
        yield Opposed(item, f"not {item}")
    for item in sorted((ours_not - ours) & (theirs - theirs_not) - names):
        yield Opposed(f"not {item}", item)


def _polarities(reading: Reading) -> tuple[frozenset[str], frozenset[str]]:
    """Stems of content words that are affirmed, and those that a negation reaches."""
    denied: set[int] = set()
    for match in _NOT.finditer(reading.text):
        stop = _STOP.search(reading.text, match.end())
        limit = stop.start() if stop else len(reading.text)
        inside = [
            i
            for i, word in enumerate(reading.words)
            if match.end() <= word.start < limit and word.is_content
        ]
        denied.update(inside[:_SCOPE])
    content = [
        (i, word)
        for i, word in enumerate(reading.words)
        if word.is_content and len(word.text) > 3 and word.text.isalpha()
    ]
    return (
        frozenset(word.stem for i, word in content if i not in denied),
        frozenset(word.stem for i, word in content if i in denied),
    )


def turned(sentence: Reading, evidence: Evidence) -> Iterator[Opposed]:
    """Two names on the wrong sides of a word: A overtook B, where B overtook A."""
    ours = list(_sides(sentence))
    if not any(left and right for _, left, right, _ in ours):
        return
    given = [side for part in evidence.sentences for side in _sides(part)]
    for mine, before, after, said in ours:
        alike = [(left, right, text) for item, left, right, text in given if item == mine]
        if not before or not after or any(before & one and after & two for one, two, _ in alike):
            continue
        for left, right, text in alike:
            swapped = after <= left and not before & left and not after & right
            if swapped and (before & right or (not right and "than" in said.split())):
                yield Opposed(said, text)


def _sides(reading: Reading) -> Iterator[tuple[str, frozenset[str], frozenset[str], str]]:
    """For each other word the names before and after it, and the clause; passives turned."""
    # Q2, R1: labels of things, which neither do nor suffer anything.
    names = [name for name in names_of(reading) if name.text.isalpha() or "'" in name.text]
    held = {name.start for name in names_of(reading)}
    stops = [m.start() for m in _STOP.finditer(reading.text) if m.group() not in ("than", "and")]
    for word in reading.words:
        if word.start in held or not word.is_content or len(word.text) < 4:
            continue
        low = max((at for at in stops if at < word.start), default=0)
        high = min((at for at in stops if at >= word.end), default=len(reading.text))
        left = frozenset(n.stem for n in names if low <= n.start < word.start)
        right = frozenset(n.stem for n in names if word.end <= n.start < high)
        if _PASSIVE.search(reading.text[: word.start]) and _BY.search(reading.text[word.end :]):
            left, right = right, left
        yield word.stem, left, right, reading.text[low:high].strip(" ,;")


def unplanned(sentence: Reading, evidence: Evidence) -> str | None:
    """What is only planned, possible or expected in the closest sentence, and stated as done."""
    index = evidence.best(sentence)
    if index < 0 or _PLANNED.search(sentence.text):
        return None
    match = _PLANNED.search(evidence.sentences[index].text)
    return match.group() if match else None
