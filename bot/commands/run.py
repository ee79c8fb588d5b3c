"""`receipts run`: the Discord bot, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging

import click

from bot.session import Session


@click.command()
@click.pass_obj
def command(session: Session) -> None:
    """Run the Discord bot (DISCORD_TOKEN); SIGTERM or Ctrl-C stops it in good order."""
    from bot.app import create_app
    from bot.service import serve

    session.start_logging(logging.INFO)
    asyncio.run(serve(create_app(session.settings(), progress=session.progress)))
