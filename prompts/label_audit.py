"""Whether what a draft cites and says bears its label out.

A model's own word on how a quote bears on the claim is not enough: the claim itself is held against
the quotes and against the summary, by the rules and the stance model. These are signals, from which
`prompts.confidence` works out how likely the label is right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from prompts.sentence_audit import audit_sentence
from prompts.verdict import Label
from retrieval.claim_reading import ClaimReading
from retrieval.model import StanceModel
from retrieval.sameness import same


def label_signals(
    label: Label,
    claim: str,
    quotes: Sequence[str],
    summary: Sequence[str],
    stance: StanceModel | None,
) -> dict[str, float]:
    """Signals for `label` (above zero) or against it; empty for one that takes no side.

    `lean`: which way the `quotes` cited for it lean, by the stance model and the rules, about -10
    to 10. `said`: which way the sentence of the summary leans that bears it out most. `same`: 1 or
    -1 where a sentence of the summary says what the claim says. `against`: 1 for `refuted`.
    """
    side = {Label.SUPPORTED: 1.0, Label.REFUTED: -1.0}.get(label)
    if side is None:
        return {}
    asked = ClaimReading(claim)
    found = {
        "against": float(side < 0),
        "same": side * any(same(asked, ClaimReading(sentence)) for sentence in summary),
    }
    if stance is None or not quotes or not summary:
        return found
    joined = " ".join(quotes)
    leanings = [
        math.log(supports + 1e-3) - math.log(refutes + 1e-3)
        for supports, refutes, _ in stance.score(
            [(premise, claim) for premise in (joined, *summary)]
        ).tolist()
    ]
    carried = audit_sentence(claim, quotes, stance=stance).score
    return found | {
        "lean": side * (leanings[0] + 3 * carried),
        "said": max(side * leaning for leaning in leanings[1:]),
    }
