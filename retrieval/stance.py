"""The stance cross-encoder: how a premise bears on a claim, as probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelFileError
from retrieval.modelfiles import SHIPPED, ModelFolder, open_model

if TYPE_CHECKING:
    from tokenizers import Encoding

_MISLEADING = "misleading"
_MEANINGS = {
    "supports": 0, "support": 0, "entailment": 0, "supported": 0,
    "refutes": 1, "refute": 1, "contradiction": 1, "refuted": 1, "contradicts": 1,
    "neither": 2, "neutral": 2, "not_enough_info": 2, "not enough info": 2, "nei": 2,
}  # fmt: skip


class OnnxStance:
    """Any ONNX sequence classifier over (premise, claim) with three labels.

    Pairs are scored one at a time, several threads at once, never in padded batches: dynamic
    quantisation scales a whole batch together, so a pair's score would depend on its neighbours.

    The label order is read from `id2label` in the folder's config.json; ModelFileError where it
    names other labels. A model may have a second output, `misleading`, a logit a pair.
    """

    def __init__(self, folder: ModelFolder, *, threads: int = 2) -> None:
        from tokenizers import Tokenizer

        self._order = _label_order(folder)
        self._model_id = folder.model_id
        self._tokenizer = Tokenizer.from_file(str(folder.file("tokenizer.json")))
        self._tokenizer.no_padding()
        length = folder.config.get("max_length")
        self._length = length if isinstance(length, int) else 256
        self._tokenizer.enable_truncation(self._length, strategy="only_first")
        self._session = folder.session()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="stance")
        self._inputs = {value.name for value in self._session.get_inputs()}
        outputs = [value.name for value in self._session.get_outputs()]
        self._outputs = [outputs[0], *(name for name in outputs[1:] if name == _MISLEADING)]

    @property
    def model_id(self) -> str:
        """Name and version of the model."""
        return self._model_id

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n, 3): probabilities of supports, refutes, neither, for (premise, claim)."""
        return self.judge(pairs)[:, :3]

    def judge(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n, 4): the same, and the probability that the claim misleads; see StanceModel."""
        if not pairs:
            return np.zeros((0, 4), dtype=np.float32)
        # A lone surrogate, which JSON can carry, is no UTF-8 and would end the tokeniser.
        readable = [
            (premise.encode("utf-8", "replace").decode(), self._fitting(claim))
            for premise, claim in pairs
        ]
        rows = self._pool.map(self._score_one, self._tokenizer.encode_batch(readable))
        return np.stack(list(rows))

    def _fitting(self, claim: str) -> str:
        """The claim, cut where it would leave no room for its premise."""
        claim = claim.encode("utf-8", "replace").decode()
        most = self._length // 2
        if len(claim) <= most:
            return claim
        offsets = self._tokenizer.encode(claim, add_special_tokens=False).offsets
        return claim[: offsets[most][0]] if len(offsets) > most else claim

    def _score_one(self, encoding: Encoding) -> NDArray[np.float32]:
        feed = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }
        logits, *further = self._session.run(
            self._outputs, {name: feed[name] for name in self._inputs}
        )
        shifted = np.exp(logits[0] - logits[0].max())
        misleading = 1.0 / (1.0 + np.exp(-further[0].reshape(-1))) if further else [0.0]
        stances = (shifted / shifted.sum())[self._order]
        result: NDArray[np.float32] = np.append(stances, misleading).astype(np.float32)
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
