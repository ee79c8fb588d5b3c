"""Reads and changes a server's settings."""

from __future__ import annotations

import sqlalchemy as sa

from bot.review import settings
from bot.review.ground import Ground, denied, log
from bot.review.permissions import Action
from bot.review.settings import GuildSettings, validated
from bot.review.states import ACTIVE
from bot.review.tables import case_cards, cases, guild_settings
from bot.review.values import Actor, Refused
from corpus.database import looking, reading, writing


class Preferences:
    """One server's settings at a time."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def get(self, guild_id: str) -> GuildSettings:
        """The settings; the defaults where none are set."""
        with looking(self._ground.engine) as db:
            return settings.read(db, guild_id)

    def guilds(self) -> list[str]:
        """The servers that have set anything."""
        with reading(self._ground.engine) as db:
            chosen = sa.select(guild_settings.c.guild_id).order_by(guild_settings.c.guild_id)
            return list(db.scalars(chosen))

    def change(
        self, actor: Actor, guild_id: str, changes: dict[str, object]
    ) -> GuildSettings | Refused:
        """Sets what is named in `changes`, all of it or, where one part cannot be, none."""
        with writing(self._ground.engine) as db:
            if no := denied(db, actor, guild_id, Action.SETTINGS):
                return no
            old = settings.read(db, guild_id)
            new = validated(old, changes)
            if isinstance(new, list):
                return Refused("rules", "These settings cannot be used.", faults=tuple(new))
            if new == old:
                return new
            row = {"settings": new.model_dump_json(), "changed_at": self._ground.now()}
            mine = guild_settings.c.guild_id == guild_id
            if db.execute(guild_settings.update().where(mine).values(row)).rowcount == 0:
                db.execute(guild_settings.insert().values(guild_id=guild_id, **row))
            if new.review_channel != old.review_channel:
                self._move_cards(db, guild_id)
            before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
            differing = [name for name in after if before[name] != after[name]]
            log(
                self._ground, db, actor, guild_id, "settings",
                before={name: before[name] for name in differing},
                after={name: after[name] for name in differing},
            )  # fmt: skip
            return new

    def _move_cards(self, db: sa.Connection, guild_id: str) -> None:
        """Has every case that waits shown anew, in the new channel."""
        waiting = sa.select(cases.c.id).where(
            cases.c.guild_id == guild_id, cases.c.state.in_(sorted(ACTIVE))
        )
        db.execute(
            case_cards.update()
            .where(case_cards.c.case_id.in_(waiting))
            .values(channel_id=None, message_id=None, shown=0, retry_at=None)
        )
