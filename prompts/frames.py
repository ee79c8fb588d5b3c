"""What frames a claim without being part of it: openings, asides, quotation marks."""

from __future__ import annotations

import re

Span = tuple[int, int]

_LEAD = re.compile(
    r"""(?:[^\w$€£¥+.-]|[.-](?!\d))+(?=[\w$€£¥+]) | \(?\d{1,2}[.)]\s+(?=[^\W\d]) | (?:
    (?-i:SUPPORTED|REFUTED|MISLEADING|TRUE|FALSE)\s+(?=\w)
    |    (?:lol|lmao|lmfao|rofl|ngl|tbh|fyi|btw|wait|whoa|wow|omg|wtf|ok(?:ay)?|so|yeah|yep|yes
    |no(?=\W*[,;:.!?–—-]|\ (?:it|that|the|they|he|she|this|we|there)\b)|nah|nope|guys|y'all
    |bro|dude|well|and|but|also|apparently|seriously|literally|actually|honestly|hey|hi|hello
    |mdr|ptdr|ugh|damn
    |(?:right[ ,]+){2}|remember(?=\ when)|psa|til|rt|headline|source|breaking(?:\ news)?
    |just\ in|update|correction
    |reminder(?:\ that)?|fun\ fact|fact|mod\ note|pov|reportedly)(?!\w)[\s,:;.!?–—-]*
    | (?:please\ |pls\ |plz\ )?(?:check|verify|confirm|debunk)(?:\ (?:this|that|if|whether
    |it))?(?:\ (?:pls|plz|please))?(?!\w)[\s,:]+
    | (?:can|could)\ (?:someone|somebody|anyone|anybody|you|u|we)\ (?:please\ |pls\ )?(?:confirm
    |verify|check|debunk|fact[ -]?check)
        (?:\ (?:this|that|if|whether|me\ on\ this))*(?!\w)[\s,:]*
    | (?:is\ it|isn't\ it|is\ that|is\ this)\ (?:really\ |actually\ )?(?:true|correct|right|real
    |legit)(?:\ that|\ (?=\w)|[,:]\s*)
    | (?:did|do)\ (?:you|u|y'all)\ (?:guys\ )?know(?:\ that)?\s
    | (?:unpopular|hot|controversial)\ (?:opinion|take)(?:\ but|,|:)\s+
    | (?:i|someone|somebody|we)(?:'ve)?\ (?:just\ |also\ )?(?:read|heard|saw
    |seen)(?:\ (?:somewhere|on\ \w+|in\ \w+|today))*\ (?:that\ )?(?!and|or)
    | just\ (?:saw|read|heard)\ (?:that\ )?
    | (?:i\ (?:think|believe|guess|know|swear)|i'm\ (?:pretty\ )?sure
    |my\ (?:\w+\ )?(?:\w+)\ (?:keeps\ saying|said|says|told\ me|claims|thinks|believes
    |swears))(?:\ that)?\s
    | (?:people|everyone|everybody|they|some)\ (?:keep\ saying|say|claim|told\ us
    |are\ saying)(?:\ that)?\s
    | (?:everyone|everybody)\ (?:in\ this\ server\ )?(?:already\ )?agrees?d?\s
      (?:\([^()]*\)\ )?that\s
    | (?:ist\ es\ wahr|stimmt\ es),?\ dass\s|(?:c'est|est-ce)\ vrai\ que\s|est-ce\ que\s
    |es\ (?:verdad|cierto)\ que\s
    | è\ vero\ che\s|é\ verdade\ que\s|правда\ ли,?\ что\s|(?:is|was)\ (?:the
    |this)\ claim\ that\s|the\ claim\ that\s
    | dicen\ que\s|on\ dit\ que\s|man\ sagt,?\ (?:dass\s)?
    |nobody\ is\ talking\ about\ this\ but\s
    |idk\ why\ everyone\ is\ \w+\ \w+\ about\ [^,]{2,30},\s
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_TRAIL = re.compile(
    r"""(?<!\w)(?:lol|lmao|lmfao|tho|though|smh|btw|fyi|imo|tbh|apparently|trust\ me
    |(?<=[,;:–—-]\ )(?:confirmed|right|correct|true)|no\ cap|fr
    |(?:is|isn't)\ (?:this|that|it)\ (?:true|right|correct|real|legit)|(?:true
    |fact)\ or\ (?:false|fiction|not|fake)
    |never\ forget|do\ your\ own\ research|make\ it\ make\ sense|look\ it\ up
    |which\ is\ (?:\w+\ )?\w+|not\ gonna\ lie
    |my\ \w+\ told\ me|can\ (?:someone|anyone)\ (?:confirm|verify|check)(?:\ this|\ that)?
    |prove\ me\ wrong|change\ my\ mind
    )\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_IS_TRUE = re.compile(
    r"\W*(?:is|was)\s+(?!it\b|this\b|that\b)(\S.{6,}?)\s+(?:true|real|correct|legit|fake"
    r"|accurate)\W*\Z",
    re.IGNORECASE | re.DOTALL,
)
_ASIDE = re.compile(
    r"(?:(?:hey|ok|pls|please|so)[ ,]+)*(?:(?:is|isn't) (?:this|that|it) (?:really "
    r"|actually )?(?:true|real|right|correct|legit)"
    r"|(?:true|fact) or (?:false|fiction|fake|not)|(?:can|could) (?:some(?:one|body)|any(?:one"
    r"|body)|you|u) (?:please |pls )?"
    r"(?:check|verify|confirm|fact[ -]?check|debunk)(?: (?:this|that|it))?(?: (?:please|pls))?"
    r"|thoughts|any truth to (?:this|that|it)"
    r"|(?:fact[ -]?check|check|verify|debunk)(?: (?:this|that|it))?(?: (?:please|pls))?|sources?"
    r"|claim|true|really|stimmt das|c'est vrai|es verdad)",
    re.IGNORECASE,
)
"""Words about a claim beside it, which are no part of the text to report on."""

_OPEN_BRACKET = re.compile(r"\s*[(\[][^()\[\]]{0,20}\Z")
_LONGEST_TRAIL = 60
_ENDINGS = frozenset("%)]+°²³€$£¥+")
_FRAME = re.compile(
    r"\b(?:this|that|it|saw|seen|true|check|verify|confirm|posted|shared|headline|facebook"
    r"|twitter|tiktok|reddit"
    r"|real|fake|legit|says here|someone)\b",
    re.IGNORECASE,
)
_QUOTATION = re.compile(
    r"\"[^\"\n]+\"|[“„«][^“”„«»\n]+[”“»]"
    # A single mark between letters is an apostrophe.
    r"|(?<!\w)['‘](?:[^'‘’\n]|(?<=\w)['’](?=\w))+['’](?!\w)"
)
_WORD = re.compile(r"\w")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»\n]{12,})[\"”“»]")


