"""Words that stand in the code in English, in the language of whoever is being answered.

What moderators and visitors of the web pages read is written where it is said: `tr("Not now")`.
`later` marks words that are translated when they are shown. `words.de.json` has the German,
by the English; where one is missing, the English is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import TypeVar

from prompts.language import ENGLISH, Phrases, phrases

T = TypeVar("T")

speaking: ContextVar[str] = ContextVar("speaking", default=ENGLISH)
"""The language of whoever is being answered."""


@cache
def translations(language: str) -> Mapping[str, str | list[str]]:
    """The words of a language by the English; a pair where they are counted, keyed by the first."""
    if language == ENGLISH:
        return {}
    file = resources.files("bot") / f"words.{language}.json"
    words: dict[str, str | list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return words


def say() -> Phrases:
    """The phrases of that language."""
    return phrases(speaking.get())


def later(words: T) -> T:
    """Marks English words, or a mapping to them, for `tr` to translate when they are shown."""
    return words


def tr(text: str, /, **values: object) -> str:
    """`text` in that language, with its fields filled in."""
    said = translations(speaking.get()).get(text)
    said = said if isinstance(said, str) else text
    return said.format(**values) if values else said


def tr_count(one: str, other: str, /, count: int, **values: object) -> str:
    """`one` or `other` in that language, by `count`, which is a field of both."""
    forms = translations(speaking.get()).get(one, [one, other])
    return forms[0 if count == 1 else 1].format(count=say().number(count), **values)
