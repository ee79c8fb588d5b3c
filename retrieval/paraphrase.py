"""The paraphrase cross-encoder: how likely two claims are to say the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.modelfiles import SHIPPED, ModelFolder, open_model


class OnnxParaphrase:
    """The shipped model over pairs of claims, either of which may come first.

    Pairs are scored one at a time, so that a pair's score does not depend on its neighbours. Few
    are scored at once, and somebody waits for them: each has all the threads.
    """

    def __init__(self, folder: ModelFolder, *, threads: int = 2) -> None:
        from tokenizers import Tokenizer

        self.model_id = folder.model_id
        self._tokenizer = Tokenizer.from_file(str(folder.file("tokenizer.json")))
        self._tokenizer.no_padding()
        length = folder.config.get("max_length")
        self._tokenizer.enable_truncation(
            length if isinstance(length, int) else 128, strategy="longest_first"
        )
        self._session = folder.session(threads=threads)

    def odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Shape (n,): log odds that both claims of a pair say the same."""
        if not pairs:
            return np.zeros(0, dtype=np.float32)
        # A lone surrogate, which JSON can carry, is no UTF-8 and would end the tokeniser.
        readable = [
            tuple(text.encode("utf-8", "replace").decode() for text in pair) for pair in pairs
        ]
        encodings = self._tokenizer.encode_batch(readable)
        return np.array([self._odds_of(e.ids) for e in encodings], dtype=np.float32)

    def _odds_of(self, ids: Sequence[int]) -> float:
        feed = {"input_ids": np.array([ids], dtype=np.int64)}
        return float(self._session.run(["odds"], feed)[0][0])


def load_paraphrase() -> OnnxParaphrase:
    """The shipped model; its hashes are verified. ModelFileError."""
    return OnnxParaphrase(open_model(SHIPPED / "paraphrase"))
