"""Who acts, as Discord vouches for it with every interaction."""

from __future__ import annotations

from typing import Any

import discord

from bot.review.tables import PRIVATE
from bot.review.values import Actor


def home_of(interaction: discord.Interaction[Any]) -> str:
    """The server an interaction comes from, or what stands for private chats."""
    return PRIVATE if interaction.guild_id is None else str(interaction.guild_id)


def actor_of(interaction: discord.Interaction[Any]) -> Actor:
    """The one who acts, with the permissions and roles they have at this moment."""
    home = home_of(interaction)
    if home == PRIVATE:
        return Actor(str(interaction.user.id), home)
    return _actor(interaction.user, home, interaction.permissions)


def actor_of_member(member: discord.Member) -> Actor:
    """A member whom somebody has chosen in a form."""
    permissions = member.resolved_permissions or member.guild_permissions
    return _actor(member, str(member.guild.id), permissions)


def _actor(
    user: discord.User | discord.Member, home: str, permissions: discord.Permissions
) -> Actor:
    # A member's roles are asked for by id: which of them the cache knows does not matter.
    roles = user._roles if isinstance(user, discord.Member) else ()
    return Actor(
        user_id=str(user.id),
        guild_id=home,
        roles=frozenset(str(role) for role in roles),
        manage_messages=permissions.manage_messages,
        manage_guild=permissions.manage_guild,
    )
