"""The facts of a sentence held against its evidence: numbers, units, dates and names.

What the sentence states must stand in the evidence, or in the claim that is being answered,
equal after conversion of units and scales.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from prompts.audit_evidence import Evidence, names_of
from prompts.audit_model import Fault, FaultKind
from retrieval.claim_reading import ClaimReading
from retrieval.dateparts import DateParts, date_parts
from retrieval.findings import Reading, is_called
from retrieval.quantities import (
    Quantity,
    QuantityRelation,
    comparable,
    compare_quantities,
    same_value,
)

_CONTRAST = re.compile(
    r"\b(?:not|no|nor|never|none|nothing|neither|without|rather|instead|against|than|but|only|claim\w*|"
    r"below|above|under|over|far|short|fewer|less|more|while|although|though)\b|n['’]t\b",
    re.IGNORECASE,
)
_PARTED = re.compile(r"[,;:()]|\b(?:and|after|to|but|while|against|from|before|than)\b")
_DURING = re.compile(r"(?:over|within|under)\b", re.IGNORECASE)
_PLACED = re.compile(
    r"\b(?:the|its|his|her|their|our)\s+[\w-]+(?:\s+\w+)?(?=(?P<rest>(?:\s+\w+){0,2}))",
    re.IGNORECASE,
)
_CENTURY = re.compile(r"\bcentur(?:y|ies)\b", re.IGNORECASE)
_YEAR = 31556952.0  # seconds
_NUMERAL = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_MULTIPLE = re.compile(
    r"\b(?:twice|double[ds]?|doubling|triple[ds]?|times|-?fold|half|halved|third|quarter|fifth|"
    r"tenth|ratio|to one|in ten|majority)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\b(?:together|combined|total|sum|difference|gap|apart|more than|fewer than|less than|ahead|"
    r"later|after|earlier|before|within|rest|remaining|other|others|increase[ds]?|rose|fell|"
    r"dropped|gained|lost|points?|years?|months?|weeks?|days?|half|not|never|nobody|without|"
    r"except|all but|missed|failed|fewer|more|less|went (?:up|down))\b|n['’]t\b",
    re.IGNORECASE,
)

_SUM = re.compile(
    r"\b(?:together|combined|total|sum|altogether|in all|both|more|another|further|rose|up|"
    r"increase[ds]?|gained|later|after|since|plus|apart|between|over|within)\b",
    re.IGNORECASE,
)


def fact_faults(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    """Every number, unit, date and name of `sentence` that neither evidence nor claim holds."""
    yield from _quantity_faults(sentence, evidence)
    yield from _numeral_faults(sentence, evidence)
    yield from _ordinal_faults(sentence, evidence)
    yield from _date_faults(sentence, evidence)
    yield from _name_faults(sentence, evidence)
    yield from mispaired(sentence, evidence)


def _quantity_faults(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    given = evidence.whole.quantities
    years = [d.year for d in date_parts(evidence.whole.text) if d.year is not None]
    for quantity in sentence.quantities:
        if _is_held(quantity, (*given, *evidence.beside.quantities)):
            fault = _bound_fault(quantity, given) or _claimed_fault(quantity, sentence, evidence)
            if fault:
                yield fault
            continue
        if _is_in_name(quantity, sentence, evidence) or _is_elliptic(quantity, given):
            continue
        if _is_derived(quantity, given, years, sentence.text) or _is_counted(quantity, evidence):
            continue
        same = next((other for other in given if _same_digits(quantity, other)), None)
        if same is not None:
            yield Fault(
                FaultKind.UNIT,
                quantity.text,
                same.text,
                f"the evidence says {same.text!r}, not {quantity.text!r}",
            )
            continue
        rival = next((other for other in given if comparable(quantity, other)), None)
        yield Fault(
            FaultKind.QUANTITY,
            quantity.text,
            rival.text if rival else "",
            f"{quantity.text!r} is not in the evidence",
        )


def _ordinal_faults(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    """A third that is a fifth in the evidence. First and second are said of much else.

    Who won three titles, or won three times, won a third title.
    """
    if _CENTURY.search(sentence.text):
        return  # may be worked out from years
    told = [ClaimReading(text).ordinals for text in (evidence.whole.text, evidence.beside.text)]
    rivals = sorted(told[0] - {1, 2, -1})
    # `A third` is a share.
    placed = {
        place
        for match in _PLACED.finditer(sentence.text)
        for place in ClaimReading(match[0]).ordinals
        if not _is_counted_to(place, match[0] + match["rest"], evidence.whole.quantities)
    }
    for place in sorted(placed - told[0] - told[1]):
        if place > 2 and rivals:
            yield Fault(
                FaultKind.QUANTITY,
                f"number {place}",
                f"number {rivals[0]}",
                f"the evidence says number {rivals[0]} in order, not {place}",
            )


def _is_counted_to(place: int, phrase: str, given: Sequence[Quantity]) -> bool:
    """Whether as many of what `phrase` places are counted: three titles, of `the third title`."""
    stems = {word.stem for word in Reading(phrase).words}
    return any(
        quantity.low == place and (quantity.dimension == "times" or quantity.nouns & stems)
        for quantity in given
    )


def _is_held(quantity: Quantity, given: Sequence[Quantity]) -> bool:
    """Whether one of `given` is the quantity, or of a range two are the ends: 55% to 62%."""
    ends = [replace(quantity, low=end, high=end) for end in (quantity.low, quantity.high)]
    return any(_holds(quantity, other) for other in given) or (
        quantity.is_range and all(any(_holds(end, other) for other in given) for end in ends)
    )


def _holds(quantity: Quantity, other: Quantity) -> bool:
    """Whether `other` is the same value of the same dimension, whatever is counted."""
    relation = compare_quantities(quantity, other)
    if relation in (QuantityRelation.AGREES, QuantityRelation.LIMITS):
        return _is_said(quantity, other)
    if quantity.whole is not None or other.whole is not None:
        if quantity.whole is None and quantity.dimension == "count":
            return quantity.low in (other.low, other.whole)
        return _same_share(quantity, other)
    core = quantity.text[match.start() :] if (match := _NUMERAL.search(quantity.text)) else ""
    if _is_bare(quantity) and core and re.search(rf"(?<![\d.,]){re.escape(core)}\b", other.text):
        return True
    counts = "count" in (quantity.dimension, other.dimension)
    bare = _is_bare(quantity) or _is_bare(other)
    if quantity.dimension != other.dimension and not (counts and bare):
        return False
    about = "~" in (quantity.bound, other.bound)
    return same_value(quantity, other) or (
        about and math.isclose(quantity.low, other.low, rel_tol=0.04) and not quantity.is_range
    )


def _is_said(quantity: Quantity, other: Quantity) -> bool:
    """Whether the evidence says the value, where it does not contradict it."""
    if same_value(quantity, other):
        return True
    if quantity.bound == "=":
        # 99 percent is more than 90, and 36 in 5 to 73, and neither is what the evidence says.
        return not quantity.is_range and quantity.low in (other.low, other.high)
    # `More than 50` is true of 3,000, and still not what the evidence says.
    near = 0.75 * other.low <= quantity.low <= 1.34 * other.low
    return quantity.bound == "~" or (near and other.bound == "=")


def _is_in_name(quantity: Quantity, sentence: Reading, evidence: Evidence) -> bool:
    """Whether the number ends a name that the evidence writes the same: Llama 3.1."""
    before = sentence.text[: quantity.start].rstrip()
    name = before[before.rfind(" ") + 1 :]
    called = f"{name} {quantity.text}"
    texts = (evidence.whole.text, evidence.beside.text)
    return bool(name[:1].isupper()) and any(called in text for text in texts)


def _is_elliptic(quantity: Quantity, given: list[Quantity]) -> bool:
    """Whether a bare number has its unit from another: 58 terawatt-hours in 2014, 176 in 2023."""
    number = _number(quantity)
    if not number:
        return False
    factors = [
        other.low / shown
        for other in given
        if other.dimension == quantity.dimension and (shown := _number(other))
    ]
    bare = [other for other in given if _is_bare(other) and math.isclose(other.low, number)]
    return any(math.isclose(quantity.low, other.low * f) for other in bare for f in factors)


def _number(quantity: Quantity) -> float | None:
    """The numeral as written; None where it is in words."""
    match = _NUMERAL.search(quantity.text)
    return float(match.group().replace(",", "")) if match else None


def _is_bare(quantity: Quantity) -> bool:
    """A number with neither unit nor noun: `the Nasdaq 3.1 and the S&P 1.5 percent`."""
    return quantity.dimension == "count" and not quantity.nouns


def _same_share(quantity: Quantity, other: Quantity) -> bool:
    """Whether two are one share of a whole: 1 in 4, 25 percent, a quarter."""
    shares = [_share(quantity), _share(other)]
    return None not in shares and math.isclose(shares[0] or 0, shares[1] or 0, rel_tol=0.03)


def _share(quantity: Quantity) -> float | None:
    if quantity.whole:
        return 100.0 * quantity.low / quantity.whole
    return quantity.low if quantity.dimension == "percent" else None


def _bound_fault(quantity: Quantity, given: Iterable[Quantity]) -> Fault | None:
    """A figure given where the evidence sets a limit, or a limit where it gives the figure."""
    same = [other for other in given if _holds(quantity, other)]
    if not same or any(_bounds_agree(quantity, other) for other in same):
        return None
    return Fault(
        FaultKind.BOUND,
        quantity.text,
        same[0].text,
        f"the evidence says {same[0].text!r}, not {quantity.text!r}",
    )


def _claimed_fault(quantity: Quantity, sentence: Reading, evidence: Evidence) -> Fault | None:
    """The claim's figure told as a fact, where the evidence has another in its place."""
    given = evidence.whole.quantities
    if _is_held(quantity, given) or _CONTRAST.search(sentence.text):
        return None
    rivals = [other for other in given if comparable(quantity, other)]
    told = any(_holds(mine, other) for mine in sentence.quantities for other in rivals)
    if not rivals or told:
        return None
    reason = f"the claim says {quantity.text!r}, the evidence {rivals[0].text!r}"
    return Fault(FaultKind.QUANTITY, quantity.text, rivals[0].text, reason)


