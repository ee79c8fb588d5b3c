"""Registrable domains by the Public Suffix List that ships with tldextract; nothing is fetched."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


@lru_cache(maxsize=20_000)
def registrable_domain(host: str) -> str:
    """`news.bbc.co.uk` gives `bbc.co.uk`; a host under no public suffix (an address) is itself."""
    plain = host.casefold().rstrip(".")
    return _extract()(plain).top_domain_under_public_suffix or plain


@cache
def _extract() -> TLDExtract:
    from tldextract import TLDExtract

    # Who writes on someone.github.io is not GitHub: private suffixes count.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
