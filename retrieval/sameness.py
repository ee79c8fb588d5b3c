"""Whether a verdict on one claim may answer another: the same meaning, and the same polarity,
numbers, units, dates and names.

Served in place of a check, a wrong match is a wrong answer, so everything here is a reason to say
no: rules hold the figures, dates, names, tellers, quantities and roles of both claims against each
other, and what is left must be said in words that account for each other. Where the rules find no
contradiction, only words, details or an order that they cannot match, a model that reads both
claims decides, and has to be surer the less the rules can say. A claim that is missed is checked as
any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval import claim_differences, claim_figures
from retrieval.claim_names import missing_names
from retrieval.claim_reading import ClaimReading
from retrieval.claim_wording import unlike

NEAR = 0.45
"""Cosine of two claims from which it is worth holding them against each other."""
RELATED = 0.6
"""Cosine from which one claim is shown beside the other as related."""
LEAST_ODDS = {"wording": 1.0, "left out": 0.8, "order": 1.5, "name": 1.4}
"""By the difference that the rules see: log odds of the model from which it is none. What is not
listed is a contradiction, whatever the model says. Chosen on the families of claims that the model
was not trained on; see RESULTS.md."""


class Paraphrase(Protocol):
    """A model that reads two claims."""

    def odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n,): log odds that both claims of a pair say the same."""
        ...


def difference(a: ClaimReading, b: ClaimReading) -> str | None:
    """What keeps the two claims from being the same, in a word; None where nothing does.

    A word of `claim_differences` where the two contradict each other, or `order` where things stand
    in each other's place and other words may explain it; `left out` where a figure or
    a name of one is not in the other; `wording` where one has words that the other has none for.
    """
    found = claim_differences.difference(a, b)
    if found == "order" and not unlike(a, b) and not unlike(b, a):
        # No other word makes the order another way to tell the same.
        return "role"
    if found:
        return found
    if claim_figures.quantities(a, b).lacks or claim_figures.ordinals(a, b).lacks:
        return "left out"
    if missing_names(a, b) or missing_names(b, a):
        return "left out"
    return "wording" if unlike(a, b) or unlike(b, a) else None


def same(a: ClaimReading, b: ClaimReading) -> bool:
    """Whether a verdict on `a` may answer `b`."""
    return a.lower.strip(" .!") == b.lower.strip(" .!") or difference(a, b) is None
