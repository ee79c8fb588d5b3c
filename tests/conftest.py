"""Fixtures that several rooms share: what is slow to make is made once a session."""

from __future__ import annotations

import pytest

from retrieval.embedder import load_embedder
from retrieval.model import Embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The shipped embedder."""
    return load_embedder(threads=2)
