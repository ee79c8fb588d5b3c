"""The `llm` engine: a model drafts from the passages, and the audit lets through what they carry.

Imports langchain and openai; import it only where a model is configured.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import date
from typing import Literal

from corpus.model import Passage
from prompts import rules
from prompts.answer import JUDGED, DraftedVerdict, answer_schema
from prompts.audit import audit
from prompts.endpoint import Answer, ContextTooLongError, Endpoint
from prompts.fence import (
    MAX_CHARACTERS,
    Numbered,
    draw_mark,
    fenced_claim,
    fenced_passages,
    number,
)
from prompts.promptfile import load_prompt
from prompts.verdict import Claim, Draft, Label, Sentence
from retrieval.model import Hit

log = logging.getLogger(__name__)

_SHRINKS = 2
"""How often the passages are halved for a model whose context is too short for them."""

LEAST_CONFIDENCE, MOST_CONFIDENCE = 0.35, 0.8


def confidence_of(likelihood: float) -> float:
    """A bounded shrink of the model's own likelihood, 0 to 1, for the label it gave.

    Models are surer than right, so their number only moves the confidence between two bounds.
    Not yet calibrated on data.
    """
    return LEAST_CONFIDENCE + (MOST_CONFIDENCE - LEAST_CONFIDENCE) * min(1.0, max(0.0, likelihood))


def draw_token() -> str:
    """The mark of a request: 64 bits, so that nothing written before can hold it."""
    return secrets.token_hex(8)


class LlmEngine:
    """Drafts verdicts with a chat model behind an OpenAI-compatible endpoint."""

    name: Literal["llm"] = "llm"

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        executor: Executor | None = None,
        token: Callable[[], str] = draw_token,
    ) -> None:
        """`executor` runs the audit, which needs the CPU; `token` draws the mark of a request."""
        self._endpoint = endpoint
        self._executor = executor
        self._token = token

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        """A draft that keeps the rules; EndpointError where the model gives none."""
        if not hits:
            return Draft(
                label=Label.NOT_ENOUGH_EVIDENCE,
                confidence=rules.FALLEN_CONFIDENCE,
                summary=(Sentence(text=rules.NOTHING_FOUND),),
                engine="llm",
            )
        mark = draw_mark(self._token, [claim.text, *(hit.passage.text for hit in hits)])
        allowed = tuple(label for label in JUDGED if labels is None or label in labels)
        answer, numbered = await self._answer(claim, hits, as_of, allowed, mark)
        named = {item.name: item.passage for item in numbered}
        loop = asyncio.get_running_loop()
        draft = await loop.run_in_executor(
            self._executor, lambda: _audited(answer, claim, named, allowed, mark)
        )
        # The hits were searched for one server; whether it may see them is ruled on by the caller.
        guilds = (hit.passage.source.guild_id for hit in hits)
        return rules.enforce(draft, hits, guild_id=next(filter(None, guilds), None))

    async def aclose(self) -> None:
        """Closes the connections to the endpoint."""
        await self._endpoint.aclose()

    async def _answer(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        as_of: date,
        allowed: Sequence[Label],
        mark: str,
    ) -> tuple[Answer[DraftedVerdict], list[Numbered]]:
        """The model's answer, and the passages it was shown: fewer where they do not all fit."""
        room = MAX_CHARACTERS
        for shrunk in range(_SHRINKS + 1):
            numbered = number(hits, room)
            system, user = load_prompt("verdict").fill(
                claim=fenced_claim(claim.text, mark),
                as_of=as_of.isoformat(),
                labels=", ".join(allowed),
                passages=fenced_passages(numbered, mark),
                fence=mark,
            )
            schema = answer_schema([item.name for item in numbered], allowed)
            try:
                answer = await self._endpoint.ask(system, user, schema, DraftedVerdict)
            except ContextTooLongError:
                if shrunk == _SHRINKS:
                    raise
                room = sum(len(item.shown) for item in numbered) // 2
                log.info("the passages do not fit the model's context; asking with half of them")
            else:
                return answer, numbered
        raise AssertionError("unreachable")


def _audited(
    answer: Answer[DraftedVerdict],
    claim: Claim,
    named: dict[str, Passage],
    allowed: Sequence[Label],
    mark: str,
) -> Draft:
    drafted = answer.value
    left = audit(drafted, claim.text, named, [mark])
    label = drafted.label
    notes = list(left.notes)
    if label not in allowed:
        notes.append(f"label {label} was not among those to choose from")
        label = Label.NOT_ENOUGH_EVIDENCE
    if answer.repaired:
        notes.append("the model's first answer could not be read; this is its second")
    return Draft(
        label=label,
        confidence=confidence_of(drafted.likelihood(label)),
        summary=left.summary,
        citations=left.citations,
        missing_context=left.missing_context,
        engine="llm",
        tokens=answer.tokens,
        notes=tuple(notes),
    )
