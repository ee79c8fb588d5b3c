"""Opening the database, its transactions, its migrations, and what its errors mean for people.

SQLite for one machine, PostgreSQL for many. What differs between them is here, in the first
migration, and in the lexical index; everything else is written once.
"""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InvalidatePoolError,
    NoSuchModuleError,
    SQLAlchemyError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeoutError,
)

from corpus.errors import CatalogueError, InputError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another one before it gives up."""

CONNECT_TIMEOUT_S = 5
"""How long PostgreSQL may take to answer before it counts as not there."""

POOL_SIZE = 10
"""Connections to PostgreSQL that a process keeps; as many more for a moment."""

STATEMENT_TIMEOUT_MS = 60_000

TRUSTED_S = 1.0
"""A connection to PostgreSQL that was in use so lately is used again without a question."""

_WRITES = "receipts_writes"
_ONE_WRITER = 0x5265_6365_6970_7473
"""Of PostgreSQL's advisory locks, the one that stands for SQLite's write lock."""
_LOCK_ALL = text(f"SELECT pg_advisory_xact_lock({_ONE_WRITER})")
_LOCK_PART = text(
    f"SELECT pg_advisory_xact_lock_shared({_ONE_WRITER}),"
    " pg_advisory_xact_lock(hashtextextended(:part, 0))"
)

_MEANINGS = (
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        "another process is writing to it; try again once it is done",
    ),
    (("SQLITE_FULL",), "the disk is full; free some space and try again"),
    (
        ("SQLITE_READONLY", "SQLITE_PERM"),
        "it cannot be written; make it writable or set RECEIPTS_HOME to a folder that is",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB"),
        "the file is damaged; restore a backup, or move it away and ingest the sources again",
    ),
    (
        ("SQLITE_CANTOPEN",),
        "it cannot be opened; check that its folder exists and can be written, or set "
        "RECEIPTS_HOME to one that can",
    ),
    (("SQLITE_IOERR",), "the disk failed to read or write; check its health and its free space"),
    (("55P03",), "another process is writing to it; try again once it is done"),
    (("28",), "it refuses the user name or password in RECEIPTS_DATABASE_URL; correct them"),
    (("3D000",), "there is no database of that name; make it, or correct RECEIPTS_DATABASE_URL"),
    (("42501",), "its user may not do that; make the user the owner of the database"),
    (("53100",), "its disk is full; free some space and try again"),
    (("53300",), "it has too many connections; raise its max_connections"),
    (("57014",), "it took too long; see what else it is doing and try again"),
    (("25006",), "it is a read-only copy; give the address of the primary"),
    (("08", "57P"), "the server is not there; check that it runs and RECEIPTS_DATABASE_URL"),
)
"""What error codes that begin so mean: SQLite's names, PostgreSQL's SQLSTATEs
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


