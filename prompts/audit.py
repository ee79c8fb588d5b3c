"""Holds a model's draft against the passages, and lets through only what they carry.

What cannot be found, does not agree or does not belong is cut, each time with a note that says why.
Nothing here asks a model. What is left goes through `prompts.rules` like every other draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from corpus.model import Passage
from prompts.answer import DraftedQuote, DraftedSentence, DraftedVerdict
from prompts.message import undress
from prompts.orders import is_order
from prompts.quotes import Span, locate
from prompts.verdict import Citation, CitedSource, Label, Sentence, cite
from prompts.worth import is_known_name
from retrieval.findings import Reading, Surroundings, find
from retrieval.model import Finding, Stance

_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://|\bwww\.|<[@#:/a-z!]|(?<!\w)@\w|\]\(|\b[\w-]+@[\w-]+\.\w"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|gg|co|ai|app|dev|info|biz|xyz|me|ru|cn|example)\b",
    re.IGNORECASE,
)
_SURELY_NAMED = re.compile(
    r"[A-Z]\w*(?:['’]s\b|[a-z][A-Z]|\d)|[A-Z]\w*[^\Ws] (?:said|says|told|wrote|announced|confirmed"
    r"|denied|estimated|reported|reports|argued|claimed|disclosed|admitted)\b"
)
_HELD = frozenset({"quantity", "date", "name"})
"""The kinds of finding that must not fail between a sentence and its quotes."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What is left of a draft."""

    summary: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    missing_context: str | None
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Located:
    """A quote and where it stands."""

    passage: Passage
    span: Span
    stance: Stance

    @property
    def text(self) -> str:
        return self.passage.text[self.span.start : self.span.end]


@dataclass(slots=True)
class _Notebook:
    """Citations numbered as they come, and what was cut."""

    citations: list[Citation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def number(self, quote: _Located) -> int:
        for known in self.citations:
            if (known.passage_id, known.start, known.end) == (quote.passage.id, *quote.span):
                return known.n
        n = len(self.citations) + 1
        self.citations.append(cite(n, quote.passage, *quote.span, quote.stance))
        return n


def audit(
    draft: DraftedVerdict, claim: str, named: dict[str, Passage], secrets: Sequence[str] = ()
) -> Audited:
    """The sentences of `draft` that its quotes carry.

    `named` maps the names that the model was given to the passages, best first. A sentence that
    holds one of `secrets` (the mark of the request) is cut.
    """
    book = _Notebook()
    summary: list[Sentence] = []
    for drafted in draft.sentences:
        text = _clean(drafted.text, secrets)
        if text is None:
            book.notes.append(f"sentence cut, not plain text: {drafted.text[:80]!r}")
            continue
        quotes = _located(drafted, named, book)
        if not quotes:
            book.notes.append(f"sentence cut, none of its quotes was found: {text[:80]!r}")
            continue
        quoted = " … ".join(quote.text for quote in quotes)
        sources = [CitedSource.of(quote.passage.source) for quote in quotes]
        if fault := _not_carried(text, claim, quoted, sources):
            book.notes.append(f"sentence cut, {fault}: {text[:80]!r}")
            continue
        for quote in quotes:
            quote.stance = _stance(quote, claim, draft.label, book)
        numbers = tuple(dict.fromkeys(book.number(quote) for quote in quotes))
        summary.append(Sentence(text=text, citations=numbers))
    missing = _missing_context(draft.missing_context, claim, book, secrets)
    return Audited(tuple(summary), tuple(book.citations), missing, tuple(book.notes))


def _clean(text: str, secrets: Sequence[str]) -> str | None:
    """One line of plain text; None where it holds a link, a mention, an order or a secret."""
    plain = " ".join(undress(text).text.split())
    if _ADDRESS.search(text) or _ADDRESS.search(plain) or is_order(plain):
        return None
    if not any(character.isalnum() for character in plain):
        return None
    return None if any(secret in text for secret in secrets) else plain


def _located(
    drafted: DraftedSentence, named: dict[str, Passage], book: _Notebook
) -> list[_Located]:
    """The quotes of a sentence that are somewhere in the passages given."""
    found: list[_Located] = []
    for quote in drafted.quotes:
        place = _place(quote, named)
        if place is None:
            book.notes.append(f"quote not found in any passage: {quote.quote[:80]!r}")
            continue
        name, span = place
        if name != quote.passage:
            book.notes.append(f"quote is from {name}, not {quote.passage!r}: {quote.quote[:80]!r}")
        found.append(_Located(named[name], span, quote.stance))
    return found


def _place(quote: DraftedQuote, named: dict[str, Passage]) -> tuple[str, Span] | None:
    """The passage that holds a quote, the one it names first."""
    for name in dict.fromkeys((quote.passage, *named)):
        if name in named and (span := locate(quote.quote, named[name].text)):
            return name, span
    return None


def _not_carried(text: str, claim: str, quoted: str, sources: Iterable[CitedSource]) -> str | None:
    """The first number, date or name in `text` that neither the quotes nor the claim hold.

    What the catalogue says of a source (its title, its date) may be named too.
    """
    told = f"{quoted} … {claim}"
    records = {
        " ".join(filter(None, (source.title, source.publisher, source.author, source.published)))
        for source in sources
    }
    context = " … ".join((told, *sorted(records)))
    said = Reading(text)
    for finding in find(said, Surroundings(Reading(quoted), Reading(told), Reading(context))):
        if _fails(finding, text):
            return f"its {finding.kind} {finding.claim_words!r} is not in its quotes"
    # Quantities and dates are compared by value above; other numerals must be written the same.
    compared = " ".join([q.text for q in said.quantities] + [d.text for d in said.dates])
    loose = _numerals(text) - _numerals(context) - _numerals(compared)
    return f"its number {min(loose)!r} is not in its quotes" if loose else None


def _fails(finding: Finding, text: str) -> bool:
    if finding.kind not in _HELD or finding.effect == "agrees":
        return False
    if finding.kind == "name" and finding.effect == "missing" and finding.weight < 1:
        # It opens the sentence, so its capital alone does not make it a name.
        return bool(_SURELY_NAMED.match(text)) or is_known_name(finding.claim_words)
    return True


def _numerals(text: str) -> set[str]:
    """Numbers as written, without the commas between thousands."""
    return {
        match.replace(",", "").lstrip("0") or "0"
        for match in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)
    }


