"""`receipts run`: the Discord bot, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os

import click

from bot.session import Session


@click.command()
@click.option(
    "--shards",
    metavar="FIRST-LAST/ALL",
    help="Serve these shards alone, such as 0-3/16; other processes on the same database serve "
    "the others.",
)
@click.pass_obj
def command(session: Session, shards: str | None) -> None:
    """Run the Discord bot (DISCORD_TOKEN); SIGTERM or Ctrl-C stops it in good order."""
    from bot.app import create_app
    from bot.logs import start_service_log
    from bot.service import serve
    from bot.settings import secrets_of
    from bot.shards import parse_shards

    chosen = parse_shards(shards) if shards else None

    # Whatever a library of ours writes is for nobody else on the machine to read.
    os.umask(0o077)
    session.start_logging(logging.INFO)
    settings = session.settings()
    level = logging.DEBUG if session.debug else logging.INFO
    start_service_log(session.stderr, level, settings.log, secrets_of(settings))
    asyncio.run(serve(create_app(settings, progress=session.progress), chosen))
