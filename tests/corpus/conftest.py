from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from tests.corpus.values import Clock


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


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = open_engine(url(database))
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(engine: Engine, clock: Clock) -> Catalogue:
    return Catalogue(engine, clock=clock)
