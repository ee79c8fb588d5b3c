"""`receipts check`: claims in a text, each with a cited verdict."""

from __future__ import annotations

import asyncio
from datetime import date

import click

from bot.commands.options import DAY, json_option
from bot.session import Session


@click.command()
@click.argument("text", nargs=-1)
@click.option("--as-of", type=DAY, help="Use only what was published on or before this day.")
@click.option("--engine", type=click.Choice(["local", "llm"]), help="Who words the verdict.")
@click.option("--trace", is_flag=True, help="Show what each step saw and did, and what was cut.")
@json_option
@click.pass_obj
def command(
    session: Session,
    text: tuple[str, ...],
    *,
    as_of: date | None,
    engine: str | None,
    trace: bool,
    as_json: bool,
) -> None:
    """Find the claims in TEXT and give each a verdict, with a citation for every sentence.

    Without TEXT, or where it is -, standard input is read. In most shells put TEXT in single
    quotes, so that a $ in it stays what it is.
    """
    from bot.app import create_app
    from bot.checker import Examined

    if not text and not session.is_piped_to:
        raise click.MissingParameter(param_type="argument", param_hint="'TEXT'")
    asked = " ".join(text) if text not in {(), ("-",)} else session.read_stdin()
    settings = session.settings(engine=engine)

    async def check() -> Examined:
        async with create_app(settings, progress=session.progress) as app:
            return await app.checker.examine(asked, as_of=as_of)

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
