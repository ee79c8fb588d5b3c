"""Whether a verdict on one claim may answer another: the same meaning, and the same polarity,
numbers, units, dates and names.

Served in place of a check, a wrong match is a wrong answer, so everything here is a reason to say
no: rules hold the figures, names and small words of both claims against each other, in both
directions, and where words differ the stance model must take each claim for a proof of the other.
What is left is rarely wrong and often misses; a claim that is missed is checked as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from retrieval.dates import DateMention
from retrieval.findings import Reading, is_called, negation_cues, opposed
from retrieval.model import StanceModel
from retrieval.quantities import MONEY, Quantity
from retrieval.words import Word

NEAR = 0.72
"""Cosine of two claims from which it is worth holding them against each other."""
RELATED = 0.6
"""Cosine from which one claim is shown beside the other as related."""

_SURE = (0.0, 0.85, 0.93)
"""What the stance model must say, both ways, by how many words of a claim have none alike."""
_TOLERANCE = 1e-6

_FISCAL = re.compile(r"\bFY\s?['’]?(\d\d)\b")
_SHORT_YEAR = re.compile(r"['’](\d\d)\b(?!\s*s\b)")
_CODES = ((re.compile(r"\bGBP\s?(?=\d)"), "£"), (re.compile(r"\bUSD\s?(?=\d)"), "$"))
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|be|being|got|gets)\b[^.;]{0,40}?\bby\b"
    r"|\b(?:by|from)\s+(?:the\s+)?[A-Z]"
)

_QUANTIFIERS = {
    "every": "all", "all": "all", "each": "all", "entire": "all", "whole": "all", "any": "any",
    "none": "none", "no": "none", "never": "none", "only": "only", "alone": "only",
    "solely": "only", "most": "most", "majority": "most", "some": "some", "several": "some",
    "always": "all", "half": "half", "single": "one",
}  # fmt: skip
_TELLERS = {
    "said": "say", "say": "say", "says": "say", "told": "say", "according": "say", "acc": "say",
    "claims": "say", "claimed": "say", "account": "say", "wrote": "say", "asserted": "say",
    "reported": "say", "report": "say", "reports": "say", "estimate": "estimate",
    "estimates": "estimate", "estimated": "estimate", "est": "estimate", "reckons": "estimate",
    "confirmed": "confirm", "confirms": "confirm", "disclosed": "confirm", "admitted": "confirm",
    "found": "find", "finds": "find", "discovered": "find", "showed": "find", "shows": "find",
    "announced": "announce", "announces": "announce", "ruled": "rule", "proved": "prove",
    "proven": "prove", "proves": "prove", "alleged": "allege", "alleges": "allege",
    "accused": "allege", "denied": "deny", "independent": "independent", "predicted": "predict",
    "forecast": "predict", "expects": "predict", "plans": "plan", "planned": "plan",
    "proposed": "plan", "wants": "plan", "threatened": "plan", "could": "may", "may": "may",
    "might": "may", "will": "will", "would": "will",
}  # fmt: skip
_SCOPES = frozenset(
    """alone together including included excluding total combined overall worldwide global national
    daily weekly monthly yearly annual hourly net gross average median day days week weeks month
    months year years hour hours pre-training training people families adults children""".split()
)
_FILLERS = frozenset(
    """thing lol lmao bro fyi deal yet back ago actual actually really like roughly around approx
    circa via number amount figure own way time guy ok tbh imo basically literally just go come get
    put""".split()
)


@dataclass(frozen=True)
class ClaimReading:
    """A claim and what is compared of it."""

    claim: str

    @cached_property
    def reading(self) -> Reading:
        """The claim with its short forms written out, read once."""
        text = _FISCAL.sub(r"fiscal 20\1", self.claim)
        text = _SHORT_YEAR.sub(lambda year: ("20" if year[1] < "50" else "19") + year[1], text)
        for pattern, sign in _CODES:
            text = pattern.sub(sign, text)
        return Reading(text)

    @cached_property
    def names(self) -> list[Word]:
        """Its names; a capital that only opens the claim makes none."""
        words = self.reading.words
        following = words[1].text[:1].isupper() if len(words) > 1 else False
        return [
            name
            for name in self.reading.names
            if name.start > 0 or following or name.text[1:] != name.text[1:].lower()
        ]

    @cached_property
    def lower(self) -> str:
        """Its text in small letters."""
        return self.reading.text.lower()

    def marks(self, table: dict[str, str]) -> frozenset[str]:
        """Which of the meanings in `table` its words have, outside figures."""
        figures: list[Quantity | DateMention] = [*self.reading.quantities, *self.reading.dates]
        words = self.reading.words
        return frozenset(
            table[word.text.lower()]
            for word, after in zip_longest(words, words[1:])
            if word.text.lower() in table
            and not any(one.start <= word.start < one.end for one in figures)
            # "only 5 of 11" says how many, and not that there are no others.
            and not (word.text.lower() == "only" and after and after.text[:1] in "$0123456789")
        )

    @cached_property
    def scopes(self) -> frozenset[str]:
        """Words that bound what its figures are of."""
        return frozenset(
            word.text.lower().rstrip("s")
            for word in self.reading.words
            if word.text.lower() in _SCOPES
        )


def difference(a: ClaimReading, b: ClaimReading) -> str | None:
    """What rules out that the two claims say the same, in a word; None where nothing does."""
    one, other = a.reading, b.reading
    differs = {
        "number": not _alike(one.quantities, other.quantities, _same_quantity),
        "date": not _alike(one.dates, other.dates, _same_date),
        "name": bool(_missing_names(a, b) or _missing_names(b, a)),
        "polarity": len(negation_cues(one.text)) % 2 != len(negation_cues(other.text)) % 2
        or opposed(one, other),
        "quantifier": a.marks(_QUANTIFIERS) != b.marks(_QUANTIFIERS),
        "teller": a.marks(_TELLERS) != b.marks(_TELLERS),
        "scope": a.scopes != b.scopes,
        "role": _exchanged(a, b) or _figures_moved(a, b),
        "wording": _distance(a, b) >= len(_SURE),
    }
    return next((name for name, found in differs.items() if found), None)


def same(a: ClaimReading, b: ClaimReading, stance: StanceModel) -> bool:
    """Whether a verdict on `a` may answer `b`."""
    if a.lower.strip(" .!") == b.lower.strip(" .!"):
        return True
    if difference(a, b) is not None:
        return False
    least = _SURE[_distance(a, b)]
    if least == 0.0:
        return True
    scores = stance.score([(a.claim, b.claim), (b.claim, a.claim)])
    return bool(scores[:, 0].min() >= least)


def _distance(a: ClaimReading, b: ClaimReading) -> int:
    """How many words of one claim have none alike in the other, whichever has more."""
    return max(len(_unlike(a, b)), len(_unlike(b, a)))


def _alike(ours: Sequence[object], theirs: Sequence[object], equal: object) -> bool:
    """Whether each has its equal on the other side."""
    assert callable(equal)
    return all(any(equal(x, y) for y in theirs) for x in ours) and all(
        any(equal(y, x) for x in ours) for y in theirs
    )


def _same_quantity(x: Quantity, y: Quantity) -> bool:
    room = _TOLERANCE * max(abs(x.high), abs(y.high), 1e-9)
    close = abs(x.low - y.low) <= room and abs(x.high - y.high) <= room
    # People leave the sign of a sum of money out: 40B.
    loose = {x.dimension, y.dimension} & {"count"} and {x.dimension, y.dimension} & MONEY
    return close and (x.dimension == y.dimension or bool(loose))


def _same_date(x: DateMention, y: DateMention) -> bool:
    return x.first <= y.last and y.first <= x.last and x.fiscal == y.fiscal


def _missing_names(a: ClaimReading, b: ClaimReading) -> list[str]:
    """Names of `a` by which nothing in `b` is called."""
    words = [word.text.lower() for word in b.reading.words]
    return [
        name.text
        for name in a.names
        if not is_called(name, b.reading)
        and name.text.lower() not in b.lower
        and not any(
            len(word) >= 3 and (name.text.lower().startswith(word) or _short(name.text, word))
            for word in words
        )
        and not any(_short(word.text, name.text) for word in b.reading.words)
    ]


def _short(abbreviation: str, name: str) -> bool:
    """Whether letters in capitals, such as NVDA, are some of a name's, in its order."""
    if not (3 <= len(abbreviation) <= 5 and abbreviation.isupper() and len(name) > 4):
        return False
    rest = iter(name.upper())
    return abbreviation[0] == name[0].upper() and all(letter in rest for letter in abbreviation)


