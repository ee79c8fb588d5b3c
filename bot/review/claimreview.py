"""A published verdict in the words of schema.org (https://schema.org/ClaimReview)."""

from __future__ import annotations

from typing import Any

from bot.review.values import Decision
from prompts.verdict import Label, Verdict

_RATINGS: dict[Label, tuple[int | None, str]] = {
    Label.REFUTED: (1, "Refuted"),
    Label.MISLEADING: (2, "Misleading"),
    Label.SUPPORTED: (3, "Supported"),
    Label.NOT_ENOUGH_EVIDENCE: (None, "Not enough evidence"),
    Label.NOT_CHECKABLE: (None, "Not checkable"),
}
_BEST = 3


def claim_review(
    verdict: Verdict, decision: Decision, publisher: str, publisher_url: str
) -> dict[str, Any]:
    """One ClaimReview. The two labels that say nothing of the world carry a name and no number."""
    assert decision.decided_at is not None
    organization = {"@type": "Organization", "name": publisher, "url": publisher_url}
    number, name = _RATINGS[verdict.label]
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": name}
    if number is not None:
        rating |= {"ratingValue": number, "bestRating": _BEST, "worstRating": 1}
    sources = {citation.source.id: citation.source for citation in verdict.citations}
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "@id": f"{publisher_url.rstrip('/')}/verdicts/{verdict.id}",
        "url": f"{publisher_url.rstrip('/')}/verdicts/{verdict.id}",
        "datePublished": decision.decided_at.date().isoformat(),
        "author": organization,
        "claimReviewed": verdict.claim,
        "itemReviewed": {"@type": "Claim", "text": verdict.claim},
        "reviewRating": rating,
        "reviewBody": " ".join(sentence.text for sentence in verdict.summary),
    }
    if sources:
        found["citation"] = [
            {
                "@type": "CreativeWork",
                "name": source.title,
                **({"url": source.url} if source.url else {}),
                **({"datePublished": source.published} if source.published else {}),
            }
            for source in sources.values()
        ]
    return found
