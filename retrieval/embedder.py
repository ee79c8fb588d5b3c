"""Embedders: text to unit vectors, by an ONNX encoder here or by an OpenAI-compatible endpoint."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EndpointError, InputError, ModelFileError
from retrieval.model import Embedder, Vectors
from retrieval.modelfiles import SHIPPED, ModelFolder, open_model

if TYPE_CHECKING:
    from openai import OpenAI

_CHARS_PER_TOKEN = 40
"""Text past max_tokens times this is cut before it is tokenised: it could not be read anyway."""


class OnnxEmbedder:
    """A sentence encoder in a folder: `model.onnx`, `tokenizer.json`, `config.json`.

    Texts are embedded one at a time, several threads at once, never in padded batches: dynamic
    quantisation scales a whole batch together, so a text's vector would depend on its neighbours
    (and on these lengths a batch is slower). The session is opened at the first text.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        self._folder = folder
        self._threads = threads or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._opened: tuple[Any, Any] | None = None
        self._dim = _config_int(folder, "dim", "hidden_size")
        self._max_tokens = _config_int(folder, "max_tokens") or 256
        self._fusion_weight = _config_float(folder, "fusion_weight")
        self._topic_floor = _config_float(folder, "topic_floor")

    @property
    def model_id(self) -> str:
        """The name that the index records."""
        return self._folder.model_id

    @property
    def dim(self) -> int:
        """Length of a vector."""
        if self._dim is None:
            self._dim = int(self.embed([""]).shape[1])
        return self._dim

    @property
    def fusion_weight(self) -> float | None:
        """Least share of the cosine beside BM25, tuned for this model; None: nothing is tuned."""
        return self._fusion_weight

    @property
    def topic_floor(self) -> float | None:
        """Cosine and share covered, together, below which a topic is absent; None: not tuned."""
        return self._topic_floor

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (n, dim); text past the model's window is not read."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        session, tokenizer = self._open()

        def one(text: str) -> NDArray[np.float32]:
            return self._embed_one(session, tokenizer, text)

        if len(texts) == 1 or self._threads == 1:
            return np.stack([one(text) for text in texts])
        with ThreadPoolExecutor(min(self._threads, len(texts))) as pool:
            return np.stack(list(pool.map(one, texts)))

    def _embed_one(self, session: Any, tokenizer: Any, text: str) -> NDArray[np.float32]:
        # A lone surrogate, which JSON can carry, is no UTF-8 and would end the tokeniser.
        text = text[: self._max_tokens * _CHARS_PER_TOKEN].encode("utf-8", "replace").decode()
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        inputs = {item.name: given[item.name] for item in session.get_inputs()}
        output: NDArray[np.float32] = session.run(None, inputs)[0][0]
        vector = output.mean(axis=0) if output.ndim == 2 else output
        return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)

    def _open(self) -> tuple[Any, Any]:
        with self._lock:
            if self._opened is None:
                self._opened = self._folder.session(), self._open_tokenizer()
            return self._opened

    def _open_tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        path = self._folder.file("tokenizer.json")
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:
            # The Rust side raises plain Exception.
            raise ModelFileError(f"model file {path} cannot be read ({error})") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._max_tokens)
        return tokenizer


class EndpointEmbedder:
    """A model behind any OpenAI-compatible `/embeddings`."""

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        batch: int = 64,
    ) -> None:
        self._model = model
        self._base_url = base_url
        # Servers at home ask for no key, but the client does.
        self._api_key = api_key or "none"
        self._timeout_s = timeout_s
        self._batch = batch
        self._lock = threading.Lock()
        self._client: OpenAI | None = None
        self._dim: int | None = None

    @property
    def model_id(self) -> str:
        """The name that the index records."""
        return f"endpoint:{self._model}"

    @property
    def dim(self) -> int:
        """Length of a vector; asks the endpoint the first time."""
        if self._dim is None:
            self.embed(["dimension"])
        assert self._dim is not None
        return self._dim

    @property
    def fusion_weight(self) -> float | None:
        """None: nothing is known of this model's cosines."""
        return None

    @property
    def topic_floor(self) -> float | None:
        """None, for the same reason."""
        return None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (n, dim). Raises EndpointError."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        batches = [
            self._embed_batch(list(texts[start : start + self._batch]))
            for start in range(0, len(texts), self._batch)
        ]
        return np.concatenate(batches)

    def _embed_batch(self, texts: list[str]) -> Vectors:
        from openai import OpenAIError

        # Several servers refuse an empty string.
        inputs = [text.encode("utf-8", "replace").decode() or " " for text in texts]
        try:
            response = self._open().embeddings.create(
                model=self._model, input=inputs, encoding_format="float"
            )
            rows = sorted(response.data, key=lambda row: row.index)
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except OpenAIError as error:
            raise EndpointError(
                f"the embedding endpoint failed for model {self._model!r} "
                f"({_one_line(error)}): check OPENAI_BASE_URL and RECEIPTS_EMBEDDING_MODEL"
            ) from error
        except (AttributeError, TypeError, ValueError) as error:
            raise self._malformed(_one_line(error)) from error
        return self._checked(vectors, len(texts))

    def _checked(self, vectors: NDArray[np.float32], count: int) -> Vectors:
        if vectors.ndim != 2 or vectors.shape[0] != count or not np.isfinite(vectors).all():
            raise self._malformed(f"{count} texts gave an array of shape {vectors.shape}")
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not norms.all():
            raise self._malformed("a vector of zeros")
        dim = vectors.shape[1]
        if self._dim is not None and dim != self._dim:
            raise self._malformed(f"vectors of {dim} numbers after vectors of {self._dim}")
        self._dim = dim
        unit: Vectors = (vectors / norms).astype(np.float32)
        return unit

    def _malformed(self, what: str) -> EndpointError:
        return EndpointError(
            f"the embedding endpoint's answer for model {self._model!r} is not usable ({what})"
        )

    def _open(self) -> OpenAI:
        with self._lock:
            if self._client is None:
                from openai import OpenAI

                self._client = OpenAI(
                    base_url=self._base_url,
                    api_key=self._api_key,
                    timeout=self._timeout_s,
                    max_retries=3,
                )
            return self._client


def load_embedder(
    model: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    threads: int | None = None,
) -> Embedder:
    """The embedder that the settings name.

    `model` is a folder with an ONNX encoder, or a model's name at the endpoint; None is the shipped
    one. Raises ModelFileError, or InputError where a name is given and no endpoint.
    """
    if not model:
        return OnnxEmbedder(open_model(SHIPPED / "minilm"), threads)
    folder = Path(model).expanduser()
    if folder.is_dir():
        return OnnxEmbedder(open_model(folder.resolve()), threads)
    if base_url or api_key:
        return EndpointEmbedder(model, base_url, api_key)
    raise InputError(
        f"RECEIPTS_EMBEDDING_MODEL is {model!r}: no such folder, and neither OPENAI_BASE_URL nor "
        "OPENAI_API_KEY names an endpoint that could serve it"
    )


def _config_int(folder: ModelFolder, *names: str) -> int | None:
    for name in names:
        value = folder.config.get(name)
        if isinstance(value, int) and value > 0:
            return value
    return None


def _config_float(folder: ModelFolder, name: str) -> float | None:
    value = folder.config.get(name)
    return float(value) if isinstance(value, int | float) else None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