def _bounds_agree(quantity: Quantity, other: Quantity) -> bool:
    # `Over the 60 days` and `within four hours` set no limit to the length itself.
    length = quantity.dimension == "time" and any(
        _DURING.match(text) for text in (quantity.text, other.text)
    )
    if quantity.is_range or other.is_range or length:
        return True
    ours, theirs = quantity.bound, other.bound
    if {ours, theirs} == {"<", ">"}:
        return False
    exact = math.isclose(quantity.low, other.low, rel_tol=1e-6)
    if theirs in "<>" and ours == "=":
        return not exact
    return not (ours in "<>" and theirs == "=" and exact and quantity.low >= 10)


def _is_derived(quantity: Quantity, given: list[Quantity], years: Sequence[int], text: str) -> bool:
    """Whether the number follows from two in the evidence: a share, a multiple, a difference."""
    values = _told(given)
    pairs = [(one, other) for one in values for other in values if one is not other]
    relative = quantity.dimension in ("percent", "times") and (
        quantity.bound in "~<>" or bool(_MULTIPLE.search(quantity.text))
    )
    if relative:
        scale = 100.0 if quantity.dimension == "percent" else 1.0
        ratios = [
            scale * one.low / other.low
            for one, other in pairs
            # Two figures that are the same say nothing of a share.
            if other.low
            and not math.isclose(one.low, other.low)
            and (one.dimension == other.dimension or _is_bare(one) or _is_bare(other))
        ]
        if scale == 100:
            ratios += [100 - ratio for ratio in ratios if ratio < 100]
            ratios += [100 / q.low for q in given if q.dimension == "times" and q.low > 1]
        told = [other.low for other in given if other.dimension == quantity.dimension]
        rest = [100 - share for share in told if share < 100] if scale == 100 else []
        # A share in words, a quarter or one in ten, is rounder than one in digits.
        rough = 0.05 if _NUMERAL.search(quantity.text) else 0.12
        near = rough if quantity.bound == "~" else 0.05
        return (
            any(_is_about(quantity, ratio, rough) for ratio in ratios)
            or any(math.isclose(share, quantity.low, rel_tol=near) for share in told)
            or any(math.isclose(share, quantity.low, rel_tol=0.03) for share in rest)
        )
    if quantity.dimension == "time" and _spans_years(quantity, years):
        return True
    if not _DIFFERENCE.search(text):
        return False
    points = {quantity.dimension, "percent"} == {"points", "percent"}
    for one, other in pairs:
        if one.dimension != other.dimension:
            continue
        if not (points or comparable(quantity, one)):
            continue
        sums = (one.low + other.low,) if _SUM.search(text) else ()
        for value in (one.low - other.low, *sums):
            near = math.isclose(value, quantity.low, rel_tol=1e-3, abs_tol=quantity.place / 2)
            loose = quantity.bound in "~<>" and _is_about(quantity, value, 0.05)
            possible = value > 0 and (one.dimension != "percent" or value <= 100)
            if possible and (near or loose):
                return True
    return False


