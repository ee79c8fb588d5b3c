"""`receipts export`: the corpus as one file."""

from __future__ import annotations

from pathlib import Path

import click

from bot.session import Session


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--with-servers",
    is_flag=True,
    help="Also what servers added for themselves with /sources add, which is private to them.",
)
@click.pass_obj
def command(session: Session, file: Path, with_servers: bool) -> None:
    """Write every shared source, with its versions, passages and vectors, to a new FILE.

    It is JSON Lines, gzipped. For everything, verdicts and settings too, see `receipts backup`.
    """
    from bot.app import create_app

    with (
        create_app(session.settings(), progress=session.progress) as app,
        session.progress("Exporting") as bar,
    ):
        moved = app.library.export(file, bar, expect=bar.expect, servers=with_servers)
    session.show(f"{moved.sources} sources, {moved.passages} passages, {moved.feeds} feeds: {file}")
