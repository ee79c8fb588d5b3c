"""Limits that the evidence sets and the sentence leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts.audit_evidence import Evidence
from retrieval.findings import Reading
from retrieval.words import content_stems, stem

_OPINION = re.compile(
    r"\b(?:claimed|claims (?=that\b)|believ(?:es?|ed)|suspect(?:s|ed)?|understanding|"
    r"in (?:his|her|their|its|one's) (?:personal )?(?:view|opinion)|argu(?:es?|ed)|"
    r"accus(?:es?|ed)|alleg(?:es?|ed|edly|ations?)|reportedly|thinks?|rumou?r\w*|"
    r"let .{3,40} know|told (?=.{3,40}\bthat\b))",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:according to|going by|account|view|opinion|belie\w+|claim\w*|alleg\w+|reportedly|told|"
    r"said|says?|wrote|think\w*|thought|suspect\w*|suspicion|argu\w+|accus\w+|understanding|eyes|"
    r"estimat\w*|reckon\w*|charge|remark\w*|judg\w+|found|rul\w+|held|doubts?|warn\w*|report\w*|"
    r"announc\w*|predict\w*|expect\w*|stat(?:es?|ed)|voic\w+|disput\w+|den(?:y|ies|ied)|"
    r"agree[sd]?|contradict\w*|laid out|want\w*)\b",
    re.IGNORECASE,
)
_POSSIBLE = re.compile(r"\b(?:could|(?-i:may)|might|possibly)\b", re.IGNORECASE)
_FIRM = re.compile(r"\b(?:will|is going to|are going to)\b", re.IGNORECASE)
_INTENDED = re.compile(
    r"\b(?:inten\w+|plan(?:s|ned)?|on (?:course|track) to|propos\w+|pledg\w+|promis\w+|aims?|"
    r"(?:is|are|was|were) (?:due )?to)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:has|have)\s+(?:\w+ly\s+)?"
    r"(?:put|spent|built|made|paid|bought|sold|given|taken|\w+ed)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|due to|as a result|thanks to|led to|caus(?:es?|ed)|owing to|brought about|"
    r"triggered|the reason)\b",
    re.IGNORECASE,
)
_ANY_CAUSE = re.compile(
    rf"{_CAUSE.pattern}|\b(?:since|so that|so|therefore|thus|attribut\w+|follow\w*|after|with|for|"
    r"result\w*|reason\w*|explain\w*|blam\w+|cit(?:es?|ed|ing)|from|why|made|makes?|by)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|no|nor|neither|never|only|among|including)\b|n['’]t\b", re.IGNORECASE
)
_LASTING = re.compile(
    r"\b(?:for (?:decades|years|centuries|generations)|to this day|ever since|of all time)\b",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    r"\b(?P<limit>preliminary|provisional|interim|draft|tentative|initial|partial|proposed|alleged|"
    r"suspected|planned|potential|possible|estimated|notional|overtly|unaudited|unconfirmed|"
    r"so-called|disputed|voluntary|non-binding|advisory|conditional)\s+"
    r"(?:\w+ )?(?P<what>(?-i:[a-z]{4,}))",
    re.IGNORECASE,
)


_NOT_ONLY = re.compile(
    r"\b(?:not|neither|nor|never)\b[^.;]{0,60}?"
    r"\b(?:(?:limited|restricted|confined) to|just|only|solely)\s+(?P<one>(?:\w+ ){0,2}\w+)"
    r"|\bnot (?:just |only )?(?:for|of|about|in)\s+(?P<two>(?:\w+ ){0,2}\w+?) (?:only|alone)\b",
    re.IGNORECASE,
)
_EXCLUDED = re.compile(
    r"\b(?:not (?:counted|counting|included|including|covered)|left out|leaves? out|exclud\w+|"
    r"without counting|apart from)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:total(?! of\b)|overall|all-in|including|altogether|in full|all told)\b", re.IGNORECASE
)
_FREE = re.compile(
    r"\b(?:any(?:one|body|thing)|whatever|whoever|freely|without (?:any )?(?:limits?|restrictions?|"
    r"conditions?)|no (?:limits?|restrictions?|conditions?)|unconditional\w*|unrestricted)\b",
    re.IGNORECASE,
)
_BARRED = re.compile(
    r"\b(?:forbid\w*|prohibit\w*|except|unless|restrict\w*|bans?|not allowed|may not|only if|"
    r"provided that|on condition)\b",
    re.IGNORECASE,
)


def vanished(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """The words of the closest sentence that limit what this one states as plain fact."""
    index = evidence.best(sentence)
    if index < 0:
        return
    closest, text = evidence.sentences[index].text, sentence.text
    if (match := _OPINION.search(closest)) and not _TOLD.search(text):
        yield match.group()
    if (match := _POSSIBLE.search(closest)) and _FIRM.search(text) and not _FIRM.search(closest):
        yield match.group()
    if (match := _INTENDED.search(closest)) and _DONE.search(text) and not _INTENDED.search(text):
        yield match.group()
    yield from _unlimited(sentence, evidence)
    yield from _scope(sentence, evidence)


def _scope(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """What the evidence says its figures are not of, leaves out, or forbids."""
    text, whole = sentence.text, evidence.whole.text
    for match in _NOT_ONLY.finditer(whole):
        alone = content_stems(match["one"] or match["two"])
        if alone and alone <= sentence.known and sentence.quantities and not _DENIED.search(text):
            yield match.group()
    excluded, total = _EXCLUDED.search(whole), _WHOLE.search(text)
    if excluded and total and stem(total.group().split()[0]) not in evidence.stems:
        yield excluded.group()
    barred = _BARRED.search(whole)
    if barred and _FREE.search(text) and not _BARRED.search(text):
        yield barred.group()


def _unlimited(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """`Approval`, where the evidence only ever says `preliminary approval`."""
    said = {word.stem for word in sentence.words}
    for match in _LIMITED.finditer(evidence.whole.text):
        what = stem(match["what"])
        if what not in said or stem(match["limit"]) in said:
            continue
        elsewhere = sum(word.stem == what for word in evidence.whole.words)
        limited = sum(stem(m["what"]) == what for m in _LIMITED.finditer(evidence.whole.text))
        if elsewhere == limited:
            yield match.group()


def added(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """A cause or a duration that the evidence does not speak of."""
    whole = evidence.whole.text
    if (match := _LASTING.search(sentence.text)) and not _LASTING.search(whole):
        yield match.group()
    if (match := _CAUSE.search(sentence.text)) and not _DENIED.search(sentence.text):
        given = content_stems(sentence.text[match.end() :])
        shared = len(given & evidence.stems) / max(len(given), 1)
        if not _ANY_CAUSE.search(whole) or (given and shared < 0.34):
            yield match.group()
