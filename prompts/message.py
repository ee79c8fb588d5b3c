"""Takes a chat message out of its dress: Markdown, mentions, links, quotes, tags, JSON."""

from __future__ import annotations

import re

from prompts.clauses import is_full
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
_ADDRESS = r"(?:[^()\s]|\([^()\s]*\))*+"
"""Of a link, which may hold a pair of brackets, as Wikipedia's do."""
_MASKED_LINK = re.compile(rf"!?\[([^\[\]\n]{{0,300}})\]\({_ADDRESS}(?:\s+\"[^\"\n]*\")?\)")
_WRAPPED = (
    r"(?:<[@#:][^<>\s]{1,60}>|(?<![\w.])@[\w.\-]{2,32}(?![\w.\-])"
    rf"|\[[^\[\]\n]{{1,60}}\]\({_ADDRESS}\)"
    r"|\*{1,3}[^\s*][^*\n]{0,60}\*{1,3}|__?[^\s_][^_\n]{0,60}__?(?!\w)|~~[^~\n]{1,60}~~"
    r"|\|\|[^|\n]{1,60}\|\||`[^`\n]{1,60}`)"
)
_LEADING_RUN = re.compile(rf"^[ \t]*((?:{_WRAPPED}[ \t]*){{1,8}})(?=[A-Z0-9$€£])", re.MULTILINE)
_LABEL = (
    r"(?:click|tap|read|see|watch|full|more|here|this|source|sources|link|links|article|story|video"
    r"|photo|pic|thread|details|proof|via|the|on|now|me|it|post|tweet|report|quelle|hier|mehr)"
)
_LABEL_LINK = re.compile(
    rf"[ \t]*\(?\[{_LABEL}(?: {_LABEL}){{0,3}}[.!:]?\]\({_ADDRESS}\)\)?(?=[ \t.!]*$)",
    re.MULTILINE | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_TURNS = frozenset("no not never none only just all every most some few half ex former".split())
"""Words that change what is said after them."""

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
_JOINED = re.compile(r"(?<=[^\W_])_(?=[^\W_]|[$€£])")
_TYPED_AS_ONE = re.compile(r"(?!\S*(?:[@/]|\.[a-z]))[^\s_]+(?:_[^\s_]+){2,}", re.IGNORECASE)
"""Several_words_typed_as_one, no address and no file."""


def undress(text: str) -> Reading:
    """The words of a message, without what only dresses them; line breaks stay.

    What such dress claims of itself (a system's words, an assistant's turn) goes with it.
    """
    reading = read(text)
    if reading.text.lstrip()[:1] in {"{", "["} and _JSON_CLAIM.search(reading.text):
        reading = _only_json_claims(reading)
    if _TYPED_AS_ONE.fullmatch(reading.text.strip()):
        reading = reading.replaced(_JOINED, " ")
    reading = _without_strays(reading)
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


def _without_strays(reading: Reading) -> Reading:
    """Without links that only say where they lead, and dressed words that no sentence needs."""
    text = reading.text

    def run(match: re.Match[str]) -> Keep:
        wrapped = re.findall(_WRAPPED, match.group(1))
        words = [word for part in wrapped for word in _seen(part)]
        rest = text[match.end() : match.end() + 200].partition("\n")[0]
        several = len(wrapped) > 1 or match.group(1).startswith("[")
        plain = all(word.islower() and word not in _TURNS for word in words)
        return " " if words and several and plain and is_full(rest) else match.span()

    reading = reading.replaced(_LEADING_RUN, run)
    return reading.replaced(_LABEL_LINK, " ")


def _seen(part: str) -> list[str]:
    """The words that a reader sees of a dressed part; of a mention, none."""
    if part.startswith(("<", "@")):
        return []
    return _WORD.findall(part.partition("](")[0])


def _first_group(match: re.Match[str]) -> Keep:
    return match.span(1)


def _once(match: re.Match[str]) -> Keep:
    return match.group(1)
