"""A verdict in the words of schema.org (https://schema.org/ClaimReview), for search engines and
other fact-checkers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.labels import LABELS
from prompts.verdict import Label

RATINGS = {Label.REFUTED: 1, Label.MISLEADING: 2, Label.SUPPORTED: 3}
"""On a scale from 1, false, to 3, true; what the sources do not settle has no number."""


@dataclass(frozen=True, slots=True)
class Work:
    """A source as it is cited."""

    name: str
    url: str | None = None


def claim_review(
    claim: str,
    label: Label,
    body: str,
    *,
    url: str,
    published: str,
    author: tuple[str, str],
    citations: Sequence[Work],
) -> dict[str, Any]:
    """One ClaimReview; `published` is an ISO date, `author` an organisation's name and address."""
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": LABELS[label]}
    if (number := RATINGS.get(label)) is not None:
        rating |= {"ratingValue": number, "worstRating": 1, "bestRating": 3}
    name, address = author
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": url,
        "datePublished": published,
        "claimReviewed": claim,
        "itemReviewed": {"@type": "Claim", "text": claim},
        "reviewRating": rating,
        "reviewBody": body,
        "author": {"@type": "Organization", "name": name, "url": address},
        "citation": [
            {"@type": "CreativeWork", "name": one.name} | ({"url": one.url} if one.url else {})
            for one in citations
        ],
    }
