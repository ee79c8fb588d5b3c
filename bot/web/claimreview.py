"""A receipt as schema.org's ClaimReview."""

from __future__ import annotations

import json
from typing import Any

from bot import claimreview
from bot.claimreview import Work
from bot.web.receipt import Receipt


def claim_review(receipt: Receipt, address: str, home: str) -> dict[str, Any]:
    """The ClaimReview of the receipt at `address`."""
    return claimreview.claim_review(
        receipt.claim,
        receipt.verdict.label,
        " ".join(text for text, _ in receipt.sentences),
        url=address,
        published=receipt.verdict.checked_at[:10],
        author=("Receipts", home),
        citations=[Work(one.title, one.address) for one in receipt.cited],
    )


def as_script(value: dict[str, Any]) -> str:
    """JSON that may stand in an HTML script element: it can close neither it nor a comment."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
