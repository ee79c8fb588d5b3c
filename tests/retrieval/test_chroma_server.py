"""The index on a real Chroma server: its restart, its absence, a server that hangs or refuses."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from corpus.catalogue import Catalogue
from retrieval import chroma
from retrieval.chroma import ChromaError, open_server
from retrieval.dense import DenseSearch
from retrieval.indexer import Indexer
from retrieval.search import Retriever
from tests.retrieval.homes import Home, many


class Server:
    """`chroma run` as a process."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            self.port = held.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self.start()

    def start(self) -> None:
        command = [Path(sys.executable).with_name("chroma"), "run", "--path", self._folder,
                   "--host", "127.0.0.1", "--port", str(self.port)]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        limit = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=2).close()
                return
            except OSError:
                assert time.monotonic() < limit and self.process.poll() is None
                time.sleep(0.1)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


def indexer_at(home: Home, url: str) -> Indexer:
    return Indexer(home.folder, home.catalogue, home.embedder.model_id, chroma_url=url)


def found(home: Home, catalogue: Catalogue, index: Indexer) -> list[str]:
    dense = DenseSearch(catalogue, home.embedder.model_id, index, exact_limit=1)
    hits = Retriever(catalogue, home.embedder, dense).search("town7 built school0", 3)
    return [hit.passage.source.id for hit in hits]


# Chroma's client leaves the socket of a connection that broke to be collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_outlives_the_servers_kill_and_is_searched_without_it(
    tmp_path: Path, server: Server
) -> None:
    with Home(tmp_path) as home:
        home.ingest(many(40))
        index = indexer_at(home, server.url)
        index.open()
        expected = found(home, home.catalogue, index)
        assert expected[0] == "doc-00007"
        server.kill()
        # The same answers, by every vector in the catalogue and by words.
        assert found(home, home.catalogue, index) == expected
        assert not index.is_open
        with pytest.raises(ChromaError, match="Chroma in the server at"):
            index.open()
        server.start()
        index.open()
        assert index.is_open and len(index.search(home.embedder.embed(["town7"])[0], 5)) == 5
        index.close()


@pytest.fixture
def odd_server() -> Iterator[tuple[str, list[str | None], threading.Event]]:
    """Tells what token came; answers 401, or nothing at all once it is told to hang."""
    tokens: list[str | None] = []
    hang = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization"))
            if hang.is_set():
                time.sleep(3)
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tokens, hang
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_token_is_sent_and_a_refusal_named(
    odd_server: tuple[str, list[str | None], threading.Event],
) -> None:
    url, tokens, _ = odd_server
    with pytest.raises(ChromaError, match="401") as caught:
        open_server(url, "passages", token=SecretStr("let-me-in"))
    assert tokens == ["Bearer let-me-in"]
    assert "let-me-in" not in str(caught.value)


def test_a_server_that_hangs_counts_as_failed(
    odd_server: tuple[str, list[str | None], threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _, hang = odd_server
    monkeypatch.setattr(chroma, "ANSWERS_WITHIN_S", 0.3)
    hang.set()
    with pytest.raises(ChromaError, match="imed out"):
        open_server(url, "passages")
