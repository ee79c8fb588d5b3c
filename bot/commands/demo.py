"""`receipts demo`: the bot on a simulated Discord, in a local browser."""

from __future__ import annotations

import asyncio
import logging

import click

from bot.session import Session


@click.command()
@click.pass_obj
def command(session: Session) -> None:
    """Show the bot on a simulated Discord; prints the address to open. Needs no token, no key."""
    # What discord.py warns of, already while it is imported, is about the real Discord.
    logging.getLogger("discord").setLevel(logging.ERROR)
    from bot.app import create_app
    from bot.demo import serve_demo

    asyncio.run(serve_demo(create_app(session.settings(), progress=session.progress), session.show))
