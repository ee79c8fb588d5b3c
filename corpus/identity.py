"""Stable names of sources and passages: the same input gets the same id, on any machine."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(utm_\w+|at_\w+|[dg]clid|fbclid|msclkid|mc_[ce]id|igshid|ref_src|cmpid|ocid|smid|ns_\w+|xtor)$"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def digest(*parts: str, length: int = 16) -> str:
    """Hex digits of a SHA-256 over `parts`, each kept apart from the next."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(len(data).to_bytes(8, "big"))
        hashed.update(data)
    return hashed.hexdigest()[:length]


def passage_id(source_id: str, text: str) -> str:
    """16 hex digits: an unchanged passage keeps its id when its source gets a new version."""
    return digest("passage", source_id, text)


def canonical_url(url: str) -> str:
    """`url` without fragment, default port and tracking parameters; scheme and host in lower case.

    ValueError: not an http or https URL with a host, or one that no request can carry.
    """
    url.encode()
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an http or https address: {url[:80]!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port not in (None, _DEFAULT_PORTS[scheme]):
        host = f"{host}:{parts.port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _TRACKING.match(name)]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    return urlunsplit((scheme, host, parts.path or "/", query, ""))


def url_source_id(url: str, guild_id: str | None = None) -> str:
    """The id of a source known by its address; a server's private copy has an id of its own."""
    canonical = canonical_url(url)
    host = urlsplit(canonical).hostname or ""
    return f"{_slug(host)}-{digest('url', canonical, guild_id or '', length=12)}"


def path_source_id(path: Path, guild_id: str | None = None) -> str:
    """The id of a source known by the file it was read from."""
    where = path.absolute().as_posix()
    return f"{_slug(path.stem)}-{digest('path', where, guild_id or '', length=12)}"


def text_source_id(text: str, guild_id: str | None = None) -> str:
    """The id of a source known by nothing but its text."""
    return f"text-{digest('text', text, guild_id or '', length=12)}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "source"
