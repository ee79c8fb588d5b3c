"""Chroma as a disposable index of vectors: one collection a generation, ids and vectors alone.

Embedded, each generation has a folder of its own, since a damaged store can only be trusted to be
thrown away. No text or metadata goes in: filters are the catalogue's, and what is deleted there
must not live on in Chroma's files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from corpus.errors import InputError, OperationError
from retrieval.model import Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from chromadb.api.types import GetResult

ANSWERS_WITHIN_S = 10.0
_BATCH = 5_000
"""Chroma refuses more than 5,461 records at once."""
_EF_SEARCH = 200
"""Twice the default: recall .998 at 10 on 30,000 vectors, for a quarter more time."""


_FULL = "the disk is full; free some space and try again"
_SHUT = "its files cannot be written; make them writable or set RECEIPTS_HOME to a folder that is"
_AWAY = "it does not answer; start it, or correct RECEIPTS_CHROMA_URL"
_MEANINGS = (
    ("(code: 13)", _FULL),
    ("No space left", _FULL),
    ("readonly database", _SHUT),
    ("(code: 14)", _SHUT),
    ("Permission denied", _SHUT),
    ("Read-only file system", _SHUT),
    ("Connection refused", _AWAY),
    ("Name or service not known", _AWAY),
    ("No route to host", _AWAY),
    ("Network is unreachable", _AWAY),
    ("Timeout", "it timed out; see how it is, or correct RECEIPTS_CHROMA_URL"),
    ("'401 ", "it wants another token (401); correct RECEIPTS_CHROMA_TOKEN"),
    ("'403 ", "it wants another token (403); correct RECEIPTS_CHROMA_TOKEN"),
)
"""What words in the errors of Chroma, SQLite and HTTP mean."""


class ChromaError(OperationError):
    """Chroma could not be opened, read or written."""


class ChromaIndex:
    """One generation of the index, open. Every method raises ChromaError; thread-safe."""

    def __init__(self, client: ClientAPI, collection: Collection, place: str) -> None:
        self._client = client
        self._collection = collection
        self._place = place

    @property
    def model_id(self) -> str | None:
        """The embedder that the collection records."""
        recorded = (self._collection.metadata or {}).get("model_id")
        return recorded if isinstance(recorded, str) else None

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds vectors, or puts them in the place of older ones; ids must differ."""
        with _translated(self._place):
            for start in range(0, len(ids), _BATCH):
                part = slice(start, start + _BATCH)
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Sequence[str]) -> None:
        """Removes ids; unknown ones do no harm."""
        with _translated(self._place):
            for start in range(0, len(ids), _BATCH):
                self._collection.delete(ids=list(ids[start : start + _BATCH]))

    def count(self) -> int:
        """How many vectors it holds."""
        with _translated(self._place):
            return self._collection.count()

    def search(self, query: NDArray[np.float32], k: int) -> list[str]:
        """The ids of about the `k` nearest, nearest first."""
        with _translated(self._place):
            found = self._collection.query(
                query_embeddings=query[np.newaxis], n_results=k, include=["distances"]
            )
            return list(found["ids"][0])

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """What it holds for these ids."""
        with _translated(self._place):
            return _rows(self._collection.get(ids=list(ids), include=["embeddings"]))

    def pages(self) -> Iterator[dict[str, NDArray[np.float32]]]:
        """All that it holds, a few thousand at a time."""
        offset = 0
        while True:
            with _translated(self._place):
                page = _rows(
                    self._collection.get(include=["embeddings"], limit=_BATCH, offset=offset)
                )
            if not page:
                return
            yield page
            offset += len(page)

    def drop(self) -> None:
        """Deletes the collection; only `close` may follow."""
        with _translated(self._place):
            self._client.delete_collection(self._collection.name)

    def close(self) -> None:
        """Closes the files; an embedded store writes nothing more."""
        with _translated(self._place):
            _close(self._client)


def open_folder(folder: Path, name: str, model_id: str | None = None) -> ChromaIndex:
    """Opens the store in `folder`; makes the collection for `model_id` where that is given."""
    with _translated(str(folder)):
        import chromadb
        from chromadb.config import Settings

        client = chromadb.PersistentClient(
            folder, settings=Settings(anonymized_telemetry=False, is_persistent=True)
        )
        return _open(client, name, model_id, str(folder))


def open_server(
    url: str, name: str, model_id: str | None = None, token: SecretStr | None = None
) -> ChromaIndex:
    """Opens a collection on a Chroma server; makes it for `model_id` where that is given.

    `token` is sent along as a bearer token. A server that does not answer in ANSWERS_WITHIN_S
    counts as failed.
    """
    host, port, ssl = server_address(url)
    place = f"the server at {host}:{port}"
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    with _translated(place):
        import chromadb
        import httpx
        from chromadb.config import Settings

        # Chroma's own client would wait for ever.
        base = f"{'https' if ssl else 'http'}://{host}:{port}"
        heartbeat = httpx.get(f"{base}/api/v2/heartbeat", headers=headers, timeout=ANSWERS_WITHIN_S)
        heartbeat.raise_for_status()
        client = chromadb.HttpClient(
            host, port, ssl, headers=headers, settings=Settings(anonymized_telemetry=False)
        )
        client._server._session.timeout = httpx.Timeout(ANSWERS_WITHIN_S)  # type: ignore[attr-defined]
        return _open(client, name, model_id, place)


def drop_on_server(url: str, name: str, token: SecretStr | None = None) -> None:
    """Deletes a collection on a server, where it is there."""
    index = open_server(url, name, "", token)
    index.drop()
    index.close()


def server_address(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS, of RECEIPTS_CHROMA_URL; raises InputError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"RECEIPTS_CHROMA_URL is not a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise InputError(
            "RECEIPTS_CHROMA_URL must be the address of a Chroma server, such as "
            "http://localhost:8000"
        )
    ssl = parts.scheme == "https"
    return parts.hostname, port or (443 if ssl else 8000), ssl


def _open(client: ClientAPI, name: str, model_id: str | None, place: str) -> ChromaIndex:
    try:
        if model_id is None:
            # Never Chroma's own embedding function: it downloads a model.
            collection = client.get_collection(name, embedding_function=None)
        else:
            collection = client.get_or_create_collection(
                name,
                embedding_function=None,
                metadata={"model_id": model_id},
                configuration={"hnsw": {"space": "cosine", "ef_search": _EF_SEARCH}},
            )
    except BaseException:
        _close(client)
        raise
    return ChromaIndex(client, collection, place)


def _rows(found: GetResult) -> dict[str, NDArray[np.float32]]:
    rows = found["embeddings"]
    return {
        id_: np.asarray(row, dtype=np.float32)
        for id_, row in zip(found["ids"], rows if rows is not None else (), strict=True)
    }


def _close(client: ClientAPI) -> None:
    from chromadb.api.client import Client

    # Declared as the interface, which lacks it.
    assert isinstance(client, Client)
    client.close()


@contextlib.contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except OperationError:
        raise
    except Exception as error:
        # Chroma lets the errors of its bindings, of SQLite and of HTTP through as they are.
        raise ChromaError(f"Chroma in {place} failed: {_meaning(error)}") from error


def _meaning(error: Exception) -> str:
    said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return next((meaning for words, meaning in _MEANINGS if words in said), said)
