"""Fixtures that several rooms share: what is slow to make is made once a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from retrieval.embedder import load_embedder
from retrieval.model import Embedder
from tests.postgres import PostgresServer

# A shared machine may stand still for seconds, which says nothing of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database: the test runs on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'receipts.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The shipped embedder."""
    return load_embedder(threads=2)


@pytest.fixture(scope="session")
def starter_template(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A home as the first check leaves it. Not to be changed: use `starter_home`."""
    from bot.app import STARTER
    from bot.ledger import open_ledger
    from corpus.catalogue import Catalogue
    from corpus.database import open_engine
    from corpus.starter import starter_documents
    from retrieval.indexer import Indexer
    from retrieval.ingest import ingest

    home = tmp_path_factory.mktemp("starter")
    engine = open_engine(f"sqlite:///{home / 'receipts.db'}")
    catalogue = Catalogue(engine)
    open_ledger(engine)
    indexer = Indexer(home, catalogue, embedder.model_id)
    ingested = ingest(starter_documents(), catalogue, embedder, indexer)
    assert not ingested.unread
    catalogue.set_setting(STARTER, "read")
    indexer.close()
    catalogue.close()
    return home


@pytest.fixture
def starter_home(starter_template: Path, tmp_path: Path) -> Path:
    """A home of one's own with the starter corpus read in and indexed."""
    return Path(shutil.copytree(starter_template, tmp_path / "home"))
