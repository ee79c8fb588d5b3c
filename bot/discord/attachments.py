"""Pictures in messages: which of them is to be checked, and fetching it from Discord alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import discord

from bot.screenshots import MOST_BYTES, PictureError

HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
"""Discord's own; nothing is fetched from anywhere else."""
_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")


def picture_of(message: discord.Message) -> discord.Attachment | None:
    """The first picture of a message, its own or forwarded."""
    held = [*message.attachments]
    for snapshot in message.message_snapshots:
        held += snapshot.attachments
    return next((attachment for attachment in held if is_picture(attachment)), None)


def is_picture(attachment: discord.Attachment) -> bool:
    """Whether Discord, or else its name, says that it is one."""
    kind = (attachment.content_type or "").partition(";")[0].strip().lower()
    return kind in _TYPES if kind else attachment.filename.lower().endswith(_ENDINGS)


def address_of(attachment: discord.Attachment, hosts: frozenset[str] = HOSTS) -> str:
    """Where to fetch a picture; PictureError where it is too large, or not at Discord."""
    if attachment.size > MOST_BYTES:
        raise PictureError("too_big")
    parts = urlsplit(attachment.url)
    if parts.scheme != "https" or parts.hostname not in hosts:
        raise PictureError("gone")
    return attachment.url


async def fetched(client: discord.Client, url: str) -> bytes:
    """The picture's bytes; PictureError where Discord does not give them."""
    http: Any = client.http
    try:
        data: bytes = await http.get_from_cdn(url)
    except (discord.HTTPException, OSError) as error:
        raise PictureError("gone") from error
    return data
