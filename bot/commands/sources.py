"""`receipts sources`: what the corpus holds, and its upkeep."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.commands.options import json_option
from bot.session import Session

if TYPE_CHECKING:
    from corpus.catalogue import SourceRecord


@click.group(no_args_is_help=False)
def command() -> None:
    """What the corpus holds, and its upkeep."""


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List every source."""
    from bot.app import create_app
    from bot.render import printable

    with create_app(session.settings(), progress=session.progress) as app:
        records = app.catalogue.sources()
    if as_json:
        session.show_json([_as_json(record) for record in records])
        return
    rows = [
        "  ".join(
            (
                record.source.published or "no date   ",
                record.source.kind.ljust(12),
                printable(record.source.id).ljust(24),
                printable(record.source.title),
                "(retracted)" if record.retracted_at else "",
            )
        ).rstrip()
        for record in records
    ]
    session.show("\n".join([*rows, f"{len(records)} sources"]))


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
    if record is None:
        raise _unknown(source_id)
    if as_json:
        session.show_json(_as_json(record) | {"text": text})
        return
    fields = _as_json(record)
    lines = [
        f"{name}: {printable(str(value))}" for name, value in fields.items() if value is not None
    ]
    paragraphs = [printable(paragraph) for paragraph in (text or "").splitlines()]
    session.show("\n".join([*lines, "", *paragraphs]))


@command.command()
@click.argument("source_ids", metavar="[ID]...", nargs=-1)
def refresh(source_ids: tuple[str, ...]) -> None:
    """Fetch sources again; only sources from the web can be, and this version holds none."""
    from corpus.errors import InputError

    raise InputError(
        "sources refresh: this version holds local files alone; after a change read them again "
        "with `receipts ingest FILE`, which replaces the text stored under the same id"
    )


@command.command()
@click.argument("source_id", metavar="ID")
@click.option("--reason", required=True, help="Why, for whoever reads the record later.")
@click.pass_obj
def retract(session: Session, source_id: str, reason: str) -> None:
    """Keep a source out of every later search; verdicts that cite it stay readable."""
    from bot.app import create_app

    with create_app(session.settings(), progress=session.progress) as app:
        app.retract(source_id, reason)
    session.show(f"retracted {source_id}")


@command.command()
@click.argument("source_id", metavar="ID")
@click.pass_obj
def remove(session: Session, source_id: str) -> None:
    """Delete a source with its text, passages and vectors."""
    from bot.app import create_app

    with create_app(session.settings(), progress=session.progress) as app:
        app.remove(source_id)
    session.show(f"removed {source_id}")


def _as_json(record: SourceRecord) -> dict[str, object]:
    fields = asdict(record)
    return {**fields.pop("source"), **fields}


def _unknown(source_id: str) -> Exception:
    from corpus.errors import InputError

    return InputError(f"no source {source_id!r}; `receipts sources list` shows what is held")
