"""Holds a model's draft against the passages, and lets through only what they carry.

Every sentence is ruled on, and the ruling kept: what cannot be found, does not agree or does not
belong is cut. No language model is asked: rules first (`prompts.sentence_audit`), the stance model
last. What is left goes through `prompts.rules` like every other draft.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corpus.model import Passage
from corpus.split import sentences
from prompts.answer import DraftedQuote, DraftedSentence, DraftedVerdict
from prompts.audit_evidence import Evidence
from prompts.audit_facts import fact_faults
from prompts.audit_roles import denials, is_denied
from prompts.audit_voices import voices
from prompts.label_audit import label_signals
from prompts.message import undress
from prompts.orders import is_order
from prompts.quotes import Span, locate
from prompts.sentence_audit import audit_sentence
from prompts.verdict import Citation, CitedSource, Label, Sentence, cite
from retrieval.findings import Reading, Surroundings, find
from retrieval.model import Stance, StanceModel
from retrieval.words import content_stems

_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://|\bwww\.|<[@#:/a-z!]|(?<!\w)@\w|\]\(|\b[\w-]+@[\w-]+\.\w"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|gg|co|ai|app|dev|info|biz|xyz|me|ru|cn|example)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_NUMERALS = re.compile(r"(?<![\w.,])\d[\d.,\u202f\u00a0]*(?<![.,\u202f\u00a0])")
_MARKED = re.compile(r"\b(?=\w*[a-zA-Z])(?:[^\W\d]\w*\d\w*|[a-z]*[A-Z][a-z]+[A-Z]\w*)\b")
_SCALES = (
    (r"thousand", "k", r"tausend|tsd|mil(?! mi)|mille|tysiąc\w*|тыс\w*"),
    (r"million", "m|mn", r"(?<!mil )(?:million\w*|mio|millones|millón|milion\w*|milh[õã]\w+|млн)"),
    (r"billion", "bn|b", r"milliard\w*|mrd|mil millones|miliard\w*|mil milh\w+|bilh\w+|млрд"),
    (r"trillion", "tn", r"billion\w*|billones|billón|bilion\w*|trilh\w+|трлн"),
)
"""Words for a thousand, million, ... in English, and in languages whose billion is a million
millions."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the audit said of one drafted sentence."""

    text: str
    """As drafted."""
    faults: tuple[str, ...]
    """Why it does not stand, one clause each; empty where it does."""
    kinds: tuple[str, ...] = ()
    """What each fault is, in a word."""

    @property
    def stands(self) -> bool:
        """Whether the sentence is let through."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Audited:
    """What is left of a draft."""

    summary: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    missing_context: str | None
    notes: tuple[str, ...]
    rulings: tuple[Ruling, ...] = ()
    """One a drafted sentence, in order."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """How what is cited and said bears the label out (`prompts.label_audit`)."""


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
    draft: DraftedVerdict,
    claim: str,
    named: dict[str, Passage],
    secrets: Sequence[str] = (),
    stance: StanceModel | None = None,
    *,
    translated: bool = False,
) -> Audited:
    """The sentences of `draft` that its quotes carry.

    `translated`: they are in another language than English, and are judged by the English that
    the draft gives beside each, whose figures they must share.

    `named` maps the names that the model was given to the passages, best first. A sentence that
    holds one of `secrets` (the mark of the request) is cut. Without `stance` only the rules speak.
    """
    book = _Notebook()
    summary: list[Sentence] = []
    english: list[str] = []
    rulings: list[Ruling] = []
    for drafted in draft.sentences:
        text = _clean(drafted.text, secrets)
        quotes = _located(drafted, named, book) if text else []
        judged = _clean(drafted.english or "", secrets) if translated and text else text
        ruling = _ruling(drafted.text, judged, quotes, claim, stance)
        if translated and text and judged and ruling.stands:
            ruling = _same_facts(drafted.text, text, judged) or ruling
        rulings.append(ruling)
        if text is None or not ruling.stands:
            book.notes.append(f"sentence cut, {ruling.faults[0]}: {drafted.text[:80]!r}")
            continue
        for quote in quotes:
            quote.stance = _stance(quote, claim, draft.label, book)
        numbers = tuple(dict.fromkeys(book.number(quote) for quote in quotes))
        summary.append(Sentence(text=text, citations=numbers))
        english.append(judged or text)
    missing_english = draft.missing_context_english if translated else draft.missing_context
    missing = _missing_context(missing_english, claim, book, secrets)
    if translated and missing:
        missing = _clean(draft.missing_context or "", secrets)
        if missing and _same_facts(missing, missing, missing_english or ""):
            missing = None
    return Audited(
        tuple(summary),
        tuple(book.citations),
        missing,
        tuple(book.notes),
        tuple(rulings),
        label_signals(draft.label, claim, _cited(draft.label, named, book), english, stance),
    )


def _cited(label: Label, named: dict[str, Passage], book: _Notebook) -> list[str]:
    """The sentences that are cited for `label`."""
    wanted = {Label.SUPPORTED: Stance.SUPPORTS, Label.REFUTED: Stance.REFUTES}.get(label)
    texts = {passage.id: passage.text for passage in named.values()}
    return [
        _whole_sentences(texts[c.passage_id], c.start, c.end)
        for c in book.citations
        if c.stance is wanted
    ]


def _whole_sentences(text: str, start: int, end: int) -> str:
    """The sentences that a quote stands in."""
    spans = [span for span in sentences(text) if span.start < end and start < span.end]
    return text[spans[0].start : spans[-1].end] if spans else text[start:end]


def _ruling(
    drafted: str,
    text: str | None,
    quotes: Sequence[_Located],
    claim: str,
    stance: StanceModel | None,
) -> Ruling:
    if text is None:
        return Ruling(drafted, ("it is not plain text, or speaks to the reader",), ("form",))
    if not quotes:
        return Ruling(drafted, ("none of its quotes is in a passage",), ("quote",))
    if stance is None and not any(_shares(text, quote.text) for quote in quotes):
        return Ruling(drafted, ("its quotes speak of something else",), ("quote",))
    told = max(voices(quote.text) for quote in quotes)
    if max(told, len({quote.passage.source.story for quote in quotes})) < voices(text):
        return Ruling(drafted, ("it speaks for more sources than its quotes are of",), ("sources",))
    audited = audit_sentence(
        text,
        [quote.text for quote in quotes],
        claim=claim,
        record=_record([CitedSource.of(quote.passage.source) for quote in quotes]),
        stance=stance,
    )
    return Ruling(
        drafted,
        tuple(fault.reason for fault in audited.faults),
        tuple(str(fault.kind) for fault in audited.faults),
    )


def _same_facts(drafted: str, text: str, english: str) -> Ruling | None:
    """The fault of a sentence that has other figures or names than its English."""
    other = sorted(facts(text) ^ facts(english, english=True))
    if not other:
        return None
    return Ruling(drafted, (f"its English does not have the same: {', '.join(other)}",), ("form",))


def facts(text: str, *, english: bool = False) -> set[str]:
    """What can be compared across languages: numerals, their scales, and names with figures in
    them or inner capitals."""
    found = {re.sub(r"\D", "", numeral) for numeral in _NUMERALS.findall(text)}
    found |= {name.casefold() for name in _MARKED.findall(text)}
    for power, (word, short, others) in enumerate(_SCALES, start=1):
        ours = rf"\b{word}s?\b|(?<=\d) ?(?:{word}|{short})\b"
        pattern = ours if english else rf"\b(?:{others})\b"
        if re.search(pattern, text, re.IGNORECASE):
            found.add(f"thousand^{power}")
    return found


def _shares(text: str, quote: str) -> bool:
    """Whether a quote has any word or figure of the sentence."""
    return bool(
        content_stems(text) & content_stems(quote)
        or set(_DIGITS.findall(text)) & set(_DIGITS.findall(quote))
    )


def _record(sources: Sequence[CitedSource]) -> str:
    """What the catalogue says of the sources, which a sentence may name too."""
    told = {
        " ".join(filter(None, (source.title, source.publisher, source.author, source.published)))
        for source in sources
    }
    return " … ".join(sorted(told))


def is_plain(text: str) -> bool:
    """Whether a line holds neither link, mention, markup nor words to the machine."""
    return _clean(text, ()) is not None


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


def _stance(quote: _Located, claim: str, label: Label, book: _Notebook) -> Stance:
    """The stance a quote may keep: figures and dates that plainly say otherwise take it away."""
    if quote.stance is Stance.CONTEXT or label is Label.MISLEADING:
        return quote.stance
    said, evidence = Reading(claim), Evidence.of([quote.text])
    quoted = evidence.whole
    findings = find(said, Surroundings(quoted, quoted, quoted))
    if quote.stance is Stance.SUPPORTS:
        opposed = next(
            (f for f in findings if f.kind in {"quantity", "date"} and f.effect == "contradicts"),
            None,
        )
        on_the_point = len(said.stems & quoted.stems) >= 0.5 * len(said.stems)
        # What follows from two of the quote's figures is no contradiction of either.
        if opposed is None or not on_the_point or not any(fact_faults(said, evidence)):
            return quote.stance
        why = (
            f"does not support the claim, {opposed.claim_words!r} against "
            f"{opposed.evidence_words!r}"
        )
    else:
        says_the_same = (
            said.stems <= quoted.stems
            and all(finding.effect == "agrees" for finding in findings)
            and is_denied(claim) == is_denied(quote.text)
            and not any(denials(said, evidence))
        )
        if not says_the_same:
            return quote.stance
        why = "does not refute the claim, it says the same"
    book.notes.append(f"quote {why}: {quote.text[:80]!r}")
    return Stance.CONTEXT


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
    audited = audit_sentence(
        plain,
        [citation.quote for citation in book.citations],
        claim=claim,
        record=_record([citation.source for citation in book.citations]),
    )
    if audited.faults:
        book.notes.append(f"missing context cut, {audited.faults[0].reason}: {plain[:80]!r}")
        return None
    return plain
