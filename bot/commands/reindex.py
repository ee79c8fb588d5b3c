"""`receipts reindex`: every derived index made anew from the catalogue."""

from __future__ import annotations

import click

from bot.session import Session


@click.command()
@click.pass_obj
def command(session: Session) -> None:
    """Rebuild the lexical and the vector index from the catalogue.

    Also what to do after another embedding model was set: it embeds every passage anew.
    """
    from bot.app import create_app

    with create_app(session.settings(), progress=session.progress) as app:
        with session.progress("Embedding passages") as advance:
            embedded = app.reindex(advance)
        held = app.catalogue.count()
    session.show(f"reindexed {held.passages} passages, {embedded} of them embedded anew")
