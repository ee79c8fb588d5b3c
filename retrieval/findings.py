"""Deterministic findings: what rules see when a claim is held against a passage.

Each finding names its kind, its effect and the words it rests on, so that a person can
check it. None of them decides a label: `retrieval.weigh` does, from all of them together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.dates import DateMention, DateRelation, compare_dates, find_dates
from retrieval.model import Finding
from retrieval.quantities import (
    Quantity,
    QuantityRelation,
    compare_quantities,
    derived,
    find_quantities,
    nearest,
)
from retrieval.words import Word, content_stems_of, stem, words

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|neither|nor|without|cannot|unable|lacks?|hardly|barely)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_REVERSAL = re.compile(
    r"\b(?:declined|refused|denied|rejected|failed|fails|ruled out|stopped short|struck down|"
    r"set aside|overturned|blocked|vacated|dismissed|withdrew|cancelled|canceled|wrongly|"
    r"false|incorrect|wrong|disputed|debunked|myth|hoax|contrary)\b",
    re.IGNORECASE,
)

_ANTONYMS = tuple(
    (frozenset(left.split()), frozenset(right.split()))
    for left, right in (
        ("rise rose risen increase grow grew grown gain up climb jump surge higher soar rally "
         "double triple swell accelerate boost raise hike",
         "fall fell fallen decrease decline drop shrink lose lost down plunge lower slump sink "
         "halve cut trim slash dwindle slow tumble"),
        ("more higher greater larger bigger above ahead lead outperform beat exceed surpass "
         "overtake",
         "less fewer lower smaller below behind lag trail underperform"),
        ("faster quicker speed", "slower slow longer"),
        ("cheaper cheap cheapest", "expensive costlier dearer pricier"),
        ("safer safe secure", "unsafe dangerous vulnerable riskier insecure"),
        ("better best improve", "worse worst worsen"),
        ("first", "last"),
        ("win won victory", "lose lost defeat"),
        ("uphold upheld affirm", "strike struck overturn vacate reverse void strikedown throwout"),
        ("approve allow permit accept legalise legalize authorise authorize grant clear greenlight "
         "greenlit ratify",
         "reject block ban prohibit deny refuse bar forbid outlaw veto shootdown turndown "
         "strikedown throwout"),
        ("buy bought acquire acquired purchase", "sell sold divest"),
        ("start began launch open enter join begin begun", "end ended stop close quit leave exit "
         "cancel halt pullout"),
        ("support back favour favor endorse", "oppose against criticise criticize condemn"),
        ("recover rebound", "never crash collapse"),
        ("complete completed finish finished", "collapse abandon abandoned scrap scrapped"),
        ("majority most", "minority few"),
        ("unanimous unanimously", "split divided"),
        ("include including cover covers count counts", "exclude excluding omit omits leaveout"),
        ("public", "private"),
        ("guilty convicted liable", "innocent acquitted"),
        ("confirm confirmed", "deny denied"),
        ("agree agreed accept share", "contradict contradicted disagree dispute doubt"),
        ("widen expand tighten entrench strengthen cement", "narrow ease loosen weaken erode"),
        ("strong stronger strongest", "weak weaker weakest"),
        ("early earlier before", "late later after"),
        ("hire hired recruit", "fire fired layoff sack dismiss"),
        ("legal lawful lawfully legally", "illegal unlawful unlawfully illegally"),
        ("surplus profit", "deficit loss"),
        ("succeed succeeded success", "fail failed failure flop"),
        ("temporary temporarily", "permanent permanently"),
        ("voluntary", "mandatory compulsory"),
        ("effective", "ineffective useless"),
        ("help protect benefit", "harm hurt damage endanger"),
        ("import", "export"),
        ("restricted closed proprietary", "unrestricted open"),
    )
)  # fmt: skip
_PHRASES = tuple(
    (re.compile(rf"\b(?:{verb})\s+(?:\w+\s+){{0,2}}?{particle}\b", re.IGNORECASE), word)
    for verb, particle, word in (
        ("shoot|shoots|shot|shooting", "down", "shootdown"),
        ("turn|turns|turned|turning", "down", "turndown"),
        ("strike|strikes|struck|striking", "down", "strikedown"),
        ("throw|throws|threw|thrown|toss|tosses|tossed", "out", "throwout"),
        ("pull|pulls|pulled|pulling", "out", "pullout"),
        ("leave|leaves|left|leaving", "out", "leaveout"),
        ("lay|lays|laid|laying", "off", "layoff"),
    )
)
"""Verbs of two words, which mean something else than each of them."""

_UNIVERSAL = re.compile(
    r"\b(?:all|every|each|everyone|everything|always|never|none|nobody|nothing|entire(?:ly)?|"
    r"completely|totally|whole|only|any|ever|no restrictions?|whatsoever|proved|proves|proven)\b"
    r"|\b100 ?%",
    re.IGNORECASE,
)
_PARTIAL = re.compile(
    r"\b(?:some|many|most|mostly|majority|part(?:ly|ial|ially)?|several|few|mainly|largely|"
    r"certain|up to|in steps|phased|except|other than|not all|not every|but not|however|"
    r"although)\b",
    re.IGNORECASE,
)
_ESTIMATE = re.compile(
    r"\b(?:estimat\w+|outside estimate|reckon\w*|calculat\w+|analysts?|by (?:his|her|its) "
    r"(?:count|correction|estimate)|projection|projected|forecast|assum\w+|notional|theoretical\w*|"
    r"hypothetical\w*|contested|not (?:been )?confirmed|unconfirmed|unaudited|allegation|alleg\w+|"
    r"according to people|citing people|rumou?r\w*|gave no evidence|no evidence|self-reported)\b",
    re.IGNORECASE,
)
_ASSERTED = re.compile(
    r"\b(?:confirm\w*|official\w*|disclos\w+|admit\w*|acknowledg\w+|announc\w+|publish\w*|"
    r"prov(?:e|ed|es|en)\b|certif\w+|verified)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:plan(?:s|ned)?|propos\w+|could|(?-i:may)|might|would|will|expect\w*|intend\w*|aim\w*|"
    r"goal|target\w*|seeks?|hopes?|considering|if|warned|potential\w*|up to|as much as|likely|"
    r"suggest\w*|appear\w*|preliminary|due to|draft)\b",
    re.IGNORECASE,
)
_SCOPE = re.compile(
    r"\b(?:only|solely|alone|exclud\w+|exclusive of|left out|leaves out|"
    r"not (?:part of|includ\w+|count\w*|cover\w*|an? )|covers?|does not|do not|not all|limited to|"
    r"apart from|on top of|in addition to|before (?:tax|costs)|as of|at the time|top of a range|"
    r"upper (?:limit|end)|at (?:the )?most|"
    r"different (?:milestone|measure|period)|differs?|depends?|varies|revised|older estimate|"
    r"in one version|of which|mainly in|in mice|observational|small sample|not peer-reviewed|"
    r"not statistically|own (?:table|figures?|benchmark)|self-reported|rather than)\b",
    re.IGNORECASE,
)

_ALIASES = {
    "ceo": ("chief executive",), "cfo": ("chief financial",), "us": ("united states",),
    "uk": ("united kingdom", "britain"), "eu": ("european union",),
    "ai": ("artificial intelligence",), "un": ("united nations",), "fed": ("federal reserve",),
    "scotus": ("supreme court",), "nyt": ("new york times",),
    "wsj": ("wall street journal",), "potus": ("president",),
    "btc": ("bitcoin",), "eth": ("ethereum",), "gop": ("republican",), "who": ("world health",),
    "washington": ("federal", "white house", "us government", "american government"),
    "beijing": ("china", "chinese"), "moscow": ("russia",), "kremlin": ("russia",),
    "brussels": ("european union", "european commission"),
}  # fmt: skip
_CODE = re.compile(r"(?=.*\d)(?=.*[^\W\d_])", re.UNICODE)


@dataclass(frozen=True)
class Reading:
    """A text and what rules read in it, each part worked out once and only when asked for."""

    text: str

    @cached_property
    def words(self) -> list[Word]:
        """All words, in order."""
        return words(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of content words."""
        return content_stems_of(self.words)

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Quantities, in order."""
        return find_quantities(self.text, self.dates)

    @cached_property
    def dates(self) -> list[DateMention]:
        """Dates, in order."""
        return find_dates(self.text)

    @cached_property
    def figures(self) -> frozenset[str]:
        """Stems of the words that are part of a quantity or a date."""
        spans: list[Quantity | DateMention] = [*self.quantities, *self.dates]
        return frozenset(word.stem for word in self.words if _within(word, spans))

    @cached_property
    def names(self) -> list[Word]:
        """Words that are names: capitals within a sentence or opening the text, codes like H800."""
        return [word for index, word in enumerate(self.words) if self._is_name(index)]

    @cached_property
    def plain_stems(self) -> frozenset[str]:
        """Stems of all words, and of the verbs of two words."""
        phrases = {stem(word) for pattern, word in _PHRASES if pattern.search(self.text)}
        return frozenset(word.stem for word in self.words) | phrases

    @cached_property
    def lower_words(self) -> frozenset[str]:
        """Words that stand in small letters."""
        return frozenset(word.text for word in self.words if word.text.islower())

    @cached_property
    def known(self) -> frozenset[str]:
        """All stems by which something in it may be called, acronyms of its names included."""
        every = {word.stem for word in self.words} | self.stems
        for word in self.words:
            if "-" in word.text or "/" in word.text:
                every.update(stem(part) for part in re.split(r"[-/]", word.text) if part)
        return frozenset(every | set(_acronyms(self.words)))

    def _is_name(self, index: int) -> bool:
        word = self.words[index]
        text = word.text.removeprefix("$")
        if (
            _CODE.match(text)
            and not _within(word, self.quantities)
            and not _within(word, self.dates)
        ):
            return True
        if not text[:1].isupper() or not word.is_content:
            return False
        if _within(word, self.dates):
            return False
        starts = self.text[: word.start].rstrip()[-1:] in ".!?:“\"'"
        if index == 0 or not starts or text[1:] != text[1:].lower():
            return True
        following = self.words[index + 1].text if index + 1 < len(self.words) else ""
        return following[:1].isupper()


def _within(word: Word, spans: Iterable[Quantity | DateMention]) -> bool:
    return any(span.start <= word.start and word.end <= span.end for span in spans)


def _acronyms(tokens: Sequence[Word]) -> Iterable[str]:
    """`ftc` for a run of capitalised words such as Federal Trade Commission."""
    run: list[str] = []
    for token in [*tokens, None]:
        if token is not None and token.text[:1].isupper():
            run.append(token.text[0].lower())
            continue
        if token is not None and token.text.lower() in ("and", "of", "for", "the") and run:
            continue
        for size in range(2, min(len(run), 6) + 1):
            for first in range(len(run) - size + 1):
                yield "".join(run[first : first + size])
        run = []


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A sentence of a passage, and what stands around it."""

    sentence: Reading
    window: Reading
    """The sentence with its neighbours."""
    context: Reading
    """The whole passage with title, publisher and author."""


