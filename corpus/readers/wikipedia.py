"""Wikipedia pages through the MediaWiki API: the article's text without the site around it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from corpus.readers.page import UnreadableError

LICENCE = "CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/)"
"""Of Wikipedia's text, where the site does not say."""
_LEVELS = range(2, 7)
_EMPTY_SECTION = re.compile(r"^#{2,6} [^\n]*\n+(?=#{2} |\Z)", re.MULTILINE)
_APPARATUS = frozenset(
    {"see also", "references", "external links", "further reading", "notes", "bibliography"}
)
"""Sections that list what lies elsewhere."""


@dataclass(frozen=True, slots=True)
class WikipediaPage:
    """An article."""

    title: str
    text: str
    url: str
    updated: str | None
    language: str
    licence: str


def api_url(url: str) -> str | None:
    """Where the MediaWiki API has this page; None where `url` is no page of Wikipedia."""
    parts = urlsplit(url)
    host = (parts.hostname or "").casefold()
    if not host.endswith(".wikipedia.org"):
        return None
    title = parts.path.removeprefix("/wiki/") if parts.path.startswith("/wiki/") else ""
    if not title:
        return None
    query = urlencode(
        {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "redirects": "1",
            "titles": unquote(title).replace("_", " "),
            "prop": "extracts|info|revisions",
            "explaintext": "1",
            "exsectionformat": "wiki",
            "inprop": "url",
            "rvprop": "timestamp",
            "meta": "siteinfo",
            "siprop": "rightsinfo",
        }
    )
    # A mobile address has the same API at the desktop one.
    netloc = parts.netloc.replace(".m.wikipedia.org", ".wikipedia.org")
    return urlunsplit((parts.scheme, netloc, "/w/api.php", query, ""))


def read_answer(data: bytes, url: str) -> WikipediaPage:
    """The page in the API's answer. UnreadableError says why there is none."""
    try:
        answer = json.loads(data)
        query: dict[str, Any] = answer["query"]
        page: dict[str, Any] = query["pages"][0]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UnreadableError("the MediaWiki API gave no page") from error
    if page.get("missing") or page.get("invalid"):
        raise UnreadableError("Wikipedia has no page of this name")
    text = _sections(str(page.get("extract") or ""))
    if not text.strip():
        raise UnreadableError("the page has no text")
    revisions = page.get("revisions") or [{}]
    rights = query.get("rightsinfo") or {}
    stated = " ".join(filter(None, [rights.get("text"), rights.get("url")]))
    return WikipediaPage(
        title=str(page.get("title") or ""),
        text=text,
        url=str(page.get("canonicalurl") or url),
        updated=str(revisions[0].get("timestamp") or "")[:10] or None,
        language=str(page.get("pagelanguage") or (urlsplit(url).hostname or "en").split(".")[0]),
        licence=stated or LICENCE,
    )


def _sections(extract: str) -> str:
    """Headings as Markdown; lists of links elsewhere, and sections left empty, are dropped."""
    kept: list[str] = []
    dropped_at: int | None = None
    for line in extract.splitlines():
        heading = _heading(line)
        if heading is not None:
            level, title = heading
            if dropped_at is not None and level > dropped_at:
                continue
            dropped_at = level if title.casefold() in _APPARATUS else None
            if dropped_at is None:
                kept += ["", f"{'#' * level} {title}", ""]
        elif dropped_at is None and line.strip():
            kept += [line.strip(), ""]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return _EMPTY_SECTION.sub("", text).strip()


def _heading(line: str) -> tuple[int, str] | None:
    """The level and the words of a heading such as `== History ==`; None for any other line."""
    line = line.rstrip()
    inner = line.strip("=")
    if not inner.strip():
        return None
    before = line.index(inner)
    level = min(before, len(line) - before - len(inner), _LEVELS[-1])
    return (level, line[level : len(line) - level].strip()) if level in _LEVELS else None
