# ruff: noqa: S311 (seeded draws of training pairs)
"""Trains the cross-encoder that holds two claims against each other; see README.md.

Beside whether two claims say the same it learns in which way they differ, where a pair tells. The
run ends by the clock; a checkpoint and the held-out figures are written every few minutes.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from torch.nn import functional as nnf

from retrieval.claim_reading import ClaimReading
from retrieval.training.paraphrase_model import (
    KINDS,
    PAD,
    ParaphraseModel,
    load_base,
    load_tokenizer,
)
from retrieval.training.paraphrase_pairs import SAME, SamePairs
from retrieval.training.stance_sets import Pair
from retrieval.training.train_stance import bucketed, learning_rate

KIND_WEIGHT = 0.3
"""What the loss of the kind counts beside that of sameness."""
HEAD_RATE = 10.0
"""How many times faster the fresh head learns."""
SMOOTHING = 0.03
REPORTED = 400


def encoded(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[Encoding]:
    """Each pair as the product reads it, its short forms written out."""
    return tokenizer.encode_batch(
        [tuple(ClaimReading(text).reading.text for text in (p.premise, p.claim)) for p in pairs]
    )


def collate(encodings: Sequence[Encoding]) -> Tensor:
    """Ids of one batch, padded to its longest pair."""
    length = max(len(e.ids) for e in encodings)
    ids = np.full((len(encodings), length), PAD, dtype=np.int64)
    for i, e in enumerate(encodings):
        ids[i, : len(e.ids)] = e.ids
    return torch.from_numpy(ids)


def batches(
    data: SamePairs, tokenizer: Tokenizer, args: argparse.Namespace
) -> Iterator[tuple[list[Encoding], list[Pair]]]:
    """Pairs of near-equal length, encoded, without end."""
    for turn in count():
        pairs = data.one_round(args.seed * 1000 + turn, 2000)
        encodings = encoded(tokenizer, pairs)
        for rows in bucketed([len(e.ids) for e in encodings], args.batch_tokens, Random(turn)):
            yield [encodings[i] for i in rows], [pairs[i] for i in rows]


def loss_of(logits: Tensor, pairs: Sequence[Pair]) -> Tensor:
    """Whether they are the same, as the share of all ways; and which way, where it is known."""
    same = torch.tensor([float(p.target == SAME) for p in pairs])
    odds = logits[:, 0] - logits[:, 1:].logsumexp(1)
    wanted = same * (1 - 2 * SMOOTHING) + SMOOTHING
    loss = nnf.binary_cross_entropy_with_logits(odds, wanted)
    told = [i for i, p in enumerate(pairs) if p.kind in KINDS]
    if told:
        kinds = torch.tensor([KINDS.index(pairs[i].kind) for i in told])
        loss = loss + KIND_WEIGHT * nnf.cross_entropy(logits[told, 1:], kinds) * len(told) / len(
            pairs
        )
    return loss


def train(args: argparse.Namespace) -> None:
    """One run, from the pairs to the weights."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    tokenizer = load_tokenizer(args.base)
    data = SamePairs(args.written, args.data, args.starter, args.held_out)
    held = Random(0).sample(data.dev, min(REPORTED, len(data.dev)))
    print(f"{len(data.same)} same, {len(data.other)} other, {len(data.dev)} held out", flush=True)
    model = load_base(args.base, args.layers).train()
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True))
    for part in (model.words, model.positions, model.norm):
        part.requires_grad_(False)
    fresh = {id(p) for part in (model.head, model.classes) for p in part.parameters()}
    free = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in free if id(p) not in fresh], "speed": 1.0},
        {"params": [p for p in free if id(p) in fresh], "speed": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=args.rate, weight_decay=0.01, fused=True)
    losses: deque[float] = deque(maxlen=100)
    args.out.mkdir(parents=True, exist_ok=True)
    began = reported = time.monotonic()
    seen = 0
    for encodings, pairs in batches(data, tokenizer, args):
        now = time.monotonic()
        passed = (now - began) / (60 * args.minutes)
        if now - reported > 60 * args.report_minutes or passed >= 1:
            torch.save(model.state_dict(), args.out / "model.pt")
            print(f"{passed:.0%} {seen} pairs, loss {np.mean(losses):.4f}", flush=True)
            report(model, tokenizer, held)
            reported = time.monotonic()
        if passed >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(passed, args.rate) * group["speed"]
        loss = loss_of(model(collate(encodings)), pairs)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(free, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        seen += len(encodings)


def predict(model: ParaphraseModel, tokenizer: Tokenizer, pairs: Sequence[Pair]) -> np.ndarray:
    """Log odds [pairs] that both claims say the same."""
    model.eval()
    encodings = encoded(tokenizer, pairs)
    out = np.zeros(len(pairs))
    with torch.inference_mode():
        for rows in bucketed([len(e.ids) for e in encodings], 2048, Random(0)):
            logits = model(collate([encodings[i] for i in rows]))
            out[rows] = (logits[:, 0] - logits[:, 1:].logsumexp(1)).numpy()
    model.train()
    return out


def report(model: ParaphraseModel, tokenizer: Tokenizer, pairs: Sequence[Pair]) -> None:
    """How well held-out families are told apart: the area under the curve, and the recall where 97
    of 100 pairs taken for the same are."""
    score = predict(model, tokenizer, pairs)
    same = np.array([p.target == SAME for p in pairs])
    right = np.cumsum(same[np.argsort(-score)])
    good = np.flatnonzero(right >= 0.97 * np.arange(1, len(right) + 1))
    recall = right[good[-1]] / same.sum() if len(good) else 0.0
    print(f"  AUC {roc_auc_score(same, score):.3f}, recall {recall:.2f}", flush=True)


def main() -> None:
    """Reads the command line."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the open sets")
    parser.add_argument("--base", type=Path, required=True, help="folder of the base's wheels")
    parser.add_argument("--written", type=Path, default=here / "same_claims")
    parser.add_argument("--starter", type=Path, default=here / "starter_pairs")
    parser.add_argument("--held-out", type=float, default=0.15, help="share of the families")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--report-minutes", type=float, default=8)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--batch-tokens", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
