"""Takes a chat message out of its dress: Markdown, mentions, links, quotes, tags, JSON."""

from __future__ import annotations

import re

from prompts.reading import Keep, Reading, read

_FENCED = re.compile(r"```[^\n`]*\n.*?(?:```|\Z)", re.DOTALL)
_SPOKEN_BY_THE_MACHINE = re.compile(
    r"<\s*(system|instructions?|assistant|developer|tool)\b[^>\n]*>.*?<\s*/\s*\1\s*>"
    r"|<<\s*SYS\s*>>.*?<<\s*/\s*SYS\s*>>"
    r"|<\|(?:im_start|start_header_id)\|>\s*(?:system|assistant)\b.*?<\|(?:im_end|eot_id)\|>"
    r"|(?m:^[ \t]*(?:assistant|system|developer)[ \t]*:[^\n]*$)",
    re.IGNORECASE | re.DOTALL,
)
_ROLE = re.compile(
    r"^[ \t]*(?:human|user|claim(?:ant)?)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE
)
_TAG = re.compile(
    r"<\|?/?\s*[a-zA-Z_][^<>\n]{0,200}>|\[/?[A-Z]{3,12}\]|<</?\s*[A-Z]{2,8}\s*>>|<!--.*?-->",
    re.DOTALL,
)
_ENTITY = re.compile(r"<(?:@[!&]?|#|a?:\w{1,32}:|t:|/[\w\- ]{1,64}:|id:)[\w:\-]*>")
_MASKED_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]*(?:\s+\"[^\"\n]*\")?\)")
_LINK = re.compile(r"<?\b[a-z][a-z0-9+.\-]{1,15}://[^\s<>]+>?|\bwww\.[^\s<>]+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w.])@(?:everyone|here)\b|(?<![\w.])@[\w.\-]{2,32}", re.IGNORECASE)
_JSON_CLAIM = re.compile(
    r"\"(?:claim|text|statement|content|message|query)\"\s*:\s*\"((?:[^\"\\\n]|\\.){3,500})\""
)
_JSON = re.compile(r"\{\s*\"[^{}]*\}")
_REFERENCE = re.compile(r"\[\d{1,3}\](?:\[\d{1,3}\])*")
_LINE_START = re.compile(r"^[ \t]*(?:-#|#{1,3}|[-*+•]|>{1,3})[ \t]+", re.MULTILINE)
_MARKS = re.compile(
    r"\|\||~~|`+|(?<![\w*])\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?![\w*])|(?<!\w)_{1,3}(?=\S)"
    r"|(?<=\S)_{1,3}(?!\w)|\\(?=[*_~|`>@#\[\]()])"
)
_REPEATED = re.compile(r"([!-/:-@\[-`{-~])\1{3,}")
_BLANKS = re.compile(r"[ \t]{2,}")


def undress(text: str) -> Reading:
    """The words of a message, without what only dresses them; line breaks stay.

    What such dress claims of itself (a system's words, an assistant's turn) goes with it.
    """
    reading = read(text)
    if reading.text.lstrip()[:1] in {"{", "["} and _JSON_CLAIM.search(reading.text):
        reading = _only_json_claims(reading)
    for pattern, replacement in (
        (_ENTITY, " "),
        (_FENCED, "\n"),
        (_SPOKEN_BY_THE_MACHINE, "\n"),
        (_ROLE, ""),
        (_MASKED_LINK, _first_group),
        (_LINK, " "),
        (_MENTION, " "),
        (_TAG, " "),
        (_JSON, " "),
        (_REFERENCE, " "),
        (_LINE_START, ""),
        (_MARKS, ""),
        (_REPEATED, _once),
        (_BLANKS, " "),
    ):
        reading = reading.replaced(pattern, replacement)
    return reading


def _only_json_claims(reading: Reading) -> Reading:
    """The values that JSON gives as a claim or a text, each on its own line."""
    everything = re.compile(rf".*?(?:{_JSON_CLAIM.pattern}|\Z)", re.DOTALL)

    def value(match: re.Match[str]) -> Keep:
        return match.span(1) if match.group(1) else "\n"

    return reading.replaced(everything, value)


def _first_group(match: re.Match[str]) -> Keep:
    return match.span(1)


def _once(match: re.Match[str]) -> Keep:
    return match.group(1)
