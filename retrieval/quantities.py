"""Quantities in running text: value, unit, scale, bound; and how two of them compare.

A quantity is an interval of values in a base unit (dollars, percent, watt-hours, seconds, ...).
A claim's quantity agrees with the evidence's when the latter, rounded or cut at the claim's last
written digit, is the former: a tolerance that follows the claim's own precision.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import permutations

from retrieval.dates import WEEKDAYS, DateMention, find_dates
from retrieval.spelled_numbers import ONES, TENS
from retrieval.words import STOP_WORDS, stem

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "grand": 1e3, "million": 1e6, "millions": 1e6,
    "mil": 1e6, "mln": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "billions": 1e9, "bil": 1e9,
    "bln": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "trillions": 1e12, "trn": 1e12, "tn": 1e12,
    "t": 1e12, "lakh": 1e5, "crore": 1e7, "dozen": 12.0, "hundreds": 1e2, "thousands": 1e3,
}  # fmt: skip
_LETTER_SCALES = frozenset({"k", "m", "b", "t"})

_CURRENCY_SIGNS = {
    "$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr", "c$": "cad",
    "ca$": "cad", "a$": "aud", "au$": "aud", "nz$": "nzd", "hk$": "hkd", "s$": "sgd", "r$": "brl",
}  # fmt: skip
_SIGN = r"(?:US|CA?|AU?|NZ|HK|S|R)?\$|[€£¥₹]"

# word -> (dimension, factor to the dimension's base unit)
_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("dollar", "dollars", "usd", "buck", "bucks"), ("usd", 1.0)),
    **dict.fromkeys(("cent", "cents"), ("usd", 0.01)),
    **dict.fromkeys(("euro", "euros", "eur"), ("eur", 1.0)),
    **dict.fromkeys(("pound sterling", "gbp"), ("gbp", 1.0)),
    **dict.fromkeys(("pence",), ("gbp", 0.01)),
    **dict.fromkeys(("yuan", "renminbi", "rmb", "cny"), ("cny", 1.0)),
    **dict.fromkeys(("yen", "jpy"), ("jpy", 1.0)),
    **dict.fromkeys(("rupee", "rupees", "inr"), ("inr", 1.0)),
    **dict.fromkeys(("franc", "francs", "chf"), ("chf", 1.0)),
    **dict.fromkeys(("%", "percent", "per cent", "pct"), ("percent", 1.0)),
    **dict.fromkeys(("percentage points", "percentage point", "pp"), ("points", 1.0)),
    **dict.fromkeys(("basis points", "basis point", "bps"), ("points", 0.01)),
    **dict.fromkeys(("wh", "watt-hours", "watt-hour", "watt hours", "watt hour"), ("energy", 1.0)),
    **dict.fromkeys(("kwh", "kilowatt-hours", "kilowatt hours", "kilowatt-hour"), ("energy", 1e3)),
    **dict.fromkeys(("mwh", "megawatt-hours", "megawatt hours"), ("energy", 1e6)),
    **dict.fromkeys(("gwh", "gigawatt-hours", "gigawatt hours"), ("energy", 1e9)),
    **dict.fromkeys(("twh", "terawatt-hours", "terawatt hours"), ("energy", 1e12)),
    **dict.fromkeys(("w", "watt", "watts"), ("power", 1.0)),
    **dict.fromkeys(("kw", "kilowatt", "kilowatts"), ("power", 1e3)),
    **dict.fromkeys(("mw", "megawatt", "megawatts"), ("power", 1e6)),
    **dict.fromkeys(("gw", "gigawatt", "gigawatts"), ("power", 1e9)),
    **dict.fromkeys(("kb", "kilobyte", "kilobytes"), ("data", 1e3)),
    **dict.fromkeys(("mb", "megabyte", "megabytes"), ("data", 1e6)),
    **dict.fromkeys(("gb", "gigabyte", "gigabytes"), ("data", 1e9)),
    **dict.fromkeys(("tb", "terabyte", "terabytes"), ("data", 1e12)),
    **dict.fromkeys(("gb/s", "gbps"), ("rate", 1e9)),
    **dict.fromkeys(("mm", "millimetres", "millimeters"), ("length", 1e-3)),
    **dict.fromkeys(("cm", "centimetres", "centimeters"), ("length", 1e-2)),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), ("length", 1.0)),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), ("length", 1e3)),
    **dict.fromkeys(("mile", "miles"), ("length", 1609.344)),
    **dict.fromkeys(("foot", "feet", "ft"), ("length", 0.3048)),
    **dict.fromkeys(("inch", "inches"), ("length", 0.0254)),
    **dict.fromkeys(("mg", "milligram", "milligrams"), ("mass", 1e-6)),
    **dict.fromkeys(("gram", "grams"), ("mass", 1e-3)),
    **dict.fromkeys(("kg", "kilo", "kilos", "kilogram", "kilograms"), ("mass", 1.0)),
    **dict.fromkeys(("tonne", "tonnes", "metric tons"), ("mass", 1e3)),
    **dict.fromkeys(("ton", "tons"), ("mass", 1e3)),
    **dict.fromkeys(("lb", "lbs"), ("mass", 0.45359237)),
    **dict.fromkeys(("second", "seconds", "sec"), ("time", 1.0)),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), ("time", 60.0)),
    **dict.fromkeys(("hour", "hours", "hrs", "h"), ("time", 3600.0)),
    **dict.fromkeys(("day", "days"), ("time", 86400.0)),
    **dict.fromkeys(("week", "weeks"), ("time", 604800.0)),
    **dict.fromkeys(("fortnight", "fortnights"), ("time", 1209600.0)),
    **dict.fromkeys(("month", "months"), ("time", 2629746.0)),
    **dict.fromkeys(("year", "years", "yr", "yrs"), ("time", 31556952.0)),
    **dict.fromkeys(("decade", "decades"), ("time", 315569520.0)),
    **dict.fromkeys(("gpu-hours", "gpu hours", "gpu-hour", "gpu hour"), ("gpu-hours", 1.0)),
    **dict.fromkeys(("times", "x", "-fold", "fold"), ("times", 1.0)),
    **dict.fromkeys(("°c", "degrees celsius", "celsius"), ("celsius", 1.0)),
    **dict.fromkeys(("°f", "degrees fahrenheit", "fahrenheit"), ("fahrenheit", 1.0)),
    **dict.fromkeys(("square metres", "square meters", "sq m", "m²"), ("area", 1.0)),
    **dict.fromkeys(("square feet", "square foot", "sq ft"), ("area", 0.09290304)),
    **dict.fromkeys(("square kilometres", "square kilometers", "km²"), ("area", 1e6)),
    **dict.fromkeys(("square miles", "square mile"), ("area", 2589988.11)),
    **dict.fromkeys(("acre", "acres"), ("area", 4046.8564224)),
    **dict.fromkeys(("hectare", "hectares"), ("area", 1e4)),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), ("volume", 1.0)),
    **dict.fromkeys(("ml", "millilitres", "milliliters"), ("volume", 1e-3)),
    **dict.fromkeys(("cubic metres", "cubic meters", "cubic metre", "m³"), ("volume", 1e3)),
    **dict.fromkeys(("cubic feet", "cubic foot"), ("volume", 28.316846592)),
    **dict.fromkeys(("gallon", "gallons"), ("volume", 3.785411784)),
    **dict.fromkeys(("barrel", "barrels"), ("barrels", 1.0)),
}

_WORD_NUMBERS = ONES | TENS
_ORDINALS = {"third": 3, "fourth": 4, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7,
             "eighth": 8, "ninth": 9, "tenth": 10}  # fmt: skip

MONEY = frozenset({"usd", "eur", "gbp", "jpy", "cny", "inr", "chf", *_CURRENCY_SIGNS.values()})
"""The dimensions that are currencies."""

_SHARES = {
    f"{count}{joint}{part}s": 100.0 * above / below
    for count, above in _WORD_NUMBERS.items()
    for part, below in _ORDINALS.items()
    for joint in (" ", "-")
    if 1 < above < below
} | {
    f"{count} {joint} {whole}": 100.0 * part / size
    for count, part in _WORD_NUMBERS.items()
    for whole, size in _WORD_NUMBERS.items()
    for joint in ("in", "out of")
    if part < size <= 10
}
"""Plainly shares; the fractions may also be ordinals (a third time), and need what follows."""
_FRACTIONS = {
    f"{count}{joint}{part}": 100.0 / below
    for count in ("a", "one")
    for part, below in _ORDINALS.items()
    for joint in (" ", "-")
} | {
    "half": 50.0, "one half": 50.0, "a half": 50.0, "a majority": 50.0, "the majority": 50.0,
}  # fmt: skip
_MULTIPLES = {
    "double": 2.0, "doubled": 2.0, "doubling": 2.0, "twice": 2.0, "tripled": 3.0, "triple": 3.0,
    "tripling": 3.0, "quadrupled": 4.0, "quadrupling": 4.0,
}  # fmt: skip

_RATIO = re.compile(r"\s?(?:-to-|to|:)\s?(?:one|1)\b(?![.,]?\d)", re.IGNORECASE)
_PART_OF_PEOPLE = re.compile(
    r"\b(?:bottom|poor(?:er|est)|top|rich(?:er|est)|wealth(?:ier|iest)|upper|lower|other|next|first|"
    r"second|latter)\s+(?:the\s+)?$",
    re.IGNORECASE,
)

_VAGUE = re.compile(
    r"\b(?P<tens>(?:(?:a )?(?:few |several )?(?:tens|dozens|scores) of )|"
    r"(?:(?:a )?(?:few |several )?hundreds of ))?(?P<scale>thousands|millions|billions|trillions)"
    r"(?: of (?P<unit>dollars|euros))?\b",
    re.IGNORECASE,
)

_APPROX = "about|around|roughly|approximately|some|circa|an estimated|estimated|close to|nearly|"
_APPROX += "almost|just under|just over|~|≈|like|or so"
_LOWER = "more than|over|above|at least|no less than|no fewer than|exceeding|exceeds|exceeded|"
_LOWER += "north of|upwards of|a minimum of|greater than|well over|much more than|more then|"
_LOWER += "(?:tall|larg|bigg|high|old|heavi|wid|deep|fast|lat)er than"
_UPPER = "less than|fewer than|under|below|at most|up to|no more than|as much as|as many as|within|"
_UPPER += "a maximum of|(?:low|short|small|young|light|cheap|slow|earli)er than"
_BOUND = re.compile(
    rf"\b(?:(?P<lower>{_LOWER})|(?P<upper>{_UPPER})|(?P<approx>{_APPROX}))"
    r"(?:\s+(?:about|around|the|a|an))?\s*$",
    re.IGNORECASE,
)

_BOUND_AFTER = re.compile(
    r"\s+(?:(?:or|and)\s+(?:(?P<lower>over|above|up|older)|under|below|younger)"
    r"|or\s+(?:(?P<more>more|higher|longer|greater)|less|fewer|lower|shorter))\b(?!\s+than)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])")
_JOINED = re.compile(r",?\s+(?:and\s+)?")
"""Between the parts of `4 hours and 10 minutes`."""

_NUMERAL = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+\b)?|\.\d+"
_TENS_WORD = "|".join(TENS)
_BELOW_HUNDRED = (
    rf"(?:(?:{_TENS_WORD})-(?:one|two|three|four|five|six|seven|eight|nine))|"
    + "|".join(sorted(_WORD_NUMBERS, key=len, reverse=True))
)
_WORD_NUMERAL = (
    rf"(?:a|{_BELOW_HUNDRED})[ -]hundred(?:\s+and\s+(?:{_BELOW_HUNDRED})\b)?(?!s)|{_BELOW_HUNDRED}"
)
_SCALE_WORD = "|".join(
    sorted((s for s in _SCALES if s not in _LETTER_SCALES), key=len, reverse=True)
)
_UNIT_WORD = "|".join(re.escape(u) for u in sorted(_UNITS, key=len, reverse=True))
_COUNT_WORD, _PART_WORD, _FRACTION_WORD = (
    "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))
    for table in (_WORD_NUMBERS, _ORDINALS, _FRACTIONS)
)
_FRACTION = re.compile(
    rf"\b(?:(?P<share>(?:{_COUNT_WORD})"
    rf"(?:[ -](?:{_PART_WORD})s| (?:in|out of) (?:{_COUNT_WORD})))\b"
    rf"|(?P<f>{_FRACTION_WORD})\b(?!\s+an?\s+(?:{_SCALE_WORD}|{_UNIT_WORD})\b)"
    r"(?=\s+(?:of|the|its|all|a|over|were|was|are|is|had|have)\b|[.,;)]|$))",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(rf"\b(?:{'|'.join(_MULTIPLES)})\b", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?<![\w.,$€£/-])(?P<sign>{_SIGN})?\s?"
    rf"(?P<number>{_NUMERAL}|\b(?:{_WORD_NUMERAL}|half a|an?)(?=[\s-]))"
    rf"(?:\s?-?\s?(?P<scale>(?:{_SCALE_WORD})\b|[kKMmBbTt]n?\b(?!/)))?"
    rf"(?:(?P<dash>\s?(?:-|–|—|to|and)\s?)(?P<sign2>{_SIGN})?(?P<number2>{_NUMERAL})"
    rf"(?:\s?-?(?P<scale2>(?:{_SCALE_WORD})\b|[kKMmBbTt]n?\b)))?",
    re.IGNORECASE,
)
_RANGE_TAIL = re.compile(
    rf"\s?(?:-|–|—|to|and)\s?(?:{_SIGN})?(?P<number>{_NUMERAL})"
    rf"(?:\s?-?(?P<scale>(?:{_SCALE_WORD})\b|[kKMmBbTt]n?\b))?(?![\d:])",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    rf"[\s-]{{0,2}}(?:US\s|U\.S\.\s)?(?P<unit>{_UNIT_WORD})(?![\w])", re.IGNORECASE
)
_COMPOUND_UNIT = re.compile(
    r"\s?(?:Nvidia\s+)?(?:[A-Z][\w-]*\s+)?(?P<unit>gpu[- ]hours?)\b"
    r"|\s?(?:Nvidia\s+)?(?-i:[A-Z]{1,3}\d{2,4}\w*)[- ](?P<chip>hours?)\b",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    r"\s+(?:(?:of|out of)\s+(?:the\s+|its\s+|their\s+|all\s+)?"
    r"|in\s+(?:every\s+)?(?!(?:1[5-9]|20)\d\d\b))"
    rf"(?P<whole>{_NUMERAL})\b(?!%)"
)
_NOUN_WORD = re.compile(r"[\s-]+(?P<word>[^\W\d_][\w'’-]*)")
_NAME_BEFORE = re.compile(r"(?P<word>[^\W\d_][\w&'’.-]*)\s+$")


_LARGEST = 1e60
"""As what larger numbers are read, so that nothing computed from them overflows."""
_MOST_DIGITS = 15
"""After the point or as zeros, of which more make a last digit no finer or coarser."""
_FAR = 10.0
"""Nobody says `more than 700 thousand` of 700 million, true as it is."""


class QuantityRelation(StrEnum):
    """How a quantity in a claim stands to one in the evidence."""

    AGREES = "agrees"
    LIMITS = "limits"
    """The claim states as the figure what the evidence gives as a bound or one end of a range."""
    CONTRADICTS = "contradicts"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value or a range of values in a base unit, as written."""

    low: float
    high: float
    dimension: str
    """usd, percent, energy, time, ...; `count` where no unit is given, `group` for a share that
    names who is spoken of (the richest 10 percent)."""
    place: float
    """Value of the last significant digit written, in the base unit."""
    text: str
    start: int
    end: int
    bound: str = "="
    """= exact, ~ about, > at least or more than, < at most or less than."""
    nouns: frozenset[str] = frozenset()
    """Stems of what is counted: the words that follow."""
    whole: float | None = None
    """In `20 of 22`: 22."""

    @property
    def is_range(self) -> bool:
        """Whether two ends were written."""
        return self.low != self.high


