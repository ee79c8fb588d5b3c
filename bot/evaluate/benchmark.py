"""How fast it is, beside what the bare models cost: `python -m bot.evaluate.benchmark`."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.commands.options import json_option
from bot.evaluate import results
from bot.evaluate.provenance import Provenance, versions
from bot.evaluate.speed import PAIR_TOKENS, PASSAGE_WORDS, measure, model_folder
from bot.evaluate.summary import Table, as_text
from bot.session import Session
from corpus.errors import ReceiptsError
from retrieval.modelfiles import open_model


def _tables(numbers: dict[str, Any]) -> list[Table]:
    """Throughput, and latency."""
    return [
        Table(
            "Throughput of one core",
            ("", "a CPU-second", "bare model", "cost by the bare model's"),
            tuple(_throughput(numbers)),
        ),
        Table(
            f"Latency over {numbers['passages']:,} passages, {numbers['claims']} claims",
            ("", "p50 ms", "p95 ms", "bare models, p50 ms", "by the bare models'", "CPU ms"),
            tuple(_latencies(numbers)),
        ),
    ]


def _throughput(numbers: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    names = {
        "embedder": f"embedder, passages of {PASSAGE_WORDS} words",
        "stance": f"stance, pairs of {PAIR_TOKENS} tokens",
    }
    for key, name in names.items():
        found = numbers[key]
        shown = (found["per_cpu_second"], found["bare_per_cpu_second"], found["ratio"])
        yield name, *(f"{value:g}" for value in shown)


def _latencies(numbers: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key in ("search", "check"):
        found = numbers[key]
        names = ("p50_ms", "p95_ms", "bare_p50_ms", "ratio", "cpu_ms")
        yield key, *(f"{found[name]:g}" for name in names)


@click.command()
@click.option("--passages", type=click.IntRange(min=1), default=2_000, show_default=True)
@click.option("--claims", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--results",
    "results_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a section of this Markdown file anew.",
)
@json_option
@click.pass_obj
def command(
    session: Session,
    /,
    *,
    passages: int,
    claims: int,
    seed: int,
    results_file: Path | None,
    as_json: bool,
) -> None:
    """Speed of embedder, stance model, search and whole check, beside the bare models' own."""
    if results_file is not None:
        results.check(results_file)
    settings = session.settings(engine="local")
    numbers = asyncio.run(measure(settings, session, passages, claims, seed))
    options = {"--passages": passages, "--claims": claims, "--seed": seed}
    typed = [str(word) for pair in options.items() for word in pair]
    embedder = open_model(model_folder(settings.embedding_model, "minilm"))
    run = Provenance(
        what=f"benchmark, {passages:,} passages",
        command=shlex.join(["python", "-m", "bot.evaluate.benchmark", *typed]),
        day=datetime.now(UTC).date().isoformat(),
        rows=f"{claims} claims",
        seed=seed,
        versions=versions(settings, embedder.model_id, models=True),
        words_learned_from=None,
    )
    made = _tables(numbers)
    if results_file is not None:
        results.write(results_file, run, made)
    if as_json:
        session.show_json(numbers | {"run": run.as_json()})
    else:
        session.show(as_text(run.facts(), made))


if __name__ == "__main__":
    try:
        command.main(obj=Session())
    except ReceiptsError as failure:
        sys.exit(f"benchmark: {failure}")
