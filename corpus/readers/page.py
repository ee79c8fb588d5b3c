"""HTML pages: the article's text with its headings and tables, and what the page says of itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from corpus.readers.charset import CharsetError, decode_web
from corpus.readers.claimreview import review_sentence
from corpus.readers.metadata import Metadata, read_metadata
from corpus.split import count_words

log = logging.getLogger(__name__)

MIN_WORDS = 20
"""A page with less text than this has no article in it."""
STUB_WORDS = 200
"""A paid page with less text than this shows only how it begins."""
_SHORT = 120

_PAYWALL = re.compile(
    r"subscri(?:be|bers?)\b.{0,60}\b(?:continue|read|unlock|access)|"
    r"(?:continue|keep) reading\b.{0,60}\b(?:subscri|sign|regist)|"
    r"(?:this|the) (?:article|story|content) is (?:for|only|exclusive|reserved)\b.{0,40}subscri|"
    r"already a (?:subscriber|member)\?|unlock (?:this|the) (?:article|story)|for subscribers only",
    re.IGNORECASE | re.DOTALL,
)
_MISSING = re.compile(
    r"\b(?:page|article|story) (?:was |is |can(?:not|'t|’t) be )?(?:not |no longer )?"
    r"(?:found|available|exist)|\b404\b",
    re.IGNORECASE,
)
_SCRIPTED = re.compile(r"(?:enable|requires?|turn on) javascript", re.IGNORECASE)
_BODY = re.compile(r"<(?:body|frameset)[\s>]", re.IGNORECASE)
_CONTENT = re.compile(
    r"<(?:article|main|section|header|nav|aside|div|h[1-6]|p|ul|ol|table)[\s>]", re.IGNORECASE
)
_MANY_COMMENTS = 1_000
_LONGEST_ATTRIBUTE = 1_000
"""Characters, of one with the beginning of a comment in it."""
_MANY_ELEMENTS = 8_000
"""Of a page with more, jusText, with which trafilatura compares its own findings, is not asked: its
time grows with their square. Few real pages have so many."""
_SPACE = re.compile(r"[ \t\r\f\v\u00a0]+")


class UnreadableError(ValueError):
    """There is no text to be had from it; the message is the reason, for people."""


@dataclass(frozen=True, slots=True)
class PageText:
    """A page, read."""

    text: str
    """Paragraphs between blank lines; Markdown for headings, lists and rows of tables."""
    metadata: Metadata


def read_page(data: bytes, url: str, today: date, content_type: str = "") -> PageText:
    """The article of a page that was fetched from `url`. UnreadableError says why there is none."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    try:
        html = decode_web(data, content_type)
    except CharsetError as error:
        raise UnreadableError(str(error)) from error
    if not html.strip():
        raise UnreadableError("the page is empty")
    html = _with_body(html)
    try:
        # Text, so that no declaration inside changes what the characters are.
        parser = HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
        tree = document_fromstring(html.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("it is not HTML that can be read") from error
    if html.count("!--") > _MANY_COMMENTS:
        html = _with_short_attributes(tree)
    metadata = read_metadata(tree, html, url, today)
    many = next(islice(tree.iter("*"), _MANY_ELEMENTS, None), None) is not None
    text = _article_text(html, url, metadata.title, compare=not many)
    _check(tree, text, metadata)
    sentences = [review_sentence(review) for review in metadata.claim_reviews]
    if reviews := "\n\n".join(filter(None, sentences)):
        text = f"{text}\n\n## Rating\n\n{reviews}" if text else reviews
    return PageText(text, metadata)


def _with_body(html: str) -> str:
    """With the tag that HTML lets pages leave out, before what the parser takes for its head."""
    first = None if _BODY.search(html) else _CONTENT.search(html)
    return f"{html[: first.start()]}<body>{html[first.start() :]}" if first else html


def _with_short_attributes(tree: Any) -> str:
    """The page, and its tree, without attributes of many a comment: libxml2, when it writes them,
    looks for the end of each through all the rest."""
    from lxml.html import tostring

    for element in tree.iter("*"):
        for name, value in element.attrib.items():
            if len(value) > _LONGEST_ATTRIBUTE and "<!--" in value:
                element.set(name, value[:_LONGEST_ATTRIBUTE])
    return str(tostring(tree, encoding="unicode"))


def _article_text(html: str, url: str, title: str | None, *, compare: bool) -> str:
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(
            html,
            url=url,
            fast=not compare,
            include_comments=False,
            include_tables=True,
            include_formatting=False,
        )
    except Exception:
        # Its heuristics on malformed trees; one page must not end the run.
        log.debug("no text could be taken from %s", url, exc_info=True)
        found = None
    body = getattr(found, "body", None)
    if body is None:
        return ""
    blocks = [block for block in _blocks(body) if block]
    if blocks and title and blocks[0].lstrip("# ").casefold() == title.casefold():
        del blocks[0]
    return "\n\n".join(blocks)


def _blocks(parent: Any) -> Iterator[str]:
    """The text of each block, as Markdown where it is a heading, list or table."""
    if parent.text and parent.text.strip():
        yield _line(parent.text)
    for element in parent:
        match element.tag:
            case "head":
                level = re.sub(r"\D", "", element.get("rend") or "") or "2"
                title = _line(" ".join(element.itertext()))
                yield f"{'#' * min(int(level), 6)} {title}" if title else ""
            case "list":
                yield "\n".join(f"- {item}" for item in map(_inline, element) if item)
            case "table":
                yield "\n".join(filter(None, map(_row, element.iter("row"))))
            case "quote" | "div" if len(element) and element[0].tag in ("p", "quote", "list"):
                yield from _blocks(element)
            case _:
                yield _inline(element)
        if element.tail and element.tail.strip():
            yield _line(element.tail)


def _row(row: Any) -> str:
    cells = [_inline(cell).replace("\n", " ") for cell in row.iter("cell")]
    return " | ".join(cells) if any(cells) else ""


def _inline(element: Any) -> str:
    for line_break in element.iter("lb"):
        line_break.text = "\n"
    text = "".join(element.itertext())
    lines = (_SPACE.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(filter(None, lines))


def _line(text: str) -> str:
    return " ".join(text.split())


def _check(tree: Any, text: str, metadata: Metadata) -> None:
    """UnreadableError where what is there is not the article."""
    words = count_words(text) if text else 0
    shown = " ".join(tree.text_content().split())[:20_000] if words < STUB_WORDS else ""
    if words < STUB_WORDS and metadata.paid:
        raise UnreadableError("only the beginning is free to read (paywall)")
    if words < _SHORT and _PAYWALL.search(shown):
        raise UnreadableError("only the beginning is free to read (paywall)")
    if words < _SHORT and tree.xpath("//input[@type='password']"):
        raise UnreadableError("a login page")
    if words < _SHORT and _MISSING.search(f"{metadata.title or ''} {text[:300]}"):
        raise UnreadableError("the page says that there is no such page")
    if words >= MIN_WORDS or metadata.claim_reviews:
        return
    if _SCRIPTED.search(shown):
        raise UnreadableError("the page has no text without JavaScript")
    raise UnreadableError("no article text in it")
