"""From text to verdicts, with an engine and a corpus whose answers are set by the test."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Literal

import pytest

from bot.checker import (
    BUDGET_SPENT,
    ENGLISH_ALONE,
    ENGLISH_SOURCES,
    LONGEST_TEXT,
    MOST_COMPARED,
    WITHOUT_MODEL,
    WORDS_ALONE,
    Checker,
    random_id,
)
from corpus.catalogue import CorpusSummary
from corpus.errors import BudgetError, EndpointError, InputError
from corpus.model import Passage, Source
from prompts.claims import Extraction
from prompts.context import CheckContext
from prompts.language import phrases
from prompts.verdict import Claim, Draft, Label, Sentence, Spent, cite
from retrieval.model import Hit, SearchFilter, Stance

NOW = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
CLAIM = Claim(text="The tower is 330 metres tall.")


def hit(published: str | None = "2024-05-01", guild_id: str | None = None) -> Hit:
    source = Source(id="tower", title="The tower", published=published, guild_id=guild_id)
    text = "The tower is 330 metres tall. It was built in 1889."
    return Hit(Passage("p1", source, text, 0, len(text)), 0.9, 0.9, None)


class Corpus:
    """Holds one passage, and remembers how it was asked."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = list(hits)
        self.asked: list[tuple[str, SearchFilter]] = []

    def search(self, query: str, k: int, where: SearchFilter, /) -> list[Hit]:
        self.asked.append((query, where))
        return self.hits[:k]

    def state(self, as_of: date | None = None, guild_id: str | None = None) -> CorpusSummary:
        return CorpusSummary(sources=len(self.hits), newest="2024-05-01")


class Supporter:
    """An engine that finds everything supported by the first hit."""

    name: Literal["local", "llm"] = "local"

    def __init__(self) -> None:
        self.days: list[date] = []

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        self.days.append(as_of)
        passage = hits[0].passage if hits else hit().passage
        return Draft(
            label=Label.SUPPORTED,
            confidence=0.9,
            summary=(Sentence(text="So it is.", citations=(1,)),),
            citations=(cite(1, passage, 0, 29, Stance.SUPPORTS),),
            engine=self.name,
        )


class Unreachable(Supporter):
    name = "llm"

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        raise EndpointError("the model endpoint timed out")


class Modelled(Supporter):
    """The same with a language model's name."""

    name = "llm"


def checker(corpus: Corpus, engine: Supporter | None = None, **options: object) -> Checker:
    numbers = iter(range(100))
    new_id: Callable[[], str] = lambda: f"id-{next(numbers)}"  # noqa: E731
    values: dict[str, object] = {"clock": lambda: NOW, "new_id": new_id}
    return Checker(corpus, corpus, engine or Supporter(), **(values | options))  # type: ignore[arg-type]


async def test_a_verdict_is_dated_numbered_and_says_what_was_searched() -> None:
    result = await checker(Corpus(hit())).check("The tower is 330 metres tall.")
    (verdict,) = result.verdicts
    assert verdict.label is Label.SUPPORTED
    assert verdict.id == "id-0"
    assert verdict.checked_at == "2026-11-23T22:30:00Z"
    assert verdict.corpus.model_dump() == {
        "as_of": "2026-11-23",
        "sources": 1,
        "newest": "2024-05-01",
    }
    assert verdict.timings_ms.total >= verdict.timings_ms.retrieve >= 0


@pytest.mark.parametrize(
    ("engine", "text", "notes"),
    [
        (Supporter(), "Der Turm ist nicht 330 Meter hoch.", {ENGLISH_ALONE}),
        (Modelled(), "Der Turm ist nicht 330 Meter hoch.", {ENGLISH_SOURCES}),
        (Supporter(), "Société Générale built the tower in 1889.", set()),
        (Modelled(), "Société Générale built the tower in 1889.", set()),
    ],
)
async def test_a_claim_in_another_language_is_told_how_it_was_read(
    engine: Supporter, text: str, notes: set[str]
) -> None:
    (verdict,) = (await checker(Corpus(hit()), engine).check(text)).verdicts
    told = {
        key
        for key in (ENGLISH_ALONE, ENGLISH_SOURCES)
        if phrases("de")(key) in (verdict.note or "")
    }
    assert told == notes


