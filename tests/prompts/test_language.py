"""Languages: recognising a claim's, and the bot's own words in each."""

from __future__ import annotations

import json
import re
from importlib import resources
from string import Formatter

import pytest

from prompts.audit import facts
from prompts.language import SHIPPED, language_of, name_of, nearest, phrases

OTHERS = [language for language in SHIPPED if language != "en"]


def words(language: str) -> dict[str, str]:
    file = resources.files("prompts") / "phrases" / f"{language}.json"
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_is_there_in_every_language(language: str) -> None:
    english, other = words("en"), words(language)
    assert list(other) == list(english), "both files have the same keys in the same order"
    assert [key for key in english if fields(other[key]) != fields(english[key])] == []
    assert [key for key, text in other.items() if not text.strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_phrases_are_translated_and_marked_up_alike(language: str) -> None:
    english, other = words("en"), words(language)
    same = {key for key in english if other[key] == english[key]}
    # Forms of dates, and words that both languages share.
    assert same <= {"form.month", "privacy.server"}
    marks = re.compile(r"`[^`]*`|\*\*|https?://\S+")
    for key, text in english.items():
        assert sorted(marks.findall(text))[:1] == sorted(marks.findall(other[key]))[:1], key


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("DeepSeek cost $5.5M", "en"),
        ("Nvidia lost $589 billion in one day", "en"),
        ("DeepSeek hat nur 5,5 Millionen Dollar gekostet", "de"),
        ("Nvidia verlor an einem Tag 589 Milliarden Dollar", "de"),
        ("El gobierno gastó 5 millones de euros en el proyecto", "es"),
        ("Nvidia ne vaut pas 5 billions de dollars", "fr"),
        ("R1 beats o1", "en"),
        ("Société Générale", "en"),
        ("Das Auto", "en"),
        ("Société Générale lost 4.9 billion euros in 2008", "en"),
        ("Médecins Sans Frontières left Gaza", "en"),
        ("El País endorsed Sánchez", "en"),
        ("Turkey jailed İmamoğlu", "en"),
        ("Ursula von der Leyen resigned in 2024", "en"),
        ("Charles de Gaulle left office in 1969", "en"),
        ("Le Monde says the São Paulo metro cost 5 billion reais", "en"),
        ("Die Zeit reported the café was closed", "en"),
        ("the über driver was fired", "en"),
        ("société générale lost 4.9 billion euros in 2008", "en"),
        ("SOCIÉTÉ GÉNÉRALE LOST 4.9 BILLION EUROS", "en"),
        ("Lech Wałęsa founded Solidarność", "en"),
        ("Wisława Szymborska won Nobel Prize", "en"),
        ("Orbán lost to Magyar", "en"),
        ("Rio de Janeiro flooded", "en"),
        ("Ludwig van Beethoven was born in Bonn", "en"),
        ("The Académie française rejects anglicisms", "en"),
        ("Côte d'Ivoire produces most cocoa", "en"),
        ("crème brûlée contains raw eggs", "en"),
        ("jalapeño prices rose 40%", "en"),
        ("angela merkel said wir schaffen das", "en"),
        ("Pravda (Правда) means truth in Russian", "en"),
        ("β-carotene raises cancer risk", "en"),
        ("The Ω variant σ = 5.67e-8", "en"),
        ("Il governo italiano ha approvato la legge", "it"),
        ("El Papa murió en abril", "es"),
        ("La France a interdit les voitures diesel à Paris", "fr"),
        ("O governo brasileiro não aumentou os impostos", "pt"),
        ("Türkiye'de enflasyon yüzde 80'e ulaştı", "tr"),
        ("De regering heeft het plan niet goedgekeurd", "nl"),
        ("Der Bundestag stimmte für das Gesetz von Olaf Scholz", "de"),
        ("DIE ERDE IST FLACH", "de"),
        ("Trump wurde 2024 zum Präsidenten gewählt", "de"),
        ("L'Italia ha 59 milioni di abitanti", "it"),
        ("I vaccini causano l'autismo", "it"),
        ("La Terra è piatta", "it"),
        ("La Tierra es plana", "es"),
        ("Le Monde est racheté", "fr"),
        ("Lula ganhou as eleições", "pt"),
        ("Erdoğan seçimi kazandı", "tr"),
        ("Polska ma 38 milionów mieszkańców", "pl"),
        ("Stockholm har två miljoner invånare", "sv"),
        ("Indonesia memiliki 280 juta penduduk", "id"),
        ("Việt Nam có 100 triệu dân", "vi"),
        ("Земля плоская", "ru"),
        ("Россия вышла из договора", "ru"),
        ("深度求索的成本", "zh"),
        ("", "en"),
    ],
)
def test_a_claims_language_is_recognised(text: str, language: str) -> None:
    assert language_of(text) == language


def test_what_is_short_or_unclear_is_taken_for_english() -> None:
    rows = (resources.files("tests") / "data" / "starter_claims.dev.jsonl").read_text("utf-8")
    claims = [json.loads(line)["claim"] for line in rows.splitlines()]
    assert [claim for claim in claims if language_of(claim) != "en"] == []


def test_dates_and_numbers_are_written_as_in_the_language() -> None:
    english, german = phrases("en"), phrases("de")
    assert english.day("2024-12-27") == "27 Dec 2024"
    assert english.day("2024-12-27", long=True) == "27 December 2024"
    assert german.day("2024-12-27") == "27. Dez. 2024"
    assert german.day("2024-12", long=True) == "Dezember 2024"
    assert german.day("2024") == "2024"
    assert german.day("not a date") is None
    assert german("card.searched", count=1234) == "1.234 Quellen durchsucht"
    assert english("card.searched", count=1) == "Searched 1 source"


def test_a_language_that_is_not_there_is_answered_in_english() -> None:
    assert phrases("fr").language == "en"
    assert phrases("no such thing").language == "en"
    assert nearest("de-AT") == "de"
    assert nearest("pt-BR") == nearest(None) == "en"
    assert name_of("de") == "German"


@pytest.mark.parametrize(
    ("text", "english", "same"),
    [
        ("Nvidia verlor 589 Milliarden Dollar am 27. Januar 2025.",
         "Nvidia lost 589 billion dollars on 27 January 2025.", True),
        ("Nvidia verlor 589 Milliarden Dollar.", "Nvidia lost 589 million dollars.", False),
        ("DeepSeek V3 kostete 5,5 Mio. Dollar", "DeepSeek V3 cost $5.5M", True),
        ("1.234 Chips", "1,234 chips", True),
        ("1.235 Chips", "1,234 chips", False),
        ("perdió 589 mil millones", "lost 589 billion", True),
        ("OpenAI hat es gesagt", "DeepSeek said so", False),
    ],
)  # fmt: skip
def test_figures_are_the_same_across_languages(text: str, english: str, same: bool) -> None:
    assert (facts(text) == facts(english, english=True)) is same