def find_quantities(text: str, dates: Sequence[DateMention] | None = None) -> list[Quantity]:
    """Quantities in `text`, in order; dates, and numbers that belong to names, are left out.

    `dates` are those of the text, where they are known already.
    """
    mentions = find_dates(text) if dates is None else dates
    taken = [(mention.start, mention.end) for mention in mentions]
    taken += [match.span() for match in _CLOCK.finditer(text)]
    found: list[Quantity] = []

    def free(start: int, end: int) -> bool:
        return not any(start < e and s < end for s, e in taken)

    for finder in (_fractions, _numbers, _vague):
        for quantity in finder(text):
            if free(quantity.start, quantity.end):
                found.append(quantity)
                taken.append((quantity.start, quantity.end))
    return sorted(found, key=lambda quantity: quantity.start)


def _before(text: str, start: int) -> str:
    """What stands right before, long enough for the words that are looked for there."""
    return text[max(0, start - 30) : start]


def _bound_before(text: str, start: int) -> tuple[str, int]:
    match = _BOUND.search(_before(text, start))
    if not match:
        return "=", start
    kind = ">" if match["lower"] else "<" if match["upper"] else "~"
    return kind, start - (len(match.group()))


def _bound_after(text: str, end: int) -> tuple[str | None, int]:
    """The bound that follows what ends at `end`, and where that ends."""
    if text[end : end + 1] == "+":
        return ">", end + 1
    if match := _BOUND_AFTER.match(text, end):
        return (">" if match["lower"] or match["more"] else "<"), match.end()
    return None, end


