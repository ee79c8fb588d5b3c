"""Whether this process is fit to take work, part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from corpus.database import reading
from corpus.errors import CatalogueError

if TYPE_CHECKING:
    from bot.app import App


class Health:
    """What `/readyz` tells: the database answers, the models are loaded, Discord is connected."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.models = False
        self.gateway: Callable[[], bool] = lambda: False
        """Whether Discord is connected and has told of every server."""
        self.draining = False

    def parts(self) -> dict[str, bool]:
        """Each part, and whether it is fit; a short read of the database at most."""
        return {
            "database": self._database(),
            "models": self.models,
            "discord": self.gateway(),
            "taking_work": not self.draining,
        }

    def _database(self) -> bool:
        try:
            with reading(self._app.database) as db:
                db.execute(sa.select(1))
        except CatalogueError:
            return False
        return True
