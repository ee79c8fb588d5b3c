"""Who says it: the speakers of a sentence, and how firmly they say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prompts.audit_evidence import Evidence
from prompts.audit_model import Fault, FaultKind
from retrieval.findings import Reading
from retrieval.words import content_stems, stem

_SAYING = """said say says saying told tell tells wrote write writes written claim claims claimed
    announce announces announced report reports reported state states stated found find finds
    estimate estimates estimated argue argues argued warn warns warned admit admits admitted
    confirm confirms confirmed deny denies denied suggest suggests suggested show shows showed shown
    reckon reckons reckoned calculate calculates calculated believe believes believed think thinks
    thought conclude concludes concluded add adds added mention mentions mentioned recall recalls
    recalled describe describes described promise promises promised predict predicts predicted
    expect expects expected disclose discloses disclosed put puts give gives gave given remark
    remarks remarked call calls called accuse accuses accused agree agrees agreed suspect suspects
    suspected rule rules ruled uphold upholds upheld held hold holds count counts counted spoke
    respond responds responded reply replies replied explain explains explained insist insists
    insisted list lists listed name names named compare compares compared let assure assures assured
    publish publishes published acknowledge acknowledges acknowledged complain complains complained
    decide decides decided asked want wants contradict contradicts contradicted""".split()
_PLAIN_SAYING = """said say says told
    wrote writes claims claimed announces announced reported states
    stated found finds estimates estimated argues argued warns warned admits admitted confirms
    confirmed denies denied suggests suggested reckons reckoned calculates calculated believes
    believed think thinks thought concludes concluded predicts predicted discloses disclosed
    promises promised accuses accused suspects suspected agree agrees ruled""".split()
_SAYS = (
    rf"(?:{'|'.join(_SAYING)}|(?:works?|worked) out|(?:takes?|taken|took) the (?:view|position))"
)
_PLAINLY_SAYS = rf"(?:{'|'.join(_PLAIN_SAYING)})"
_WHO = r"(?P<who>(?:[^\s,;:.()\"“”]+\s+){0,5}?[^\s,;:.()\"“”]+)\s+"
_BETWEEN = (
    r"(?:(?:also|had|has|have|later|first|then|himself|herself|itself|once|publicly|only)\s+)*"
)
_SUBJECT = re.compile(rf"{_WHO}{_BETWEEN}{_SAYS}\b")
_PLAIN_SUBJECT = re.compile(rf"{_WHO}{_BETWEEN}{_PLAINLY_SAYS}\b")
_AFTER_COMMA = re.compile(rf",\s+{_BETWEEN}{_SAYS}\b")
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|be|being|not|to|that|by)$", re.IGNORECASE)
_LOOSE = re.compile(
    r"(?:^|\s)(?:he|she|it|they|who|which|its|his|her|their|this|the reply)\b", re.IGNORECASE
)
_ACCORDING = re.compile(
    r"\b(?:according to|going by|as (?:told|reported|estimated|announced|stated) by|"
    r"in the (?:words|view|opinion|eyes) of|"
    r"(?:report|survey|study|analysis|estimate|evaluation|poll|paper|table|figures?|"
    r"data|letter|note|statement|test|announcement|review) (?:by|from|of)|"
    r"(?:said|told|written|claimed|announced|reported|estimated|found|calculated|given|published)"
    r" by)"
    r"\s+(?P<who>(?:[^\s,;:.()\"“”]+\s*){1,5})",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(
    r"(?P<who>(?:[^\s,;:.()\"“”]+\s+){0,3}[^\s,;:.()\"“”]+['’]s?)\s+"
    r"(?:own\s+|latest\s+|new\s+)?"
    r"(?:report|survey|study|analysis|estimate|evaluation|poll|paper|table|figures?|data|letter|"
    r"statement|account|reckoning|count|view|opinion|words|eyes|remark|claim|calculation|card|"
    r"correction|test|editor\w*|announcement|numbers?|definition)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:said|told|claim(?:s|ed)?|believ(?:es?|ed)|suspect(?:s|ed)?|understanding|opinion|view|"
    r"argu(?:es?|ed)|accus(?:es?|ed)|alleg\w+|allegedly|reportedly|thinks?|expects?|expected|wrote|"
    r"warn(?:s|ed)?|predict(?:s|ed)?|rumou?r\w*|by (?:his|her|its|their) account|reckon\w*|"
    r"let .{3,30} know)\b",
    re.IGNORECASE,
)
_ATTRIBUTED = re.compile(
    rf"\b{_SAYS}\b|\b(?:according to|going by|account|reckoning|view|opinion|estimate\w*|alleg\w+|"
    r"reportedly|understanding|survey|eyes|calculat\w+|charge|suspicion|accusation|claim\w*|"
    r"definition|numbers|figures|data|test|paper|report)\b",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    """it he she they we i you this that these those who which what there one and but when while
    as if because a an the some many most each both not no also its his her their own new report
    survey study table data paper estimate figure firm company companies agency president
    minister two three""".split()
)


_NOBODY_STEMS = frozenset(map(stem, _NOBODY))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who says something, as the words that name them."""

    text: str
    stems: frozenset[str]


