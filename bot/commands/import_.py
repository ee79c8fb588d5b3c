"""`receipts import`: what `receipts export` wrote, into this corpus."""

from __future__ import annotations

from pathlib import Path

import click

from bot.session import Session


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def command(session: Session, file: Path) -> None:
    """Add the sources in FILE. Those that are held already stay as they are held."""
    from bot.app import create_app

    with (
        create_app(session.settings(), progress=session.progress) as app,
        session.progress("Importing") as advance,
    ):
        moved = app.library.take_in(file, advance)
    session.show(
        f"{moved.sources} sources added ({moved.passages} passages), {moved.kept} held already, "
        f"{moved.feeds} feeds added"
    )
