"""`receipts restore`: see bot.commands.backup."""

from bot.commands.backup import restore as command

__all__ = ["command"]
