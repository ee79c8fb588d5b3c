"""What a server can set. All of it has a default: the bot works with nothing set."""

from __future__ import annotations

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field, StringConstraints, ValidationError

from bot.review.tables import guild_settings
from corpus.errors import CatalogueError
from prompts.verdict import Frozen, Label

Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Emoji = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S+$")]
Mode = Literal["at_once", "hold"]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class GuildSettings(Frozen):
    """One server's settings."""

    review_channel: Snowflake | None = None
    review_role: Snowflake | None = None
    """Who may review. None: those who may manage messages."""
    mode: Mode = "at_once"
    """Answer at once and mark it not reviewed, or hold the answer until it is approved."""
    channel_modes: dict[Snowflake, Mode] = Field(default={}, max_length=500)
    language: Language | None = None
    """In which answers are worded (ISO 639-1). None: in the language of the claim."""
    min_confidence: float = Field(default=0.5, ge=0, le=1)
    """A verdict less sure than this is flagged."""
    seen_a_day: int = Field(default=20, ge=2, le=10_000)
    """A claim asked about so often in 24 hours is flagged."""
    flag_reaction: Emoji | None = None
    checks_an_hour: int = Field(default=60, ge=1, le=1_000)
    """For each person."""
    checks_a_day: int = Field(default=500, ge=1, le=100_000)
    """For the server."""
    share: bool = False
    """Whether other servers of the same operator may be given the verdicts published here."""
    use_shared: bool = True
    retention_days: int = Field(default=90, ge=1, le=3_650)
    """After so many days the text of messages is removed."""
    four_eyes: frozenset[Label] = frozenset()
    """Labels that two people must approve."""
    stale_hours: int = Field(default=48, ge=1, le=24 * 365)
    auto_correct: bool = False
    """Whether the program may change a published verdict when its evidence changes."""

    def mode_in(self, channel_id: str | None, parent_id: str | None = None) -> Mode:
        """How to answer in a channel; a thread without a mode of its own takes its channel's."""
        for place in (channel_id, parent_id):
            if place is not None and place in self.channel_modes:
                return self.channel_modes[place]
        return self.mode


def validated(current: GuildSettings, changes: dict[str, object]) -> GuildSettings | list[str]:
    """`current` with `changes`, or one sentence for each that cannot be."""
    values = current.model_dump() | changes
    try:
        return GuildSettings.model_validate(values)
    except ValidationError as error:
        return [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]


def review_channels(db: sa.Connection) -> dict[str, str]:
    """The review channel of each server that has set one."""
    rows = db.execute(sa.select(guild_settings.c.guild_id, guild_settings.c.settings)).all()
    found = {row.guild_id: _parsed(row.guild_id, row.settings).review_channel for row in rows}
    return {guild_id: channel for guild_id, channel in found.items() if channel is not None}


def that_share(db: sa.Connection) -> set[str]:
    """The servers that share what they publish."""
    rows = db.execute(sa.select(guild_settings.c.guild_id, guild_settings.c.settings)).all()
    return {row.guild_id for row in rows if _parsed(row.guild_id, row.settings).share}


def read(db: sa.Connection, guild_id: str) -> GuildSettings:
    """A server's settings; the defaults where it has set none."""
    text = db.scalar(
        sa.select(guild_settings.c.settings).where(guild_settings.c.guild_id == guild_id)
    )
    return GuildSettings() if text is None else _parsed(guild_id, text)


def _parsed(guild_id: str, text: str) -> GuildSettings:
    try:
        return GuildSettings.model_validate_json(text)
    except ValidationError as error:
        raise CatalogueError(f"the settings of server {guild_id} cannot be read") from error
