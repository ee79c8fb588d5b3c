"""Languages: which one a claim is in, and the bot's own words in each that it has.

The words are data, one JSON file a language in `prompts/phrases`, keyed alike; English is complete
by definition and stands in for a language that is not there. Quotes are never translated.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENGLISH = "en"
SHIPPED = (ENGLISH, "de")
"""What the bot's own words are there in."""

READ = (
    "en", "de", "es", "fr", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "ro", "hu", "tr",
    "ru", "uk", "el", "ar", "he", "hi", "id", "vi", "ja", "ko", "zh",
)  # fmt: skip
"""What a claim is recognised in."""

_SURE = 0.8
"""The least probability at which a text is taken to be in another language than English."""
_SURE_OF_SCRIPT = 0.7
"""The same where the letters alone say that it is not English."""
_LIKELIER = 5
"""How many times likelier than English its words must be where no little word of it tells."""

_LITTLE_WORDS = re.compile(
    r"\b(?:der|das|und|ein|eine[mnrs]?|dem|den|nicht|ist|sind|wurden?|haben?|hat|nur|auf|sich|auch|wird|werden|für|von|mit|bei|nach|"
    r"laut|im|zum|zur|als|aus|mehr|keine?|el|los|las|una|que|según|por|año|para|con|del|le|les|des|du|une|est|selon|"
    r"sont|ont|ne|pas|aux|pour|dans|avec|par|été|não|uma|dos|em|pelo|il|della|che|nel|gli|di|na|że|się|jest|w|bir|için|göre|"
    r"de|la|lo|ha|hanno|sono|dal|nella|fue|sin|sobre|foi|são|com|qui|sur|yang|karena|tanpa|dengan|"
    r"een|het|van|voor|niet|geen|heeft|wordt|zijn|har|inte|ikke|och|att|som|är|på|og|ja|ei|è|é|es|"
    r"có|là|và|của|không|dan|dari|adalah|tidak|memiliki)\b|\bl['’]\w",
    re.IGNORECASE,
)
_ENGLISH_ALONE = re.compile(
    r"\b(?:the|were|with|from|their|its|which|would|that|this|they|been|not|who|said|says)\b"
)
"""Little words that no other of the languages has."""
_LETTERS = re.compile(r"(?![\x00-\u024f\u1e00-\u1eff])[^\W\d_]")
"""Of another script than the Latin."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_PARTICLES = frozenset(
    """von van der den de del della di da dos das du des le la les los las el al bin ibn y und e et
    zu zur zum ben of the and for""".split()
)
"""Little words that stand inside names."""
_FEWEST_WORDS = 3
"""Of fewer words in Latin letters, which may all be names, nothing is told."""


def looks_foreign(text: str) -> bool:
    """Letters of another script, or little words of another language."""
    return bool(_LETTERS.search(text) or _LITTLE_WORDS.search(text))


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language that `text` is in; English where that is not clear.

    Names and borrowed words are in any language: the small words around them tell.
    """
    told = _without_names(text.lower() if text.isupper() else text)
    if len(_LETTERS.findall(told)) > len(_LATIN.findall(told)):
        language, probability = _identifier().classify(text)
        return str(language) if probability >= _SURE_OF_SCRIPT else ENGLISH
    if len(text.split()) < _FEWEST_WORDS or _ENGLISH_ALONE.search(told):
        return ENGLISH
    little = _LITTLE_WORDS.search(told)
    if not little and not _ACCENTED.search(told):
        return ENGLISH
    language, probability = _identifier().classify(text)
    if probability < _SURE:
        return ENGLISH
    return str(language) if little or _is_likelier(language, told) else ENGLISH


def _is_likelier(language: str, words: str) -> bool:
    """Whether the words are rather of that language, even without their accents.

    English keeps the accents of what it borrows.
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", words))
    likely = dict(_identifier().rank(bare))
    return bool(likely[language] > _LIKELIER * likely[ENGLISH])


def _without_names(text: str) -> str:
    """The words without those that have a capital, and little words between two of these.

    An English claim may be full of foreign names.
    """
    words = text.split()
    named = [any(letter.isupper() for letter in word) for word in words]
    after = [is_name for word, is_name in zip(words, named, strict=True) if word not in _PARTICLES]
    if named and after[1:2] != [True]:
        # It only comes first.
        named[0] = False
    kept = []
    for at, word in enumerate(words):
        inside = word.lower() in _PARTICLES and any(named[:at][-3:]) and any(named[at + 1 :][:3])
        if not named[at] and not inside:
            kept.append(word)
    return " ".join(kept)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(READ))
    return identifier


def name_of(language: str) -> str:
    """A language's name in English, for a model's prompt: `German`."""
    return Locale(language).get_display_name(ENGLISH) or language


def nearest(locale: str | None) -> str:
    """The language of a locale such as `de-AT` that the bot's words are there in."""
    code = (locale or ENGLISH).replace("_", "-").partition("-")[0].lower()
    return code if code in SHIPPED else ENGLISH


@dataclass(frozen=True)
class Phrases:
    """The bot's own words in one language."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase `key`, filled in; KeyError where there is none.

        With a `count`, the phrase is looked for as `key.one` or `key.other` first.
        """
        count = values.get("count")
        if isinstance(count, int):
            form = f"{key}.{'one' if count == 1 else 'other'}"
            key = form if form in self.texts else key
            values = values | {"count": self.number(count)}
        text = self.texts[key]
        return text.format(**values) if values else text

    def number(self, value: float) -> str:
        """1,234 or 1.234."""
        return format_decimal(value, locale=self.language)

    def day(self, iso: str | None, *, long: bool = False) -> str | None:
        """A date of any precision as people write it: 27 Dec 2024, Dez. 2024; None if it is none.

        `long` writes the month out.
        """
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", iso or "")
        if not match:
            return None
        year, month, day = match.groups()
        try:
            when = date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            return None
        if month is None:
            return year
        name = "MMMM" if long else "MMM"
        form = self.texts["form.day" if day else "form.month"].replace("MMM", name)
        return format_date(when, form, locale=self.language)


@cache
def phrases(language: str = ENGLISH) -> Phrases:
    """The words of a language; the English ones where it has none."""
    try:
        code = nearest(str(Locale.parse(language.replace("-", "_"))))
    except (UnknownLocaleError, ValueError):
        code = ENGLISH
    file = resources.files("prompts") / "phrases" / f"{code}.json"
    return Phrases(code, json.loads(file.read_text(encoding="utf-8")))