def _fractions(text: str) -> list[Quantity]:
    found = []
    for match in _FRACTION.finditer(text):
        words = (match["share"] or match["f"]).lower()
        share = _SHARES.get(words) or _FRACTIONS.get(words)
        if share is None or _PART_OF_PEOPLE.search(_before(text, match.start())):
            continue
        bound, start = _bound_before(text, match.start())
        if "majority" in words:
            bound = ">"
        nouns = _nouns_after(text, match.end())
        found.append(
            Quantity(share, share, "percent", 2.0, text[start : match.end()], start, match.end(),
                     bound=bound if bound != "=" else "~", nouns=nouns)
        )  # fmt: skip
    for match in _MULTIPLE.finditer(text):
        value = _MULTIPLES[match.group().lower()]
        found.append(
            Quantity(value, value, "times", 0.1, match.group(), match.start(), match.end())
        )
    return found


def _vague(text: str) -> list[Quantity]:
    found = []
    for match in _VAGUE.finditer(text):
        scale = _SCALES[match["scale"].lower()]
        low, high = scale, scale * 999
        tens = (match["tens"] or "").lower()
        if "tens" in tens or "dozens" in tens or "scores" in tens:
            low, high = scale * 10, scale * 99
            if "few" in tens:
                high = scale * 60
        elif "hundreds" in tens:
            low, high = scale * 100, scale * 999
        unit = match["unit"]
        dimension = _UNITS[unit.lower()][0] if unit else "count"
        found.append(
            Quantity(low, high, dimension, low, match.group(), match.start(), match.end(),
                     bound="~", nouns=_nouns_after(text, match.end()))
        )  # fmt: skip
    return found


