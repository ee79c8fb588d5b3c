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
    r"[,;:“”\"?]|\b(?:no|none|nobody|nothing|neither|nor|without|hardly|barely|only|but|although|"
    r"because|while|if|unless|until|when|where|after|before|(?:and|or)(?! (?-i:[A-Z]))|"
    r"than|anymore|longer|that|who|which|what|whether|"
    r"all|every|each|any|most|many|some|few|half|"
    r"sa(?:y|ys|id)|t(?:ell|ells|old)|wrote|claim(?:s|ed)?|th(?:ink|inks|ought)|argue[sd]?)\b",
    re.IGNORECASE,
)


_NEGATION = re.compile(r"\b(?:not|never|cannot)\b|n['’]t\b", re.IGNORECASE)
_FEWEST_WORDS = 2


def denied(claim: str) -> str | None:
    """What `claim` says is not so: `Italy did block it` of `Italy did not block it`.

    None where it is no plain denial: one clause, one negation, in its verb.
    """
    found = list(_DENIES.finditer(claim))
    negations = len(_NEGATION.findall(claim))
    if len(found) != 1 or negations != 1 or _MORE_THAN_A_DENIAL.search(claim):
        return None
    (match,) = found
    verb = match["auxiliary"] or _WHOLE.get((match["shortened"] or "").lower(), "")
    verb = "can" if match["cannot"] else verb
    words = (claim[: match.start()] + verb + claim[match.end() :]).split()
    return " ".join(words) if len(words) >= _FEWEST_WORDS else None
