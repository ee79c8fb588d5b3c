"""What bytes are, by looking at them: what a server or a file name calls them may be wrong."""

from __future__ import annotations

import re
from typing import Literal

from corpus.readers.xml import XmlError, unpacked

Form = Literal["html", "feed", "sitemap", "json", "pdf", "docx", "text", "binary"]

_LOOK = 4_096
_FEED_ROOT = re.compile(rb"<(?:rss|feed|(?:\w+:)?RDF)[\s>]")
_SITEMAP_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_HTML = re.compile(rb"<!doctype\s+html|<(?:html|head|body|title|meta|article|div|p|h1)[\s>]", re.I)
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def form_of(data: bytes, declared: str = "") -> Form:
    """The form of a file or answer. `declared` (a media type) decides between text and HTML."""
    head = data[:_LOOK]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx" if b"word/" in data else "binary"
    if b"\0" in head and not head.startswith(_MARKS):
        return "binary"
    return _form_of_text(head, start, declared.partition(";")[0].strip().casefold())


def _form_of_text(head: bytes, start: bytes, kind: str) -> Form:
    if start[:1] in (b"{", b"[") and "html" not in kind:
        return "json"
    if _HTML.search(head) and not start.startswith(b"<?xml"):
        return "html"
    if _SITEMAP_ROOT.search(head):
        return "sitemap"
    if _FEED_ROOT.search(head):
        return "feed"
    return "html" if _HTML.search(head) or "html" in kind else "text"


def unzipped(data: bytes) -> bytes:
    """What a gzip file holds, or `data` itself; a broken one stays as it is, and is binary."""
    try:
        return unpacked(data)
    except XmlError:
        return data
