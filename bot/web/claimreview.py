"""A receipt as schema.org's ClaimReview, for search engines and other fact-checkers."""

from __future__ import annotations

import json
from typing import Any

from bot.labels import LABELS
from bot.web.receipt import Receipt
from prompts.verdict import Label

RATINGS = {Label.REFUTED: 1, Label.MISLEADING: 2, Label.SUPPORTED: 3}
"""On a scale from 1, false, to 3, true; what the sources do not settle has no number."""


def claim_review(receipt: Receipt, address: str, home: str) -> dict[str, Any]:
    """The ClaimReview (https://schema.org/ClaimReview) of the receipt at `address`."""
    verdict = receipt.verdict
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": LABELS[verdict.label]}
    if (number := RATINGS.get(verdict.label)) is not None:
        rating |= {"ratingValue": number, "worstRating": 1, "bestRating": 3}
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": address,
        "datePublished": verdict.checked_at[:10],
        "claimReviewed": receipt.claim,
        "itemReviewed": {"@type": "Claim", "text": receipt.claim},
        "reviewRating": rating,
        "reviewBody": " ".join(text for text, _ in receipt.sentences),
        "author": {"@type": "Organization", "name": "Receipts", "url": home},
        "citation": [
            {"@type": "CreativeWork", "name": one.title}
            | ({"url": one.address} if one.address else {})
            for one in receipt.cited
        ],
    }


def as_script(value: dict[str, Any]) -> str:
    """JSON that may stand in an HTML script element: it can close neither it nor a comment."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
