"""Pages as sites write them."""

from __future__ import annotations

import json
from collections.abc import Sequence

TEXT = (
    "The council of {title} met on Tuesday and agreed on the plan for the new bridge.",
    "It will cost 12 million euros, the mayor said, and it is to open in two years.",
    "Residents had asked for a bridge since the flood carried the old one away.",
    "Work begins in spring, when the river is low, and lasts until autumn of next year.",
)


def article(
    title: str,
    *,
    published: str | None = "2024-05-05",
    authors: Sequence[str] = (),
    canonical: str | None = None,
    extra: str = "",
) -> str:
    about = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title}
    if published:
        about["datePublished"] = published
    if authors:
        about["author"] = [{"@type": "Person", "name": name} for name in authors]  # type: ignore[assignment]
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    paragraphs = "".join(f"<p>{line.format(title=title)}</p>" for line in TEXT)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{link}'
        f'<script type="application/ld+json">{json.dumps(about)}</script></head><body>'
        f"<nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{paragraphs}"
        f"<p>{extra}</p></article><footer>All rights reserved</footer></body></html>"
    )


def rss(base: str, entries: Sequence[tuple[str, str, str]]) -> str:
    from datetime import datetime
    from email.utils import format_datetime
    from html import escape

    items = "".join(
        f"<item><title>Entry {path}</title><link>{base}{path}</link>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(day))}</pubDate>"
        f"<description>{escape(content)}</description></item>"
        for path, day, content in entries
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>'
        f"{items}</channel></rss>"
    )
