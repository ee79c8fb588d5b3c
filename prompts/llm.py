"""The `llm` engine: a model drafts from the passages, and the audit lets through what they carry.

Imports langchain and openai; import it only where a model is configured.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from corpus.errors import BudgetError, EndpointError
from corpus.model import Passage
from prompts import rules
from prompts.answer import (
    JUDGED,
    DraftedSentence,
    DraftedVerdict,
    MendedSentences,
    answer_schema,
    mending_schema,
)
from prompts.audit import Audited, audit
from prompts.context import CheckContext
from prompts.endpoint import Answer, ContextTooLongError, Talk
from prompts.fence import (
    MAX_CHARACTERS,
    Numbered,
    draw_mark,
    fenced_claim,
    fenced_passages,
    number,
)
from prompts.language import ENGLISH, name_of
from prompts.models import Models
from prompts.promptfile import load_prompt
from prompts.verdict import Claim, Draft, Label, Sentence
from retrieval.model import Hit, StanceModel

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_SAMPLED_AT = 0.7
"""The temperature of the samples beside the first, so that they can differ."""
_SHRINKS = 2
"""How often the passages are halved for a model whose context is too short for them."""


def draw_token() -> str:
    """The mark of a request: 64 bits, so that nothing written before can hold it."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A model's draft, what it was asked, and the passages it was shown."""

    answer: Answer[DraftedVerdict]
    talk: Talk
    numbered: Sequence[Numbered]
    mark: str

    @property
    def named(self) -> dict[str, Passage]:
        return {item.name: item.passage for item in self.numbered}