def _told(given: Sequence[Quantity]) -> list[Quantity]:
    """The quantities with ranges as their two ends, and bare numbers in the units of the others."""
    units = {(q.dimension, q.low / n) for q in given if not _is_bare(q) and (n := _number(q))}
    told: list[Quantity] = []
    for quantity in given:
        ends = dict.fromkeys((quantity.low, quantity.high))
        if quantity.whole is not None and quantity.dimension == "count":
            ends[quantity.whole] = None
        told += [replace(quantity, low=end, high=end, whole=None) for end in ends]
        if _is_bare(quantity) and (number := _number(quantity)):
            told += [
                replace(quantity, dimension=dimension, low=number * unit, high=number * unit)
                for dimension, unit in units
            ]
    return told


def _is_about(quantity: Quantity, value: float, near: float = 0.12) -> bool:
    if quantity.bound == ">" and "majority" in quantity.text.lower():
        return quantity.low < value <= 100
    if quantity.bound == ">":
        return quantity.low < value <= 1.25 * quantity.low
    if quantity.bound == "<":
        return 0.8 * quantity.low <= value < quantity.low
    return math.isclose(value, quantity.low, rel_tol=near)


def _spans_years(quantity: Quantity, years: Sequence[int]) -> bool:
    """Whether a length of some years lies between two years of the evidence."""
    length = quantity.low / _YEAR
    return length >= 1 and any(
        abs(abs(one - other) - length) <= max(0.6, 0.06 * length) and one != other
        for one in years
        for other in years
    )


