"""Whether a sentence says something of the world that can be looked up, by its words alone.

A weighted count of signs: quantities, names, public matters, attributions and comparisons speak for
it; talk of oneself, to another, wishes, tastes and forecasts speak against it. English first; in
other languages the signs that cross borders (numbers, names, sentence form) decide.
The weights were set by hand and measured, not trained.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from prompts.opinions import only_judges
from prompts.verdict import SkipReason

THRESHOLD = 1.8
"""The score from which a sentence is held to be a claim."""

_WORD = re.compile(r"[^\W_]+(?:['’\-&][^\W_]+)*\+?")
_SENTENCE_CASE = re.compile(r"^[\"'(]*[A-ZÀ-ÞА-Я]")
_NOT_LATIN = re.compile(r"[\u0370-\u1fff\u2e80-\ud7ff\uf900-\ufaff]")
_ACRONYM = re.compile(r"(?<![\w'’])\$?[A-Z][A-Z&]{1,4}\d{0,3}(?:s|'s)?(?!\w)")
_INNER_CAPITAL = re.compile(r"\b[A-Z]?[a-z]+[A-Z]\w+|\b[A-Z]\w*-?\d+\b")
_SHOUTED = frozenset(
    """a all an and any are as at bad be been big but by can day did do down etc ever every fake
    fact for free from fun get go good had has have he her his hot how i if in is it its just
    know last
    like lol look low lot may me more most much my need never new no nobody none not now of off ok
    old omg on one only or our out over real right rip say see she so some sorry stop that the their
    them then they this tho time to too top true two up us very want was way we week well were what
    when who why will win with wow wrong wtf yes yet you your half five four six ten""".split()
)

_QUANTITY = re.compile(
    r"[$€£¥₹]\s?\d|\b\d+:\d\d(?::\d\d)?\b|\d[\d.,]*\s?(?:%|[kmbx]\b|percent|per ?cent|pct|mil\b"
    r"|mill?ions?|bn|bil(?:lions?)?"
    r"|tn|trillions?|thousand|hundred|times|fold|kg|tonn?es?|tons?|[gmkt]wh?\b|mj|km|miles"
    r"|met(?:re|er)s"
    r"|degrees|dollars|euros?|francs|pounds|bucks|yen|people|ppl|cases|users|jobs|workers|votes"
    r"|seats"
    r"|deaths|years|yrs|months|countries|states|cities|voters|subs|units|cars|planes|women|men|億"
    r"|亿|万|兆)"
    r"|\b(?:millions?|billions?|trillions?)\b|\b(?:half|third|quarter|fifth) (?:of|a)\b",
    re.IGNORECASE,
)
_RATIO = re.compile(
    r"\b\d+(?:/| in | of | out of |-)\d+\b|\bone in (?:two|three|four|five|six|ten)\b"
)
_YEAR = re.compile(r"(?<![\d.,$])(?:1[0-9]|20)\d\d(?![\d,]|\.\d)|\b'?\d0s\b")
_DIGIT = re.compile(r"\d")
_MONTH = re.compile(
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december"
    r"|jan|feb|aug|sept?|oct|nov|dec|last (?:year|month|week|night|quarter)|yesterday|since)\b"
)
_PLAN = re.compile(
    r"\b(?:will|to) be \w+(?:ed|en|ung|aid|old|ilt|ut)\b|\bto \w+ (?:down|by|in|from)\b"
)
_COPULA_CLAIM = re.compile(r"\b\w+ed\b|\b(?:is|are|was|were)(?:n't| not)?\b")

_DECIDED = (
    r"be \w+(?:ed|en|aid|old|ilt|ut)|ban|build|invest|close|open|cut|raise|require|launch|pay"
    r"|spend|buy|sell"
    r"|acquire|stop|start|end|introduce|impose|lift|hire|leave|join|resign|release|cost|drop"
    r"|replace|move"
)
"""What people and offices announce that they will do: a plan, which can be looked up."""

_PREDICTION = re.compile(
    rf"\b(?:will|won't|gonna|going to|gon)\b(?! (?:{_DECIDED})\b)|\b\w+'ll\b"
    r"|\bmark my words|\bcalling it|\bscreenshot this|\bi (?:predict|bet)\b|\bsomeday\b"
    r"|\bone day\b.*\bwill\b"
    r"|\bby 20[3-9]\d\b.*\b(?:watch|eat)\b|\b(?:to|by) \$?\d+k? by 20\d\d|\bor i eat\b"
    r"|\bby next \w+\b.*\btrust me",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"^(?:if|imagine|suppose|say|what if|once upon|picture this|plot twist|in my (?:book|story"
    r"|novel))\b"
    r"|\bwould (?:you|still|rather)\b|\bif (?:i|we|you)\b|\b(?:a|my) (?:story|novel|dream"
    r"|fanfic) (?:where|in which|about)\b"
    r"|\bhypothetically\b|\bi'd (?:rather|buy|be)\b",
    re.IGNORECASE,
)
_NOT_SERIOUS = re.compile(
    r"walks? into a bar|knock knock|kinds of people|\balso me\b|^me:|fight me|cross the road"
    r"|doesn't exist"
    r"|^(?:oh |yeah |right |yes |sure )+(?:sure|right|right,|because|and)\b"
    r"|\bsource(?:s)? \((?:me|trust me)|🙄|🤡|/s\b"
    r"|\buntil i\b|\bif you're\b|\bi eat my hat\b|\bwho dis\b|\bsend help\b",
    re.IGNORECASE,
)
_JOKE_OPENS = re.compile(r"walks? into a bar|\bknock knock\b", re.IGNORECASE)
_REQUEST = re.compile(
    r"^(?:please|pls|plz|can (?:we|you|someone|anyone|i)|could (?:we|you)|let'?s|vote|read|join"
    r"|send|"
    r"dm|stop|don'?t|do not|check out|look|come|go|give|tell|watch|click|share|use|try"
    r"|remember to|"
    r"looking for|selling|lost|need|anyone|does any|someone)\b|\b(?:pls|plz) (?:dm|read|stop"
    r"|help)\b|\bdm me\b",
    re.IGNORECASE,
)
_JUDGEMENT = re.compile(
    r"\b(?:is|are|was|were|'s|'re|so|too|pretty|kinda|really)(?: (?:so|too|very|such|a|an|the"
    r"|pretty|really|just|always))*"
    r" (?:right|wrong|good|bad|fine|best|worst|great|joke|dead|broken|mid|insane|crazy|wild|nice"
    r"|fun|cute|cool|lovely"
    r"|beautiful|ugly|stupid|dumb|boring|awful|amazing|awesome|terrible|perfect|evil|sad|weird"
    r"|gross|better|crime"
    r"|immaculate|liars|hell)\b(?! (?:than|for|at|with|by|in)\b)"
    r"|\bfeel(?:s)? like\b|\bi (?:love|hate|miss|like|prefer|want|wish)\b|^\W*(?:love"
    r"|hate) how\b|\w+ (?:>|<|>>) \w+|[a-z]+ vs\.? [a-z]+",
    re.IGNORECASE,
)
_OWN_DAY = re.compile(
    r"i(?:'m|'ve|'d)?\b|(?:had|got|took me|was at|been|just (?:got|had|finished)|my)\b"
)
_CJK_COUNTED = re.compile(r"[超最]|第一|[亿億万兆]|%|\d年|首次|初めて|\d[\d.,]*\d")
_POINTING = re.compile(
    r"^(?:that|this|these|those|it|it's|its|that's|thats|they|they're|he|he's|she|she's|there's"
    r"|same|so)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"[\"'(]*[A-ZÀ-ÞА-Я][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){0,3} (?:has |had )?"
    r"(?:said|says|told|wrote|writes|believe[sd]|thinks|thought|wants|wanted|call(?:s|ed)|argue[sd]|predict(?:s|ed)|claim(?:s|ed)|"
    r"warn(?:s|ed)|expect(?:s|ed)|promise[sd]|denie[sd]|admit(?:s|ted))\b"
)
"""What somebody with a name said can be looked up, whatever it was."""
_WHEN_CLAUSE = re.compile(
    r"\W*when (?!(?:is|are|was|were|do|does|did|will|can)\b)[^,?]+, \w+ \w+", re.IGNORECASE
)
"""When the war ended, prices fell."""
_QUESTION = re.compile(
    r"^(?:(?:so|and|but|ok|wait|hey|yo|guys|also|lol)[, ]+)*(?:who|who's|whos|who've|what|what's"
    r"|whats|when|where|why|how|"
    r"which|whose|is|are|was|were|am|do|does|did|can|could|should|would|will|has|have|had|may"
    r"|any|"
    r"anyone|anybody|isn't|aren't|don't|doesn't|didn't|wie|was|warum|wann|quand|pourquoi|comment|"
    r"qui|cómo|qué|quién|cuándo|alguien|come|perché|как|что|кто|почему)\b",
    re.IGNORECASE,
)


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """The word lists of `worth.json`, by name."""
    lists = json.loads((resources.files("prompts") / "worth.json").read_text(encoding="utf-8"))
    return {name: frozenset(" ".join(lines).split()) for name, lines in lists.items()}


def judge(sentence: str) -> SkipReason | None:
    """Why a sentence is not worth checking; None where it is a claim."""
    if _asks(sentence):
        return "question"
    if only_judges(sentence, _words()["topics"]):
        return "opinion"
    signs = weigh(sentence)
    if round(sum(signs.values()), 6) >= THRESHOLD:
        return None
    reason, weight = min(signs.items(), key=lambda sign: sign[1], default=("no_claim", 0.0))
    match reason:
        case "prediction" | "opinion":
            return reason if weight < 0 else "no_claim"
        case "pointing" | "short":
            return "vague"
        case _:
            return "no_claim"


def is_joke(sentence: str) -> bool:
    """Whether a sentence is not meant: a joke's opening, a rolled eye at its end."""
    return bool(_NOT_SERIOUS.search(sentence))