def find(claim: Reading, evidence: Surroundings) -> tuple[Finding, ...]:
    """What rules find when `claim` is held against a sentence.

    A quantity or date is looked for in the sentence, then beside it; a name or date that stands
    anywhere in the context is not missing. What is found only beside the sentence weighs half.
    """
    return (
        *_quantities(claim, evidence),
        *_dates(claim, evidence),
        *_names(claim, evidence),
        *_polarity(claim, evidence.sentence),
        *_antonyms(claim, evidence.sentence),
        *_wording(claim, evidence),
    )


def _quantities(claim: Reading, evidence: Surroundings) -> Iterable[Finding]:
    for quantity in claim.quantities:
        yield _quantity(quantity, evidence)


def _quantity(quantity: Quantity, evidence: Surroundings) -> Finding:
    places = ((evidence.sentence, 1.0), (evidence.window, 0.5))
    for relation in (QuantityRelation.AGREES, QuantityRelation.LIMITS):
        for reading, weight in places:
            for other in reading.quantities:
                if compare_quantities(quantity, other) is relation:
                    return Finding("quantity", relation, quantity.text, other.text, weight)
    same_thing = any(quantity.nouns & other.nouns for other in evidence.sentence.quantities)
    parts = None if same_thing else derived(quantity, evidence.sentence.quantities)
    if parts is not None:
        both = " and ".join(part.text for part in parts)
        return Finding("quantity", "derived", quantity.text, both)
    for reading, weight in places:
        rival = nearest(quantity, reading.quantities)
        if rival is not None:
            surer = weight * _same_digits(quantity, rival)
            return Finding("quantity", "contradicts", quantity.text, rival.text, surer)
    return Finding("quantity", "missing", quantity.text, "")


