"""Claims that deny something: what it is that they deny.

The stance model at times reads over a `not`. So a claim that is a plain denial is held against the
evidence a second time as what it denies, where the answer is the opposite one.
"""

from __future__ import annotations

import re

_DENIES = re.compile(
    r"\b(?P<auxiliary>is|are|was|were|do|does|did|has|have|had|will|would|can|could)"
    r"(?: not|n['’]t| never)\b(?! (?:always|even|just|yet)\b)"
    r"|\b(?P<shortened>wo|ca)n['’]t\b|\b(?P<cannot>cannot)\b|\bnever\b ?",
    re.IGNORECASE,
)
_WHOLE = {"wo": "will", "ca": "can"}
_MORE_THAN_A_DENIAL = re.compile(
    r"[,;:“”\"?()&—]|\s[–/-]\s|[a-z]{2}[.!]\s|"
    r"\b(?:no|none|nobody|nothing|neither|nor|without|hardly|barely|only|and|or|plus|but|although|"
    r"though|despite|whereas|because|while|if|unless|until|since|once|during|upon|so|yet|than|"
    r"as(?! an? )|after|before|when(?:ever)?|where(?:ver)?|why|how|longer|that|who|whose|which|"
    r"what|whether|all|every|each|any\w*|either|ever|most|many|some|few|half|"
    r"sa(?:y|ys|id)|t(?:ell|ells|old)|wrote|claim(?:s|ed)?|th(?:ink|inks|ought)|argue[sd]?)\b",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w.'’-]*"
_TWO_NAMES = re.compile(rf"{_NAME}(?: {_NAME})* (?:and|&) {_NAME}(?: {_NAME})*")
_NEGATION = re.compile(r"\b(?:not|never|cannot)\b|n['’]t\b", re.IGNORECASE)


def denied(claim: str) -> str | None:
    """What `claim` says is not so: `Italy did block it` of `Italy did not block it`.

    None where it is no plain denial: one clause, one negation, in its verb.
    """
    found = list(_DENIES.finditer(claim))
    if len(found) != 1 or len(_NEGATION.findall(claim)) != 1:
        return None
    (match,) = found
    subject, rest = claim[: match.start()].strip(), claim[match.end() :].strip()
    if not re.search(r"\w", subject) or not re.search(r"\w", rest):
        return None
    told = rest if _TWO_NAMES.fullmatch(subject) else f"{subject} {rest}"
    if _MORE_THAN_A_DENIAL.search(told):
        return None
    verb = match["auxiliary"] or _WHOLE.get((match["shortened"] or "").lower(), "")
    verb = "can" if match["cannot"] else verb
    return " ".join(f"{subject} {verb} {rest}".split())
