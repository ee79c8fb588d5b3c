"""Changes to the numbers, units and dates of a claim: another form, or another value.

Every rule takes a text and a random source and gives the changed text, or None where it does not
apply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from retrieval.training.rule_words import (
    DATE_DMY,
    DATE_MDY,
    MONTH,
    MONTHS,
    NUMBER,
    SCALES,
    SHORT,
    UNITS,
    WORDS,
    YEAR,
)


@dataclass(frozen=True)
class Quantity:
    """A number as written: its place, currency sign, value with scale, and scale word."""

    start: int
    end: int
    currency: str
    number: float
    decimals: int
    scale: str
    raw: str


def quantities(text: str) -> list[Quantity]:
    """The numbers of a text that are not years or parts of a date."""
    found = []
    for match in NUMBER.finditer(text):
        raw = match["num"]
        if not match["cur"] and not match["scale"] and YEAR.fullmatch(raw):
            continue
        around = text[max(0, match.start() - 10) : match.end() + 10]
        if re.search(rf"(?:{MONTH}) {raw}\b|\b{raw},? (?:{MONTH})", around):
            continue
        value = float(raw.replace(",", ""))
        decimals = len(raw.partition(".")[2])
        found.append(
            Quantity(
                match.start(),
                match.end(),
                match["cur"] or "",
                value,
                decimals,
                match["scale"] or "",
                raw,
            )
        )
    return found


def shown(value: float, decimals: int, like: str = "") -> str:
    """A number written with `decimals` places, with thousands commas where `like` has them."""
    comma = "," if ("," in like or value >= 10000) and not decimals else ""
    return f"{value:{comma}.{decimals}f}"


def put(text: str, quantity: Quantity, written: str) -> str:
    """The text with one quantity written anew."""
    return text[: quantity.start] + written + text[quantity.end :]


def pick_quantity(text: str, rng: Random) -> Quantity | None:
    """One of the text's numbers."""
    found = quantities(text)
    return rng.choice(found) if found else None


def wrong_number(text: str, rng: Random) -> str | None:
    """Another value in the same form: near, far, or by a power of ten."""
    q = pick_quantity(text, rng)
    if q is None:
        return None
    ratio = rng.choice([0.1, 0.3, 0.5, 0.6, 0.75, 0.85, 1.15, 1.2, 1.3, 1.5, 2, 3, 5, 10])
    value = q.number * ratio
    if q.number < 12 and not q.decimals:
        value = q.number + rng.choice([-2, -1, 1, 2, 3, 5])
    if 10 <= q.number <= 100 and not q.decimals:
        value = q.number + rng.choice([-20, -10, -7, -4, 4, 7, 10, 20, 30])
    written = shown(max(value, 0), q.decimals, q.raw)
    if value <= 0 or float(written.replace(",", "")) == q.number:
        return None
    return put(text, q, q.currency + written + (f" {q.scale}" if q.scale else ""))


def wrong_scale(text: str, rng: Random) -> str | None:
    """Million for billion and the like."""
    found = [q for q in quantities(text) if q.scale]
    if not found:
        return None
    q = rng.choice(found)
    other = rng.choice([s for s in SCALES if s != q.scale])
    return put(text, q, f"{q.currency}{q.raw} {other}")


def wrong_currency(text: str, rng: Random) -> str | None:
    """Another currency sign."""
    found = [q for q in quantities(text) if q.currency]
    if not found:
        return None
    q = rng.choice(found)
    sign = rng.choice([c for c in ("$", "£", "€") if c not in q.currency])
    return text[: q.start] + sign + text[q.start + len(q.currency) :]


def wrong_unit(text: str, rng: Random) -> str | None:
    """Another unit after a number, the number left as it is."""
    percent = re.search(r"\d ?%", text)
    if percent and rng.random() < 0.3:
        end = percent.end()
        return text[: end - 1].rstrip() + " million" + text[end:]
    found = [
        (m, b)
        for a, b in UNITS
        for m in [re.search(rf"(?<=\d ){re.escape(a)}\b|(?<=llion ){re.escape(a)}\b", text)]
        if m
    ]
    if not found:
        return None
    match, other = rng.choice(found)
    return text[: match.start()] + other + text[match.end() :]


def wrong_bound(text: str, rng: Random) -> str | None:
    """'More than' a larger value, or 'less than' a smaller one."""
    q = pick_quantity(text, rng)
    if (
        q is None
        or q.number < 4
        or re.search(r"(than|least|most|over|under|to|and) $", text[: q.start])
    ):
        return None
    if rng.random() < 0.5:
        bound, ratio = rng.choice(["more than", "at least", "over"]), rng.choice([1.3, 1.5, 2, 4])
    else:
        bound, ratio = (
            rng.choice(["less than", "at most", "fewer than"]),
            rng.choice([0.25, 0.5, 0.7]),
        )
    written = shown(q.number * ratio, 0 if q.number > 20 else 1, q.raw)
    return put(text, q, f"{bound} {q.currency}{written}" + (f" {q.scale}" if q.scale else ""))


def right_bound(text: str, rng: Random) -> str | None:
    """'More than' a smaller value, or 'less than' a larger one."""
    q = pick_quantity(text, rng)
    if (
        q is None
        or q.number < 4
        or re.search(r"(than|least|most|over|under|to|and) $", text[: q.start])
    ):
        return None
    if rng.random() < 0.6:
        bound, ratio = rng.choice(["more than", "at least", "over"]), rng.choice([0.95, 0.9, 0.8])
    else:
        bound, ratio = (
            rng.choice(["less than", "under", "fewer than"]),
            rng.choice([1.05, 1.1, 1.3]),
        )
    places = 0 if q.number > 20 else 1
    written = shown(q.number * ratio, places, q.raw)
    return put(text, q, f"{bound} {q.currency}{written}" + (f" {q.scale}" if q.scale else ""))


