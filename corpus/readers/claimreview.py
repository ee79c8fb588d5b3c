"""ClaimReview (schema.org): fact-checks as pages and the Data Commons feed publish them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from corpus.readers import jsonld

MAX_CLAIM = 2_000


class ClaimReviewError(ValueError):
    """The file is no feed of ClaimReviews; the message is for people."""


def reviews_in(data: str) -> list[jsonld.Node]:
    """Every ClaimReview in a JSON document, such as the Data Commons feed file.

    ClaimReviewError: it is not JSON, or holds none.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ClaimReviewError(f"not JSON: {error}") from error
    found = list(_reviews(value, 8))
    if not found:
        raise ClaimReviewError("no ClaimReview in it")
    return found


def is_feed(value: object) -> bool:
    """Whether parsed JSON looks like schema.org data, and not another kind of document."""
    return isinstance(value, dict) and ("@context" in value or "dataFeedElement" in value)


def review_sentence(review: jsonld.Node) -> str | None:
    """What a review says, in a sentence; None where it lacks claim or rating."""
    claim = jsonld.text(review.get("claimReviewed"))
    rating = _rating(review)
    if not claim or not rating:
        return None
    who = jsonld.text(review.get("author")) or jsonld.text(review.get("publisher"))
    speaker = _speaker(review)
    said = f" by {speaker}" if speaker else ""
    claim = claim[:MAX_CLAIM].strip('"“” ')
    return f"{who or 'The review'} rated the claim{said} “{claim}” as “{rating}”."


def review_fields(review: jsonld.Node) -> dict[str, object]:
    """The metadata of a review that is a document of its own."""
    claim = jsonld.text(review.get("claimReviewed")) or ""
    return {
        "title": f"Fact check: {claim[:200]}",
        "publisher": jsonld.text(review.get("author")) or jsonld.text(review.get("publisher")),
        "url": jsonld.text(review.get("url")),
        "kind": "fact_check",
        "language": jsonld.text(review.get("inLanguage")),
    }


def _rating(review: jsonld.Node) -> str | None:
    rating = review.get("reviewRating")
    if isinstance(rating, list):
        rating = next((entry for entry in rating if isinstance(entry, dict)), None)
    if not isinstance(rating, dict):
        return None
    stated = jsonld.text(rating.get("alternateName")) or jsonld.text(
        rating.get("ratingExplanation")
    )
    if stated:
        return stated
    value, best = rating.get("ratingValue"), rating.get("bestRating")
    return f"{value} of {best}" if value is not None and best is not None else None


def _speaker(review: jsonld.Node) -> str | None:
    item = review.get("itemReviewed")
    if isinstance(item, list):
        item = next((entry for entry in item if isinstance(entry, dict)), None)
    if not isinstance(item, dict):
        return None
    # The feed of Data Commons nests the author of the claim a level deeper for CreativeWork.
    return jsonld.text(item.get("author"))


def _reviews(value: Any, depth: int) -> Iterator[jsonld.Node]:
    if depth == 0:
        return
    if isinstance(value, list):
        for entry in value:
            yield from _reviews(entry, depth - 1)
    elif isinstance(value, dict):
        if "ClaimReview" in jsonld.types(value):
            yield value
        else:
            for entry in value.values():
                if isinstance(entry, list | dict):
                    yield from _reviews(entry, depth - 1)
