"""Numbers written in several words, as digits: two thousand four hundred and ninety-two is 2492."""

from __future__ import annotations

import re

ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NAMES = {size: word for word, size in _SCALES.items()}
_DIGITS = {"zero": 0, "oh": 0, **{word: value for word, value in ONES.items() if value < 10}}

_ANY = "|".join(sorted((*ONES, *TENS, "hundred", *_SCALES), key=len, reverse=True))
_RUN = re.compile(
    rf"\b(?:an? (?=hundred|{'|'.join(_SCALES)}))?"
    rf"(?P<whole>(?:{_ANY})(?:(?:[ -]|,? and )(?:{_ANY}))*)\b"
    rf"(?P<point> point(?P<digits>(?:[ -](?:{'|'.join(_DIGITS)}))+)\b)?"
    rf"(?P<half> and a half(?: (?P<scale>{'|'.join(_SCALES)}))?\b)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+")


def in_digits(text: str) -> str:
    """The text with such numbers as digits; a number of one word stays as it is.

    Round millions and more keep the word for their scale: 600 billion.
    """
    return _RUN.sub(_written, text)


def _written(match: re.Match[str]) -> str:
    words = _WORD.findall(match["whole"].lower())
    if len(words) < 2 and not match["point"] and not match["half"]:
        return match[0]
    value = _value(words)
    if value is None:
        return match[0]
    if match["point"]:
        digits = "".join(str(_DIGITS[word]) for word in _WORD.findall(match["digits"].lower()))
        return f"{value}.{digits}"
    if not match["half"]:
        size = max(
            (size for size in _SCALES.values() if size > 10**3 and value % size == 0), default=1
        )
        return f"{value // size} {_NAMES[size]}" if size > 1 else str(value)
    if match["scale"]:
        return f"{value}.5 {match['scale']}"
    # A scale that stands before the half is what it is half of: two million and a half.
    halved = _SCALES.get(words[-1])
    return f"{value // halved}.5 {words[-1]}" if halved else f"{value}.5"


def _value(words: list[str]) -> int | None:
    """What the words say; None where they follow each other as no number does: one two, ten one."""
    total = part = 0
    room = 0
    """What may still be added to the part: below it."""
    above = None
    for at, word in enumerate(words):
        if word == "and":
            if words[at - 1] != "hundred" and words[at - 1] not in _SCALES:
                return None
        elif word in _SCALES:
            size = _SCALES[word]
            if (above is not None and size >= above) or (at and not part):
                return None
            total, above = total + (part or 1) * size, size
            part = room = 0
        elif word == "hundred":
            if at and not 0 < part < 100:
                return None
            part, room = (part or 1) * 100, 100
        else:
            value = TENS.get(word) or ONES[word]
            if part and value >= room:
                return None
            part, room = part + value, 10 if word in TENS else 0
    return total + part
