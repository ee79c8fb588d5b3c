"""Commands as people read them in their own language: descriptions, menus, choices.

Names of slash commands and their options stay English, as documentation and the bot's own words
give them. The words are data: `commands.LANGUAGE.json`, from the English to its translation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

import discord
from discord import app_commands

from prompts.language import ENGLISH, nearest

_KEPT = frozenset(
    {
        app_commands.TranslationContextLocation.command_name,
        app_commands.TranslationContextLocation.group_name,
        app_commands.TranslationContextLocation.parameter_name,
    }
)


@cache
def command_words(language: str) -> Mapping[str, str]:
    """The translations into a language that the bot has."""
    file = resources.files("bot") / "discord" / f"commands.{language}.json"
    words: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return words


class CommandTranslator(app_commands.Translator):
    """Gives Discord the commands in every language that the bot has."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The words in that language; None where they stay as they are."""
        language = nearest(locale.value)
        if language == ENGLISH or not is_translated(context):
            return None
        return command_words(language).get(string.message)


def is_translated(context: app_commands.TranslationContextTypes) -> bool:
    """Whether words in that place are translated: a menu's name is, a slash command's is not."""
    if isinstance(context.data, app_commands.ContextMenu):
        return True
    return context.location not in _KEPT
