"""Claims, citations and verdicts, as the contract writes them (schema receipts.verdict/1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpus.model import Passage, Source
from retrieval.model import Stance

SCHEMA: Final = "receipts.verdict/1"


class Label(StrEnum):
    """The answer to a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    MISLEADING = "misleading"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    NOT_CHECKABLE = "not_checkable"


SkipReason = Literal["opinion", "prediction", "question", "vague", "no_claim"]


class Frozen(BaseModel):
    """A value that cannot be changed and takes no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(Frozen):
    """One checkable statement, and the fragment of the text it was taken from."""

    text: str
    start: int = 0
    end: int = 0
    queries: tuple[str, ...] = ()
    """What to search for beside the claim itself."""
    english: str | None = None
    """The same in English, where it is in another language and a model has read it."""
    other_reading: str | None = None
    """The second way in which the words may be meant, as a claim."""


class Skipped(Frozen):
    """A part of the text that was not checked, and why."""

    text: str
    reason: SkipReason


class CitedSource(Frozen):
    """The source of a citation, as shown to people."""

    id: str
    title: str
    publisher: str | None
    author: str | None
    published: str | None
    url: str | None
    kind: str
    tier: str = "other"
    """How good a source it is taken to be: see `corpus.tiers`."""

    @classmethod
    def of(cls, source: Source) -> Self:
        """The public part of a catalogue source."""
        return cls(
            id=source.id,
            title=source.title,
            publisher=source.publisher,
            author=source.author,
            published=source.published,
            url=source.url,
            kind=source.kind,
            tier=source.tier,
        )


class Citation(Frozen):
    """A verbatim quote from a passage. Made with `cite`, which checks that it is one."""

    n: int = Field(ge=1)
    passage_id: str
    quote: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int
    stance: Stance
    source: CitedSource
    page: int | None = None
    """Of a PDF, from 1: where the quote begins."""

    @model_validator(mode="after")
    def _span_fits_quote(self) -> Self:
        if self.end - self.start != len(self.quote):
            raise ValueError(f"span {self.start}:{self.end} is not as long as its quote")
        return self


def cite(n: int, passage: Passage, start: int, end: int, stance: Stance) -> Citation:
    """Citation number `n` of `passage.text[start:end]`; ValueError where that is no text."""
    if not 0 <= start < end <= len(passage.text):
        raise ValueError(f"no text at {start}:{end} of passage {passage.id!r}")
    return Citation(
        n=n,
        passage_id=passage.id,
        quote=passage.text[start:end],
        start=start,
        end=end,
        stance=stance,
        source=CitedSource.of(passage.source),
        page=passage.page_at(start),
    )


class Sentence(Frozen):
    """One sentence of the summary, with the numbers of the citations that carry it."""

    text: str = Field(min_length=1)
    citations: tuple[int, ...] = ()


class CorpusState(Frozen):
    """What was searched: the day it stands for, how many sources, and the newest one's date."""

    as_of: str
    sources: int
    newest: str | None


class Timings(Frozen):
    """Milliseconds per step."""

    retrieve: int = 0
    assess: int = 0
    draft: int = 0
    audit: int = 0
    total: int = 0


class Tokens(Frozen):
    """Tokens spent on a language model."""

    prompt: int = 0
    completion: int = 0


class Spent(Frozen):
    """What one step took of a language model, its repairs included."""

    step: str
    model: str
    prompt: int = 0
    completion: int = 0
    cost_usd: float = 0.0
    """By the price table; 0 where the model is not on it."""

    def plus(self, other: Spent) -> Spent:
        """Both together, as this step of this model."""
        return self.model_copy(
            update={
                "prompt": self.prompt + other.prompt,
                "completion": self.completion + other.completion,
                "cost_usd": self.cost_usd + other.cost_usd,
            }
        )


class Draft(Frozen):
    """What an engine says of a claim, before the rules have been run on it."""

    label: Label
    confidence: float = Field(ge=0, le=1)
    summary: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    missing_context: str | None = None
    engine: Literal["local", "llm"]
    prompts: Mapping[str, int] = Field(default_factory=dict)
    """Version of each prompt that it was made with, by name."""
    likelihoods: Mapping[str, float] = Field(default_factory=dict)
    """By label, as far as the engine gives them."""
    signals: Mapping[str, float] = Field(default_factory=dict)
    """How what is cited and said bears the label out (`prompts.label_audit`)."""
    open_question: str | None = None
    """What would have to be found to settle the claim, or to change the verdict."""
    assess_ms: int = 0
    """Milliseconds of the drafting that went into weighing the passages, where that is a step."""
    notes: tuple[str, ...] = ()
    """What was cut or changed on the way, and why; for the log and the trace."""


class Verdict(Frozen):
    """The contract's verdict."""

    schema_: Literal["receipts.verdict/1"] = Field(default=SCHEMA, alias="schema")
    id: str
    claim: str
    label: Label
    confidence: float = Field(ge=0, le=1)
    summary: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    missing_context: str | None
    corpus: CorpusState
    engine: Literal["local", "llm"]
    matched: str | None = None
    review: str = "none"
    checked_at: str
    timings_ms: Timings = Timings()
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0
    spent: tuple[Spent, ...] = ()
    """Tokens and money by step."""
    prompts: Mapping[str, int] = Field(default_factory=dict)
    """Version of each prompt that it was made with, by name."""
    language: str = "en"
    """The language of its words (ISO 639-1); quotes stay in their own."""
    note: str | None = None
    """What people should know of how it was made, such as that the model was out of reach."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Choice(Frozen):
    """Words that can be meant in two ways with different answers: the one who asked chooses."""

    text: str
    """The words."""
    verdicts: tuple[Verdict, ...]
    """One for each way; its claim says which."""


class CheckResult(Frozen):
    """What `receipts check` prints: verdicts, and what was not checked."""

    verdicts: tuple[Verdict, ...]
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...] = ()
    """Claims beyond the most that one text may have checked."""
    choices: tuple[Choice, ...] = ()
    """What is first to be asked back."""
    retrieved: dict[str, tuple[str, ...]] = Field(default={}, exclude=True, repr=False)
    """By verdict's id, the ids of the passages that search found for it, best first."""