async def test_the_day_and_the_server_reach_search_engine_and_audit() -> None:
    corpus, engine = Corpus(hit()), Supporter()
    day = date(2025, 1, 1)
    checked = await checker(corpus, engine).check_claim(CLAIM, as_of=day, guild_id="7")
    assert corpus.asked == [(CLAIM.text, SearchFilter(as_of=day, guild_id="7"))]
    assert engine.days == [day]
    assert checked.verdict.corpus.as_of == "2025-01-01"
    assert checked.verdict.label is Label.SUPPORTED


@pytest.mark.parametrize("source", [hit("2025-06"), hit(None), hit(guild_id="8")])
async def test_what_may_not_be_cited_is_audited_away(source: Hit) -> None:
    checked = await checker(Corpus(source)).check_claim(CLAIM, as_of=date(2025, 1, 1), guild_id="7")
    assert checked.verdict.label is Label.NOT_ENOUGH_EVIDENCE
    assert checked.verdict.citations == ()
    assert checked.notes


async def test_nothing_retrieved_is_never_an_answer() -> None:
    checked = await checker(Corpus()).check_claim(CLAIM)
    assert checked.verdict.label is Label.NOT_ENOUGH_EVIDENCE


async def test_an_undated_source_may_be_cited_where_no_day_is_asked_for() -> None:
    checked = await checker(Corpus(hit(None))).check_claim(CLAIM)
    assert checked.verdict.label is Label.SUPPORTED


async def test_the_fallback_answers_for_an_engine_out_of_reach(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        checked = await checker(Corpus(hit()), Unreachable(), fallback=Supporter()).check_claim(
            CLAIM
        )
    assert checked.verdict.engine == "local"
    assert "the model endpoint timed out; the local engine answers instead" in caplog.text


async def test_without_a_fallback_the_failure_is_told() -> None:
    with pytest.raises(EndpointError, match="timed out"):
        await checker(Corpus(hit()), Unreachable()).check_claim(CLAIM)


async def test_opinions_and_questions_are_named_not_checked() -> None:
    result = await checker(Corpus(hit())).check("I love this tower so much!")
    assert result.verdicts == ()
    assert [part.reason for part in result.skipped] == ["opinion"]


async def test_claims_past_the_fifth_are_named_not_checked() -> None:
    text = " ".join(f"Tower number {n} is {n}0 metres tall." for n in range(1, 8))
    result = await checker(Corpus(hit())).check(text)
    assert len(result.verdicts) == 5
    assert len(result.left_out) == 2
    assert "Tower number 7" in result.left_out[1]


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (LONGEST_TEXT + 1)])
async def test_text_that_cannot_be_checked_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="the text"):
        await checker(Corpus(hit())).check(text)


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    result = await checker(Corpus(hit())).check("The tower is 330 \udcff metres tall.")
    result.model_dump_json()


def test_ids_are_long_and_differ() -> None:
    ids = {random_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(value) >= 22 for value in ids)


class Reader:
    """A reader whose claims are set by the test."""

    def __init__(self, *claims: Claim, error: Exception | None = None) -> None:
        self.claims, self.error = claims, error

    async def read(
        self, text: str, thread: Sequence[str], today: date, context: CheckContext
    ) -> Extraction:
        if self.error is not None:
            raise self.error
        context.spent.append(Spent(step="claims", model="m", prompt=7, completion=3))
        return Extraction(self.claims, (), ())


class Spender(Supporter):
    """An engine without money."""

    name = "llm"

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        raise BudgetError("your budget for the day is spent")


async def test_the_fallback_is_told_to_people() -> None:
    for engine, note in ((Unreachable(), WITHOUT_MODEL), (Spender(), BUDGET_SPENT)):
        made = checker(Corpus(hit()), engine, fallback=Supporter())
        assert (await made.check_claim(CLAIM)).verdict.note == phrases()(note)


