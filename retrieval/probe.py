"""Whether an embedded Chroma can be read and written: asked in a process of its own.

A store damaged by a kill can end the process that opens it (SIGSEGV), which no exception handler
survives, and may do so only at a later write. So its files are looked at, and then a child process
tries everything first.
"""

from __future__ import annotations

import pickletools
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.child import run_module
from retrieval.chroma import ChromaIndex, open_folder

TIMEOUT_S = 300.0
_SOUND = "sound"
_SENTINEL = "probe"
_TRIED = 64
"""Vectors that are searched and written beside."""
_LAST_WRITTEN = "index_metadata.pickle"


def is_sound(folder: Path, name: str, dim: int, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether the collection answers and takes a write; never harms this process."""
    if not _is_whole(folder):
        return False
    try:
        child = run_module("retrieval.probe", str(folder), name, str(dim), timeout_s=timeout_s)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return child.returncode == 0 and child.stdout.decode(errors="replace").strip() == _SOUND


def _is_whole(folder: Path) -> bool:
    """Whether the files of the HNSW index can be those of one writing.

    Chroma 1.5.9 writes them in place, the pickle last: where another is newer, or the pickle breaks
    off, the writing was cut off, and the rest may be of two states that no reading tells apart.
    """
    for links in folder.glob("*/link_lists.bin"):
        vectors, last = links.with_name("data_level0.bin"), links.with_name(_LAST_WRITTEN)
        if not vectors.is_file() or not last.is_file() or _breaks_off(last):
            return False
        if links.stat().st_size > vectors.stat().st_size:
            return False
        written = last.stat().st_mtime_ns
        if any(other.stat().st_mtime_ns > written for other in links.parent.iterdir()):
            return False
    return (folder / "chroma.sqlite3").is_file()


def _breaks_off(path: Path) -> bool:
    """Whether a pickle is not complete; nothing of it is executed."""
    try:
        with path.open("rb") as file:
            for _ in pickletools.genops(file):
                pass
    except (ValueError, OSError):
        return True
    return False


def _try_everything(index: ChromaIndex, dim: int) -> bool:
    before = index.count()
    step = max(1, before // _TRIED)
    some: list[NDArray[np.float32]] = []
    read = 0
    for page in index.pages():
        some += list(page.values())[-read % step :: step]
        read += len(page)
    if not some:
        some = [np.eye(1, dim, dtype=np.float32)[0]]
    # Beside vectors from all over the index, so that much of its graph is walked and written.
    beside = np.stack(some)
    found = [index.search(query, 10) for query in beside]
    names = [f"{_SENTINEL}{n}" for n in range(len(beside))]
    index.upsert(names, beside)
    again = [index.search(query, 10) for query in beside]
    index.delete(names)
    full = all(len(ids) == min(10, before) for ids in found)
    new = any(set(ids) & set(names) for ids in again)
    return read == before and full and new and index.count() == before


def main(folder: str, name: str, dim: str) -> int:
    """The child's part: prints the word that says the store is sound."""
    index = open_folder(Path(folder), name)
    sound = _try_everything(index, int(dim))
    index.close()
    if sound:
        sys.stdout.write(_SOUND)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
