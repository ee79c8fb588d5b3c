"""What the labels and stances are called wherever people read them."""

from __future__ import annotations

from collections.abc import Iterable

from prompts.verdict import Citation, Label
from retrieval.model import Stance

LABELS = {
    Label.SUPPORTED: "Supported",
    Label.REFUTED: "Refuted",
    Label.MISLEADING: "Misleading",
    Label.NOT_ENOUGH_EVIDENCE: "Not enough evidence",
    Label.NOT_CHECKABLE: "Not checkable",
}

MEANINGS = {
    Label.SUPPORTED: "The sources found bear this out.",
    Label.REFUTED: "The sources found say otherwise.",
    Label.MISLEADING: "True in part, but not the whole picture, or good sources disagree.",
    Label.NOT_ENOUGH_EVIDENCE: "The sources found do not settle this either way.",
    Label.NOT_CHECKABLE: "Not a statement of fact that sources can settle.",
}

STANCES = {
    Stance.SUPPORTS: "Supports the claim",
    Stance.REFUTES: "Speaks against the claim",
    Stance.CONTEXT: "Gives context",
}


def pages(citations: Iterable[Citation]) -> str | None:
    """The pages on which the quotes of one PDF begin: "p. 3", "pp. 3, 7"."""
    known = sorted({citation.page for citation in citations if citation.page is not None})
    if not known:
        return None
    return f"p{'p' if len(known) > 1 else ''}. {', '.join(map(str, known))}"