def rounded(text: str, rng: Random) -> str | None:
    """A number rounded to fewer digits, said to be about that."""
    found = [q for q in quantities(text) if q.decimals or q.number >= 100]
    if not found:
        return None
    q = rng.choice(found)
    digits = (
        2 if len(q.raw.strip("0").replace(".", "").replace(",", "")) <= 3 else rng.choice([2, 3])
    )
    value = float(f"{q.number:.{digits - 1}e}")
    if value in (q.number, 0):
        return None
    places = len(f"{value:g}".partition(".")[2]) if value < 1e6 else 0
    prefix = rng.choice(["about ", "around ", "roughly ", "approximately ", "some ", ""])
    if value > q.number and rng.random() < 0.3:
        prefix = rng.choice(["nearly ", "almost ", "just under "])
    if value < q.number and rng.random() < 0.3:
        prefix = rng.choice(["more than ", "over ", "just over "])
    return put(
        text,
        q,
        f"{prefix}{q.currency}{shown(value, places, q.raw)}" + (f" {q.scale}" if q.scale else ""),
    )


def number_format(text: str, rng: Random) -> str | None:  # noqa: PLR0911
    """The same value in another form: 5.576 million, 5.576M, 5,576,000; 3 and three; %, percent."""
    if "%" in text and rng.random() < 0.5:
        return re.sub(r" ?%", rng.choice([" percent", " per cent"]), text)
    if re.search(r"\d per ?cent\b", text) and rng.random() < 0.5:
        return re.sub(r"(\d) per ?cent\b", r"\1%", text)
    found = [q for q in quantities(text) if q.scale or q.number >= 10000 or 2 <= q.number <= 12]
    if not found:
        return None
    q = rng.choice(found)
    if q.scale:
        if rng.random() < 0.5:
            return put(text, q, f"{q.currency}{q.raw}{SHORT[q.scale]}")
        value = round(q.number * SCALES[q.scale])
        dollars = rng.random() < 0.5 and q.currency.endswith("$")
        return put(text, q, f"{value:,} dollars" if dollars else f"{q.currency}{value:,}")
    if q.number <= 12:
        if q.decimals or q.currency or q.raw.startswith("0") or text[q.end : q.end + 1] == "%":
            return None
        return put(text, q, WORDS[int(q.number) - 2])
    scale = max((s for s in SCALES if SCALES[s] <= q.number), key=lambda s: SCALES[s])
    value_text = f"{q.number / SCALES[scale]:.6g}"
    joined = f"{value_text}{SHORT[scale]}" if rng.random() < 0.3 else f"{value_text} {scale}"
    return put(text, q, q.currency + joined) if len(value_text) <= 6 else None


def words_to_digits(text: str, rng: Random) -> str | None:
    """Three becomes 3."""
    match = re.search(r"\b(" + "|".join(WORDS) + r")\b", text)
    return (
        text[: match.start()] + str(WORDS.index(match[1]) + 2) + text[match.end() :]
        if match
        else None
    )


def wrong_number_word(text: str, rng: Random) -> str | None:
    """Three becomes five."""
    match = re.search(r"\b(" + "|".join(WORDS) + r")\b", text)
    if not match:
        return None
    other = rng.choice([w for w in WORDS if w != match[1]])
    return text[: match.start()] + other + text[match.end() :]


def moved_year(text: str, rng: Random) -> str | None:
    """Another year, mostly a near one."""
    found = list(YEAR.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    other = int(match[1]) + rng.choice(
        [-20, -10, -8, -5, -4, -3, -2, -1, -1, 1, 1, 2, 3, 4, 5, 8, 10]
    )
    return text[: match.start()] + str(other) + text[match.end() :]


def moved_month(text: str, rng: Random) -> str | None:
    """Another month."""
    found = [
        m for m in re.finditer(rf"\b({MONTH})\b", text) if m[1] != "May" or re.search(r"\d", text)
    ]
    if not found:
        return None
    match = rng.choice(found)
    other = rng.choice([m for m in MONTHS if m != match[1]])
    return text[: match.start()] + other + text[match.end() :]


def moved_day(text: str, rng: Random) -> str | None:
    """Another day of the month."""
    match = DATE_DMY.search(text)
    group = 1
    if not match:
        match, group = DATE_MDY.search(text), 2
    if not match:
        return None
    day = rng.choice([d for d in range(1, 29) if d != int(match[group])])
    return text[: match.start(group)] + str(day) + text[match.end(group) :]


def date_format(text: str, rng: Random) -> str | None:
    """Day-month-year, month-day-year, ISO, or only the month and year."""
    match = DATE_DMY.search(text)
    if match:
        day, month, year = int(match[1]), match[2], match[3]
    else:
        match = DATE_MDY.search(text)
        if not match:
            return None
        day, month, year = int(match[2]), match[1], match[3]
    iso = f"{year}-{MONTHS.index(month) + 1:02d}-{day:02d}"
    forms = [f"{day} {month} {year}", f"{month} {day}, {year}", f"{month[:3]}. {day}, {year}", iso]
    before = text[: match.start()]
    if re.search(r"\b[Oo]n $", before) and rng.random() < 0.4:
        before = before[:-3] + ("In " if before[-3] == "O" else "in ")
        return before + rng.choice([f"{month} {year}", year]) + text[match.end() :]
    return before + rng.choice([f for f in forms if f != match[0]]) + text[match.end() :]
