"""The index on a real Chroma server: its restart, its absence, a server that hangs or refuses."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from corpus.catalogue import Catalogue
from retrieval import chroma
from retrieval.chroma import ChromaError, open_server
from retrieval.dense import DenseSearch
from retrieval.indexer import Indexer
from retrieval.search import Retriever
from tests.chroma_server import ChromaServer
from tests.retrieval.homes import Home, many

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


def indexer_at(home: Home, url: str) -> Indexer:
    return Indexer(home.folder, home.catalogue, home.embedder.model_id, chroma_url=url)


def found(home: Home, catalogue: Catalogue, index: Indexer) -> list[str]:
    dense = DenseSearch(catalogue, home.embedder.model_id, index, exact_limit=1)
    hits = Retriever(catalogue, home.embedder, dense).search("town7 built school0", 3)
    return [hit.passage.source.id for hit in hits]


def test_a_server_that_is_not_there_is_told_once_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Home(tmp_path) as home:
        home.ingest(many(3))
        index = indexer_at(home, "http://127.0.0.1:9")
        assert not index.bring_in_step()
        assert not index.bring_in_step()
        (told,) = caplog.messages
        assert "the server at 127.0.0.1:9 failed: it does not answer" in told
        assert "RECEIPTS_CHROMA_URL" in told


# Chroma's client leaves the socket of a connection that broke to be collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_outlives_the_servers_kill_and_is_searched_without_it(
    tmp_path: Path, server: ChromaServer
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


@contextmanager
def terminated(behind: int, certificate: Path, token: str) -> Iterator[str]:
    """The address of something that speaks TLS before the server at a port, and wants a token."""
    command = [sys.executable, "-m", "tests.tls_terminator", str(behind), certificate, token]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"https://localhost:{process.stdout.readline().strip()}"
        process.kill()


# Chroma's client leaves the socket of a connection that was refused to be collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_over_tls_and_with_a_token_it_is_filled_and_searched(
    tmp_path: Path, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    certificate = tmp_path / "server.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    before = terminated(server.port, certificate, "let-me-in")
    with Home(tmp_path) as home, before as url:
        home.ingest(many(40))
        right, wrong = SecretStr("let-me-in"), SecretStr("guess")
        with pytest.raises(ChromaError, match=r"certificate|CERTIFICATE"):
            open_server(url, "passages", "model", right)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with pytest.raises(ChromaError, match="401") as refused:
            open_server(url, "passages", "model", wrong)
        assert "guess" not in str(refused.value)
        index = Indexer(
            home.folder,
            home.catalogue,
            home.embedder.model_id,
            chroma_url=url,
            chroma_token=right,
        )
        index.open()
        assert found(home, home.catalogue, index)[0] == "doc-00007"
        assert index.is_open
        index.close()
