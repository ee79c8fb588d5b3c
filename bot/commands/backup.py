"""`receipts backup`, `restore` and `migrate-data`: all that is held, in another place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import json_option
from bot.session import Session
from corpus.errors import InputError

if TYPE_CHECKING:
    from bot.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_obj
def backup(session: Session, file: Path, as_json: bool) -> None:
    """Write all that is held to FILE, an SQLite file, also while the bot runs.

    The indexes are not in it: they are made anew from it.
    """
    if file.exists():
        raise InputError(f"{file} is there already; give a new name")
    settings = session.settings()
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        _copy(session, _url(settings), f"sqlite:///{part.absolute()}", as_json)
        part.replace(file)
    finally:
        for left in file.parent.glob(f"{part.name}*"):
            left.unlink()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
def restore(session: Session, file: Path, as_json: bool) -> None:
    """Read a backup into the database that is configured, which must be empty."""
    settings = session.settings()
    _copy(session, f"sqlite:///{file.absolute()}", _url(settings), as_json)


@click.command()
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The SQLite file; receipts.db in the home where none is given.",
)
@json_option
@click.pass_obj
def migrate_data(session: Session, file: Path | None, as_json: bool) -> None:
    """Move a SQLite home to the empty PostgreSQL database in RECEIPTS_DATABASE_URL.

    The file stays as it is. Stop the bot first: what it writes meanwhile would be left behind.
    """
    settings = session.settings()
    file = file or settings.home / "receipts.db"
    if not (settings.database_url or "").startswith(("postgres://", "postgresql")):
        raise InputError("set RECEIPTS_DATABASE_URL to the PostgreSQL database to move to")
    if not file.exists():
        raise InputError(f"there is no {file}; say with --from which file to move")
    _copy(session, f"sqlite:///{file.absolute()}", _url(settings), as_json)


def _url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{settings.home / 'receipts.db'}"


def _copy(session: Session, source: str, target: str, as_json: bool) -> None:
    from dataclasses import asdict

    from bot.transfer import open_migrated, transfer

    there = open_migrated(source)
    try:
        here = open_migrated(target)
        try:
            with session.progress("Copying") as advance:
                copied = transfer(there, here, advance)
        finally:
            here.dispose()
    finally:
        there.dispose()
    if as_json:
        session.show_json({"tables": [asdict(table) for table in copied]})
        return
    rows = sum(table.rows for table in copied)
    lines = [f"{table.table}: {table.rows} rows, {table.checksum}" for table in copied]
    session.show("\n".join([*lines, f"{rows} rows, the same on both sides."]))


command = backup
