"""The one interface behind which verdicts are drafted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

from prompts.context import CheckContext
from prompts.verdict import Claim, Draft
from retrieval.model import Hit


class Engine(Protocol):
    """Drafts a verdict on a claim from the passages given, and from nothing else."""

    @property
    def name(self) -> Literal["local", "llm"]:
        """The engine's name, as a verdict gives it."""
        ...

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        """A draft whose citations are verbatim from `hits`; `labels` restricts the answers."""
        ...
