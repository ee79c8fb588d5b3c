"""Whether a claim seems to be about a private person: one whom no source at hand knows.

A rule of thumb that asks for a moderator's eye and decides nothing. Public figures are those whose
name some passage found for the claim has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CLOSE = re.compile(
    r"\b(?:my|our|his|her|their|your)\s+(?:ex|ex-\w+|neighbou?rs?|boss|teacher|classmates?|"
    r"colleagues?|co-?workers?|roommates?|flatmates?|land(?:lord|lady)|girlfriend|boyfriend|wife|"
    r"husband|sister|brother|mother|mum|mom|father|dad|cousin|aunt|uncle|friend|doctor|student)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"<@!?\d+>|(?<!\w)@[\w.]{2,32}\b")
_CONTACT = re.compile(
    r"\b[\w.+-]+@[\w-]+\.\w{2,}\b|(?<!\w)\+?\d[\d\s().-]{8,}\d\b"
    r"|\b\d{1,5}\s+[A-Z]\w+\s+(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive)\b"
)
_ACT = re.compile(
    r"\b(?:cheat(?:s|ed|ing)?|stole|steals?|stealing|abus\w+|assault\w*|arrested|convicted|fired|"
    r"pregnan\w+|divorc\w+|lied|lies|lying|addict\w*|diagnos\w+|harass\w+|scamm?\w*|drunk|gay|"
    r"lives? (?:at|in|on)|dating|sleeps? with|bullied|bullies)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][a-zà-ÿ'’-]+(?:\s+[A-Z]\.)?\s+[A-Z][a-zà-ÿ'’-]+\b")


def about_private_person(claim: str, passages: Iterable[str]) -> bool:
    """Whether a moderator should look before this claim's verdict stands."""
    if _CLOSE.search(claim) or _MENTION.search(claim) or _CONTACT.search(claim):
        return True
    if not _ACT.search(claim):
        return False
    known = "\n".join(passages).casefold()
    return any(match.group().casefold() not in known for match in _NAME.finditer(claim))
