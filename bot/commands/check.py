"""`receipts check`: claims in a text, each with a cited verdict."""

from __future__ import annotations

import asyncio
import sys
from datetime import date

import click

from bot.commands.options import DAY, json_option
from bot.session import Session


@click.command()
@click.argument("text")
@click.option("--as-of", type=DAY, help="Use only what was published on or before this day.")
@click.option("--engine", type=click.Choice(["local", "llm"]), help="Who words the verdict.")
@json_option
@click.pass_obj
def command(
    session: Session, text: str, as_of: date | None, engine: str | None, as_json: bool
) -> None:
    """Find the claims in TEXT and give each a verdict, with a citation for every sentence.

    A TEXT of - reads standard input. In most shells put TEXT in single quotes, so that a $ in it
    stays what it is.
    """
    from bot.app import create_app
    from prompts.verdict import CheckResult

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    settings = session.settings(engine=engine)

    async def check() -> CheckResult:
        async with create_app(settings, progress=session.progress) as app:
            return await app.checker.check(text, as_of=as_of)

    result = asyncio.run(check())
    if as_json:
        # The key is there only where something was left out.
        unsaid = set() if result.left_out else {"left_out"}
        session.show_json(result.model_dump(mode="json", by_alias=True, exclude=unsaid))
    else:
        session.show(session.terminal().check(result))