def speakers(text: str, *, plain: bool = False) -> list[Speaker]:
    """The speakers that a text names, pronouns left out; with `plain`, by plain verbs of saying."""
    found = []
    for pattern in (_PLAIN_SUBJECT if plain else _SUBJECT, _ACCORDING, _POSSESSIVE):
        for match in pattern.finditer(text):
            who = match["who"].strip()
            if plain and _PASSIVE.search(who):
                continue
            stems = frozenset(
                part
                for part in content_stems(who)
                if part not in _NOBODY_STEMS and not part.isdigit()
            )
            if stems:
                found.append(Speaker(who, stems))
    return found


def _said_in(evidence: Evidence) -> tuple[list[Speaker], frozenset[str]]:
    """The speakers of the evidence, and the stems of all who may be one."""
    found: list[Speaker] = []
    known: set[str] = set()
    before: frozenset[str] = frozenset()
    for part in evidence.sentences:
        here = speakers(part.text)
        found += here
        known.update(*(speaker.stems for speaker in here))
        for match in _SUBJECT.finditer(part.text):
            lead = part.text[: match.end()]
            loose = bool(_LOOSE.search(match["who"]))
            if loose:  # Khan was out of office when she wrote
                known |= content_stems(lead) | before
        for match in _AFTER_COMMA.finditer(part.text):  # Wang, then the head of Scale AI, told
            known |= content_stems(part.text[: match.start()])
        before = content_stems(part.text)
    return found, frozenset(known)


def attribution_fault(sentence: Reading, evidence: Evidence) -> Fault | None:
    """A speaker of the sentence who says nothing in the evidence, where somebody else does."""
    said_by, known = _said_in(evidence)
    for speaker in speakers(sentence.text, plain=True):
        if not any(_is_named(other.text) for other in said_by) and speaker.stems <= evidence.stems:
            continue  # `the maker said so`, and the speaker is named elsewhere: they may be one
        if said_by and not speaker.stems & known and not speaker.stems & evidence.beside.known:
            return Fault(
                FaultKind.ATTRIBUTION,
                speaker.text,
                said_by[0].text,
                f"the evidence does not have {speaker.text!r} say so",
            )
        if fault := _said_by_another(speaker, sentence, evidence):
            return fault
    return None


def _is_named(who: str) -> bool:
    """Whether words for a speaker hold a name."""
    return any(word[:1].isupper() for word in who.split()[1:]) or who[1:2].isupper()


def _said_by_another(speaker: Speaker, sentence: Reading, evidence: Evidence) -> Fault | None:
    """The same said in a sentence of the evidence that has its own speaker, and not this one."""
    content = sentence.stems - speaker.stems
    shared = [len(content & part.known) for part in evidence.sentences]
    if not content or max(shared, default=0) < 0.5 * len(content):
        return None
    closest = evidence.sentences[shared.index(max(shared))]
    here = speakers(closest.text, plain=True)
    named = {item for other in here for item in other.stems}
    if not here or speaker.stems & closest.known or _LOOSE.search(closest.text):
        return None
    if not any(name.stem in named for name in closest.names):
        return None
    return Fault(
        FaultKind.ATTRIBUTION,
        speaker.text,
        here[0].text,
        f"in the evidence it is {here[0].text!r} who says so",
    )


def dropped_attribution(sentence: Reading, evidence: Evidence) -> Iterator[str]:
    """What somebody only said, in the sentence that is closest, and is now stated as a fact."""
    if _ATTRIBUTED.search(sentence.text):
        return
    index = evidence.best(sentence)
    if index >= 0:
        for match in _PERSONAL.finditer(evidence.sentences[index].text):
            yield match.group()
