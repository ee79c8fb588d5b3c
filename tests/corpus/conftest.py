from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from tests.corpus.values import Clock
from tests.postgres import PostgresServer


def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def empty_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file without a source, to copy: a migration is slower than a copy."""
    path = tmp_path_factory.mktemp("template") / "receipts.db"
    Catalogue(open_engine(url(path))).close()
    return path


@pytest.fixture
def database(empty_catalogue: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_catalogue, tmp_path / "receipts.db"))


@pytest.fixture(scope="session")
def empty_postgres(postgres: PostgresServer) -> str:
    """The name of a migrated database without a source, to copy."""
    made = postgres.new_database()
    Catalogue(open_engine(made)).close()
    return made.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty, migrated catalogue; each test runs on both databases."""
    if request.param == "sqlite":
        engine = open_engine(url(request.getfixturevalue("database")))
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        engine = open_engine(server.new_database(request.getfixturevalue("empty_postgres")))
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(database: Path) -> Iterator[Engine]:
    """For what only a file can suffer."""
    engine = open_engine(url(database))
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(engine: Engine, clock: Clock) -> Catalogue:
    return Catalogue(engine, clock=clock)
