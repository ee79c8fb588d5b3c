"""A claim as it is held against another: its short forms written out, its figures, dates, names.

People type `US CPI +9.1% YoY in June '22` and `consumer prices rose by 9.1 percent in the year to
June 2022`. What is compared of both is read from the text with such forms written out.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from retrieval.dates import MONTHS, WEEKDAYS, DateMention
from retrieval.findings import Reading
from retrieval.quantities import Quantity
from retrieval.spelled_numbers import ONES, in_digits
from retrieval.words import Word

_Made = str | Callable[[re.Match[str]], str]

_NUMBER_WORDS = {"a": 1} | {word: value for word, value in ONES.items() if value <= 12}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "last": -1,
}  # fmt: skip
_COUNT = rf"\d+|{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))}"
_PLAIN_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"\b[^\W\d_][a-zà-ÿ]+\b")
_DAYS_AND_MONTHS = frozenset((*MONTHS, *WEEKDAYS, *(day[:3] for day in WEEKDAYS)))
_PREPOSITIONS = frozenset(
    "across against alongside amid among besides beyond despite following throughout unlike".split()
)
_LONG = 4
"""Letters; shorter words are small in headlines too."""
_HEADLINE_WORDS = 4
_HEADLINE_SHARE = 0.9
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))


def _year(match: re.Match[str]) -> str:
    return ("20" if match[1] < "50" else "19") + match[1]


def _without_headline_capitals(text: str) -> str:
    """A Headline in Which All Longer Words Begin With Capitals, as a sentence.

    What such capitals make of a word, a name or the number of a name, they tell of none.
    """
    long = [word for word in _PLAIN_WORD.findall(text) if len(word) >= _LONG]
    capitals = sum(word[0].isupper() for word in long)
    if len(long) < _HEADLINE_WORDS or capitals < _HEADLINE_SHARE * len(long):
        return text
    return _CAPITALISED.sub(_small_unless_a_date, text)


def _small_unless_a_date(match: re.Match[str]) -> str:
    small = match[0].lower()
    return match[0] if small in _DAYS_AND_MONTHS else small


def _dotted(match: re.Match[str]) -> str:
    """21.08.2024, as much of Europe writes it."""
    day, month = int(match[1]), int(match[2])
    known = 1 <= day <= 31 and 1 <= month <= 12
    return f"{day} {month_name[month]} {match[3]}" if known else match[0]


def _slashed(match: re.Match[str]) -> str:
    """21/08 and 8/21, where only one of the two can be the month."""
    low, high = sorted((int(match["one"]), int(match["other"])))
    known = 1 <= low <= 12 and (12 < high <= 31 or low == high)
    return f"{match['cue']} {high} {month_name[low]}" if known else match[0]


def _hyphened(match: re.Match[str]) -> str:
    """13-12-2023, where only one of the two can be the month."""
    low, high = sorted((int(match[1]), int(match[2])))
    known = 1 <= low <= 12 and (12 < high <= 31 or low == high)
    return f"{high} {month_name[low]} {match[3]}" if known else match[0]


def _numbered(match: re.Match[str]) -> str:
    """14/07: no fraction begins its lower number with a nought."""
    day = int(match[1])
    known = 12 < day <= 31 and match[2].startswith("0")
    return f"{day} {month_name[int(match[2])]}" if known else match[0]


def _ordinal(match: re.Match[str]) -> str:
    return next(word for word, number in _ORDINALS.items() if number == int(match[1]))


def _quarter(match: re.Match[str]) -> str:
    return f"{_ordinal(match)} quarter"


def _month_of_year(match: re.Match[str]) -> str:
    return f"{month_name[int(match[1])]} {match[2]}"


def _spelled(text: str | None) -> int:
    if not text:
        return 0
    return int(text) if text.isdigit() else _NUMBER_WORDS[text.lower()]


def _clock(match: re.Match[str]) -> str:
    hours, minutes, seconds = (_spelled(match[name]) for name in ("h", "m", "s"))
    return f"{hours * 3600 + minutes * 60 + seconds} seconds"


def _part_of(match: re.Match[str]) -> str:
    return f"{_spelled(match['part'])} of {_spelled(match['whole'])}"


_WRITTEN_OUT: tuple[tuple[re.Pattern[str], _Made], ...] = tuple(
    (re.compile(pattern, flags), made)
    for pattern, flags, made in (
        (r"[\U0001F000-\U0001FAFF☀-➿️‍]+", 0, " "),
        (r"(?<![\w/.,:-])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?![\w/]|[.,]\d)", 0, _dotted),
        (
            r"\b(?P<cue>on|by|since|from|until|till|before|after|dated) "
            r"(?P<one>\d{1,2})/(?P<other>\d{1,2})(?![\w/%]|[.,]\d| (?:of|in)\b)",
            re.I,
            _slashed,
        ),
        (r"(?<![\w/.,-])(0[1-9]|1[0-2])/((?:19|20)\d\d)\b(?!/)", 0, _month_of_year),
        (r"(?:\b(?:no\.|nr\.)\s?|#)([1-9]|1[0-2])\b(?![.,]?\d)", re.I, _ordinal),
        (r"\bno (?=[1-9]\b(?!\d| (?:\w+ )?(?:in|of|out)\b))", re.I, "number "),
        (r"\bQ([1-4])\b", re.I, _quarter),
        (r"(?<![\w/.,:-])(\d{1,2})-(\d{1,2})-((?:19|20)\d\d)(?![\w/-]|[.,]\d)", 0, _hyphened),
        (r"(?<![\w/.,-])(\d{1,2})/(0[1-9]|1[0-2])(?![\w/%]|[.,]\d| (?:of|in)\b)", 0, _numbered),
        (
            r"\bHK\$\s?(\d[\d.,]*\s?(?:[mb]n?|mil|million|billion)?)\b",
            re.I,
            r"\1 Hong Kong dollars",
        ),
        (r"(?<=\d)\s?mil\b", re.I, " million"),
        (r"(?<=\d)\s?pct\b\.?", re.I, " percent"),
        (r"(?<=\d)\s?bps?\b", re.I, " basis points"),
        (r"\bhalf a (?=(?:percentage )?point\b)", re.I, "0.5 "),
        (r"(?<=\d)c\b", 0, " degrees Celsius"),
        (r"\bl/m(?:²|2)", 0, "litres per square metre"),
        (r"\bRd\b\.?", 0, "Road"),
        (r"\bNat['’]l\b", 0, "National"),
        (r"\bInt['’]l\b", 0, "International"),
        (r"\bDept\b\.?", 0, "Department"),
        (r"\bUniv\.", 0, "University"),
        (r"\bevery (?:single )?one of(?= (?:its|the|their|his|her|those|these)\b)", re.I, "all"),
        (r"\bFY\s?['’]?(\d\d)\b", 0, r"fiscal 20\1"),
        (r"(?<!\d)['’](\d\d)\b(?!\s*s\b)", 0, _year),
        (r"\b(?:mid|late|early)-(?=\d{4}\b)", re.I, " "),
        (r"(?<=\d) (?=\d{3}\b(?! ?(?:BC|AD)))", 0, ","),
        (r"\bGBP\s?(?=\d)", 0, "£"),
        (r"\bUSD\s?(?=\d)", 0, "$"),
        (r"\bEUR\s?(?=\d)", 0, "€"),
        (r"\bCHF\s?(\d[\d.,]*\s?(?:[mb]n?|million|billion)?)\b", 0, r"\1 francs"),
        (r"(?<=\d|n) (?:pounds|quid)\b", re.I, " gbp"),
        (r"\bthousand million\b", re.I, "billion"),
        (r"\b(?P<h>\d):(?P<m>\d\d):(?P<s>\d\d)\b", 0, _clock),
        (r"\b(?P<h>\d+)h\s?(?P<m>\d+)m\s?(?P<s>\d+)s\b", re.I, _clock),
        (
            rf"\b(?P<h>{_COUNT}) hours?(?:,? (?:and )?(?P<m>{_COUNT}) minutes?)?,? (?:and )?"
            rf"(?P<s>{_COUNT}) seconds?\b",
            re.I,
            _clock,
        ),
        (r"(?<=\d)\s?-?d\b", 0, " days"),
        (r"(?<=\d)\s?-?(?:h|hrs?)\b(?!\w)", 0, " hours"),
        (r"(?<=\d)[ -]?yo\b", re.I, " years old"),
        (r"(?<=\d)[ -]years?[ -]olds?\b", re.I, " years old"),
        (r"\baged (\d+)\b", re.I, r"\1 years old"),
        (r"(?<=\d)[ -]?mo\b\.?", 0, " months"),
        (r"(?<=\d)\s?Mt\b", 0, " million tonnes"),
        (r"(?<=\d)\s?Myr\b", 0, " million years"),
        (r"(?<=\d)\s?km2\b", 0, " square kilometres"),
        (r"\bsq\.? km\b", re.I, "square kilometres"),
        (r"(?<=\d)\s?g\b", 0, " grams"),
        (r"(?<=\d)\s?m\b(?!\w)", 0, "m"),
        (r"\bp\.a\.?|/yr\b|/year\b", 0, " a year"),
        (r"/mo\b", 0, " a month"),
        (r"/(dose|tonne|woman|day|hour|week|month)\b", 0, r" a \1"),
        (r"/t\b", 0, " a tonne"),
        (r"\b(\d{1,3})/(\d{1,3})(?=\s+[a-z]{3,})", 0, r"\1 of \2"),
        (r"\bevery (third|fourth|fifth|sixth|tenth)\b", re.I,
         lambda match: f"one in {_ORDINALS[match[1].lower()]}"),
        (
            rf"(?<!every )\b(?P<part>{_COUNT}) (?:out of|of) (?:the|a possible|its|their) "
            rf"(?P<whole>{_COUNT})\b",
            re.I,
            _part_of,
        ),
        (r"\bhalf as (?=many|much|long|large|big)", re.I, "0.5 times as "),
        (r"[>≥]\s?(?=[\d$€£])", 0, "more than "),
        (r"[<≤]\s?(?=[\d$€£])", 0, "less than "),
        # A year and a figure, not a range of figures: halved in 2024 to 193,000.
        (r"\b((?:19|20)\d\d) to (?!(?:19|20)\d\d\b)(?=[\d$€£])", 0, r"\1, to "),
        (r"\bw/o\b", re.I, "without"),
        (r"\bw/|(?<= )w(?= [a-z])", 0, "with "),
        (r"\bb4\b", 0, "before"),
        (r"\bcos\.", 0, "companies"),
        (r"\b(?:bc|cuz|coz|cos)\b(?! of\b\.)", 0, "because"),
        (r"\bppl\b", 0, "people"),
        (r"\bgov(?:t|'t)?\b\.?", 0, "government"),
        (r"\bcncl\b", 0, "council"),
        (r"\bavg\b\.?", re.I, "average"),
        (r"\best\.", re.I, "estimate"),
        (r"\bacc\. to\b", re.I, "according to"),
        (r"\bapprox\.", re.I, "approximately"),
        (r"\bincl\b\.?", re.I, "including"),
        (r"→|->", 0, " to "),
        (r"\b(do|does|did|is|was|are|were|ca|wo|would|has|have|had|could)nt\b", re.I, r"\1n't"),
        (r"\+(?=\d)", 0, "up "),
        (r"[−](?=\d)", 0, "down "),
    )
)  # fmt: skip
_PARTIAL = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?", re.I),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?(?:\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b)?", re.I),
)
_NO_MONTHS = frozenset({"may", "mar", "march"})
"""Also other words: a month only beside a day, or with a capital."""
_ORDINAL = re.compile(
    rf"\b(?:(?P<word>{'|'.join(_ORDINALS)})|(?P<digits>\d+)(?:st|nd|rd|th))\b"
    r"(?!\s+(?:quarter|year|night|of all))",
    re.I,
)

_QUARTER = re.compile(r"\b(first|second|third|fourth)[ -]quarter\b", re.I)


@dataclass(frozen=True)
class PartialDate:
    """A month or a day of it, with no year."""

    month: int
    day: int | None
    start: int
    end: int


@dataclass(frozen=True)
class ClaimReading:
    """A claim and what is compared of it, each part worked out once."""

    claim: str

    @cached_property
    def reading(self) -> Reading:
        """The claim with its short forms written out."""
        text = in_digits(_without_headline_capitals(self.claim))
        for pattern, made in _WRITTEN_OUT:
            text = pattern.sub(made, text)
        return Reading(" ".join(text.split()))

    @cached_property
    def lower(self) -> str:
        """Its text in small letters."""
        return self.reading.text.lower()

    @cached_property
    def names(self) -> list[Word]:
        """Its names; a capital that only opens the claim makes none."""
        words = self.reading.words
        following = words[1].text[:1].isupper() if len(words) > 1 else False
        # Somebody who writes in small letters shouts with large ones.
        shouts = self.claim[:1].islower()
        return [
            name
            for name in self.reading.names
            if (name.start > 0 or following or name.text[1:] != name.text[1:].lower())
            and not _ORDINAL.fullmatch(name.text)
            and not (shouts and name.text.isupper() and name.text.isalpha() and len(name.text) > 3)
        ]

    @cached_property
    def opening(self) -> Word | None:
        """The word with a capital that opens the claim, which may be a name, or only come first."""
        words = self.reading.words
        first = words[0] if words else None
        if first is None or not first.is_content or first.text[1:] != first.text[1:].lower():
            return None
        if not first.text[:1].isupper() or first in self.names:
            return None
        if first.text.lower() in _PREPOSITIONS:
            return None
        return None if first.text.endswith(("s", "ed", "ing")) else first

    @cached_property
    def partial_dates(self) -> list[PartialDate]:
        """Months and days without a year, outside full dates."""
        found: list[PartialDate] = []
        taken = [(date.start, date.end) for date in self.reading.dates]
        for pattern in _PARTIAL:
            for match in pattern.finditer(self.reading.text):
                start, end = match.span()
                if any(start < b and a < end for a, b in taken):
                    continue
                day = int(match["day"]) if match["day"] else None
                if day is None and match["month"] in _NO_MONTHS:
                    continue
                found.append(PartialDate(MONTHS[match["month"].lower()], day, start, end))
                taken.append((start, end))
        return found

    @cached_property
    def weekdays(self) -> frozenset[str]:
        """Days of the week that it names."""
        return frozenset(
            day for day in WEEKDAYS for word in self.reading.words if word.text.lower() == day
        ) | frozenset(
            day for day in WEEKDAYS for word in self.reading.words if word.text == day[:3].title()
        )

    @cached_property
    def quarters(self) -> frozenset[int]:
        """Quarters of a year that it names."""
        return frozenset(
            _ORDINALS[match[1].lower()] for match in _QUARTER.finditer(self.reading.text)
        )

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Its figures, but for those that belong to a date or count one thing."""
        spans = [(date.start, date.end) for date in self.partial_dates]
        spans += [match.span() for match in _ORDINAL.finditer(self.reading.text)]
        return [
            quantity
            for quantity in self.reading.quantities
            if not any(quantity.start < end and start < quantity.end for start, end in spans)
            and not (quantity.dimension == "count" and quantity.high <= 1 and not quantity.whole)
        ]

    @cached_property
    def ordinals(self) -> frozenset[int]:
        """First, 2nd, twelfth; -1 is last."""
        spans: list[PartialDate | DateMention] = [*self.partial_dates, *self.reading.dates]
        return frozenset(
            int(match["digits"]) if match["digits"] else _ORDINALS[match["word"].lower()]
            for match in _ORDINAL.finditer(self.reading.text)
            if not any(match.start() < date.end and date.start < match.end() for date in spans)
        )

    @cached_property
    def figure_stems(self) -> frozenset[str]:
        """Stems of the words of its figures, dates and places in an order."""
        spans = [(date.start, date.end) for date in self.partial_dates]
        spans += [match.span() for match in _ORDINAL.finditer(self.reading.text)]
        return self.reading.figures | frozenset(
            word.stem
            for word in self.reading.words
            if any(word.start < end and start < word.end for start, end in spans)
        )
