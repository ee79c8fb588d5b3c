"""Whether a label may stand beside the quotes that are cited for it.

A model's own word on how a quote bears on the claim is not enough: the claim itself is held
against the quotes, by the rules and the stance model. Only what is far out falls; the bounds are
data (`audit.json`), set so that few sound labels are lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from prompts.audit_score import AuditModel
from prompts.sentence_audit import audit_sentence
from prompts.verdict import Label
from retrieval.model import StanceModel


def leaning(
    claim: str, quotes: Sequence[str], stance: StanceModel, model: AuditModel | None = None
) -> float:
    """How far the quotes lean towards the claim (above zero) or against it; about -10 to 10."""
    supports, refutes, _ = stance.score([(" ".join(quotes), claim)])[0].tolist()
    audited = audit_sentence(claim, quotes, stance=stance, model=model)
    return math.log(supports + 1e-3) - math.log(refutes + 1e-3) + 3 * audited.score


def against_its_evidence(
    label: Label,
    claim: str,
    quotes: Sequence[str],
    stance: StanceModel,
    model: AuditModel | None = None,
) -> bool:
    """Whether quotes cited for `label` plainly say the opposite."""
    bounds = model or AuditModel.load()
    if not quotes or label not in {Label.SUPPORTED, Label.REFUTED}:
        return False
    lean = leaning(claim, quotes, stance, bounds)
    if label is Label.SUPPORTED:
        return lean < bounds.least_lean_supported
    return lean > bounds.most_lean_refuted
