"""Whether an embedded Chroma can be read and written: asked in a process of its own.

A store damaged by a kill can end the process that opens it (SIGSEGV), which no exception handler
survives, and may do so only at the next write. So a child process tries everything first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from retrieval.chroma import ChromaIndex, open_folder

TIMEOUT_S = 300.0
_SOUND = "sound"
_SENTINEL = "probe"


def is_sound(folder: Path, name: str, dim: int, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether the collection answers and takes a write; never harms this process."""
    if not _plausible(folder):
        return False
    root = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    try:
        child = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "retrieval.probe", str(folder), name, str(dim)],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return child.returncode == 0 and child.stdout.decode(errors="replace").strip() == _SOUND


def _plausible(folder: Path) -> bool:
    """Whether the file sizes can be right: a cut-off write leaves links larger than all vectors."""
    for links in folder.glob("*/link_lists.bin"):
        vectors = links.with_name("data_level0.bin")
        if not vectors.is_file() or links.stat().st_size > vectors.stat().st_size:
            return False
    return (folder / "chroma.sqlite3").is_file()


def _try_everything(index: ChromaIndex, dim: int) -> bool:
    before = index.count()
    read = sum(len(page) for page in index.pages())
    query = np.zeros(dim, dtype=np.float32)
    query[0] = 1.0
    found = index.search(query, 10)
    index.upsert([_SENTINEL], query[np.newaxis])
    nearest = index.search(query, 1)
    index.delete([_SENTINEL])
    complete = read == before and len(found) == min(10, before)
    return complete and nearest == [_SENTINEL] and index.count() == before


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
