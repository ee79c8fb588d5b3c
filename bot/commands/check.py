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
@click.option("--trace", is_flag=True, help="Show what each step saw and did, and what was cut.")
@json_option
@click.pass_obj
def command(
    session: Session,
    text: str,
    *,
    as_of: date | None,
    engine: str | None,
    trace: bool,
    as_json: bool,
) -> None:
    """Find the claims in TEXT and give each a verdict, with a citation for every sentence.

    A TEXT of - reads standard input. In most shells put TEXT in single quotes, so that a $ in it
    stays what it is.
    """
    from bot.app import create_app
    from bot.checker import Examined

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    settings = session.settings(engine=engine)

    async def check() -> Examined:
        async with create_app(settings, progress=session.progress) as app:
            return await app.checker.examine(text, as_of=as_of)

    examined = asyncio.run(check())
    result = examined.result
    steps = [step for part in examined.traces for step in part.steps] if trace else []
    if as_json:
        # These keys are there only where there is something to say.
        said = {"left_out": result.left_out, "choices": result.choices}
        unsaid = {name for name, value in said.items() if not value}
        shown = result.model_dump(mode="json", by_alias=True, exclude=unsaid)
        session.show_json(shown | ({"trace": steps} if trace else {}))
    else:
        terminal = session.terminal()
        told = [terminal.trace(steps)] if trace else []
        session.show("\n\n".join([*told, terminal.check(result)]))
