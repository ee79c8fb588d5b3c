"""`receipts sources`: what the corpus holds, and its upkeep."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.commands.options import json_option
from bot.session import Session

if TYPE_CHECKING:
    from corpus.catalogue import SourceRecord

_DATE_WIDTH = len("2025-02-05")
"""The longest form of a date; a source may tell its month or year alone."""


@click.group(no_args_is_help=False)
def command() -> None:
    """What the library holds, and its upkeep."""


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List every source."""
    from bot.app import create_app
    from bot.render import printable

    with create_app(session.settings(), progress=session.progress) as app:
        records = app.catalogue.sources()
        feeds = app.upkeep.feeds()
    if as_json:
        session.show_json([_as_json(record) for record in records])
        return
    rows = [
        "  ".join(
            (
                (record.source.published or "no date").ljust(_DATE_WIDTH),
                record.source.kind.ljust(12),
                record.source.tier.ljust(10),
                printable(record.source.id).ljust(24),
                printable(record.source.title),
                _state(record),
            )
        ).rstrip()
        for record in records
    ]
    rows += [
        f"{feed.form} {feed.id}  {printable(feed.url)}  {feed.entries} entries, "
        f"next reading {feed.due_at}{f', {printable(feed.problem)}' if feed.problem else ''}"
        for feed in feeds
    ]
    session.show("\n".join([*rows, f"{len(records)} sources, {len(feeds)} feeds"]))


@command.command()
@click.argument("source_id", metavar="ID")
@json_option
@click.pass_obj
def show(session: Session, source_id: str, as_json: bool) -> None:
    """Show one source: its record, and its text as it is stored."""
    from bot.app import create_app
    from bot.render import printable

    with create_app(session.settings(), progress=session.progress) as app:
        record = app.catalogue.get_source(source_id)
        text = app.catalogue.document_text(source_id)
        why = app.catalogue.why_tier(record.source) if record else ""
    if record is None:
        raise _unknown(source_id)
    if as_json:
        session.show_json(_as_json(record) | {"why_tier": why, "text": text})
        return
    fields = _as_json(record) | {"why_tier": why}
    lines = [
        f"{name}: {printable(str(value))}" for name, value in fields.items() if value is not None
    ]
    paragraphs = [printable(paragraph) for paragraph in (text or "").splitlines()]
    session.show("\n".join([*lines, "", *paragraphs]))


@command.command()
@click.argument("source_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every page and feed, due or not.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="New pages that feeds and sitemaps may lead to in one run.",
)
@json_option
@click.pass_obj
def refresh(
    session: Session, source_ids: tuple[str, ...], everything: bool, limit: int, as_json: bool
) -> None:
    """Fetch again what is due, or the sources and feeds named.

    Changed text becomes a new version; verdicts keep the one they cite. A page that is no longer
    there is recorded as gone, and stays.
    """
    from bot.app import create_app
    from bot.commands.ingest import show, stopping
    from bot.library import Run
    from corpus.errors import InputError, OperationError
    from retrieval.ingest import Ingested

    if source_ids and everything:
        raise InputError("sources refresh: give either ids or --all")
    with create_app(session.settings(), progress=session.progress) as app:
        library = app.library
        if everything:
            batches = [library.everything()]
        else:
            batches = [library.one(id_) for id_ in source_ids] or library.due()
        done = Ingested(0, 0, 0, ())
        with session.progress("Fetching") as bar, stopping(session) as stop:
            run = Run(bar, bar.at, bar.expect, stop.is_set)
            for due in batches:
                if not stop.is_set():
                    done += library.refresh(due, run, most_pages=limit)
    show(session, done, as_json=as_json)
    if done.stopped:
        raise OperationError("stopped before it was done; run it again to go on")


@command.command()
@click.argument("source_id", metavar="ID")
@click.option("--reason", required=True, help="Why, for whoever reads the record later.")
@click.pass_obj
def retract(session: Session, source_id: str, reason: str) -> None:
    """Keep a source out of every later search.

    Verdicts that cite it stay readable, and are listed.
    """
    from bot.app import create_app

    with create_app(session.settings(), progress=session.progress) as app:
        app.library.retract(source_id, reason)
        citing = app.ledger.citing(source_id)
    session.show(f"retracted {source_id}")
    if citing:
        session.show(f"verdicts that cite it: {', '.join(citing)}")


@command.command()
@click.argument("source_id", metavar="ID")
@click.pass_obj
def remove(session: Session, source_id: str) -> None:
    """Delete a source, or stop reading a feed.

    A source goes with its text, passages and vectors; what a feed brought stays.
    """
    from bot.app import create_app

    with create_app(session.settings(), progress=session.progress) as app:
        app.library.remove(source_id)
    session.show(f"removed {source_id}")


def _as_json(record: SourceRecord) -> dict[str, object]:
    fields = asdict(record)
    return {**fields.pop("source"), **fields}


def _state(record: SourceRecord) -> str:
    if record.retracted_at:
        return "(retracted)"
    if record.gone_at:
        return f"(gone since {record.gone_at[:10]})"
    return f"(not fetched: {record.problem})" if record.problem else ""


def _unknown(source_id: str) -> Exception:
    from corpus.errors import InputError

    return InputError(f"no source {source_id!r}; `receipts sources list` shows what is held")
