"""What a large corpus costs: memory while it grows, the start, search.

    python -m benchmarks.large HOME --grow 100000 [--without-index]
    python -m benchmarks.large HOME

The first reads made documents with made-up vectors into HOME (see `benchmarks.made`) and may be
stopped and repeated, or given `--seconds`; it prints the memory on the way, of this process, and
the most that a process that brought the index in step had. The second opens HOME as `receipts run`
does (`ready_s` counts from the start of the process) and searches it with the claims of the test
sets, which the real embedder reads: of all, as of a day that keeps a fifth out, as of one that
keeps most out, and of all again while a server has a source of its own, which is put in and
removed. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.made import MadeEmbedder, claims, documents
from bot.app import App, create_app
from bot.settings import load_settings
from corpus.documents import make_document
from retrieval.ingest import ingest
from retrieval.model import SearchFilter

_STEP = 5_000
"""Passages between two looks at the memory."""
_PRIVATE = "made-private"


def open_home(home: Path) -> App:
    """The app on it, as it is run."""
    return create_app(load_settings(home=home))


def grow(home: Path, passages: int, seconds: float, *, index: bool) -> dict[str, Any]:
    """Reads made documents in until there are so many passages, or the time is over."""
    begun = time.perf_counter()
    memory: dict[int, dict[str, float]] = {}
    with open_home(home) as app:
        embedder = MadeEmbedder(app.embedder)
        held = app.catalogue.count()
        first = sum(record.source.id.startswith("made-") for record in app.catalogue.sources())
        before, number = held.passages, first
        while held.passages < passages and time.perf_counter() - begun < seconds:
            batch = list(documents(number, min(_STEP, passages - held.passages)))
            number += len(batch)
            ingest(batch, app.catalogue, embedder, app.indexer if index else None)
            held = app.catalogue.count()
            memory[held.passages] = memory_mb()
    spent = time.perf_counter() - begun
    return {
        "passages": held.passages,
        "passages_a_second": (held.passages - before) / spent,
        "memory_mb": memory,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
        "peak_mb_of_index_process": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_024,
    }


def measure(home: Path, queries: int) -> dict[str, Any]:
    """The start, and search in four ways."""
    with open_home(home) as app:
        app.warm_up()
        memory = {"ready": memory_mb()}
        ready, ready_cpu = process_age_s(), time.process_time()
        asked = claims()[:: max(1, len(claims()) // queries)]

        def search(where: SearchFilter) -> dict[str, float]:
            return timed(lambda claim: app.retriever.search(claim, 10, where), asked)

        searched = {"all": search(SearchFilter())}
        searched["as_of_2024"] = search(SearchFilter(as_of=date(2024, 6, 30)))
        searched["as_of_2019"] = search(SearchFilter(as_of=date(2019, 8, 1)))
        private = make_document({"id": _PRIVATE}, "Private words.", "made", guild_id="1")
        ingest([private], app.catalogue, app.embedder)
        searched["beside_private"] = search(SearchFilter(guild_id="2"))
        app.catalogue.remove(_PRIVATE)
        memory["searched"] = memory_mb()
        return {
            "passages": app.catalogue.count().passages,
            "ready_s": ready,
            "ready_cpu_s": ready_cpu,
            "search_ms": searched,
            "memory_mb": memory,
        }


def timed(do: Callable[[str], object], asked: Sequence[str]) -> dict[str, float]:
    """Milliseconds of all but the first: median and 95th percentile, by the clock and of CPU.

    On a machine that does other work too, the CPU time is nearer to what an idle one takes.
    """
    clock, cpu = [], []
    for each in asked:
        begun = time.perf_counter(), time.process_time()
        do(each)
        clock.append(1_000 * (time.perf_counter() - begun[0]))
        cpu.append(1_000 * (time.process_time() - begun[1]))
    found = {"first": clock[0]}
    for name, times in (("", clock[1:]), ("cpu_", cpu[1:])):
        ranked = sorted(times)
        found[f"{name}p50"] = ranked[len(ranked) // 2]
        found[f"{name}p95"] = ranked[int(len(ranked) * 0.95)]
    return found


def memory_mb() -> dict[str, float]:
    """The memory that this process has now: all of it, and that which is in no file."""
    # proc(5): lines such as `RssAnon:     123 kB`.
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    said = dict(line.split(":", 1) for line in lines)
    names = {"resident": "VmRSS", "anonymous": "RssAnon"}
    return {name: int(said[field].split()[0]) / 1_024 for name, field in names.items()}


def process_age_s() -> float:
    """Seconds since the start of this process."""
    # proc(5): field 22, of which 20 follow the name in brackets, in clock ticks since the boot.
    began = int(Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()[19])
    up = float(Path("/proc/uptime").read_text("ascii").split()[0])
    return up - began / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--grow", type=int)
    parser.add_argument("--without-index", action="store_true")
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    given = parser.parse_args()
    if given.grow:
        found = grow(given.home, given.grow, given.seconds, index=not given.without_index)
    else:
        found = measure(given.home, given.queries)
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
