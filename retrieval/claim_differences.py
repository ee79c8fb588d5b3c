"""What rules out that two claims say the same: each reason can be checked on the two texts.

Only what both claims speak of can differ: a figure, a name or a word that one of them merely leaves
out rules nothing out here, and is for the model that reads both. None of it depends on which of the
two comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from retrieval import claim_figures
from retrieval.claim_names import missing_names, numbered_otherwise
from retrieval.claim_reading import ClaimReading
from retrieval.claim_roles import order_differs, roles_differ
from retrieval.findings import opposed
from retrieval.words import stem

_Sides = tuple[frozenset[str], frozenset[str]]

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|zero|without|cannot|"
    r"(?:fail(?:s|ed)?|refus(?:e|es|ed)|declin(?:e|es|ed)) to)\b|n['’]t\b",
    re.I,
)
_COMPARATIVE = (
    r"(?:more \w+|better|worse|(?:bigg|larg|high|low|small|great|fast|slow|hott|warm|cold|old|"
    r"young|long|short|strong|weak|cheap|dear|deadli|heavi|rich|earli|lat|clos|steep|sharp|deep)er)"
)
_NO_NEGATION = re.compile(
    rf"\b(?:no \w+|nobody|no one|none)\b[^.,;]{{0,60}}\b{_COMPARATIVE}\b"
    r"[^.,;]{0,40}\bthan\b|"
    rf"(?:n['’]?t|\bnot|\bnever)\b[^.,;]{{0,40}}\ba {_COMPARATIVE}\b"
    r"[^.,;]{0,40}\b(?:since|before|ever)\b|"
    r"\b(?:not since|not only|no one else|nobody else|not until|not even|"
    r"no (?:more|fewer|less|later|longer|earlier) than|"
    r"(?:no|nobody|never|none)\b[^.,;]{0,40}\b(?:ever|before(?! \w)|else|but|other)|ever before)\b"
    r"|\b(?:which|what) (?:it |they |he |she )?(?:no \w+ (?:had|has)|had never|has never|never)\b",
    re.I,
)
"""Other words for first, most and only."""

_UNIVERSAL = re.compile(
    r"\b(?:(?<!in )(?<!us )all|every(?! \d)|everyone|everybody|each and every|entire|"
    r"unanimous(?:ly)?|full(?:y)?|complete(?:ly)?|whole)\b",
    re.I,
)
_OF_TIME = re.compile(
    r"\s+(?:of (?:its|the|their|his|her)\s+)?(?:time|history|decade|year|day|week|month|night|life|"
    r"season|else|over|the same|wants?|other|in all)\b",
    re.I,
)
_SHARES = {
    "most": re.compile(r"(?<!\bthe )(?<!\bat )\bmost (?:of )?(?:the |its |their )?(?:[\w-]+ )?"
                       r"[\w-]+s\b|\bmajority\b", re.I),
    "part": re.compile(r"\b(?:some\b(?! (?:of\b|[\d$€£]|hundred|thousand|million))|part of|"
                       r"partly|partially|some of|several of|only some)\b", re.I),
    "few": re.compile(r"\b(?:hardly|barely any|scarcely|dozens|a handful)\b", re.I),
    "almost": re.compile(r"\b(?:almost|nearly)\s+(?![\w$€£]*\d|all\b|half\b|every\b|twice\b|as\b|"
                         r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|"
                         r"thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)"
                         r"[a-z]", re.I),
    "single": re.compile(r"\b(?:a|one|only a) single\b|"
                         r"\bjust one\b(?! (?:year|month|week|day|hour|night)\b)|"
                         r"^one [a-z]+(?! (?:in|of|out)\b)", re.I),
    "each": re.compile(r"\b(?:each|apiece)\b(?! (?:year|month|week|day|hour|night|other|time)\b)",
                       re.I),
    "both": re.compile(r"\bboth of\b", re.I),
    "one of": re.compile(r"\bone of\b|\bamong (?:the )?(?:\w+est|most)\b", re.I),
    "before": re.compile(r"(?<!year )(?<!month )(?<!week )(?<!day )"
                         r"\b(?:before|until|prior to|ahead of(?! (?-i:[A-Z])))\b(?! any|[.;]|$)",
                         re.I),
    "ever": re.compile(r"\b(?:for good|forever|permanently)\b", re.I),
}  # fmt: skip
_ALONE = re.compile(r"(?<!\d )\balone\b|\bfrom \w+ alone\b", re.I)
_RIVALS = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("adults adult",
         "children child kid kids teenagers teenager youth young babies baby pupils pupil"),
        ("men man", "women woman"), ("median", "average mean"), ("gross", "net"),
        ("northern", "southern"), ("eastern", "western"), ("left", "right"),
        ("inflation", "unemployment jobless"),
    )
)  # fmt: skip
"""A claim with a word of one side and one with a word of the other are about other people, sides or
measures."""

_ASSERTED = re.compile(
    r"\b(?:confirm(?:ed|s)?|prove[sdn]?|proven|measured|admit(?:ted|s)?|disclosed|acknowledged)\b",
    re.I,
)
_ALLEGED = re.compile(
    r"\b(?:alleg\w+|accus\w+|suspect(?:s|ed)?|blam(?:e|es|ed)|speculat\w+|rumou?r\w*)\b", re.I
)
_DENIED = re.compile(r"\b(?:den(?:y|ies|ied)|disput(?:e|es|ed)|ruled out|refut(?:e|es|ed))\b", re.I)
_NOT_YET = re.compile(
    r"\b(?:fear(?:s|ed)?|worr(?:y|ies|ied)|warn(?:s|ed)?|hop(?:e|es|ed|ing)|"
    r"want(?:s|ed) (?:to|the|that|a|its|[A-Z])|demand(?:s|ed) (?!for)|demand that|"
    r"call(?:s|ed) on|urg(?:e|es|ed)|propos(?:e|es|ed)|suggest(?:s|ed)|threaten(?:s|ed)?|"
    r"promis(?:e|es|ed)|consider(?:s|ing)|ask(?:s|ed) (?:for|the|that|to)|recommend(?:s|ed)?|"
    r"(?:is|are|was|were) (?:expected|set|due|likely) to|"
    r"in talks|seek(?:s|ing)|applied for|predict(?:s|ed)?|speculated|opposes?)\b",
    re.I,
)
_AMOUNT = r"(?= (?:[\d$€£]|half\b|an? (?:third|quarter|hundred|thousand|million|billion)\b))"
_MORE = re.compile(rf"\b(?:more|higher|greater|larger|(?:above|over){_AMOUNT})\b", re.I)
_LESS = re.compile(rf"\b(?:less|fewer|lower|smaller|(?:below|under){_AMOUNT})\b", re.I)
_UNDONE = re.compile(
    r"\b(?:turn(?:s|ed|ing)? (?:\w+ )?down|refus\w+|reject\w+|declin(?:e|ed|es) to|"
    r"call(?:s|ed)? off|cancel\w*|scrap(?:s|ped)?|abandon\w*|g[ai]ves? up|vot(?:e|ed) down|"
    r"voted no|s[ay]\w+ nop?e?|drop(?:s|ped)? (?:the|its|their|his|her)|would not|will not)\b",
    re.I,
)
"""Words for what did not come about."""
_TOLD = re.compile(
    r"\b(?:(?:say|says|said)(?! (?:yes|no)\b)|told|according to|claims|claimed|"
    r"claim (?:to|that)|wrote|"
    r"assert(?:s|ed)|estimates?|estimated|announced that|reckons?|calculat(?:es|ed)|"
    r"expects|projection|forecasts?|boast(?:s|ed)|argues)\b",
    re.I,
)
_MAYBE_TOLD = re.compile(
    r"^[^:]{2,90}: |\b(?:saying|account|findings?|counts?|counted|survey|study|trial|data|figures?|"
    r"reports?|reported|review|concluded?s?|per|puts?|tests?|polls?|table|numbers|announc\w+|expect|"
    r"shows?|showed|find|finds|found|rul(?:ed|es|ing)|decided|think|allege\w*|blame)\b",
    re.I,
)
_PERIOD = re.compile(
    r"\b(?:(?:a|an|per|each|every|in the single|/) ?(?P<each>hour|day|week|month|year|decade)\b"
    r"|(?P<adjective>hourly|daily|weekly|monthly|yearly|annual|annually)\b)"
    r"(?! (?:ago|earlier|later|before|after|from|old))",
    re.I,
)
_PERIODS = {"daily": "day", "annual": "year", "annually": "year"}

_OPPOSITES = tuple(
    (frozenset(map(stem, left.split())), frozenset(map(stem, right.split())))
    for left, right in (
        ("stay stays stayed remain remained keep kept", "quit left leave walked resign resigned"),
        ("lost lose loses losing", "made earned gained"),
        ("lifted lift lifts", "imposed banned ban"),
        ("for favour favor backing", "against"),
        ("convicted guilty", "acquitted cleared innocent"),
        ("arrested arrest jailed", "released freed release"),
        ("survived survives survive beat", "lost loses lose"),
        ("lend lent lends", "borrow borrowed borrows"),
        ("highest most largest record", "lowest least smallest"),
        ("dearest priciest", "cheapest"),
        ("married wed", "divorced divorce"),
        ("escaped", "caught captured"),
        ("published publish", "retracted withdrew pulled withdrawn"),
        ("positive", "negative"),
        ("repaid repay repays", "borrowed borrow borrows took"),
        ("crashed crash", "landed touched"),
        ("safe immune spared", "exposed exposure affected threatened"),
        ("revenue sales turnover", "profit loss earnings"),
        ("killed dead died deaths", "injured hurt wounded"),
        ("imports", "exports"), ("ended", "began started"),
    )
)  # fmt: skip


def difference(a: ClaimReading, b: ClaimReading) -> str | None:
    """What rules out that the two claims say the same, in a word; None where nothing does."""
    return next((name for name, differs in _RULES if differs(a, b)), None)


def _figures(a: ClaimReading, b: ClaimReading) -> bool:
    return claim_figures.quantities(a, b).contradicts > 0 or claim_figures.leads_differ(a, b)


def _dates(a: ClaimReading, b: ClaimReading) -> bool:
    compared = claim_figures.dates(a, b)
    return compared.contradicts > 0 or compared.lacks > 0


def _ordinals(a: ClaimReading, b: ClaimReading) -> bool:
    return claim_figures.ordinals(a, b).contradicts > 0


def _periods_differ(a: ClaimReading, b: ClaimReading) -> bool:
    ours, theirs = _periods(a), _periods(b)
    return bool(ours and theirs and not ours & theirs)


def _names_differ(a: ClaimReading, b: ClaimReading) -> bool:
    if numbered_otherwise(a, b) or numbered_otherwise(b, a):
        return True
    return bool(missing_names(a, b) and missing_names(b, a))


def _polarity(a: ClaimReading, b: ClaimReading) -> bool:
    ours, theirs = _negations(a), _negations(b)
    return ours % 2 != theirs % 2 or bool(ours) != bool(theirs)


def _opposites(a: ClaimReading, b: ClaimReading) -> bool:
    if bool(_UNDONE.search(a.reading.text)) != bool(_UNDONE.search(b.reading.text)):
        return True
    ours, theirs = ([len(p.findall(x.reading.text)) for p in (_MORE, _LESS)] for x in (a, b))
    if (ours[0] - theirs[0]) * (ours[1] - theirs[1]) < 0:
        return True
    stems, others = ({word.stem for word in x.reading.words} for x in (a, b))
    return opposed(a.reading, b.reading) or _opposed(stems, others, _OPPOSITES)


def _quantifiers(a: ClaimReading, b: ClaimReading) -> bool:
    text, other = a.reading.text, b.reading.text
    if any(bool(p.search(text)) != bool(p.search(other)) for p in _SHARES.values()):
        return True
    return _is_universal(text) != _is_universal(other)


def _scopes_differ(a: ClaimReading, b: ClaimReading) -> bool:
    if bool(_ALONE.search(a.reading.text)) != bool(_ALONE.search(b.reading.text)):
        return True
    ours, theirs = ({word.text.lower() for word in x.reading.words} for x in (a, b))
    return _opposed(ours, theirs, _RIVALS)


def _tellers(a: ClaimReading, b: ClaimReading) -> bool:
    text, other = a.reading.text, b.reading.text
    kinds = (_ASSERTED, _ALLEGED, _DENIED, _NOT_YET)
    if any(bool(kind.search(text)) != bool(kind.search(other)) for kind in kinds):
        return True
    return any(
        _TOLD.search(one) and not _TOLD.search(two) and not _MAYBE_TOLD.search(two)
        for one, two in ((text, other), (other, text))
    )


_RULES = (
    ("number", _figures), ("date", _dates), ("ordinal", _ordinals), ("period", _periods_differ),
    ("name", _names_differ), ("polarity", _polarity), ("opposite", _opposites),
    ("quantifier", _quantifiers), ("scope", _scopes_differ), ("teller", _tellers),
    ("role", roles_differ), ("order", order_differs),
)  # fmt: skip


def _negations(a: ClaimReading) -> int:
    return len(_NEGATION.findall(_NO_NEGATION.sub(" ", a.reading.text)))


def _is_universal(text: str) -> bool:
    return any(not _OF_TIME.match(text, match.end()) for match in _UNIVERSAL.finditer(text))


def _opposed(ours: Set[str], theirs: Set[str], pairs: Iterable[_Sides]) -> bool:
    """Whether one text has words of one side only, and the other of the other."""
    return any(
        (left & one and right & other and not right & one and not left & other)
        for left, right in pairs
        for one, other in ((ours, theirs), (theirs, ours))
    )


def _periods(a: ClaimReading) -> frozenset[str]:
    found = set()
    for match in _PERIOD.finditer(a.reading.text):
        word = (match["each"] or match["adjective"]).lower()
        found.add(_PERIODS.get(word, word.removesuffix("ly")))
    return frozenset(found)
