"""Sets passages and claims before a model as data: numbered, dated, and between marks.

The mark is drawn anew for every call, so nothing in a claim, a passage or a title can close it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.model import Passage, Source
from prompts.reading import read
from retrieval.model import Hit

MAX_PASSAGE_CHARACTERS = 2_500
MAX_CHARACTERS = 20_000
"""Of all passages together: about 5,000 tokens of English."""
_MAX_FIELD = 160


@dataclass(frozen=True, slots=True)
class Numbered:
    """A passage and the name that the model knows it by."""

    name: str
    passage: Passage
    shown: str
    """The part of its text that is shown, as a reader would see it."""


def number(hits: Sequence[Hit], most: int = MAX_CHARACTERS) -> list[Numbered]:
    """The passages that fit in `most` characters, best first, named P1, P2, ...

    The best is shown even where it alone does not fit.
    """
    numbered: list[Numbered] = []
    left = most
    for hit in hits:
        shown = _seen(hit.passage.text)[:MAX_PASSAGE_CHARACTERS]
        if len(shown) > left:
            if numbered:
                break
            shown = shown[:left]
        left -= len(shown)
        numbered.append(Numbered(f"P{len(numbered) + 1}", hit.passage, shown))
    return numbered


def draw_mark(token: Callable[[], str], texts: Sequence[str]) -> str:
    """A mark that none of `texts` holds."""
    mark = token()
    while any(mark in text for text in texts):
        mark += token()
    return mark


def fenced_passages(numbered: Sequence[Numbered], mark: str) -> str:
    """The passages, each between marks, with what the catalogue says of its source."""
    return "\n\n".join(
        fenced(f"passage {item.name}", f"{_about(item.passage.source)}\n{item.shown}", mark)
        for item in numbered
    )


def fenced_claim(claim: str, mark: str) -> str:
    """The claim between marks."""
    return fenced("claim", " ".join(read(claim).text.split()), mark)


def fenced(what: str, text: str, mark: str) -> str:
    """`text` between lines that carry the mark."""
    return f"[{mark} {what}]\n{text}\n[{mark} end of {what}]"


def _about(source: Source) -> str:
    said = [f"title: {_field(source.title)}"]
    said += [
        f"{name}: {_field(value)}"
        for name, value in (
            ("publisher", source.publisher),
            ("author", source.author),
            ("published", source.published or "date unknown"),
            ("kind", source.kind),
        )
        if value
    ]
    return "; ".join(said)


def _field(value: str) -> str:
    return " ".join(_seen(value).split())[:_MAX_FIELD]


@lru_cache(maxsize=2_000)
def _seen(text: str) -> str:
    """`text` as a reader would see it; the same passages come up again and again."""
    return read(text).text
