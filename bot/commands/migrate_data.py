"""`receipts migrate-data`: see bot.commands.backup."""

from bot.commands.backup import migrate_data as command

__all__ = ["command"]
