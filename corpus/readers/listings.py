"""Feeds and sitemaps: which pages they list, and what they say of each."""

from __future__ import annotations

import calendar
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urljoin

from corpus.identity import canonical_url
from corpus.readers.dates import stated_day
from corpus.readers.jsonld import unescaped
from corpus.readers.xml import XmlError, parse_xml

MAX_ENTRIES = 50_000
"""sitemaps.org: a sitemap lists at most 50,000 pages."""
_SMALL = 5_000
"""Bytes of a feed in which nothing takes long."""
_LONGEST_NAME = 300
"""Characters of what is cut."""
_MANY_COMMENTS = 100
_NAMES = frozenset(
    ("author", "contributor", "creator", "email", "managingeditor", "name", "owner", "publisher")
)
"""Elements in which feedparser looks for an e-mail address, in time by the square of the length."""
_TAG = re.compile(r"<[^<>]*>")


class ListingError(ValueError):
    """It is no feed or sitemap that can be read; the message is for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a feed or sitemap lists."""

    url: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    content: str | None = None
    """HTML of the whole text, where the feed carries it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a feed or sitemap holds."""

    form: str
    """feed, or sitemap"""
    title: str | None
    entries: tuple[Entry, ...]
    sitemaps: tuple[str, ...] = ()
    """Of a sitemap index."""


def read_feed(data: bytes, url: str, content_type: str, today: date) -> Listing:
    """An RSS or Atom feed. ListingError says why there is none."""
    import feedparser

    parsed = feedparser.parse(
        _with_short_names(data) if len(data) > _SMALL else data,
        response_headers={"content-type": content_type, "content-location": url},
        resolve_relative_uris=True,
        sanitize_html=True,
    )
    if not parsed.get("version"):
        raise ListingError("no RSS or Atom feed in it")
    entries = tuple(_feed_entries(parsed.entries, url, today))[:MAX_ENTRIES]
    return Listing("feed", _plain(parsed.feed.get("title")), entries)


def _with_short_names(data: bytes) -> bytes:
    """A feed without names of endless length, or comments without number in its texts."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        root = None
    changed = False
    for element in () if root is None else root.iter("*"):
        text = element.text or ""
        if len(text) > _LONGEST_NAME and _name(element).casefold() in _NAMES:
            element.text = text[:_LONGEST_NAME]
        elif text.count("<!--") > _MANY_COMMENTS:
            element.text = text.replace("<!--", "")
        else:
            continue
        changed = True
    # In ASCII, which is right whatever the server says of its characters.
    return bytes(etree.tostring(root)) if changed else data


def _feed_entries(entries: list[Any], url: str, today: date) -> Iterator[Entry]:
    for entry in entries:
        link = entry.get("link") or (entry.get("id") if _is_web(entry.get("id")) else None)
        address = _address(url, link)
        if address is None:
            continue
        contents = [part.get("value", "") for part in entry.get("content", [])]
        authors = [_plain(author.get("name")) for author in entry.get("authors", [])]
        # feedparser gives the other date, and a warning, where it is asked for one that is absent.
        updated = dict.get(entry, "updated_parsed")
        yield Entry(
            url=address,
            title=_plain(entry.get("title")),
            authors=tuple(name for name in authors if name),
            published=_struct_day(entry.get("published_parsed"), today),
            updated=_struct_day(updated, today),
            content=max(contents, key=len, default=None) or entry.get("summary"),
        )


def read_json_feed(data: str, url: str, today: date) -> Listing:
    """A JSON Feed (jsonfeed.org). ListingError says why there is none."""
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ListingError(f"not JSON: {error}") from error
    if not is_json_feed(feed):
        raise ListingError("no JSON Feed in it")
    items = feed.get("items")
    entries = tuple(_json_entries(items if isinstance(items, list) else [], url, today))
    return Listing("feed", _plain(feed.get("title")), entries[:MAX_ENTRIES])


def is_json_feed(value: object) -> bool:
    """Whether parsed JSON is a JSON Feed."""
    return isinstance(value, dict) and "jsonfeed.org" in str(value.get("version"))


def _json_entries(items: list[Any], url: str, today: date) -> Iterator[Entry]:
    for item in items:
        if not isinstance(item, dict):
            continue
        link = item.get("url") or (item.get("id") if _is_web(item.get("id")) else None)
        address = _address(url, link)
        if address is None:
            continue
        people = item.get("authors") or [item.get("author")]
        authors = [_plain(person.get("name")) for person in people if isinstance(person, dict)]
        text = item.get("content_html") or html.escape(str(item.get("content_text") or ""))
        yield Entry(
            url=address,
            title=_plain(item.get("title")),
            authors=tuple(name for name in authors if name),
            published=stated_day(item.get("date_published"), today),
            updated=stated_day(item.get("date_modified"), today),
            content=str(text) if text else None,
        )


def read_sitemap(data: bytes, url: str, today: date) -> Listing:
    """A sitemap or sitemap index (sitemaps.org), unpacked. ListingError says why there is none."""
    try:
        root = parse_xml(data)
    except XmlError as error:
        raise ListingError(str(error)) from error
    match _name(root):
        case "sitemapindex":
            places = [_child(entry, "loc") for entry in root if _name(entry) == "sitemap"]
            found = tuple(filter(None, (_address(url, place) for place in places)))
            return Listing("sitemap", None, (), found[:MAX_ENTRIES])
        case "urlset":
            return Listing("sitemap", None, tuple(_sitemap_entries(root, url, today)))
    raise ListingError("no sitemap in it")


def _sitemap_entries(root: Any, url: str, today: date) -> Iterator[Entry]:
    for number, entry in enumerate(root):
        if number >= MAX_ENTRIES:
            return
        place = _child(entry, "loc") if _name(entry) == "url" else None
        address = _address(url, place)
        if address is None:
            continue
        news = next((child for child in entry if _name(child) == "news"), None)
        yield Entry(
            url=address,
            title=None if news is None else _child(news, "title"),
            published=None if news is None else stated_day(_child(news, "publication_date"), today),
            updated=stated_day(_child(entry, "lastmod"), today),
        )


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Any, name: str) -> str | None:
    for child in element:
        if _name(child) == name:
            return " ".join((child.text or "").split()) or None
    return None


def _struct_day(moment: Any, today: date) -> str | None:
    if moment is None:
        return None
    try:
        day = datetime.fromtimestamp(calendar.timegm(moment), UTC).date().isoformat()
    except (ValueError, OverflowError, TypeError, OSError):
        return None
    return stated_day(day, today)


def _plain(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(unescaped(_TAG.sub("", value)).split()) or None


def _address(base: str, link: object) -> str | None:
    """Where a link leads; None where that is nothing that can be asked for."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        found = urljoin(base, link.strip())
        canonical_url(found)
    except ValueError:
        return None
    return found


def _is_web(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))
