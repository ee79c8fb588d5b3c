"""`receipts ingest`: files, folders and JSON Lines into the corpus."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.commands.options import json_option
from bot.session import Session
from corpus.model import SOURCE_KINDS
from corpus.reading import Item, read


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--kind",
    type=click.Choice(sorted(SOURCE_KINDS)),
    help="What the documents are that do not say so themselves.",
)
@json_option
@click.pass_obj
def command(session: Session, sources: tuple[str, ...], kind: str | None, as_json: bool) -> None:
    """Read each SOURCE into the corpus: a .md, .txt or .jsonl file, or a folder of these.

    What is held already stays as it is; changed text under a known id becomes a new version.
    """
    from bot.app import create_app
    from bot.render import printable
    from corpus.errors import OperationError

    for source in sources:
        _refuse_the_web(source)
    # Made before anything is opened, so that a name that does not exist is told at once.
    batches = [read(source, kind=kind) for source in sources]
    with (
        create_app(session.settings(), progress=session.progress) as app,
        session.progress("Reading sources") as advance,
    ):
        done = app.ingest(_chained(batches), advance)
    if as_json:
        session.show_json(
            {
                "added": done.added,
                "unchanged": done.unchanged,
                "passages": done.passages,
                "failed": [{"where": item.where, "reason": item.reason} for item in done.unread],
            }
        )
    else:
        lines = [
            f"not read: {printable(item.where)}: {printable(item.reason)}" for item in done.unread
        ]
        total = f"{done.added} added ({done.passages} passages), {done.unchanged} unchanged"
        session.show("\n".join([*lines, f"{total}, {len(done.unread)} not read"]))
    if done.unread and not (done.added or done.unchanged):
        raise OperationError("nothing could be read in; the reasons are above")


def _refuse_the_web(source: str) -> None:
    from corpus.errors import InputError

    if source.startswith(("http://", "https://")):
        raise InputError(
            f"{source}: this version reads local files alone; save the page as .md or .txt and "
            "give that (.md, .txt, .jsonl, or a folder of them)"
        )


def _chained(batches: list[Iterator[Item]]) -> Iterator[Item]:
    for batch in batches:
        yield from batch
