"""XML from strangers: no entities, no DTD, nothing loaded from elsewhere, no giants."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any

MAX_UNPACKED = 50_000_000
"""sitemaps.org: a sitemap is at most 50 MB unpacked."""


class XmlError(ValueError):
    """It cannot be read as XML; the message is for people."""


def parse_xml(data: bytes) -> Any:
    """The root element. XmlError says what is wrong."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise XmlError(f"XML that cannot be read: {str(error)[:120]}") from error
    if root.getroottree().docinfo.doctype:
        raise XmlError("XML with a document type is not read")
    return root


def unpacked(data: bytes) -> bytes:
    """What is in a gzip file, or `data` where it is none. XmlError: broken, or too large."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            text = file.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise XmlError("a gzip file that is broken") from error
    if len(text) > MAX_UNPACKED:
        raise XmlError(f"larger than {MAX_UNPACKED // 1_000_000} MB when unpacked")
    return text
