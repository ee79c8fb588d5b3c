from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import EndpointError, InputError, ModelFileError
from retrieval.embedder import EndpointEmbedder, OnnxEmbedder, load_embedder
from retrieval.model import Embedder
from retrieval.modelfiles import open_model


def test_vectors_are_unit_float32(embedder: Embedder) -> None:
    vectors = embedder.embed(["A cat sat.", "", "word " * 2000])
    assert vectors.shape == (3, embedder.dim) == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, 384)


def test_nearness_follows_meaning(embedder: Embedder) -> None:
    question, answer, other = embedder.embed(
        [
            "How much did it cost to train the model?",
            "Training the network took a budget of six million dollars.",
            "The recipe calls for two cups of flour.",
        ]
    )
    assert question @ answer > question @ other + 0.3


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    texts = ["One.", "The bridge opened in 1932 and carries 160,000 vehicles a day.", "x " * 300]
    together = embedder.embed(texts)
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_array_equal(row, embedder.embed([text])[0])


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(), max_size=300))
def test_any_text_can_be_embedded(embedder: Embedder, text: str) -> None:
    assert np.isfinite(embedder.embed([text])).all()


def test_hostile_sizes_and_lone_surrogates_are_survived(embedder: Embedder) -> None:
    started = time.process_time()
    vectors = embedder.embed(["\ud800 broken \udfff", "a" * 5_000_000, " " * 5_000_000])
    assert np.isfinite(vectors).all()
    assert time.process_time() - started < 5


def test_a_query_is_embedded_in_milliseconds(embedder: Embedder) -> None:
    embedder.embed(["warm"])
    times = []
    for number in range(21):
        started = time.process_time()
        embedder.embed([f"DeepSeek spent {number} million dollars to train its model"])
        times.append(time.process_time() - started)
    assert statistics.median(times) < 0.015


def test_altered_onnx_is_a_model_file_error(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not onnx")
    with pytest.raises(ModelFileError, match=r"model\.onnx cannot be opened"):
        OnnxEmbedder(open_model(tmp_path)).embed(["x"])


def test_a_name_without_endpoint_is_an_input_error() -> None:
    with pytest.raises(InputError, match="RECEIPTS_EMBEDDING_MODEL"):
        load_embedder("some/model")


class EmbeddingServer(ThreadingHTTPServer):
    """Answers `/v1/embeddings` as the protocol has it, or with the answer queued in `answers`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EmbeddingHandler)
        self.requests: list[dict[str, object]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class EmbeddingHandler(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        if self.server.answers:
            status, headers, content = self.server.answers.pop(0)
        else:
            rows = [
                {"object": "embedding", "index": i, "embedding": [float(len(text)), 3.0, 4.0]}
                for i, text in enumerate(body["input"])
            ]
            status, headers = 200, {}
            # Out of order, as the protocol allows.
            content = json.dumps(
                {"object": "list", "model": body["model"], "data": rows[::-1]}
            ).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def test_endpoint_vectors_are_in_order_of_the_texts_and_unit(server: EmbeddingServer) -> None:
    embedder = EndpointEmbedder("m", server.url, batch=2)
    texts = ["a", "bb", "ccc", "dddd", "eeeee"]
    vectors = embedder.embed(texts)
    expected = np.array([[len(text), 3.0, 4.0] for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert [len(request["input"]) for request in server.requests] == [2, 2, 1]  # type: ignore[arg-type]
    assert embedder.dim == 3
    assert embedder.model_id == "endpoint:m"
    assert embedder.fusion_weight is None


def test_endpoint_is_asked_for_the_dimension(server: EmbeddingServer) -> None:
    assert EndpointEmbedder("m", server.url).dim == 3


def test_endpoint_waits_out_too_many_requests(server: EmbeddingServer) -> None:
    server.answers = [(429, {"Retry-After": "0.01"}, b"{}"), (503, {"Retry-After": "0.01"}, b"{}")]
    assert EndpointEmbedder("m", server.url).embed(["a"]).shape == (1, 3)


@pytest.mark.parametrize(
    "answer",
    [
        (404, b'{"error": {"message": "no such model"}}'),
        (401, b'{"error": {"message": "bad key"}}'),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b'{"data": []}'),
        (200, b'{"data": [{"index": 0, "embedding": []}]}'),
        (200, b'{"data": [{"index": 0, "embedding": [0, 0, 0]}]}'),
        (200, b'{"data": [{"index": 0, "embedding": [1, "x", 0]}]}'),
        (200, b'{"data": [{"index": 0, "embedding": [1e999, 0, 0]}]}'),
        (200, b'{"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1]}]}'),
    ],
)
def test_unusable_answers_are_endpoint_errors(
    server: EmbeddingServer, answer: tuple[int, bytes]
) -> None:
    server.answers = [(answer[0], {}, answer[1])]
    with pytest.raises(EndpointError) as caught:
        EndpointEmbedder("m", server.url).embed(["a"])
    assert "\n" not in str(caught.value)


def test_vectors_of_another_length_are_refused(server: EmbeddingServer) -> None:
    embedder = EndpointEmbedder("m", server.url)
    embedder.embed(["a"])
    server.answers = [(200, {}, b'{"data": [{"index": 0, "embedding": [1, 0]}]}')]
    with pytest.raises(EndpointError, match="2 numbers"):
        embedder.embed(["a"])


def test_endpoint_that_is_not_there_is_an_endpoint_error() -> None:
    embedder = EndpointEmbedder("m", "http://127.0.0.1:9/v1", timeout_s=1)
    with pytest.raises(EndpointError, match="OPENAI_BASE_URL"):
        embedder.embed(["a"])


def test_settings_choose_the_embedder(server: EmbeddingServer, tmp_path: Path) -> None:
    assert load_embedder("m", server.url).model_id == "endpoint:m"
    (tmp_path / "model.onnx").write_bytes(b"x")
    assert load_embedder(str(tmp_path)).model_id.startswith(f"{tmp_path.name}@")
    assert load_embedder().model_id == "all-MiniLM-L6-v2-int8/1"