def _numbers(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    position = 0
    while match := _NUMBER.search(text, position):
        quantity = _quantity(match, text)
        position = quantity.end if quantity else match.end("number")
        if quantity and found and (whole := _compound(found[-1], quantity, text)):
            found[-1] = whole
        elif quantity:
            found.append(quantity)
    return found


def _compound(first: Quantity, second: Quantity, text: str) -> Quantity | None:
    """`4 h 10 min` and `6 feet 2 inches` are each one quantity: a smaller unit follows at once."""
    together = (
        first.dimension == second.dimension
        and first.dimension in ("time", "length", "mass")
        and not (first.is_range or second.is_range)
        and second.bound == "="
        and second.high < first.place
        and _JOINED.fullmatch(text, first.end, second.start)
    )
    if not together:
        return None
    value = first.low + second.low
    return replace(
        first, low=value, high=value, place=second.place, end=second.end, nouns=second.nouns,
        text=text[first.start : second.end],
    )  # fmt: skip


def _value(numeral: str) -> tuple[float, float]:
    """The value of a numeral, and of its last significant digit."""
    word = numeral.lower()
    if word == "half a":
        return 0.5, 0.1
    if not word[0].isdigit() and word[0] != ".":
        hundreds, _, rest = word.rpartition("hundred")
        above = 100.0 * _spelled(hundreds) if hundreds else 0.0
        below = _spelled(rest.strip().removeprefix("and"))
        return above + below, 1.0 if below else 100.0
    digits, _, exponent = word.replace(",", "").partition("e")
    value = float(digits)
    if "." in digits:
        place = 10.0 ** -min(len(digits.split(".")[1]), _MOST_DIGITS)
    else:
        zeros = len(digits) - len(digits.rstrip("0")) if value >= 1000 else 0
        place = 10.0 ** min(zeros, max(len(digits) - 1, 0), _MOST_DIGITS)
    size = min(max(float(f"1e{exponent or 0}"), 1.0 / _LARGEST), _LARGEST)
    return min(value * size, _LARGEST), min(place * size, _LARGEST)


def _spelled(word: str) -> float:
    """The value of a number below a hundred in words, 0 of nothing."""
    parts = word.strip(" -").split("-")
    return float(sum(1 if part in ("a", "an") else _WORD_NUMBERS.get(part, 0) for part in parts))


def _scale(word: str | None) -> float:
    if not word:
        return 1.0
    word = word.lower()
    return _SCALES[word] if word in _SCALES else _SCALES[word[0]]


def _quantity(match: re.Match[str], text: str) -> Quantity | None:
    numeral, scale_word, end = match["number"], match["scale"], match.end("number")
    if scale_word and _is_unit_not_scale(scale_word, text, match):
        scale_word = None
    scale = _scale(scale_word)
    end = match.end("scale") if scale_word else end
    value, place = _value(numeral)
    spelled = not numeral[0].isdigit() and not numeral.startswith(".")
    low = high = value
    high_scale = scale
    tail = None if spelled and not scale_word else _RANGE_TAIL.match(text, end)
    if tail:
        top, top_place = _value(tail["number"])
        tail_scale = _scale(tail["scale"])
        low_scale = scale if scale_word else tail_scale
        joined = "and" not in text[end : tail.start("number")].split() or _between(text, match)
        if joined and top * tail_scale > value * low_scale:
            high, end, place, scale = top, tail.end(), min(place, top_place), low_scale
            high_scale = tail_scale if tail["scale"] else scale
        else:
            tail = None
    dimension, factor, end = _unit(text, end, match["sign"])
    if dimension == "count" and not tail and (ratio := _RATIO.match(text, end)):
        dimension, end = "times", ratio.end()
    elif dimension == "percent" and _PART_OF_PEOPLE.search(_before(text, match.start())):
        dimension = "group"
    whole = None
    if dimension == "count" and (out_of := _OUT_OF.match(text, end)):
        whole, end = _value(out_of["whole"])[0], out_of.end()
    bound, start = _bound_before(text, match.start())
    after, end = _bound_after(text, end)
    bound = after or bound
    nouns = _nouns_after(text, end)
    if not scale_word and dimension == "count" and whole is None:
        of_them = text.startswith(" of ", end) or bound != "="
        unsaid = numeral.lower() in ("a", "an", "half a", "one")
        if spelled and (unsaid or not (nouns or of_them)):
            return None
        if not spelled and not tail and _belongs_to_name(text, match.start(), end, nouns):
            return None
    article = numeral.lower() in ("a", "an") or (
        numeral.lower() == "half a" and dimension == "count"
    )
    if article and not scale_word:
        return None
    return Quantity(
        low * scale * factor, high * high_scale * factor, dimension, place * scale * factor,
        text[start:end].strip(), start, end, bound=bound, nouns=nouns, whole=whole,
    )  # fmt: skip


def _between(text: str, match: re.Match[str]) -> bool:
    return text[: match.start()].lower().rstrip().endswith("between")


def _is_unit_not_scale(word: str, text: str, match: re.Match[str]) -> bool:
    """Whether a lone letter after a number is no scale: `5 m` is a length, `3 t` a mass."""
    if word.lower() not in _LETTER_SCALES:
        return False
    spaced = text[match.end("number")] in " -"
    return bool(spaced and not match["sign"])


def _unit(text: str, end: int, sign: str | None) -> tuple[str, float, int]:
    if sign:
        currency = _CURRENCY_SIGNS[sign.lower()]
        match = _UNIT_AFTER.match(text, end)
        if match and _UNITS[match["unit"].lower()][0] == currency:
            return currency, 1.0, match.end()
        return currency, 1.0, end
    for pattern in (_COMPOUND_UNIT, _UNIT_AFTER):
        if match := pattern.match(text, end):
            chip_hours = match.groupdict().get("chip")
            unit = "gpu-hours" if chip_hours else match["unit"].lower()
            dimension, factor = _UNITS[unit]
            return dimension, factor, match.end()
    return "count", 1.0, end


def _nouns_after(text: str, end: int) -> frozenset[str]:
    nouns: list[str] = []
    position = end
    while len(nouns) < 4 and (match := _NOUN_WORD.match(text, position)):
        word = match["word"].lower()
        if word in STOP_WORDS:
            if word in ("of", "the") and not nouns:
                position = match.end()
                continue
            break
        nouns.append(stem(word))
        position = match.end()
    return frozenset(nouns)


def _belongs_to_name(text: str, start: int, end: int, nouns: frozenset[str]) -> bool:
    """`Claude 3.5 Sonnet`, `Llama 3.1`, `Section 2`, `Fortune 500`: a number inside a name."""
    before = _NAME_BEFORE.search(text[:start])
    if not nouns and (text[end : end + 1] in ("-", "_") or _in_parentheses(text, start, end)):
        return True
    if not before or not before["word"][0].isupper():
        return False
    word = before["word"].lower().strip(".")
    return word not in STOP_WORDS and word not in WEEKDAYS


def _in_parentheses(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] == "(" and text[end : end + 1] == ")"


def compare_quantities(claim: Quantity, evidence: Quantity) -> QuantityRelation:
    """How the claim's quantity stands to the evidence's. Whether both measure the same is not asked
    beyond their dimension and, for counts, the thing counted."""
    if not comparable(claim, evidence):
        return QuantityRelation.UNRELATED
    if claim.whole is not None and evidence.whole is not None:
        same = claim.low == evidence.low and claim.whole == evidence.whole
        return QuantityRelation.AGREES if same else QuantityRelation.CONTRADICTS
    if same_value(claim, evidence):
        limited = evidence.bound == "<" and claim.bound in "=~>"
        return QuantityRelation.LIMITS if limited else QuantityRelation.AGREES
    if evidence.is_range and not claim.is_range:
        return _against_range(claim, evidence)
    return _against_bounds(claim, evidence)


def _against_range(claim: Quantity, evidence: Quantity) -> QuantityRelation:
    ends = (_close(claim.low, claim.place, end, evidence.place, False)
            for end in (evidence.low, evidence.high))  # fmt: skip
    if any(ends):
        return QuantityRelation.LIMITS
    if evidence.low < claim.low < evidence.high:
        return QuantityRelation.AGREES if claim.bound in "~" else QuantityRelation.LIMITS
    return _against_bounds(claim, evidence)


def _against_bounds(claim: Quantity, evidence: Quantity) -> QuantityRelation:
    low, high = claim.low, claim.high
    if claim.bound in "<>":
        return _bound_against(claim, evidence)
    if claim.is_range:
        return _verdict(low <= evidence.low and evidence.high <= high)
    if evidence.bound == ">" and low > evidence.low:
        far = evidence.low > 0 and low > 2 * evidence.low
        return QuantityRelation.CONTRADICTS if far else QuantityRelation.LIMITS
    return QuantityRelation.CONTRADICTS


def _bound_against(claim: Quantity, evidence: Quantity) -> QuantityRelation:
    """A claim of `more than` or `less than` against a figure or another bound."""
    above = claim.bound == ">"
    stated, found = (claim.low, evidence.low) if above else (claim.high, evidence.high)
    if claim.bound == evidence.bound:
        weaker = stated <= found if above else stated >= found
        return _verdict(weaker and abs(stated - found) <= 0.25 * max(abs(stated), abs(found)))
    small, large = (stated, found) if above else (found, stated)
    if large > _FAR * small > 0:
        return QuantityRelation.LIMITS
    meets = evidence.high >= claim.low if above else evidence.low <= claim.high
    return _verdict(meets and evidence.bound in "=~")


def _verdict(agrees: bool) -> QuantityRelation:
    return QuantityRelation.AGREES if agrees else QuantityRelation.CONTRADICTS


def comparable(first: Quantity, second: Quantity) -> bool:
    """Whether the two are of one dimension, and where nothing but counts, of one thing."""
    if first.dimension != second.dimension:
        return _bare(first, second.dimension) or _bare(second, first.dimension)
    if first.dimension == "count":
        if (first.whole is None) != (second.whole is None):
            return False
        return bool(first.nouns & second.nouns) or _alike_in_size(first, second)
    return True


def _alike_in_size(first: Quantity, second: Quantity) -> bool:
    """Of counts of which one does not say what it counts: whether they may be of the same thing."""
    if first.nouns and second.nouns:
        return False
    small, large = sorted((abs(first.low), abs(second.low)))
    return large <= 10.0 * small


def _bare(quantity: Quantity, other: str) -> bool:
    """A large number with no unit of its own, such as `(1.3 billion in one)`, may be money."""
    large = quantity.dimension == "count" and not quantity.nouns and quantity.low >= 10_000
    return large and other in MONEY


def same_value(claim: Quantity, evidence: Quantity) -> bool:
    """Whether the claim's value is the evidence's, rounded or cut at the claim's last digit.

    Where either is said to be approximate, the coarser of the two precisions counts.
    """
    loose = "~" in (claim.bound, evidence.bound)
    return _close(claim.low, claim.place, evidence.low, evidence.place, loose) and _close(
        claim.high, claim.place, evidence.high, evidence.place, loose
    )


def derived(claim: Quantity, evidence: Sequence[Quantity]) -> tuple[Quantity, Quantity] | None:
    """Two of the evidence's quantities whose difference, sum or ratio is the claim's, if any are.

    Percentages give a difference only in points: sums of shares come true by chance too often.
    """
    for first, second in permutations(evidence, 2):
        value = _combined(claim.dimension, first, second)
        if any(v > 0 and _derives(claim, v, place) for v, place in value):
            return first, second
    return None


def _combined(dimension: str, first: Quantity, second: Quantity) -> list[tuple[float, float]]:
    """What two quantities give in a dimension: values, and the least digit each is sure to."""
    a, b = first.low, second.low
    place = max(first.place, second.place)
    if first.dimension != second.dimension or first.dimension in ("time", "group") or a < b:
        return []
    if dimension == "points" and first.dimension == "percent":
        return [(a - b, place)]
    if dimension in ("times", "percent") and b > 0:
        ratios = [a / b] if dimension == "times" else [100 * b / a, 100 * (a / b - 1)]
        return [(ratio, 0.0) for ratio in ratios]
    if dimension == first.dimension and (dimension != "count" or first.nouns & second.nouns):
        return [(a - b, place), (a + b, place)]
    return []


def _derives(claim: Quantity, value: float, place: float) -> bool:
    loose = claim.bound != "="
    return claim.low == claim.high and _close(claim.low, claim.place, value, place, loose)


def _close(a: float, a_place: float, b: float, b_place: float, loose: bool) -> bool:
    if math.isclose(a, b, rel_tol=1e-9):
        return True
    if loose and abs(a - b) <= 0.03 * max(abs(a), abs(b)):
        return True
    if abs(a - b) > (0.12 if loose else 0.05) * max(abs(a), abs(b)):
        return False
    place = max(a_place, b_place) if loose else a_place
    exact_count = place <= 1 and max(abs(a), abs(b)) < 10_000 and not loose
    if exact_count and float(a).is_integer() and float(b).is_integer():
        return False
    if loose:
        return _rounds_to(a, b, place) or _rounds_to(b, a, place) or abs(a - b) <= place
    return _rounds_to(b, a, place)


def _rounds_to(value: float, target: float, place: float) -> bool:
    steps = value / place
    rounded = (math.floor(steps + 0.5), math.floor(steps + 1e-9))
    return any(math.isclose(step * place, target, rel_tol=1e-6, abs_tol=place * 1e-3)
               for step in rounded)  # fmt: skip


def nearest(claim: Quantity, evidence: Sequence[Quantity]) -> Quantity | None:
    """Of the comparable quantities, the one that shares most of what is counted, then the first."""
    candidates = [quantity for quantity in evidence if comparable(claim, quantity)]
    return max(candidates, key=lambda q: len(q.nouns & claim.nouns), default=None)