def _same_digits(claim: Quantity, evidence: Quantity) -> float:
    """2 where only the scale differs (593 million, 593 billion), which is rarely a coincidence."""
    digits = [
        "".join(re.findall(r"\d", f"{quantity.low:.10g}".rstrip("0").split("e")[0])).strip("0")
        for quantity in (claim, evidence)
    ]
    return 2.0 if digits[0] == digits[1] and len(digits[0]) > 1 else 1.0


def _dates(claim: Reading, evidence: Surroundings) -> Iterable[Finding]:
    for mention in claim.dates:
        yield _date(mention, evidence)


def _date(mention: DateMention, evidence: Surroundings) -> Finding:
    def apart(other: DateMention) -> int:
        return abs((other.first - mention.first).days)

    def related(reading: Reading, relation: DateRelation) -> list[DateMention]:
        found = [other for other in reading.dates if compare_dates(mention, other) is relation]
        return sorted(found, key=apart)

    places = ((evidence.sentence, 1.0), (evidence.window, 0.5), (evidence.context, 0.25))
    for reading, weight in places:
        if agreeing := related(reading, DateRelation.AGREES):
            return Finding("date", "agrees", mention.text, agreeing[0].text, weight)
        if weight == 1.0 and (opposing := related(reading, DateRelation.CONTRADICTS)):
            return Finding("date", "contradicts", mention.text, opposing[0].text, weight)
    if opposing := related(evidence.window, DateRelation.CONTRADICTS):
        return Finding("date", "contradicts", mention.text, opposing[0].text, 0.5)
    return Finding("date", "missing", mention.text, "")


