"""Kills an ingest at random moments, and looks whether the corpus heals.

    python -m benchmarks.kill --kills 50 --aimed 10

Each kill is a SIGKILL of a process that reads 5,000 documents into a home and fills Chroma as it
goes: in turn with the index open, and by a process of its own, which is killed with it. Aimed kills
wait until the files of Chroma's HNSW index are being written. After each, another process opens the
home as a start would, and everything is held against everything: documents against those
acknowledged, catalogue, Chroma and lexical index against each other, quotes against their texts.
When all documents are in, a fresh home begins. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

DOCUMENTS = 5_000
DIM = 384
_DRAINED_EVERY = 250
_PROBE_FROM = 1_000
"""Passages from which an index is probed rather than made anew: fewer than in earnest, so that most
kills try the probe."""
_ACKNOWLEDGED = "acknowledged.txt"


class NumberEmbedder:
    """Vectors from a checksum: quick, so that the time goes into what is killed."""

    model_id = "benchmark/1"
    fusion_weight: float | None = 0.7
    topic_floor: float | None = None

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors."""
        import zlib

        rows = [
            np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIM) for text in texts
        ]
        vectors = np.asarray(rows, dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def documents(count: int) -> Iterator[Any]:
    """Reports that differ in words and figures."""
    from corpus.documents import make_document

    for n in range(count):
        chance = random.Random(n)  # noqa: S311
        words = " ".join(chance.choice(("ash", "oak", "elm", "fir", "yew")) for _ in range(12))
        text = f"Report {n} counts {chance.randint(1, 10**6)} trees near town {n}: {words}."
        yield make_document({"id": f"doc-{n:05}", "title": f"Report {n}"}, text, f"doc {n}")


def child(home: Path, count: int = DOCUMENTS, *, apart: bool = False) -> None:
    """Reads the documents in, and writes down each that is acknowledged."""
    from corpus.catalogue import Catalogue
    from corpus.database import open_engine
    from corpus.lock import writer_lock
    from retrieval.indexer import Indexer
    from retrieval.ingest import ingest

    catalogue = Catalogue(open_engine(f"sqlite:///{home / 'receipts.db'}"))
    embedder = NumberEmbedder()
    indexer = Indexer(
        home,
        catalogue,
        embedder.model_id,
        probe_from=_PROBE_FROM,
        apart_from=0 if apart else None,
    )
    add = catalogue.add
    with (
        writer_lock(home, "the benchmark", wait=60),
        (home / _ACKNOWLEDGED).open("a", buffering=1) as log,
    ):
        if catalogue.embedder() is None:
            catalogue.set_embedder(embedder.model_id)
        if not apart:
            indexer.open()
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        done = 0

        def acknowledged(source: Any, *args: Any, **named: Any) -> bool:
            nonlocal done
            added = add(source, *args, **named)
            log.write(f"{source.id}\n")
            done += 1
            if done % _DRAINED_EVERY == 0:
                indexer.drain()
            return added

        catalogue.add = acknowledged  # type: ignore[method-assign]
        ingest(documents(count), catalogue, embedder, indexer)
    indexer.close()


def heal(home: Path) -> None:
    """Opens the home as a start does and prints what is in it."""
    from corpus.catalogue import Catalogue
    from corpus.database import open_engine
    from retrieval.indexer import Indexer

    catalogue = Catalogue(open_engine(f"sqlite:///{home / 'receipts.db'}"))
    indexer = Indexer(home, catalogue, NumberEmbedder.model_id, probe_from=_PROBE_FROM)
    begun = time.perf_counter()
    indexer.open()
    seconds = time.perf_counter() - begun
    index = indexer._index
    held = {id_ for page in index.pages() for id_ in page} if index else set()
    indexer.close()
    records = catalogue.sources()
    ids = catalogue.embedded_ids(NumberEmbedder.model_id)
    passages = catalogue.passages(ids)
    texts = {record.source.id: catalogue.document_text(record.source.id) for record in records}
    log = home / _ACKNOWLEDGED
    acknowledged = set(log.read_text().split()) if log.exists() else set()
    count = catalogue.count()
    sys.stdout.write(
        json.dumps(
            {
                "documents": len(records),
                "missing": len(acknowledged - {record.source.id for record in records}),
                "duplicates": len(ids) - len({texts[passages[id_].source.id] for id_ in ids}),
                "equal": held == set(ids) and count.passages == count.lexical == len(ids),
                "not_verbatim": sum(
                    (texts[each.source.id] or "")[each.start : each.end] != each.text
                    for each in passages.values()
                ),
                "seconds": seconds,
            }
        )
    )


@dataclass
class Tally:
    """What came of all kills."""

    kills: int = 0
    aimed: int = 0
    in_persist: int = 0
    failures: list[str] = field(default_factory=list)
    slowest_heal_s: float = 0.0
    homes: int = 0


def run(kills: int, aimed: int, seed: int, count: int = DOCUMENTS) -> Tally:
    """Kill and heal, again and again; `count` documents a home."""
    chance = random.Random(seed)  # noqa: S311
    plan = [True] * aimed + [False] * (kills - aimed)
    chance.shuffle(plan)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        home = _fresh(Path(folder), tally)
        for aim in plan:
            finished = _kill_once(home, aim, count, chance, tally)
            _check(home, tally)
            if finished:
                home = _fresh(Path(folder), tally)
            sys.stderr.write(f"{tally}\n")
    return tally


def _fresh(folder: Path, tally: Tally) -> Path:
    tally.homes += 1
    home = folder / f"home{tally.homes}"
    home.mkdir()
    return home


def _kill_once(home: Path, aim: bool, count: int, chance: random.Random, tally: Tally) -> bool:
    """True where the ingest was done before it could be killed."""
    command = [sys.executable, "-m", "benchmarks.kill", "--documents", str(count)]
    command += ["--child", str(home), *(["--apart"] if tally.kills % 2 else [])]
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.readline()
    before = _sizes(home)
    deadline = time.monotonic() + (60.0 if aim else chance.uniform(0.0, 6.0))
    while process.poll() is None and time.monotonic() < deadline:
        if aim and (now := _sizes(home)) != before:
            if before:
                break
            before = now
        time.sleep(0.001 if aim else 0.02)
    finished = process.poll() is not None
    if not finished:
        _kill(process.pid)
        tally.kills += 1
        tally.aimed += aim
        tally.in_persist += aim and _sizes(home) != before
    process.wait()
    process.stdout.close()
    return finished


def _kill(pid: int) -> None:
    """A process with its children; it is stopped first, so that it starts no other meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for path in tasks for child in path.read_text("ascii").split()]
    for each in (*children, pid):
        os.kill(each, signal.SIGKILL)


def _sizes(home: Path) -> dict[str, tuple[int, int]]:
    """Of the files that Chroma rewrites when it persists."""
    found = {}
    for path in home.glob("chroma/g*/*/*"):
        try:
            found[path.name] = path.stat().st_size, path.stat().st_mtime_ns
        except FileNotFoundError:
            continue
    return found


def _check(home: Path, tally: Tally) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks.kill", "--heal", str(home)],
        capture_output=True,
        check=False,
    )
    try:
        said = json.loads(done.stdout)
    except ValueError:
        tally.failures.append(f"healing ended with {done.returncode}: {done.stderr[-300:]!r}")
        return
    tally.slowest_heal_s = max(tally.slowest_heal_s, said["seconds"])
    if said["missing"] or said["duplicates"] or said["not_verbatim"] or not said["equal"]:
        tally.failures.append(json.dumps(said))


def main() -> None:
    """The benchmark, or one of its processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--aimed", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--child", type=Path)
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--heal", type=Path)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.documents, apart=given.apart)
    elif given.heal:
        heal(given.heal)
    else:
        tally = run(given.kills, given.aimed, given.seed, given.documents)
        sys.stdout.write(f"{json.dumps(vars(tally))}\n")
        sys.exit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
