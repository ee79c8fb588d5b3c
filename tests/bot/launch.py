"""Starts the bot as a process against a stand-in for Discord: `python -m tests.bot.launch KIND`.

`stand-in-checker` answers each claim after CHECK_SECONDS; `bot` is `python -m bot` itself;
`no-warm-up` is that without loading anything for checks, for starts that are to fail.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import discord.http

discord.http.Route.BASE = os.environ["STAND_IN"]


def main(kind: str) -> None:
    """Runs it."""
    if kind in {"bot", "no-warm-up"}:
        from bot.app import App
        from bot.cli import main as command

        if kind == "no-warm-up":
            App._open = App.warm_up = lambda self: None  # type: ignore[method-assign]
        command(["run"])
    from bot.discord.run import run
    from corpus.database import open_engine
    from tests.bot.discord_world import fake_app

    default = f"sqlite:///{Path(os.environ['RECEIPTS_HOME']) / 'receipts.db'}"
    engine = open_engine(os.environ.get("RECEIPTS_DATABASE_URL", default))
    app = fake_app(engine)
    app.checker.delay = float(os.environ.get("CHECK_SECONDS", "0"))
    asyncio.run(run(app))
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
