"""JSON-LD (schema.org) in a page: its article, and the ClaimReviews it publishes."""

from __future__ import annotations

import html
import json
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]

ARTICLES = (
    "NewsArticle",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "BackgroundNewsArticle",
    "ReviewNewsArticle",
    "LiveBlogPosting",
    "ScholarlyArticle",
    "TechArticle",
    "Report",
    "Article",
    "BlogPosting",
    "SocialMediaPosting",
    "WebPage",
)
"""Types that describe the page itself, the most telling first."""

_DEPTH = 12
_MOST_NODES = 2_000
_OPENING = re.compile(r"\s*+(?:<!--|(?://\s*+)?<!\[CDATA\[)")
_AROUND = f"{string.whitespace};"


def nodes(scripts: Iterable[str]) -> list[Node]:
    """Every object with a type in these scripts; what is not JSON is passed over."""
    found: list[Node] = []
    for script in scripts:
        try:
            value = json.loads(_unwrapped(script), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _walk(value, _DEPTH):
            found.append(node)
            if len(found) >= _MOST_NODES:
                return found
    return found


def types(node: Node) -> frozenset[str]:
    """Its types, without the vocabulary's address."""
    stated = node.get("@type")
    listed = stated if isinstance(stated, list) else [stated]
    return frozenset(
        str(entry).rstrip("/").rpartition("/")[2].removeprefix("schema:") for entry in listed
    )


def article(found: Iterable[Node], urls: Iterable[str] = ()) -> Node:
    """The object that describes the page; empty where none does.

    Pages also describe what they link to, so one that names an address of the page (`urls`) comes
    first.
    """
    here = {_bare(url) for url in urls}

    def rank(node: Node) -> tuple[bool, int]:
        kinds = types(node)
        order = next((n for n, kind in enumerate(ARTICLES) if kind in kinds), len(ARTICLES))
        named = {_bare(url) for url in _addresses(node)}
        return not (here & named), order

    described = [node for node in found if types(node) & set(ARTICLES)]
    telling = [
        node for node in described if text(node.get("headline")) or node.get("datePublished")
    ]
    return min(telling or described, key=rank, default={})


def claim_reviews(found: Iterable[Node]) -> list[Node]:
    """The fact-checks among them."""
    return [node for node in found if "ClaimReview" in types(node)]


def text(value: object) -> str | None:
    """A value as one line: a string, an object's name, or the first of a list."""
    if isinstance(value, list):
        return next(filter(None, map(text, value)), None)
    if isinstance(value, Mapping):
        return text(value.get("name") or value.get("@value") or value.get("headline"))
    if isinstance(value, str):
        # Many publishing systems put HTML's entities into JSON, where they mean nothing.
        return " ".join(unescaped(value).split()) or None
    return None


def unescaped(text: str) -> str:
    """Text without HTML's entities; as it is where one is a number past all reading."""
    try:
        return html.unescape(text)
    except ValueError:
        return text


def names(value: object) -> list[str]:
    """The names of people or organisations."""
    listed = value if isinstance(value, list) else [value]
    found = [
        name for name in map(text, listed) if name and not name.startswith(("http:", "https:"))
    ]
    return list(dict.fromkeys(found))


def _unwrapped(script: str) -> str:
    """Without the marks of a comment or of CDATA that hid scripts from old browsers."""
    opening = _OPENING.match(script)
    inner = script[opening.end() if opening else 0 :].rstrip(_AROUND)
    for closing in ("-->", "]]>"):
        if inner.endswith(closing):
            return inner.removesuffix(closing).rstrip().removesuffix("//").rstrip(_AROUND)
    return inner


def _walk(value: object, depth: int) -> Iterator[Node]:
    if depth == 0:
        return
    if isinstance(value, list):
        for entry in value:
            yield from _walk(entry, depth - 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for entry in value.values():
            if isinstance(entry, list | dict):
                yield from _walk(entry, depth - 1)


def _addresses(node: Node) -> Iterator[str]:
    for name in ("mainEntityOfPage", "url", "@id"):
        value = node.get(name)
        if isinstance(value, Mapping):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].partition("://")[2].rstrip("/").casefold()
