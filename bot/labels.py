"""What the labels and stances are called wherever people read them in English."""

from __future__ import annotations

from collections.abc import Iterable

from prompts.language import Phrases, phrases
from prompts.verdict import Citation, Label
from retrieval.model import Stance

LABELS = {label: phrases()(f"label.{label}") for label in Label}

MEANINGS = {label: phrases()(f"meaning.{label}") for label in Label}

STANCES = {stance: phrases()(f"stance.{stance}") for stance in Stance}


def pages(citations: Iterable[Citation], say: Phrases | None = None) -> str | None:
    """The pages on which the quotes of one PDF begin: "p. 3", "pp. 3, 7"."""
    known = sorted({citation.page for citation in citations if citation.page is not None})
    if not known:
        return None
    key = "card.pages" if len(known) > 1 else "card.page"
    return (say or phrases())(key, pages=", ".join(map(str, known)))
