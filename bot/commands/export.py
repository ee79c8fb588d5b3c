"""`receipts export`: the corpus as one file."""

from __future__ import annotations

from pathlib import Path

import click

from bot.session import Session


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def command(session: Session, file: Path) -> None:
    """Write every source, with its versions, passages and vectors, to a new FILE (.jsonl.gz)."""
    from bot.app import create_app

    with (
        create_app(session.settings(), progress=session.progress) as app,
        session.progress("Exporting", app.catalogue.count().sources) as advance,
    ):
        moved = app.library.export(file, advance)
    session.show(f"{moved.sources} sources, {moved.passages} passages, {moved.feeds} feeds: {file}")
