"""Days as people write them, and the one that stands beside a page's headline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from lxml.etree import iterwalk

from corpus.readers.dates import numbered_day, slashed_day, stated_day
from corpus.readers.titles import SEPARATORS, window_title

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
_UNSEEN = ("script", "style")
_SPACE = " \t\r\n"
"""Of HTML: a space that does not break is a text."""
_PUBLISH = r"(?:publish(?:ed)?|veröffentlicht|publicado|publié|pubblicato)\b"
_CHANGE = (
    r"(?:updated?|modified|revised|edited|amended|corrected|aktualisiert|geändert|mise? à jour|"
    r"modifiée?|actualizad[oa]|modificad[oa]|aggiornat[oa]|atualizad[oa]|bijgewerkt|gewijzigd)\b"
)
_QUALIFIERS = (
    r"(?:(?:first|originally|date|last|was|this|article|page|zuletzt|dernière|última|ultimo)\s+)*+"
)
_BEGINS = r"(?:^\W*+|[|·•–—(/]\s*+|(?<=\d)\W{1,3}|^\W*+by\b.{0,60}?\W)"
"""Where a label may stand: first, behind a sign that parts, a number, or the author's name."""
_PUBLISHED = re.compile(rf"{_BEGINS}{_QUALIFIERS}{_PUBLISH}|\b{_PUBLISH}(?:\s+on)?\s*:", re.I)
_CHANGED = re.compile(rf"{_BEGINS}{_QUALIFIERS}{_CHANGE}|\b{_CHANGE}(?:\s+on)?\s*:", re.I)
_TELLS_OF_PUBLISHING = re.compile(rf"\b{_PUBLISH}", re.I)
_LABEL = re.compile(
    rf"\W*+{_QUALIFIERS}(?:{_PUBLISH}|{_CHANGE})(?:\s+(?:on|at|am|le|el|il|em|op))?\W*+", re.I
)
"""All of a text, whose day is the next text."""


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


class Days(NamedTuple):
    """The days in some words, by what the words say of them."""

    published: str | None = None
    updated: str | None = None
    other: str | None = None


def days_beside_headline(tree: Any, title: str | None, language: str | None, today: date) -> Days:
    """The days of publication and of a change in the short texts after the headline, or just
    before it.

    `language`, as BCP 47 has it, tells which number of 3/9/2015 is the month.
    """
    if not title:
        return Days()
    headings = [(each, _line(each.text_content())) for each in tree.iter("h1", "h2", "h3")]
    exact = (each for each, words in headings if words == title)
    longer = (each for each, words in headings if words.startswith(f"{title} "))
    heading = next(chain(exact, longer, _alone(tree, title)), None)
    if heading is None:
        return Days()
    texts, within = _texts_around(tree, heading)
    if not within:
        return Days()
    after = [(n, within[-1] + n) for n in range(1, _AFTER + 1) if within[-1] + n < len(texts)]
    before = [(-n, within[0] - n) for n in range(1, _BEFORE + 1) if within[0] >= n]
    published = updated = other = None
    changed: tuple[int, str] | None = None
    for place, index in (*after, *before):
        words, element = texts[index]
        if place != 1 and index and _LABEL.fullmatch(texts[index - 1][0][:_LINE]):
            words = f"{texts[index - 1][0]} {words}"
        days = _days_of_line(words, language, today)
        published, updated = published or days.published, updated or days.updated
        change = days.updated
        if days.other is not None and _tells_of_change(element):
            change = days.other
        elif other is None and _is_near(place, changed):
            other = days.other
        if changed is None and change is not None:
            changed = (place, change)
    if published is None and other is None and updated is None and changed is not None:
        # Templates call the day of publication so too; words alone are meant.
        return Days(published=changed[1])
    return Days(published or other, updated or (changed[1] if changed else None))


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
        if len(words) > _PARAGRAPH or _tells_of_change(element):
            continue
        days = _told(words, lambda text: written_day(text, today))
        if days.published or days.other:
            return days.published or days.other
    return None


def _days_of_line(text: str, language: str | None, today: date) -> Days:
    if len(text) > _LINE:
        dateline = _DATELINE.match(text)
        return Days(other=written_day(dateline[0], today)) if dateline else Days()
    if match := _SHORT.fullmatch(text):
        return Days(other=numbered_day(match[1], match[2], match[3], today))

    def day_of(words: str) -> str | None:
        return written_day(words, today) or slashed_day(words, language, today)

    days = _told(text, day_of)
    told = None if days.published else _TELLS_OF_PUBLISHING.search(text)
    # A sentence about something that was published then.
    return days._replace(other=None) if told and day_of(text[told.end() :]) else days


def _told(words: str, day_of: Callable[[str], str | None]) -> Days:
    """The day behind each label, and the first that has none."""
    label = _PUBLISHED.search(words)
    published = day_of(words[label.end() :]) if label else None
    change = _CHANGED.search(words)
    updated = day_of(words[change.end() :]) if change else None
    before = words[: change.start()] if change and updated else words
    return Days(published, updated, None if published else day_of(before))


def day_in_window(tree: Any, today: date) -> str | None:
    """The day that is a part of the window's title: `Headline | Site | 10.06.2013`."""
    parts = SEPARATORS.split(window_title(tree))
    return next((written_day(part, today) for part in parts if _DAY.fullmatch(part)), None)


def _texts_around(tree: Any, heading: Any) -> tuple[list[tuple[str, Any]], list[int]]:
    """The page's texts up to a little behind the heading, each with the element that it stands in
    or follows; and which of them are the heading's own.

    XPath does the same, but takes the square of the length for texts side by side.
    """
    found: list[tuple[str, Any]] = []
    within: list[int] = []
    inside = False
    for event, element in iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event == "start":
            inside = inside or element is heading
            text, parent = element.text, element
        else:
            inside = inside and element is not heading
            text, parent = element.tail, element.getparent()
        if not text or not text.strip(_SPACE) or parent is None or parent.tag in _UNSEEN:
            continue
        if inside:
            within.append(len(found))
        found.append((text.strip(), element))
        if within and not inside and len(found) > within[-1] + _AFTER:
            break
    return found, within


def _tells_of_change(element: Any) -> bool:
    # hAtom marks a day that is both as `published updated`.
    marks = (element.get("class") or "").casefold()
    return bool(re.search("updat|modif", marks)) and "publish" not in marks


def _line(text: str) -> str:
    return " ".join(text.split())