def bare(text: str, span: Span) -> Span:
    """The span of the claim inside what frames it in `text[start:end]`."""
    start, end = span
    for match in _QUOTED.finditer(text, start, end):
        around = text[start : match.start()] + " " + text[match.end() : end]
        rest = " ".join(around.split()).strip(" .,:;!?-")
        quoted = match.group(1)
        framed = not rest or (_FRAME.search(rest) and len(rest) < max(60, len(quoted)))
        if framed and len(quoted.split()) >= 3 and not _says(rest):
            start, end = match.span(1)
            break
    if asked := _IS_TRUE.match(text, start, end):
        start, end = asked.span(1)
    while (lead := _LEAD.match(text, start, end)) and lead.end() < end:
        start = lead.end()
    return _with_both_marks(text, span, (start, _end_of_claim(text, start, end)))


def _with_both_marks(text: str, span: Span, claim: Span) -> Span:
    """The claim with both marks of a quotation that begins it or ends it, if it has one of them."""
    start, end = claim
    for match in _QUOTATION.finditer(text, *span):
        opens, closes = match.span()
        if opens + 1 == start and closes <= end:
            start = opens
        elif start <= opens < end < closes and not _WORD.search(text, end, closes):
            end = closes
    return start, end


def _end_of_claim(text: str, start: int, end: int) -> int:
    """Where the claim ends: before closing marks, emoji, and asides such as "do your own research".

    Unlike a full stop, what belongs to a number or closes a bracket stays.
    """
    while end > start + 1:
        last = text[end - 1]
        if not (last.isalnum() or last in _ENDINGS) or (last == ")" and "(" not in text[start:end]):
            end -= 1
        elif trail := (
            _TRAIL.search(text, max(start, end - _LONGEST_TRAIL), end)
            or _OPEN_BRACKET.search(text, max(start, end - _LONGEST_TRAIL), end)
        ):
            end = max(trail.start(), start + 1)
        else:
            break
    return end


def _says(words: str) -> bool:
    """Whether the words around a quote say whose it is, which then is part of the claim."""
    return bool(
        re.search(r"\b(?:said|says|told|called|wrote|tweeted|stated|claim(?:s|ed))\b", words)
    )


def is_aside(words: str) -> bool:
    """Whether words only ask about a claim beside them: "is this true"."""
    return bool(_ASIDE.fullmatch(words))
