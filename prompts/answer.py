"""What a language model is asked to answer: a drafted verdict, bounded everywhere.

Every string, list and number has an upper bound, and the schema names the passages there are:
endpoints that decode by grammar would otherwise run on until their token limit. Reading an answer
is more lenient than asking for it, since the audit cuts what names no passage or quotes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from prompts.verdict import Label
from retrieval.model import Stance

JUDGED = (Label.SUPPORTED, Label.REFUTED, Label.MISLEADING, Label.NOT_ENOUGH_EVIDENCE)
"""The labels that a model may give to a claim that is checkable."""


def _plain_word(value: object) -> object:
    """`Not enough evidence` as `not_enough_evidence`, for models that no schema holds."""
    return "_".join(value.lower().split()) if isinstance(value, str) else value


class Part(BaseModel):
    """A part of an answer; fields that were not asked for are left aside."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", json_schema_extra={"additionalProperties": False}
    )


class DraftedQuote(Part):
    """A quote, the passage it is from, and how it bears on the claim."""

    passage: str = Field(max_length=20, description="The passage's name.")
    quote: str = Field(max_length=400, description="Copied word for word from that passage.")
    stance: Annotated[Stance, BeforeValidator(_plain_word)]


class DraftedSentence(Part):
    """A sentence of the summary, and the quotes that carry it."""

    text: str = Field(max_length=300)
    english: str | None = Field(
        None, max_length=300, description="The same sentence in English, with the same figures."
    )
    """By which it is audited, where it is in another language."""
    quotes: list[DraftedQuote] = Field(max_length=3)


class Likelihoods(Part):
    """Percent for each label; together 100."""

    supported: int = Field(0, ge=0, le=100)
    refuted: int = Field(0, ge=0, le=100)
    misleading: int = Field(0, ge=0, le=100)
    not_enough_evidence: int = Field(0, ge=0, le=100)


class DraftedVerdict(Part):
    """A verdict on the claim, drafted from the passages alone."""

    label: Annotated[Label, BeforeValidator(_plain_word)]
    likelihoods: Likelihoods
    sentences: list[DraftedSentence] = Field(max_length=4)
    missing_context_english: str | None = Field(
        None, max_length=300, description="The same in English, where missing_context is not null."
    )
    missing_context: str | None = Field(
        None, max_length=300, description="What the claim leaves out, from the passages; else null."
    )
    open_question: str | None = Field(
        None,
        max_length=200,
        description="What to search for to settle the claim or change the verdict; else null.",
    )

    def shares(self) -> dict[str, float]:
        """The likelihoods as shares of 1, by label."""
        given: dict[str, int] = self.likelihoods.model_dump()
        whole = sum(given.values()) or 1
        return {label: percent / whole for label, percent in given.items()}

    def likelihood(self, label: Label) -> float:
        """The share of the likelihoods that the model gave `label`, 0 to 1."""
        return self.shares().get(label, 0.0)


class MendedSentence(DraftedSentence):
    """A sentence in place of one that did not stand."""

    n: int = Field(ge=1, le=4, description="The number of the sentence that it replaces.")


class MendedSentences(Part):
    """New sentences for those that did not stand; what cannot be mended is left out."""

    sentences: list[MendedSentence] = Field(max_length=4)


def _in_english_only(*parts: dict[str, Any]) -> None:
    """Takes away what is asked for beside words in another language."""
    for part in parts:
        for name in ("english", "missing_context_english"):
            part["properties"].pop(name, None)


def mending_schema(passages: Sequence[str], *, translated: bool = False) -> dict[str, Any]:
    """The JSON Schema to ask for where sentences are to be mended."""
    schema = schema_of(MendedSentences)
    parts = schema.pop("$defs")
    if not translated:
        _in_english_only(parts["MendedSentence"])
    parts["DraftedQuote"]["properties"]["passage"]["enum"] = list(passages)
    parts["MendedSentence"]["properties"]["quotes"]["minItems"] = 1
    return {"title": "mended_sentences", **inlined(schema, parts)}


def answer_schema(
    passages: Sequence[str], labels: Sequence[str] = JUDGED, *, translated: bool = False
) -> dict[str, Any]:
    """The JSON Schema to ask for: these passages, these labels, its parts in place of references.

    Small servers read neither `$ref` nor titles. `translated`: the answer is in another language
    than English, and has its sentences in English too.
    """
    schema = schema_of(DraftedVerdict)
    parts = schema.pop("$defs")
    if not translated:
        _in_english_only(schema, parts["DraftedSentence"])
    parts["DraftedQuote"]["properties"]["passage"]["enum"] = list(passages)
    parts["DraftedSentence"]["properties"]["quotes"]["minItems"] = 1
    parts["Label"] = {"type": "string", "enum": [str(label) for label in labels]}
    percents = parts["Likelihoods"]["properties"]
    parts["Likelihoods"]["properties"] = {str(label): percents[label] for label in labels}

    return {"title": "verdict_draft", **inlined(schema, parts)}


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a form, the caller's to change."""
    schema: dict[str, Any] = json.loads(_schema_text(form))
    return schema


@cache
def _schema_text(form: type[BaseModel]) -> str:
    """Worked out once, as it takes milliseconds."""
    return json.dumps(form.model_json_schema())


def inlined(node: Any, parts: Mapping[str, Any]) -> Any:
    """A JSON Schema with its parts in place of references, without titles and defaults.

    Every property is required, as endpoints that decode by grammar want it.
    """
    if isinstance(node, list):
        return [inlined(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return inlined(parts[node["$ref"].rsplit("/", 1)[-1]], parts)
    kept = {key: value for key, value in node.items() if key not in {"title", "default"}}
    if "properties" in kept:
        kept["required"] = list(kept["properties"])
    return {key: inlined(value, parts) for key, value in kept.items()}
