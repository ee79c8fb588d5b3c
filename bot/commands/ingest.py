"""`receipts ingest`: files, folders, JSON Lines, web pages, feeds and sitemaps into the corpus."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from bot.commands.options import json_option
from bot.session import Session
from corpus.model import SOURCE_KINDS

if TYPE_CHECKING:
    from retrieval.ingest import Ingested


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--kind",
    type=click.Choice(sorted(SOURCE_KINDS)),
    help="What the documents are that do not say so themselves.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Pages that feeds and sitemaps may lead to in one run.",
)
@json_option
@click.pass_obj
def command(
    session: Session, sources: tuple[str, ...], kind: str | None, limit: int, as_json: bool
) -> None:
    """Read each SOURCE into the library.

    A file (.md, .txt, .jsonl, .html, .pdf, .docx, .json with ClaimReviews), a folder of these, or
    the address of a page, PDF, feed or sitemap. What is held already stays as it is; changed text
    becomes a new version. Feeds and sitemaps are read again by `receipts run` and `sources
    refresh`. Ctrl-C stops after the present item; the same command goes on.
    """
    from bot.app import create_app
    from bot.library import Run, wanted
    from corpus.errors import OperationError

    # Looked at before anything is opened, so that a name that does not exist is told at once.
    given = wanted(sources, kind)
    with (
        create_app(session.settings(), progress=session.progress) as app,
        session.progress("Reading sources") as bar,
        stopping(session) as stop,
    ):
        run = Run(bar, bar.at, bar.expect, stop.is_set)
        bar.expect(given.expected)
        items = app.library.items(given, most_pages=limit, run=run)
        done = app.library.ingest(items, run, kind=kind)
    show(session, done, as_json=as_json)
    if done.stopped:
        raise OperationError("stopped before it was done; run it again to go on")
    if done.unread and not (done.added or done.unchanged or done.listings):
        raise OperationError("nothing could be read in; the reasons are above")


def show(session: Session, done: Ingested, *, as_json: bool) -> None:
    """What became of a run, on stdout."""
    from bot.render import printable

    if as_json:
        session.show_json(
            {
                "added": done.added,
                "unchanged": done.unchanged,
                "passages": done.passages,
                "failed": [{"where": item.where, "reason": item.reason} for item in done.unread],
                "gone": [{"where": item.where, "reason": item.reason} for item in done.gone],
                "listings": [
                    {"where": item.where, "form": item.form, "entries": item.entries}
                    for item in done.listings
                ],
                "stopped": done.stopped,
            }
        )
        return
    lines = [
        f"{item.form} with {item.entries} entries: {printable(item.where)}"
        for item in done.listings
    ]
    lines += [f"gone: {printable(item.where)}: {item.reason}" for item in done.gone]
    lines += [
        f"not read: {printable(item.where)}: {printable(item.reason)}" for item in done.unread
    ]
    total = f"{done.added} added ({done.passages} passages), {done.unchanged} unchanged"
    gone = f", {len(done.gone)} gone" if done.gone else ""
    session.show("\n".join([*lines, f"{total}, {len(done.unread)} not read{gone}"]))


@contextmanager
def stopping(session: Session) -> Iterator[threading.Event]:
    """Within, the first Ctrl-C or SIGTERM asks to stop in good order; a second one does not ask."""
    stop = threading.Event()
    before: dict[int, Any] = {}

    def ask(number: int, _frame: object) -> None:
        stop.set()
        session.stderr.write("\nstopping after the present item; once more to stop at once\n")
        for each, handler in before.items():
            signal.signal(each, handler)

    # Only the main thread may set handlers; elsewhere nobody presses Ctrl-C.
    with suppress(ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
