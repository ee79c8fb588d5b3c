"""Strangers' text made safe to show on Discord.

Claims, quotes, titles and models' words are shown as the characters they are: no mark-up, no
mention, no link, no new line, nothing invisible. Lengths are counted in UTF-16 units, the larger
of the two ways to count what Discord limits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from prompts.language import phrases

ELLIPSIS = "…"
BREAK = "\u200b"
"""Zero-width space: put after the @ of what would otherwise be a mention."""

URL_LIMIT = 512
_MARKS_KEPT = 3
_LONGEST_PIECE = 20
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# A backslash before punctuation makes it literal. Parentheses need none once brackets have one;
# a colon does where it would make an address or an emoji of what follows, and what begins a
# heading, a list or small print does at the start of a line alone.
_MARKUP = re.compile(r"[\\`*_~|<>\[\]]|:(?=//|[\w+-]+:)|^[-+#]|^\d+\.")
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)


def width(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """`text` on one line, without characters that hide, reverse or pile up."""
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if char.isspace() or char in _BLANK_LETTERS:
            kept.append(" ")
        elif category in {"Mn", "Me"}:
            marks += 1
            if marks <= _MARKS_KEPT:
                kept.append(char)
            continue
        elif category not in _DROPPED:
            kept.append(char)
        marks = 0
    return " ".join("".join(kept).split())


def plain(text: str, limit: int) -> str:
    """`text` as literal characters in at most `limit` UTF-16 units of Discord markdown."""
    cleaned = _MENTION.sub(f"@{BREAK}", clean(text))
    return _fit(_escaped(cleaned), limit)


def _escaped(text: str) -> Iterator[str]:
    at = 0
    for match in _MARKUP.finditer(text):
        yield from text[at : match.start()]
        yield f"{match.group()[:-1]}\\{match.group()[-1]}"
        at = match.end()
    yield from text[at:]


def _fit(pieces: Iterator[str], limit: int) -> str:
    """As many whole pieces as fit, with an ellipsis where some did not."""
    taken: list[str] = []
    used = 0
    for piece in pieces:
        size = width(piece)
        if used + size > limit:
            while taken and used + 1 > limit:
                used -= width(taken.pop())
            return _whole_words("".join(taken)) + ELLIPSIS if limit > 0 else ""
        taken.append(piece)
        used += size
    return "".join(taken)


def _whole_words(text: str) -> str:
    """`text` without the piece of a word that a cut left at its end, where that is short."""
    head, _, piece = text.rpartition(" ")
    return head.rstrip() if head and len(piece) < _LONGEST_PIECE else text.rstrip()


def web_address(url: str | None) -> str | None:
    """`url` fit for a markdown link, or None where it is no plain http(s) address."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username is not None:
        return None
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[A-Za-z0-9.-]+", host):
        return None
    address = f"{parts.scheme.lower()}://{host}" + (f":{port}" if port else "")
    address += quote(parts.path, safe="/%:!$&'+,;=~-._")
    if parts.query:
        address += "?" + quote(parts.query, safe="/%:!$&'+,;=~-._?")
    if parts.fragment:
        address += "#" + quote(parts.fragment, safe="/%:!$&'+,;=~-._?")
    return address if len(address) <= URL_LIMIT else None


def link(title: str, url: str | None, limit: int) -> str:
    """`title` as a markdown link to `url`, or alone where `url` is no address that we show."""
    address = web_address(url)
    if address is None:
        return plain(title, limit)
    # Discord ends a link's text at the first closing bracket, a backslash before it or not.
    title = title.replace("[", "(").replace("]", ")")
    shown = plain(title, limit) or plain(urlsplit(address).hostname or address, limit)
    return f"[{shown}]({address})"


def day(iso: str | None) -> str | None:
    """A date of any precision as people write it in English: 27 Dec 2024, Dec 2024, 2024."""
    return phrases().day(iso)