def opens_joke(sentence: str) -> bool:
    """Whether what follows is the rest of a joke."""
    return bool(_JOKE_OPENS.search(sentence))


def _asks(sentence: str) -> bool:
    """Whether it is a question rather than a statement with a question mark."""
    opens = _QUESTION.match(sentence.strip("\"' "))
    if opens and opens.group().isupper() and not sentence.isupper():
        opens = None  # WHO, the organisation
    if sentence.rstrip("\"')* ").endswith(("?", "？")):
        return bool(opens) or len(sentence.split()) < 4
    if _WHEN_CLAUSE.match(sentence):
        return False
    return bool(opens) and bool(re.match(r"\W*(?:why|how|what|who|which|when)\b", sentence, re.I))


def weigh(sentence: str) -> dict[str, float]:
    """The signs found and their weights: above zero for a claim, below against it."""
    lists = _words()
    low = sentence.lower().replace("’", "'")
    tokens = [token.removesuffix("'s") for token in _WORD.findall(low)]
    held = set(tokens)
    signs: dict[str, float] = {}

    def sign(name: str, weight: float, present: object) -> None:
        if present:
            signs[name] = weight

    def count(name: str) -> int:
        return len(held & lists[name])

    sign("quantity", 1.6, _QUANTITY.search(low) or _RATIO.search(low))
    sign("digit", 0.6, _DIGIT.search(low))
    sign("when", 0.7, _YEAR.search(low) or _MONTH.search(low))
    sign("names", 0.9 + 0.3 * min(2, _names(sentence, tokens)), _names(sentence, tokens))
    sign("topic", 0.7 + 0.3 * min(3, count("topics")), count("topics"))
    sign("event", 0.6, count("events"))
    sign("attribution", 0.6, count("attribution"))
    sign("reported", 1.2, _REPORTED.match(sentence))
    sign("comparison", 0.6, count("comparisons"))
    sign("statement", 0.5, count("copulas") or _COPULA_CLAIM.search(low))
    sign("plan", 0.5, _PLAN.search(low))
    sign("form", 0.8, len(tokens) >= 3 and _SENTENCE_CASE.match(sentence))
    sign("foreign", 0.6, _NOT_LATIN.search(sentence) and len(sentence) > 12)
    sign("counted", 0.6, _NOT_LATIN.search(sentence) and _CJK_COUNTED.search(sentence))

    sign(
        "self", -2.4 if _OWN_DAY.match(low) else -1.6, count("first_person") or _OWN_DAY.match(low)
    )
    sign("us", -0.8, count("first_plural"))
    sign("you", -0.9, count("second_person"))
    sign("small_talk", -1.0 - 0.4 * min(3, count("small_talk")), count("small_talk"))
    sign("opinion", -0.5 - 0.4 * min(3, count("opinion")), count("opinion"))
    if count("strong_opinion") or _JUDGEMENT.search(low):
        signs["opinion"] = signs.get("opinion", 0.0) - 1.8
    sign("prediction", -3.4, _PREDICTION.search(low) and not _announced(held, lists))
    sign("hypothetical", -3.0, _HYPOTHETICAL.search(low))
    sign("joke", -3.0, _NOT_SERIOUS.search(low))
    sign("request", -2.0, _REQUEST.search(low))
    sign("pointing", -0.9, _POINTING.match(low))
    sign("short", -1.0, len(tokens) < 3 and not _NOT_LATIN.search(sentence))
    sign("plain", 0.5, len(tokens) >= 4 and "statement" in signs and min(signs.values()) > 0)
    return signs


def _announced(held: set[str], lists: Mapping[str, frozenset[str]]) -> bool:
    """Whether a sentence on the future gives somebody's word, which can be looked up."""
    return bool(
        held & (lists["attribution"] - {"say", "sources", "source"}) | held & {"plans", "plan"}
    )


def _names(sentence: str, tokens: list[str]) -> int:
    """How many words look like somebody's or something's name."""
    known = len(set(tokens) & _words()["names"])
    shouting = sum(c.isupper() for c in sentence) > 0.5 * max(1, sum(c.isalpha() for c in sentence))
    if shouting:
        return known
    shaped = len(_INNER_CAPITAL.findall(sentence))
    shaped += sum(
        match.group().lower().strip("$") not in _SHOUTED for match in _ACRONYM.finditer(sentence)
    )
    middle = re.findall(r"(?<=[\w,;:)] )[A-ZÀ-ÞА-Я][\w'’\-]*[a-zà-ÿа-я][\w'’\-]*", sentence)
    return (
        known
        + shaped
        + len([word for word in middle if word not in {"I'm", "I've", "I'd", "I'll"}])
    )
