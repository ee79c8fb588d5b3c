"""What a message asks of the bot, if anything: decided from the message alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

import discord

_POINTING = re.compile(
    r"(?:(?:please|pls|hey|hi|can you|could you|would you)\W+)*"
    r"(?:(?:fact[- ]?)?check|verify|debunk|is|was|thoughts on|what about)\W+(?:this|that|it)"
    r"(?:\W+(?:claim|message|post|one|out))?(?:\W+is)?"
    r"(?:\W+(?:true|real|right|correct|legit|accurate|so))?"
    r"(?:\W+(?:please|pls|thanks))?"
    r"|(?:is it )?(?:true|real|really|legit)|sources?|fact[- ]?check|check|verify|thoughts",
    re.IGNORECASE,
)
"""What people write to point at the message they reply to, which is no claim of its own."""

_CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
"""Text that is shown as it is typed: a mention in it reaches nobody."""


class Aim(Enum):
    """What a message that is meant for the bot wants checked."""

    TEXT = "its own text"
    REPLIED = "the message it replies to"
    NOTHING = "nothing to check in it"


@dataclass(frozen=True, slots=True)
class Question:
    """A message meant for the bot."""

    aim: Aim
    text: str = ""


def read_question(message: discord.Message, bot_id: int) -> Question | None:
    """What `message` asks; None where it is not meant for the bot.

    Meant for it are people's messages in private, and those that name it in their own text: not a
    reply that pings it, not @everyone, not a role it has.
    """
    if message.author.bot or message.webhook_id is not None:
        return None
    if message.type not in {discord.MessageType.default, discord.MessageType.reply}:
        return None
    name = rf"<@!?{bot_id}>"
    named = re.search(name, _CODE.sub("", message.content)) and not message.mention_everyone
    if message.guild is not None and not named:
        return None
    text = re.sub(name, " ", message.content).strip()
    if not text and message.guild is None:
        text = readable_text(message)
    replies = message.reference is not None and message.type is discord.MessageType.reply
    bare = not text or _POINTING.fullmatch(text.strip(" \t\n?!.,:;")) is not None
    if not bare:
        return Question(Aim.TEXT, text)
    return Question(Aim.REPLIED if replies else Aim.NOTHING)


def readable_text(message: discord.Message) -> str:
    """The text of a message as people see it: its own, forwarded, or in its first embed."""
    if message.content.strip():
        return message.content.strip()
    for snapshot in message.message_snapshots:
        if snapshot.content.strip():
            return snapshot.content.strip()
    for embed in message.embeds:
        parts = [part.strip() for part in (embed.title, embed.description) if part and part.strip()]
        if parts:
            return "\n".join(parts)
    return ""