def open_engine(url: str) -> Engine:
    """An engine on a SQLite file (`sqlite:////path/to/receipts.db`) or a PostgreSQL database
    (`postgresql://user:password@host/name`).

    A file and its folder are made where they are missing, readable by their owner alone.
    InputError: a URL that names neither. CatalogueError: a database that cannot be opened.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        engine = _open_postgresql(parsed)
    else:
        engine = _open_sqlite(Path(str(parsed.database)).expanduser().absolute())
    try:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
            if not is_postgresql(engine):
                connection.execute(text("SELECT count(*) FROM sqlite_master"))
    except CatalogueError:
        engine.dispose()
        raise
    return engine


def is_postgresql(engine: Engine | Connection) -> bool:
    """Whether it is PostgreSQL, and not SQLite."""
    return engine.dialect.name == "postgresql"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database throughout, and waits for no writer."""
    options = {"isolation_level": "REPEATABLE READ"} if is_postgresql(engine) else {}
    with (
        _translated(engine),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """For a statement that sees one state of the database by itself, or several that need not
    agree; waits for no writer.

    On PostgreSQL a statement goes to the server and back once, where `reading` does three times.
    """
    if not is_postgresql(engine):
        with reading(engine) as connection:
            yield connection
        return
    with (
        _translated(engine),
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        yield connection


@contextmanager
def writing(engine: Engine, within: str | None = None) -> Iterator[Connection]:
    """A transaction that may write: all of it is kept, or, after an error, none.

    It is the only one of its kind while it lasts, so what it reads cannot change before it writes.
    `within` names a part of the data, such as a server, that it keeps to: it may then run beside
    those that keep to other parts, where the database allows it. Waits for another writer up to
    BUSY_TIMEOUT_MS, then raises CatalogueError.
    """
    with sharing(engine) as connection:
        if is_postgresql(engine):
            if within is None:
                connection.execute(_LOCK_ALL)
            else:
                connection.execute(_LOCK_PART, {"part": within})
        yield connection


@contextmanager
def sharing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write beside others, where the database allows it.

    For single statements that are right whoever else writes: an insert that ignores a conflict, an
    update with its condition. On SQLite it is `writing`.
    """
    with (
        _translated(engine),
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        connection.begin(),
    ):
        yield connection


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what to do about a conflict."""
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)


def damage(engine: Engine) -> str | None:
    """What is broken in the file's structure, the first thing found; None where it is sound.

    PostgreSQL looks after its own files.
    """
    if is_postgresql(engine):
        return None
    with reading(engine) as connection:
        said = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    return None if said == "ok" else _first_line(said)


def migrate(engine: Engine, script_location: str, version_table: str) -> bool:
    """Bring a room's tables to the newest revision; True where anything had to be done.

    `script_location` is a package with an Alembic environment, such as "corpus:migrations".
    Alembic is imported only where the recorded revision is not the newest.
    """
    newest = _revisions(script_location)[-1]
    with reading(engine) as connection:
        if _recorded_revision(connection, version_table) == newest:
            return False
    run_revisions(engine, script_location, version_table, "head")
    return True


def run_revisions(engine: Engine, script_location: str, version_table: str, target: str) -> None:
    """Upgrade ("head") or downgrade ("base", or an older revision) in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", script_location)
    known = _revisions(script_location)
    with writing(engine) as connection:
        recorded = _recorded_revision(connection, version_table)
        if recorded is not None and recorded not in known:
            raise CatalogueError(
                f"{_place(engine)} was made by a newer Receipts (revision {recorded}); "
                "install that version or a later one"
            )
        config.attributes.update(connection=connection, version_table=version_table)
        if target == "head":
            command.upgrade(config, target)
        else:
            command.downgrade(config, target)


def run_environment() -> None:
    """The body of a room's Alembic `env.py`: run on the connection that was handed over."""
    from alembic import context

    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        version_table=attributes["version_table"],
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def batches(ids: Iterable[str], size: int = 1_000) -> Iterator[list[str]]:
    """`ids` in lists that fit one query (SQLite takes 32,766 variables)."""
    remaining = iter(ids)
    while batch := list(islice(remaining, size)):
        yield batch


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise InputError(f"not a database URL: {url.partition('://')[0]!r}://…") from error
    named = bool(parsed.database) and parsed.database != ":memory:"
    if backend not in {"sqlite", "postgresql"} or not named:
        raise InputError(
            f"cannot use this {backend} database; give the URL of a SQLite file, such as "
            "sqlite:////var/lib/receipts/receipts.db, or of a PostgreSQL database, such as "
            "postgresql://user:password@host/receipts"
        )
    return parsed


def _open_sqlite(path: Path) -> Engine:
    _make_private_file(path)
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _open_postgresql(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "receipts",
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
            f" -c lock_timeout={BUSY_TIMEOUT_MS}",
        },
    )

    def given_back(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def handed_out(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        """One that a restart of the server broke is found out before it is used."""
        if time.monotonic() - record.info.get("idle_since", math.inf) < TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", given_back)
    event.listen(engine, "checkout", handed_out)
    return engine


def _make_private_file(path: Path) -> None:
    """SQLite gives its -wal and -shm files the mode of the database file, so this one is enough."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise CatalogueError(
            f"cannot make {path}: {error.strerror or error}; set RECEIPTS_HOME to a folder "
            "that can be written"
        ) from error


def _set_up_connection(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transaction handling is switched off: it begins too late for a snapshot and
    # never with the write lock, so that two writers would fail instead of waiting.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _recorded_revision(connection: Connection, version_table: str) -> str | None:
    if not inspect(connection).has_table(version_table):
        return None
    row = connection.exec_driver_sql(f"SELECT version_num FROM {version_table}").first()  # noqa: S608
    return None if row is None else str(row[0])


def _revisions(script_location: str) -> list[str]:
    """The revisions of a room, oldest first; file v0001_something.py holds revision 0001."""
    package, _, folder = script_location.partition(":")
    versions = files(package) / folder / "versions"
    stems = (entry.name.removesuffix(".py").partition("_")[0] for entry in versions.iterdir())
    return sorted(stem[1:] for stem in stems if stem[:1] == "v" and stem[1:].isdigit())


def _place(engine: Engine) -> str:
    url = engine.url
    if is_postgresql(engine):
        return f"the database {url.database} at {url.host or 'this machine'}"
    return str(url.database)


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise CatalogueError(f"{_place(engine)}: {_meaning(error.orig)}") from error
    except PoolTimeoutError as error:
        raise CatalogueError(f"{_place(engine)}: all connections are in use; try again") from error
    except SQLAlchemyError as error:
        raise CatalogueError(f"{_place(engine)}: {_first_line(error)}") from error
    except sqlite3.Error as error:
        raise CatalogueError(f"{_place(engine)}: {_meaning(error)}") from error


def _meaning(error: Any) -> str:
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
    if not code and type(error).__module__.startswith("psycopg"):
        # psycopg gives no SQLSTATE where no connection came about, or one broke.
        code = next((c for words, c in _UNCODED if words in str(error)), "08")
    for prefixes, meaning in _MEANINGS:
        if code.startswith(prefixes):
            return meaning
    return f"the database refused: {_first_line(error)}"


_UNCODED = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("does not exist", "3D000"),
    ("too many", "53300"),
)


def _first_line(error: object) -> str:
    return (str(error).splitlines() or ["unknown error"])[0]