def _names(claim: Reading, evidence: Surroundings) -> Iterable[Finding]:
    rivals_here = {name.stem: name for name in evidence.sentence.names}
    lowered = evidence.context.lower_words
    for name in claim.names:
        opening = name.start == 0 and not name.text.isupper()
        if opening and name.text.lower() in lowered:
            continue  # capital only because it opens the claim
        if is_called(name, evidence.window):
            yield Finding("name", "agrees", name.text, name.text)
            continue
        if is_called(name, evidence.context):
            yield Finding("name", "agrees", name.text, "", 0.5)
            continue
        rivals = [
            other
            for other_stem, other in rivals_here.items()
            if other_stem not in claim.known and _alike(name, other)
        ]
        covered = len(claim.stems & evidence.window.stems) / max(len(claim.stems), 1)
        if rivals and covered >= 0.5:
            yield Finding("name", "contradicts", name.text, rivals[0].text, covered)
        else:
            yield Finding("name", "missing", name.text, "", 0.5 if opening else 1.0)


def is_called(name: Word, text: Reading) -> bool:
    """Whether `text` holds a name, as written, in parts, as an acronym or by a common alias."""
    if name.stem in text.known:
        return True
    parts = [stem(part) for part in re.split(r"[-.&’']", name.text) if part]
    if len(parts) > 1 and all(part in text.known for part in parts):
        return True
    lowered = text.text.lower()
    return any(alias in lowered for alias in _ALIASES.get(name.stem, ())) or any(
        name.text.lower() in aliases and short in text.known for short, aliases in _ALIASES.items()
    )


