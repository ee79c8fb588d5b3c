"""Which way the quotes that are cited for a label lean.

A model's own word on how a quote bears on the claim is not enough: the claim itself is held
against the quotes, by the rules and the stance model. What follows from it is `prompts.confidence`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from prompts.sentence_audit import audit_sentence
from retrieval.model import StanceModel


def leaning(claim: str, quotes: Sequence[str], stance: StanceModel) -> float:
    """How far the quotes lean towards the claim (above zero) or against it; about -10 to 10."""
    supports, refutes, _ = stance.score([(" ".join(quotes), claim)])[0].tolist()
    audited = audit_sentence(claim, quotes, stance=stance)
    return math.log(supports + 1e-3) - math.log(refutes + 1e-3) + 3 * audited.score
