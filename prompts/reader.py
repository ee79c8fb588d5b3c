"""Claims read by a language model, and held to the message that they are from.

The model may split, complete and plan; it may not bring in facts. A fragment that is not in the
message is dropped, and a claim with a number, date or name that neither message nor thread has is
put back to its fragment. Where no model answers, `prompts.claims` reads the message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from prompts.answer import inlined, schema_of
from prompts.audit import facts, is_plain
from prompts.audit_evidence import Evidence
from prompts.audit_facts import fact_faults
from prompts.claims import MAX_CLAIMS, Extraction
from prompts.context import CheckContext
from prompts.endpoint import Talk
from prompts.fence import draw_mark, fenced
from prompts.language import ENGLISH, language_of
from prompts.message import undress
from prompts.models import Models
from prompts.orders import is_order
from prompts.promptfile import load_prompt
from prompts.quotes import locate
from prompts.reading import Reading as Plain
from prompts.verdict import Claim, Skipped, SkipReason
from retrieval.findings import Reading

MAX_QUERIES = 4
_MAX_THREAD = 6
_LEAST = 3
"""Characters of a fragment: a claim may be short, where a quote may not."""
_MAX_MESSAGE = 1_000

REASONS: tuple[SkipReason, ...] = ("opinion", "prediction", "question", "vague", "no_claim")


def _known_reason(value: object) -> object:
    return value if value in REASONS else "no_claim"


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", json_schema_extra={"additionalProperties": False}
    )


class ReadClaim(_Part):
    """A claim as the model reads it."""

    fragment: str = Field(max_length=400)
    claim: str = Field(max_length=400)
    english: str | None = Field(None, max_length=400)
    other_reading: str | None = Field(None, max_length=400)
    queries: list[Annotated[str, Field(max_length=120)]] = Field(
        default_factory=list, max_length=MAX_QUERIES
    )


class LeftOut(_Part):
    """A part of the message that is no claim."""

    fragment: str = Field(max_length=200)
    reason: Annotated[
        Literal["opinion", "prediction", "question", "vague", "no_claim"],
        BeforeValidator(_known_reason),
    ]


class ReadMessage(_Part):
    """What a message holds."""

    claims: list[ReadClaim] = Field(max_length=MAX_CLAIMS)
    skipped: list[LeftOut] = Field(default_factory=list, max_length=MAX_CLAIMS)


def reading_schema() -> dict[str, Any]:
    """The JSON Schema to ask for."""
    schema = schema_of(ReadMessage)
    return {"title": "claims_of_a_message", **inlined(schema, schema.pop("$defs"))}


class ModelReader:
    """Reads claims with a language model."""

    def __init__(self, models: Models, token: Callable[[], str]) -> None:
        """`token` draws the mark of a request."""
        self._models = models
        self._token = token

    async def read(
        self, text: str, thread: Sequence[str], today: date, context: CheckContext
    ) -> Extraction:
        """The claims of `text`; EndpointError or BudgetError where no model reads it.

        `thread`: what was written before it, oldest first, as far as the one who asks may read it.
        """
        message = undress(text)
        before = [undress(part).text[:_MAX_MESSAGE] for part in thread[-_MAX_THREAD:]]
        mark = draw_mark(self._token, [message.text, *before])
        said = [fenced(f"thread message {n}", part, mark) for n, part in enumerate(before, start=1)]
        system, user = load_prompt("claims").fill(
            message=fenced("message", message.text, mark),
            thread="\n\n".join(said) or "There is no thread.",
            today=today.isoformat(),
            fence=mark,
        )
        talk = Talk(system, user)
        answer = await self._models.ask("claims", talk, reading_schema(), ReadMessage, context)
        context.trace.step("claims", answer=answer.value.model_dump(mode="json"))
        claims: dict[str, Claim] = {}
        for read in answer.value.claims:
            claim = _held(read, message, before)
            if claim is not None:
                claims.setdefault(claim.text.casefold(), claim)
        skipped = _skipped(answer.value, message)
        if not claims and not skipped:
            whole = " ".join(message.text.split())[:200]
            skipped = (Skipped(text=whole, reason="no_claim"),)
        return Extraction(tuple(claims.values()), skipped, ())


def _held(read: ReadClaim, message: Plain, before: Sequence[str]) -> Claim | None:
    """The claim, with its place in the message; None where the message does not hold it."""
    span = locate(read.fragment, message.text, _LEAST)
    if span is None or is_order(read.fragment):
        return None
    start, end = message.span(*span)
    fragment = " ".join(message.text[slice(*span)].split())
    told = Evidence.of([message.text, *before])
    text = read.claim if _says_no_more(read.claim, told) else fragment
    other = read.other_reading
    if other is not None and (other == text or not _says_no_more(other, told)):
        other = None
    english = read.english
    if english is not None and (language_of(text) == ENGLISH or not _is_same(english, text)):
        english = None
    queries = tuple(
        query for query in (" ".join(q.split()) for q in read.queries) if query and is_plain(query)
    )
    return Claim(
        text=text, start=start, end=end, queries=queries, english=english, other_reading=other
    )


def _is_same(english: str, claim: str) -> bool:
    """Whether a claim's English is plain text with the claim's own figures."""
    return (
        is_plain(english) and not is_order(english) and facts(english, english=True) == facts(claim)
    )


def _says_no_more(claim: str, told: Evidence) -> bool:
    """Whether all facts of a claim are in the message or its thread, and it is plain text."""
    if not is_plain(claim) or is_order(claim):
        return False
    return not any(fact_faults(Reading(claim), told))


def _skipped(read: ReadMessage, message: Plain) -> tuple[Skipped, ...]:
    """What was left out, in the message's own words."""
    found = []
    for part in read.skipped:
        span = locate(part.fragment, message.text, _LEAST)
        if span is not None:
            words = " ".join(message.text[slice(*span)].split())
            found.append(Skipped(text=words[:200], reason=part.reason))
    return tuple(found)