class LlmEngine:
    """Drafts verdicts with chat models behind OpenAI-compatible endpoints."""

    name: Literal["llm"] = "llm"

    def __init__(
        self,
        models: Models,
        *,
        stance: Callable[[], StanceModel] | None = None,
        samples: int = 1,
        executor: Executor | None = None,
        token: Callable[[], str] = draw_token,
    ) -> None:
        """`stance` has the last word on a sentence, and is called when it is first needed.

        `samples`: how often a verdict is drafted; the label that comes most often is taken.
        `executor` runs the audit, which needs the CPU; `token` draws the mark of a request.
        """
        self._models = models
        self._stance = stance
        self._samples = samples
        self._executor = executor
        self._token = token

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext | None = None,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        """A draft that keeps the rules; EndpointError where the models give none in time."""
        context = context or CheckContext()
        if not hits:
            return Draft(
                label=Label.NOT_ENOUGH_EVIDENCE,
                confidence=rules.FALLEN_CONFIDENCE,
                summary=(Sentence(text=rules.NOTHING_FOUND),),
                engine="llm",
            )
        mark = draw_mark(self._token, [claim.text, *(hit.passage.text for hit in hits)])
        allowed = tuple(label for label in JUDGED if labels is None or label in labels)
        drafted = await self._drafted(claim, hits, as_of, allowed, mark=mark, context=context)
        drafted, agreement = await self._sampled(drafted, allowed, context)
        verdict = drafted.answer.value
        context.trace.step("draft", answer=verdict.model_dump(mode="json"))
        left = await self._audited(verdict, claim, drafted, context)
        versions = {"verdict": load_prompt("verdict").version}
        if any(not ruling.stands for ruling in left.rulings):
            mended = await self._mended(verdict, left, drafted, context)
            if mended is not None:
                verdict, versions = mended, versions | {"mend": load_prompt("mend").version}
                left = await self._audited(verdict, claim, drafted, context)
        draft = _draft(drafted.answer, verdict, left, allowed, agreement)
        # The hits were searched for one server; whether it may see them is ruled on by the caller.
        guilds = (hit.passage.source.guild_id for hit in hits)
        draft = rules.enforce(draft, hits, guild_id=next(filter(None, guilds), None))
        return draft.model_copy(update={"prompts": versions})

    async def aclose(self) -> None:
        """Closes the connections to the endpoints."""
        await self._models.aclose()

    async def _drafted(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        as_of: date,
        allowed: Sequence[Label],
        *,
        mark: str,
        context: CheckContext,
    ) -> _Drafted:
        """The model's draft, from fewer passages where they do not all fit."""
        room = MAX_CHARACTERS
        for shrunk in range(_SHRINKS + 1):
            numbered = number(hits, room)
            system, user = load_prompt("verdict").fill(
                claim=fenced_claim(claim.text, mark),
                as_of=as_of.isoformat(),
                language=name_of(context.language),
                labels=", ".join(allowed),
                passages=fenced_passages(numbered, mark),
                fence=mark,
            )
            talk = Talk(system, user)
            schema = answer_schema(
                [item.name for item in numbered],
                allowed,
                translated=context.language != ENGLISH,
            )
            try:
                answer = await self._models.ask("verdict", talk, schema, DraftedVerdict, context)
            except ContextTooLongError:
                if shrunk == _SHRINKS:
                    raise
                room = sum(len(item.shown) for item in numbered) // 2
                log.info("the passages do not fit the model's context; asking with half of them")
            else:
                return _Drafted(answer, talk, numbered, mark)
        raise AssertionError("unreachable")

    async def _sampled(
        self, drafted: _Drafted, allowed: Sequence[Label], context: CheckContext
    ) -> tuple[_Drafted, float]:
        """The draft whose label comes most often, the first of its kind, and what share agree.

        What cannot be had, as the time or a budget is spent, is left out.
        """
        if self._samples == 1:
            return drafted, 1.0
        talk = replace(drafted.talk, temperature=_SAMPLED_AT)
        schema = answer_schema(list(drafted.named), allowed, translated=context.language != ENGLISH)
        more = await asyncio.gather(
            *(
                self._models.ask("verdict", talk, schema, DraftedVerdict, context)
                for _ in range(self._samples - 1)
            ),
            return_exceptions=True,
        )
        answers = [drafted.answer]
        for item in more:
            if isinstance(item, Answer):
                answers.append(item)
            elif not isinstance(item, EndpointError | BudgetError):
                raise item
        labels = [answer.value.label for answer in answers]
        # Of labels that come as often, the one of the first answer, which was given coolly.
        taken = max(labels, key=labels.count)
        context.trace.step("samples", labels=[str(label) for label in labels])
        chosen = replace(drafted, answer=answers[labels.index(taken)])
        return chosen, labels.count(taken) / len(labels)

    async def _mended(
        self, verdict: DraftedVerdict, left: Audited, drafted: _Drafted, context: CheckContext
    ) -> DraftedVerdict | None:
        """The draft with the sentences that did not stand written again; None where none are."""
        stopped = [n for n, ruling in enumerate(left.rulings, start=1) if not ruling.stands]
        faults = "\n".join(
            f"{n}. {left.rulings[n - 1].text!r}: {'; '.join(left.rulings[n - 1].faults[:3])}"
            for n in stopped
        )
        again = load_prompt("mend").fill(faults=faults)[1]
        talk = Talk(drafted.talk.system, drafted.talk.user, (drafted.answer.text, again))
        schema = mending_schema(list(drafted.named), translated=context.language != ENGLISH)
        try:
            answer = await self._models.ask("mend", talk, schema, MendedSentences, context)
        except (EndpointError, BudgetError) as error:
            context.trace.step("mend", error=str(error))
            return None
        context.trace.step("mend", answer=answer.value.model_dump(mode="json"))
        new = {item.n: item for item in answer.value.sentences if item.n in stopped}
        if not new:
            return None
        sentences: list[DraftedSentence] = [
            new.get(n, sentence) for n, sentence in enumerate(verdict.sentences, start=1)
        ]
        return verdict.model_copy(update={"sentences": sentences})

    async def _audited(
        self, verdict: DraftedVerdict, claim: Claim, drafted: _Drafted, context: CheckContext
    ) -> Audited:
        def work() -> Audited:
            stance = self._stance() if self._stance else None
            return audit(
                verdict,
                claim.english or claim.text,
                drafted.named,
                [drafted.mark],
                stance,
                translated=context.language != ENGLISH,
            )

        left = await asyncio.get_running_loop().run_in_executor(self._executor, work)
        context.trace.step(
            "audit",
            sentences=[
                {"text": ruling.text, "stands": ruling.stands, "faults": list(ruling.faults)}
                for ruling in left.rulings
            ],
            notes=list(left.notes),
        )
        return left


def _draft(
    answer: Answer[DraftedVerdict],
    verdict: DraftedVerdict,
    left: Audited,
    allowed: Sequence[Label],
    agreement: float,
) -> Draft:
    """`agreement`: the share of samples that have the label."""
    label = verdict.label
    notes = list(left.notes)
    if label not in allowed:
        notes.append(f"label {label} was not among those to choose from")
        label = Label.NOT_ENOUGH_EVIDENCE
    if answer.repaired:
        notes.append("the model's first answer could not be read; this is its second")
    return Draft(
        label=label,
        confidence=verdict.likelihood(label),
        likelihoods=verdict.shares(),
        signals={**left.signals, "samples": agreement - 1},
        summary=left.summary,
        citations=left.citations,
        missing_context=left.missing_context,
        engine="llm",
        open_question=verdict.open_question,
        notes=tuple(notes),
    )