def _stems(a: ClaimReading) -> list[str]:
    """Stems of its names in order, people of a country by the country's."""
    return [name.stem.removesuffix("n") for name in a.reading.names]


def _exchanged(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether names stand in another order, and no passive accounts for it."""
    ours = [stem for stem in dict.fromkeys(_stems(a)) if stem in _stems(b)]
    theirs = [stem for stem in dict.fromkeys(_stems(b)) if stem in ours]
    turned = bool(_PASSIVE.search(a.reading.text)) != bool(_PASSIVE.search(b.reading.text))
    return ours != theirs and not turned


def _figures_moved(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether of two or more figures of a kind some stand beside other words."""
    kinds = [quantity.dimension for quantity in a.reading.quantities]
    if len(kinds) == len(set(kinds)):
        return False
    return not _alike(
        [(quantity, _beside(a, quantity)) for quantity in a.reading.quantities],
        [(quantity, _beside(b, quantity)) for quantity in b.reading.quantities],
        lambda x, y: _same_quantity(x[0], y[0]) and x[1] == y[1],
    )


def _beside(a: ClaimReading, quantity: Quantity) -> str:
    """The stem of the content word that stands nearest to a figure."""
    others = [
        word for word in a.reading.words if word.is_content and word.stem not in a.reading.figures
    ]
    near = min(
        others,
        key=lambda word: min(abs(word.start - quantity.end), abs(quantity.start - word.end)),
        default=None,
    )
    return "" if near is None else near.stem


def _unlike(a: ClaimReading, b: ClaimReading) -> list[str]:
    """Content words of `a` for which `b` has none alike."""
    known = b.reading.known
    stems = [word.stem for word in b.reading.words]
    skipped: Iterable[str] = {*a.reading.figures, *(name.stem for name in a.names)}
    return [
        word.text
        for word in a.reading.words
        if word.is_content
        and word.stem not in skipped
        and word.stem not in known
        and word.text.lower() not in _FILLERS
        and word.text.lower() not in _TELLERS
        and word.text.lower() not in _QUANTIFIERS
        and not any(
            min(len(stem), len(word.stem)) >= 3
            and (stem.startswith(word.stem) or word.stem.startswith(stem))
            for stem in stems
        )
    ]
