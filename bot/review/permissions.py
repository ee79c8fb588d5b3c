"""Who may do what, whatever Discord shows them."""

from __future__ import annotations

from enum import StrEnum

from bot.review.settings import GuildSettings
from bot.review.values import Actor, Refused
from bot.translated import later


class Action(StrEnum):
    """What can be tried."""

    FLAG = "flag"
    APPEAL = "appeal"
    PRIVACY = "privacy"
    REVIEW = "review"
    MUTE = "mute"
    EXPORT = "export"
    SETTINGS = "settings"


_OPEN_TO_ALL = frozenset({Action.FLAG, Action.APPEAL, Action.PRIVACY})
_MANAGERS = frozenset({Action.SETTINGS, Action.EXPORT})


def refusal(actor: Actor, settings: GuildSettings, guild_id: str, action: Action) -> Refused | None:
    """Why `actor` may not do this in that server; None where it is allowed."""
    if actor.guild_id != guild_id:
        return Refused("permission", "This belongs to another server.")
    missing = None if action in _OPEN_TO_ALL else _missing(actor, settings, action)
    return None if missing is None else Refused("permission", missing)


def _missing(actor: Actor, settings: GuildSettings, action: Action) -> str | None:
    """What the actor lacks for what is not open to all."""
    if actor.is_bot:
        return None if settings.auto_correct else later("Only a moderator decides this.")
    if actor.manage_guild:
        return None
    if action in _MANAGERS:
        return later("This needs the Manage Server permission.")
    if settings.review_role is not None:
        allowed = settings.review_role in actor.roles
        return None if allowed else later("Only members with the review role can do this.")
    return None if actor.manage_messages else later("This needs the Manage Messages permission.")