def _alike(name: Word, other: Word) -> bool:
    """Whether two names are of one shape, so that one may stand in the other's place."""
    return name.text.isupper() == other.text.isupper() and bool(_CODE.match(name.text)) == bool(
        _CODE.match(other.text)
    )


def _polarity(claim: Reading, evidence: Reading) -> Iterable[Finding]:
    claim_cues = negation_cues(claim.text)
    evidence_cues = negation_cues(evidence.text)
    if bool(claim_cues) != bool(evidence_cues):
        yield Finding("negation", "contradicts", ", ".join(claim_cues), ", ".join(evidence_cues))


def negation_cues(text: str) -> list[str]:
    """Words that negate or reverse what a text says, in order."""
    return [m.group() for pattern in (_NEGATION, _REVERSAL) for m in pattern.finditer(text)]


def _antonyms(claim: Reading, evidence: Reading) -> Iterable[Finding]:
    claimed, stated = claim.plain_stems, evidence.plain_stems
    for left, right in _ANTONYM_STEMS:
        for ours, theirs in ((left, right), (right, left)):
            said, opposed = ours & claimed, theirs & stated
            if said and opposed and not ours & stated and not theirs & claimed:
                yield Finding("antonym", "contradicts", min(said), min(opposed))


def opposed(a: Reading, b: Reading) -> bool:
    """Whether one text alone has a word and the other alone its opposite."""
    both = a.plain_stems & b.plain_stems
    ours, theirs = a.plain_stems - both, b.plain_stems - both
    return any(
        (left & ours and right & theirs) or (right & ours and left & theirs)
        for left, right in _ANTONYM_STEMS
    )


_ANTONYM_STEMS = tuple(
    (frozenset(map(stem, left)), frozenset(map(stem, right))) for left, right in _ANTONYMS
)


def _wording(claim: Reading, evidence: Surroundings) -> Iterable[Finding]:
    """Quantifier, attribution, modality and scope: words that bound what is said."""
    sentence, window = evidence.sentence.text, evidence.window.text
    universal = _UNIVERSAL.search(claim.text)
    if universal and not _UNIVERSAL.search(sentence):
        partial = _PARTIAL.search(sentence)
        yield Finding(
            "quantifier",
            "contradicts" if partial else "limits",
            universal.group(),
            partial.group() if partial else "",
        )
    estimate = _ESTIMATE.search(sentence) or _ESTIMATE.search(window)
    asserted = _ASSERTED.search(claim.text)
    if estimate and not _ESTIMATE.search(claim.text):
        effect = "contradicts" if asserted else "limits"
        said = asserted.group() if asserted else ""
        yield Finding("attribution", effect, said, estimate.group())
    hedge = _HEDGE.search(sentence)
    if hedge and not _HEDGE.search(claim.text):
        yield Finding("modality", "limits", "", hedge.group())
    here = _scopes(claim, sentence)
    beside = [phrase for phrase in _scopes(claim, window) if phrase not in here]
    if here:
        yield Finding("scope", "limits", "", "; ".join(here), float(min(len(here), 2)))
    if beside:
        weight = 0.5 * min(len(beside), 2)
        yield Finding("scope_beside", "limits", "", "; ".join(beside), weight)


def _scopes(claim: Reading, text: str) -> list[str]:
    found = [match.group() for match in _SCOPE.finditer(text)]
    return [phrase for phrase in found if phrase.lower() not in claim.text.lower()]