async def test_a_fallback_that_is_asked_anyway_answers_once() -> None:
    for engine in (Unreachable(), Spender()):
        fallback = Supporter()
        await checker(Corpus(hit()), engine, fallback=fallback).check_claim(CLAIM)
        assert len(fallback.days) == 1


async def test_a_spent_budget_is_a_refusal_where_the_operator_chose_so() -> None:
    made = checker(Corpus(hit()), Spender(), fallback=Supporter(), refuse_when_spent=True)
    with pytest.raises(BudgetError):
        await made.check_claim(CLAIM)


async def test_a_reader_out_of_reach_leaves_the_local_way() -> None:
    reader = Reader(error=EndpointError("no"))
    result = await checker(Corpus(hit()), reader=reader).check("The tower is 330 metres tall.")
    assert [verdict.claim for verdict in result.verdicts] == ["The tower is 330 metres tall"]


async def test_all_queries_of_a_claim_are_searched_and_the_reading_is_on_the_account() -> None:
    corpus = Corpus(hit())
    reader = Reader(Claim(text="It is tall", queries=("tower height", "It is tall")))
    result = await checker(corpus, reader=reader).check("It is tall")
    assert [query for query, _ in corpus.asked] == ["It is tall", "tower height"]
    (verdict,) = result.verdicts
    assert (verdict.tokens.prompt, verdict.spent[0].step) == (7, "claims")


class Divided(Supporter):
    """Supports what speaks of 330 metres, and nothing else."""

    async def draft(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        *,
        as_of: date,
        context: CheckContext,
        labels: frozenset[str] | None = None,
    ) -> Draft:
        if "330" in claim.text:
            return await super().draft(claim, hits, as_of=as_of, context=context)
        return Draft(
            label=Label.NOT_ENOUGH_EVIDENCE,
            confidence=0.5,
            open_question="How tall is the tower?",
            engine="local",
        )


@pytest.mark.parametrize(("other", "asked_back"), [("It is 300 m", True), ("It is 330 m", False)])
async def test_two_readings_are_asked_back_only_where_their_answers_differ(
    other: str, asked_back: bool
) -> None:
    reader = Reader(Claim(text="It is 330 metres", start=0, end=2, other_reading=other))
    result = await checker(Corpus(hit()), Divided(), reader=reader).check("It is tall")
    assert len(result.choices) == int(asked_back)
    assert len(result.verdicts) == int(not asked_back)
    if asked_back:
        assert result.choices[0].text == "It"
        assert [verdict.claim for verdict in result.choices[0].verdicts] == [
            "It is 330 metres",
            "It is 300 m",
        ]


async def test_an_open_question_is_searched_once_more_while_there_is_time() -> None:
    corpus = Corpus(hit())
    await checker(corpus, Divided()).check_claim(Claim(text="It is tall"))
    assert [query for query, _ in corpus.asked] == ["It is tall", "How tall is the tower?"]
    late = Corpus(hit())
    await checker(late, Divided(), seconds=5).check_claim(Claim(text="It is tall"))
    assert len(late.asked) == 1


@pytest.mark.parametrize("when", [(True, True), (True, False), (False, True), (False, False)])
async def test_a_search_that_found_less_is_said_to_have(when: tuple[bool, bool]) -> None:
    states = iter(when)
    made = checker(Corpus(hit()), is_partial=lambda: next(states))
    note = (await made.check_claim(Claim(text="It is 330 metres"))).verdict.note
    assert note == (phrases()(WORDS_ALONE) if any(when) else None)


class Wordy(Supporter):
    name = "llm"


async def test_where_many_wait_the_other_engine_is_not_asked() -> None:
    made = checker(Corpus(hit()), Wordy(), fallback=Supporter())
    many = await asyncio.gather(
        *(made.check_claim(Claim(text=f"It is 330 {n}"), compare=True) for n in range(20))
    )
    one = await made.check_claim(Claim(text="It is 330"), compare=True)
    assert len(one.making.labels) == 2
    assert sum(len(each.making.labels) == 2 for each in many) <= MOST_COMPARED
