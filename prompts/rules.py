"""The rules that always hold, whatever the engine or model.

They run on everything that leaves:

- a quote is verbatim: `passage.text[start:end] == quote`, of a passage that was retrieved;
- what is shown of a source is the catalogue's record of it;
- citations are numbered 1 to n in their order, and a sentence refers to none but these;
- `supported`, `refuted` and `misleading` say something, every sentence of it cites, and some
  cited passage has a stance that bears the label out;
- with a day given, no source is cited that may have been published after it;
- a server's private source is cited in that server alone;
- nothing retrieved never means `refuted`: it is `not_enough_evidence`.

`violations` names what is broken. `enforce` mends it, by cutting, never by adding: what comes out
of it has no violations, and a sound draft comes out as it went in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from corpus.model import Passage, Source, parse_partial_date
from prompts.language import Phrases, phrases
from prompts.verdict import Citation, CitedSource, Draft, Label, Sentence, Verdict
from retrieval.model import Hit, Stance

MATCHING_STANCES: Mapping[Label, frozenset[Stance]] = {
    Label.SUPPORTED: frozenset({Stance.SUPPORTS}),
    Label.REFUTED: frozenset({Stance.REFUTES}),
    Label.MISLEADING: frozenset({Stance.SUPPORTS, Stance.REFUTES}),
}
"""The labels that say something of the world, and the stances that can carry each."""

ENGLISH_WORDS = phrases()
NOTHING_FOUND = ENGLISH_WORDS("verdict.nothing_found")
NOT_SETTLED = ENGLISH_WORDS("verdict.not_settled")

FALLEN_CONFIDENCE = 0.5
"""The most we claim of a label that was put in place of one that fell."""


def why_not_citable(
    source: Source,
    as_of: date | None = None,
    guild_id: str | None = None,
    say: Phrases = ENGLISH_WORDS,
) -> str | None:
    """Why `source` may not be cited for that day and in that server; None where it may."""
    if source.guild_id is not None and source.guild_id != guild_id:
        return say("rule.private")
    if as_of is None:
        return None
    if source.published is None:
        return say("rule.undated", day=as_of)
    try:
        last_day = parse_partial_date(source.published)[1]
    except ValueError:
        return say("rule.unreadable_date", day=as_of)
    return say("rule.too_late", day=as_of) if last_day > as_of else None


def violations(
    answer: Draft | Verdict,
    passages: Mapping[str, Passage],
    as_of: date | None = None,
    guild_id: str | None = None,
    say: Phrases = ENGLISH_WORDS,
) -> list[str]:
    """The rules that `answer` breaks, one sentence each; empty where it is sound.

    `passages` holds what was retrieved, by id. `as_of` is the day asked for, or None. `say` words
    them in another language.
    """
    broken = [
        say("rule.citation", n=citation.n, fault=fault)
        for citation in answer.citations
        if (fault := _citation_fault(citation, passages, as_of, guild_id, say))
    ]
    broken += [
        say("rule.citation", n=citation.n, fault=say("rule.other_record"))
        for citation in answer.citations
        if citation.passage_id in passages
        and citation.source != CitedSource.of(passages[citation.passage_id].source)
    ]
    numbers = [citation.n for citation in answer.citations]
    if numbers != list(range(1, len(numbers) + 1)):
        broken.append(say("rule.numbering", numbers=numbers, last=len(numbers)))
    for sentence in answer.summary:
        if unknown := sorted(set(sentence.citations) - set(numbers)):
            broken.append(say("rule.no_such_citation", numbers=unknown))
        if len(set(sentence.citations)) < len(sentence.citations):
            broken.append(say("rule.cited_twice"))
    return broken + _label_faults(answer, passages, say)


def enforce(
    draft: Draft,
    hits: Sequence[Hit],
    as_of: date | None = None,
    guild_id: str | None = None,
) -> Draft:
    """`draft` with everything cut that breaks a rule, and the reasons in its notes.

    Where what is left no longer carries the label, the label falls to `not_enough_evidence`.
    """
    passages = {hit.passage.id: hit.passage for hit in hits}
    notes: list[str] = []
    citations, renumbered = _sound_citations(draft, passages, as_of, guild_id, notes)
    summary = _sound_sentences(draft, renumbered, notes)
    mended = draft.model_copy(update={"citations": citations, "summary": summary})
    if faults := _label_faults(mended, passages):
        notes += [f"{draft.label} fell: {fault}" for fault in faults]
        mended = undecided(mended, NOT_SETTLED if passages else NOTHING_FOUND)
    return mended.model_copy(update={"notes": (*draft.notes, *notes)}) if notes else mended


def quoted(citation: Citation, say: Phrases) -> str:
    """A quote after whose it is and of when: `Nature, 17 September 2025: “…”`."""
    source = citation.source
    day = say.day(source.published, long=True) or say("verdict.undated")
    lead = f"{source.publisher or source.title}, {day}"
    return say("verdict.quoted", source=lead, quote=citation.quote)


def undecided(draft: Draft, opening: str = NOT_SETTLED) -> Draft:
    """`draft` with its label fallen to `not_enough_evidence`.

    Of what it said, the first sentence stays that only quotes its passage, or else its first
    quote: as context, since it settles nothing. Whatever else is cited goes, as no sentence would
    refer to it.
    """
    numbered = {citation.n: citation for citation in draft.citations}
    quoting = (
        (sentence.text, numbered[sentence.citations[0]])
        for sentence in draft.summary
        if len(sentence.citations) == 1 and sentence.citations[0] in numbered
    )
    kept = next(((text, c) for text, c in quoting if c.quote in text), None)
    if kept is None and draft.citations:
        kept = (quoted(draft.citations[0], phrases()), draft.citations[0])
    summary = [Sentence(text=opening)]
    citations: tuple[Citation, ...] = ()
    if kept is not None:
        summary.append(Sentence(text=kept[0], citations=(1,)))
        citations = (kept[1].model_copy(update={"n": 1, "stance": Stance.CONTEXT}),)
    return draft.model_copy(
        update={
            "label": Label.NOT_ENOUGH_EVIDENCE,
            "confidence": min(draft.confidence, FALLEN_CONFIDENCE),
            "summary": tuple(summary),
            "citations": citations,
            "missing_context": None,
        }
    )


def _citation_fault(
    citation: Citation,
    passages: Mapping[str, Passage],
    as_of: date | None,
    guild_id: str | None,
    say: Phrases = ENGLISH_WORDS,
) -> str | None:
    """What makes a citation unusable: no such passage, not verbatim, or not citable here."""
    passage = passages.get(citation.passage_id)
    if passage is None:
        return say("rule.not_retrieved", passage=citation.passage_id)
    if not citation.quote or passage.text[citation.start : citation.end] != citation.quote:
        return say("rule.not_verbatim", passage=citation.passage_id)
    if reason := why_not_citable(passage.source, as_of, guild_id, say):
        return say("rule.source", source=passage.source.id, reason=reason)
    return None


def _label_faults(
    answer: Draft | Verdict, passages: Mapping[str, Passage], say: Phrases = ENGLISH_WORDS
) -> list[str]:
    """Why the summary and citations do not carry the label."""
    matching = MATCHING_STANCES.get(answer.label)
    if matching is None:
        return []
    if not passages:
        return [say("rule.nothing_retrieved", label=answer.label)]
    if not answer.summary:
        return [say("rule.empty")]
    faults = [
        say("rule.uncited", sentence=sentence.text[:80])
        for sentence in answer.summary
        if not sentence.citations
    ]
    used = {n for sentence in answer.summary for n in sentence.citations}
    if not any(c.n in used and c.stance in matching for c in answer.citations):
        faults.append(say(f"rule.no_stance.{answer.label}"))
    return faults


def _sound_citations(
    draft: Draft,
    passages: Mapping[str, Passage],
    as_of: date | None,
    guild_id: str | None,
    notes: list[str],
) -> tuple[tuple[Citation, ...], dict[int, int]]:
    """The citations that stand, numbered 1 to n, and the new number of each old one."""
    distinct = list(dict.fromkeys(draft.citations))
    uses = Counter(citation.n for citation in distinct)
    kept: list[Citation] = []
    renumbered: dict[int, int] = {}
    for citation in distinct:
        fault = _citation_fault(citation, passages, as_of, guild_id)
        if fault is None and uses[citation.n] > 1:
            # Which of them a sentence means cannot be known, so none of them is kept.
            fault = "its number is used for more than one quote"
        if fault is not None:
            notes.append(f"citation {citation.n} cut: {fault}")
            continue
        record = CitedSource.of(passages[citation.passage_id].source)
        if citation.source != record:
            notes.append(f"citation {citation.n}: source put back as the catalogue records it")
        renumbered[citation.n] = len(kept) + 1
        kept.append(citation.model_copy(update={"n": len(kept) + 1, "source": record}))
    return tuple(kept), renumbered


def _sound_sentences(
    draft: Draft, renumbered: Mapping[int, int], notes: list[str]
) -> tuple[Sentence, ...]:
    """The summary with references brought up to date, less the sentences left without one."""
    must_cite = draft.label in MATCHING_STANCES
    kept: list[Sentence] = []
    for sentence in draft.summary:
        numbers = tuple(dict.fromkeys(renumbered[n] for n in sentence.citations if n in renumbered))
        # Citations taken away leave words that rested on them, whatever the label.
        if not numbers and (must_cite or sentence.citations):
            notes.append(f"sentence cut, nothing cited carries it: {sentence.text[:80]!r}")
            continue
        kept.append(sentence.model_copy(update={"citations": numbers}))
    return tuple(kept)