def _stance(quote: _Located, claim: str, label: Label, book: _Notebook) -> Stance:
    """The stance a quote may keep: figures and dates that plainly say otherwise take it away."""
    if quote.stance is Stance.CONTEXT or label is Label.MISLEADING:
        return quote.stance
    quoted = Reading(quote.text)
    said = Reading(claim)
    findings = find(said, Surroundings(quoted, quoted, quoted))
    opposed = [
        finding
        for finding in findings
        if finding.kind in {"quantity", "date"} and finding.effect == "contradicts"
    ]
    on_the_point = len(said.stems & quoted.stems) >= 0.5 * len(said.stems)
    if quote.stance is Stance.SUPPORTS and opposed and on_the_point:
        book.notes.append(
            f"quote does not support the claim, {opposed[0].claim_words!r} against "
            f"{opposed[0].evidence_words!r}: {quote.text[:80]!r}"
        )
        return Stance.CONTEXT
    says_the_same = said.stems <= quoted.stems and all(
        finding.effect == "agrees" for finding in findings
    )
    if quote.stance is Stance.REFUTES and says_the_same:
        book.notes.append(f"quote does not refute the claim, it says the same: {quote.text[:80]!r}")
        return Stance.CONTEXT
    return quote.stance


def _missing_context(
    text: str | None, claim: str, book: _Notebook, secrets: Sequence[str]
) -> str | None:
    """What the model says is missing, where the quotes cited carry its numbers and names."""
    if not text or not text.strip() or not book.citations:
        return None
    plain = _clean(text, secrets)
    if plain is None:
        book.notes.append(f"missing context cut, not plain text: {text[:80]!r}")
        return None
    quoted = " … ".join(citation.quote for citation in book.citations)
    if fault := _not_carried(plain, claim, quoted, [c.source for c in book.citations]):
        book.notes.append(f"missing context cut, {fault}: {plain[:80]!r}")
        return None
    return plain
