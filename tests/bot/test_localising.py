"""Commands, cards and errors in German."""

from __future__ import annotations

import re
from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot.app import create_app
from bot.budget import Budget, SpentError
from bot.discord import words
from bot.discord.cards import card, nothing_checked
from bot.discord.client import EXTENSIONS, create_bot
from bot.discord.localising import CommandTranslator, command_words, is_translated
from bot.settings import load_settings
from prompts.language import SHIPPED, phrases
from prompts.verdict import Skipped
from tests.bot.values import verdict

ROOT = Path(__file__).parents[2]


class Listening(app_commands.Translator):
    """Notes what would be translated."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    async def translate(
        self,
        string: app_commands.locale_str,
        _locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        if is_translated(context):
            self.heard.add(string.message)
        return None


@pytest.mark.parametrize("language", [code for code in SHIPPED if code != "en"])
async def test_every_command_is_translated(tmp_path: Path, language: str) -> None:
    listening = Listening()
    app = create_app(load_settings(home=tmp_path, engine="local"), starter=False)
    async with app:
        bot = create_bot(app)
        for extension in EXTENSIONS:
            await bot.load_extension(extension)
        for command in bot.tree.get_commands():
            await command.get_translated_payload(bot.tree, listening)
            told = await command.get_translated_payload(bot.tree, CommandTranslator())
            if told.get("description"):
                assert "de" in told["description_localizations"]
        bot.desk.close()
    translated = command_words(language)
    missing = sorted(listening.heard - translated.keys())
    assert missing == [], f"add these to bot/discord/commands.{language}.json"
    assert sorted(translated.keys() - listening.heard) == [], "these are of no command any more"
    assert [text for text in translated.values() if not 1 <= len(text) <= 100] == []


def test_every_word_that_the_code_says_is_there() -> None:
    said: set[str] = set()
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "prompts").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        said |= set(re.findall(r"\bwords\.([A-Z][A-Z_]+)\b", text))
        said |= set(
            re.findall(r"\b(?:say|told|phrases\(\)|words\.say\(\))\(\s*\"([\w. ]+)\"", text)
        )
    said -= {"MENU", "FLAG_MENU", "LONGEST_TEXT"}
    known = phrases("en").texts
    assert [key for key in sorted(said) if key not in known and f"{key}.other" not in known] == []


def test_a_card_is_in_its_verdicts_language() -> None:
    german = card(verdict(language="de", note=None))
    told = str(german.to_dict())
    for words_of in ("Was die Quellen sagen", "Quellen", "Wie sicher", "durchsucht", "Stand"):
        assert words_of in told
    for english in ("What the sources say", "Confidence", "Searched", "as of"):
        assert english not in told


def test_what_was_not_checked_is_told_in_the_language() -> None:
    embed = nothing_checked([Skipped(text="Schön hier", reason="opinion")], "de", "Schön hier")
    assert embed.title == "Hier gibt es nichts zu prüfen"
    assert "eine Meinung" in str(embed.description)
    assert "Aus dem Bild gelesen: „Schön hier“" in str(embed.description)


def test_errors_are_told_in_the_language_of_the_person() -> None:
    token = words.speaking.set("de")
    try:
        assert words.BUSY.startswith("Es laufen zu viele")
        assert "Behauptung prüfen" in words.HOW_TO
        assert words.failed(TimeoutError(), "ab12").endswith("Fehler ab12.")
        spent = SpentError(Budget("server", "day", "tokens", 100))
        assert words.failed(spent, "ab12").startswith("Das Budget dieses Servers für heute")
        assert words.slow_down(3, 600, 61) == (
            "Ich prüfe für jede Person höchstens 3-mal in 10 Minuten. "
            "Bitte frag in 61 Sekunden noch einmal."
        )
    finally:
        words.speaking.reset(token)
    assert words.BUSY.startswith("I have too many")
