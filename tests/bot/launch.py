"""Starts the bot as a process against a stand-in for Discord: `python -m tests.bot.launch KIND`.

`stand-in-checker` answers each claim after CHECK_SECONDS; `bot` is `python -m bot` itself, with
what follows as its arguments; `no-warm-up` is that without loading anything for checks, for starts
that are to fail. EXACT_LIMIT and ROUND_SECONDS take the place of the program's own numbers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import discord.gateway
import discord.http
import yarl

discord.http.Route.BASE = os.environ["STAND_IN"]
# Where the number of shards is given, Discord is not asked for its gateway's address.
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["STAND_IN_GATEWAY"])


def main(kind: str, arguments: list[str]) -> None:
    """Runs it."""
    if kind in {"bot", "no-warm-up"}:
        from bot.app import App
        from bot.cli import main as command

        if kind == "no-warm-up":
            App._open = App.warm_up = lambda self: None  # type: ignore[method-assign]
        _tune()
        command(["run", *arguments])
    from bot.discord.run import run
    from corpus.database import open_engine
    from tests.bot.discord_world import fake_app

    default = f"sqlite:///{Path(os.environ['RECEIPTS_HOME']) / 'receipts.db'}"
    engine = open_engine(os.environ.get("RECEIPTS_DATABASE_URL", default))
    app = fake_app(engine)
    app.checker.delay = float(os.environ.get("CHECK_SECONDS", "0"))
    asyncio.run(run(app))
    engine.dispose()


def _tune() -> None:
    """Numbers that fit a test in place of the program's."""
    import bot.app
    import bot.living
    import bot.refreshing
    import bot.service
    import retrieval.dense

    if limit := os.environ.get("EXACT_LIMIT"):
        bot.app.EXACT_LIMIT = int(limit)
        defaults = retrieval.dense.DenseSearch.__init__.__kwdefaults__
        assert defaults is not None
        defaults["exact_limit"] = int(limit)
    if seconds := os.environ.get("ROUND_SECONDS"):
        every = timedelta(seconds=float(seconds))
        bot.living.EVERY = bot.refreshing.EVERY = bot.service.TEXTS_EVERY = every


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