def _is_counted(quantity: Quantity, evidence: Evidence) -> bool:
    """A small number in words of things that the evidence lists: `the two firms`."""
    spelled = quantity.text[:1].isalpha() and quantity.bound == "="
    if not (spelled and quantity.dimension == "count" and quantity.low <= 3):
        return False
    return not any(
        comparable(quantity, other) and other.nouns for other in evidence.whole.quantities
    )


def _same_digits(quantity: Quantity, other: Quantity) -> bool:
    mine, theirs = _digits(quantity.low), _digits(other.low)
    written = {m.replace(",", "") for m in _NUMERAL.findall(quantity.text)}
    also = {m.replace(",", "") for m in _NUMERAL.findall(other.text)}
    return mine == theirs or bool(written & also)


def _digits(value: float) -> str:
    return f"{value:.6e}".partition("e")[0].rstrip("0").rstrip(".")


def _numeral_faults(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    """Numerals that are read as no quantity, date or name must be written the same."""
    read = [(item.start, item.end) for item in sentence.quantities]
    read += [(item.start, item.end) for item in date_parts(sentence.text)]
    read += [(name.start, name.end) for name in sentence.names]
    held = {m.replace(",", "") for m in _NUMERAL.findall(evidence.whole.text)}
    held |= {m.replace(",", "") for m in _NUMERAL.findall(evidence.beside.text)}
    held |= {f"{quantity.low:g}" for quantity in evidence.whole.quantities}
    for match in _NUMERAL.finditer(sentence.text):
        if any(start < match.end() and match.start() < end for start, end in read):
            continue
        if match.group().replace(",", "") not in held:
            yield Fault(
                FaultKind.QUANTITY, match.group(), "", f"{match.group()!r} is not in the evidence"
            )


def mispaired(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    """A number with the date of another number: 176 in 2014, where 176 is of 2023."""
    dates = date_parts(sentence.text)
    if not dates:
        return
    for quantity in sentence.quantities:
        if quantity.text[0].isupper() and quantity.start:
            continue  # the Magnificent Seven
        if quantity.text.isalpha() and quantity.low <= 10:
            continue  # the five firms
        mine = min(dates, key=lambda d: _gap(sentence, quantity, d))
        found = [
            (part, other)
            for part in evidence.sentences
            for other in part.quantities
            if _holds(quantity, other) or _number(quantity) == _number(other) is not None
        ]
        near = [
            min(beside, key=lambda d: _gap(part, other, d))
            for part, other in found
            if (beside := date_parts(part.text))
        ]
        if len(near) < len(found) or not near:
            continue
        if not any(_dates_agree(mine, other, near) for other in near):
            yield Fault(
                FaultKind.DATE,
                mine.text,
                near[0].text,
                f"the evidence gives {quantity.text!r} for {near[0].text!r}",
            )


def _gap(reading: Reading, quantity: Quantity, parts: DateParts) -> int:
    """Characters between a number and a date; what parts them counts for many."""
    start, end = sorted((quantity.start, parts.start, quantity.end, parts.end))[1:3]
    return end - start + 30 * len(_PARTED.findall(reading.text[start:end]))


def _numerals_held(text: str, evidence: Evidence) -> bool:
    """Whether the evidence holds every number of a word such as `10-for-1` or `415p`."""
    values = {q.low for q in (*evidence.whole.quantities, *evidence.beside.quantities)}
    written = set(_NUMERAL.findall(evidence.whole.text + " " + evidence.beside.text))
    return all(m in written or float(m) in values for m in _NUMERAL.findall(text))


def _date_faults(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    given = date_parts(evidence.whole.text)
    claimed = date_parts(evidence.beside.text)
    for parts in date_parts(sentence.text):
        told = [other for other in given if not other.denied]
        if any(_dates_agree(parts, other, given) for other in (*told, *claimed)):
            continue
        rival = next(iter(told), None)
        yield Fault(
            FaultKind.DATE,
            parts.text,
            rival.text if rival else "",
            f"{parts.text!r} is not in the evidence",
        )


def _dates_agree(parts: DateParts, other: DateParts, given: list[DateParts]) -> bool:
    """Whether `other` is the same date; a part that it leaves out may be told beside it."""
    ours = (parts.year, parts.month, parts.day, parts.weekday)
    theirs = (other.year, other.month, other.day, other.weekday)
    if parts.mention is not None and other.mention is not None and not any(ours[1:]):
        one, two = parts.mention, other.mention
        return one.first <= two.last and two.first <= one.last
    shared = False
    for index, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
        if mine is None:
            continue
        if its is None:
            if index == 3 and parts.day is not None:
                continue
            before = [o.year for o in given if o.year and o.end <= other.start]
            beside = {(o.year, o.month, o.day, o.weekday)[index] for o in given}
            if index == 0 and before:  # on 11 July 2023, and closed the deal that October
                beside = {before[-1]}
            if mine not in beside:
                return False
        elif mine != its:
            return False
        else:
            shared = True
    return shared or not any(part is not None for part in ours)


def _name_faults(sentence: Reading, evidence: Evidence) -> Iterator[Fault]:
    for name in names_of(sentence):
        if is_called(name, evidence.whole) or is_called(name, evidence.beside):
            continue
        if date_parts(name.text) or (
            name.text[0].isdigit() and _numerals_held(name.text, evidence)
        ):
            continue
        rivals = [other.text for other in evidence.whole.names if other.stem not in sentence.known]
        yield Fault(
            FaultKind.NAME,
            name.text,
            rivals[0] if rivals else "",
            f"{name.text!r} is not in the evidence",
        )
