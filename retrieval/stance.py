"""The stance cross-encoder: how a premise bears on a claim, as three probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelFileError
from retrieval.modelfiles import SHIPPED, ModelFolder, open_model

_MEANINGS = {
    "supports": 0, "support": 0, "entailment": 0, "supported": 0,
    "refutes": 1, "refute": 1, "contradiction": 1, "refuted": 1, "contradicts": 1,
    "neither": 2, "neutral": 2, "not_enough_info": 2, "not enough info": 2, "nei": 2,
}  # fmt: skip
_BATCH_TOKENS = 4096


class OnnxStance:
    """Any ONNX sequence classifier over (premise, claim) with three labels.

    The label order is read from `id2label` in the folder's config.json; ModelFileError where it
    names other labels.
    """

    def __init__(self, folder: ModelFolder, *, threads: int = 2) -> None:
        import onnxruntime  # noqa: PLC0415 - loaded only where a model is
        from tokenizers import Tokenizer  # noqa: PLC0415

        self._order = _label_order(folder)
        self._model_id = folder.model_id
        self._tokenizer = Tokenizer.from_file(str(folder.file("tokenizer.json")))
        self._tokenizer.no_padding()
        length = folder.config.get("max_length")
        self._tokenizer.enable_truncation(
            length if isinstance(length, int) else 256, strategy="only_first"
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning burns the second core while a shared machine has other work for it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder.file("model.onnx")), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {value.name for value in self._session.get_inputs()}

    @property
    def model_id(self) -> str:
        """Name and version of the model."""
        return self._model_id

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n, 3): probabilities of supports, refutes, neither, for (premise, claim)."""
        result = np.zeros((len(pairs), 3), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(pairs)) if pairs else []
        by_length = sorted(range(len(pairs)), key=lambda i: len(encodings[i].ids))
        for batch in _batches(by_length, [len(encoding.ids) for encoding in encodings]):
            width = len(encodings[batch[-1]].ids)
            feed = {
                name: np.zeros((len(batch), width), dtype=np.int64)
                for name in ("input_ids", "attention_mask", "token_type_ids")
            }
            for row, index in enumerate(batch):
                encoding, size = encodings[index], len(encodings[index].ids)
                feed["input_ids"][row, :size] = encoding.ids
                feed["attention_mask"][row, :size] = 1
                feed["token_type_ids"][row, :size] = encoding.type_ids
            logits = self._session.run(
                None, {name: array for name, array in feed.items() if name in self._inputs}
            )[0]
            result[batch] = _softmax(logits)[:, self._order]
        return result


def load_stance(path: Path | None = None, *, threads: int = 2) -> OnnxStance:
    """The shipped stance model, or the one in the folder `path`; its hashes are verified."""
    return OnnxStance(open_model(path or SHIPPED / "stance"), threads=threads)


def _label_order(folder: ModelFolder) -> list[int]:
    """Columns of supports, refutes and neither among the model's labels."""
    labels = folder.config.get("id2label")
    order = [-1, -1, -1]
    if isinstance(labels, dict):
        for column, name in labels.items():
            meaning = _MEANINGS.get(str(name).lower())
            if meaning is not None:
                order[meaning] = int(column)
    if -1 in order:
        raise ModelFileError(
            f"{folder.path / 'config.json'}: id2label must name supports, refutes and neither "
            f"(or entailment, contradiction, neutral), it has {labels!r}"
        )
    return order


def _batches(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Indices in runs whose padded size stays within a token budget; `order` is by length."""
    batches: list[list[int]] = []
    for index in order:
        if batches and (len(batches[-1]) + 1) * lengths[index] <= _BATCH_TOKENS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float32] = shifted / shifted.sum(axis=1, keepdims=True)
    return result
