"""Days as people write them, and the one that stands beside a page's headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

from corpus.readers.dates import numbered_day, slashed_day, stated_day
from corpus.readers.titles import SEPARATORS

_NAMES = (
    ("january", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "jänner"),
    ("february", "februar", "février", "febrero", "febbraio", "fevereiro", "februari"),
    ("march", "märz", "mars", "marzo", "março", "maart"),
    ("april", "avril", "abril", "aprile"),
    ("may", "mai", "mayo", "maggio", "maio", "mei"),
    ("june", "juni", "juin", "junio", "giugno", "junho"),
    ("july", "juli", "juillet", "julio", "luglio", "julho"),
    ("august", "août", "agosto", "augustus"),
    ("september", "septembre", "septiembre", "settembre", "setembro"),
    ("october", "oktober", "octobre", "octubre", "ottobre", "outubro"),
    ("november", "novembre", "noviembre", "novembro"),
    ("december", "dezember", "décembre", "diciembre", "dicembre", "dezembro"),
)
"""English, German, French, Spanish, Italian, Portuguese, Dutch."""
_MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names}
_MONTHS |= {name[:3]: month for month, names in enumerate(_NAMES, 1) for name in names[:1]}
_MONTHS |= {"sept": 9, "mär": 3, "mrz": 3, "okt": 10, "dez": 12, "déc": 12, "ene": 1, "dic": 12}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = re.compile(
    rf"""\b(?:
        (?P<iso>20\d\d-\d\d-\d\d)(?!\d)
        | (?P<dotted>\d{{1,2}}\.\s?\d{{1,2}}\.\s?(?:19|20)\d\d)(?!\.?\d)
        | (?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s-]+(?:de\s+)?
          (?P<month>{_NAME})\b\.?,?[\s-]+(?:de\s+)?
          (?P<year>(?:19|20)\d\d)(?!\.?\d)
        | (?P<month_first>{_NAME})\b\.?\s+(?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?,?\s+
          (?P<year_last>(?:19|20)\d\d)(?!\.?\d)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Days between slashes are left out: which number is the month depends on the country."""
_DATELINE = re.compile(rf"\W*(?:{_DAY.pattern})\s*(?:--|[–—-])\s", re.IGNORECASE | re.VERBOSE)
"""How a report may begin: `Feb. 23, 2015 -- The ministry …`."""
_SHORT = re.compile(r"\W*(\d{1,2})\.\s?(\d{1,2})\.\s?(\d\d)\W*")
"""All of a line: among other words it may be the number of a version."""
_META = re.compile(r"\b(?:post-?meta(?:data)?|entry-?meta(?:data)?|post-?info|posted-?on)\b", re.I)
"""Classes in the themes of WordPress, Movable Type and Textpattern."""
_PARAGRAPH = 600
_LINE = 80
"""Characters; a longer text tells of a day rather than being dated."""
_BEFORE, _AFTER = 4, 12
"""Texts around the headline among which its date is looked for."""
_BESIDE = 3
"""Texts from the headline or the day of a change within which that of publication stands."""
_PUBLISHED = re.compile(r"\b(?:publish(?:ed)?|veröffentlicht|publicado|publié|pubblicato)\b", re.I)


def written_day(text: str, today: date) -> str | None:
    """The first day written out in `text`."""
    match = _DAY.search(text)
    if match is None:
        return None
    if match["iso"]:
        return stated_day(match["iso"], today)
    if match["dotted"]:
        day, month, year = re.split(r"\.\s?", match["dotted"])
    else:
        day = match["day"] or match["day_second"]
        month = str(_MONTHS[(match["month"] or match["month_first"]).casefold()])
        year = match["year"] or match["year_last"]
    return stated_day(f"{year}-{int(month):02}-{int(day):02}", today)


def day_beside_headline(
    tree: Any, title: str | None, language: str | None, today: date
) -> str | None:
    """The day in one of the short texts after the headline, or just before it.

    `language`, as BCP 47 has it, tells which number of 3/9/2015 is the month.
    """
    if not title:
        return None
    headings = [(each, _line(each.text_content())) for each in tree.iter("h1", "h2", "h3")]
    exact = (each for each, words in headings if words == title)
    longer = (each for each, words in headings if words.startswith(f"{title} "))
    heading = next(chain(exact, longer, _alone(tree, title)), None)
    if heading is None:
        return None
    texts = tree.xpath("//text()[normalize-space() and not(parent::script or parent::style)]")
    within = [n for n, text in enumerate(texts) if heading in _around(text)]
    if not within:
        return None
    after = texts[within[-1] + 1 :][:_AFTER]
    before = texts[: within[0]][-_BEFORE:]
    places = [*enumerate(after, 1), *((-n, text) for n, text in enumerate(reversed(before), 1))]
    changed = other = None
    for place, text in places:
        day = _day_of_line(text.strip(), language, today)
        if day is None:
            continue
        if _PUBLISHED.search(text):
            return day
        if _tells_of_change(text.getparent()):
            changed = changed or (place, day)
        elif other is None and _is_near(place, changed):
            other = day
    return other or (changed[1] if changed else None)


def _alone(tree: Any, title: str) -> Iterator[Any]:
    """Elements that hold the title and are no link, as one to it from a list; the last first."""
    for each in reversed(tree.findall(".//body//*")):
        if each.text == title and each.tag != "a" and next(each.iterancestors("a"), None) is None:
            yield each


def _is_near(place: int, changed: tuple[int, str] | None) -> bool:
    """Whether a day stands where one of publication does: at the headline, or beside `changed`."""
    return changed is None or min(abs(place), abs(place - changed[0])) <= _BESIDE


def day_in_footer(tree: Any, today: date) -> str | None:
    """The day in what blogs say of a post below or above it: `Posted on 3 December 2011 in …`."""
    for element in tree.iter("p", "div", "span", "small", "footer", "li"):
        if not _META.search(element.get("class") or ""):
            continue
        words = _line(element.text_content())
        day = written_day(words, today) if len(words) <= _PARAGRAPH else None
        if day is not None and not _tells_of_change(element):
            return day
    return None


def _day_of_line(text: str, language: str | None, today: date) -> str | None:
    if len(text) > _LINE:
        dateline = _DATELINE.match(text)
        return written_day(dateline[0], today) if dateline else None
    if match := _SHORT.fullmatch(text):
        return numbered_day(match[1], match[2], match[3], today)
    return written_day(text, today) or slashed_day(text, language, today)


def day_in_window(tree: Any, today: date) -> str | None:
    """The day that is a part of the window's title: `Headline | Site | 10.06.2013`."""
    element = tree.find(".//title")
    parts = [] if element is None else SEPARATORS.split(_line(element.text_content()))
    return next((written_day(part, today) for part in parts if _DAY.fullmatch(part)), None)


def _around(text: Any) -> Iterator[Any]:
    """The elements that a text lies in. What follows an element is its tail, and not in it."""
    parent = text.getparent()
    if not text.is_tail:
        yield parent
    yield from parent.iterancestors()


def _tells_of_change(element: Any) -> bool:
    # hAtom marks a day that is both as `published updated`.
    marks = (element.get("class") or "").casefold()
    return bool(re.search("updat|modif", marks)) and "publish" not in marks


def _line(text: str) -> str:
    return " ".join(text.split())
