from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from corpus.errors import CatalogueError, LockedError
from corpus.lock import writer_lock
from tests.corpus.values import Clock

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
    from pathlib import Path
    from corpus.lock import writer_lock
    with writer_lock(Path({home!r}), "receipts ingest"):
        print("held", flush=True)
        input()
"""


def held_by_another(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLD).format(home=str(home))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_one_after_the_other(tmp_path: Path, clock: Clock) -> None:
    home = tmp_path / "home"
    for _ in range(2):
        with writer_lock(home, "receipts ingest", clock=clock):
            assert "receipts ingest" in (home / "writer.json").read_text()
        assert not (home / "writer.json").exists()


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    process = held_by_another(tmp_path)
    says = rf"receipts ingest \(process {process.pid}, since \d{{4}}-.*\); wait until it is done"
    with (
        pytest.raises(LockedError, match=says) as caught,
        writer_lock(tmp_path, "receipts reindex"),
    ):
        pass
    assert "\n" not in str(caught.value)
    process.communicate("\n", timeout=30)
    with writer_lock(tmp_path, "receipts reindex"):
        pass


def test_the_second_may_wait(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = held_by_another(tmp_path)
    later = threading.Timer(0.5, lambda: process.communicate("\n", timeout=30))
    later.start()
    with writer_lock(tmp_path, "receipts reindex", wait=30):
        (told,) = caplog.messages
    later.join()
    assert told.startswith(f"waiting for receipts ingest (process {process.pid}, ")


def test_a_killed_holder_holds_no_more(tmp_path: Path) -> None:
    process = held_by_another(tmp_path)
    process.kill()
    process.communicate(timeout=30)
    with writer_lock(tmp_path, "receipts ingest"):
        assert str(os.getpid()) in (tmp_path / "writer.json").read_text()


def test_a_note_that_cannot_be_read_does_not_matter(tmp_path: Path) -> None:
    process = held_by_another(tmp_path)
    for left in ("", "{", "[]", '{"pid": 1}'):
        (tmp_path / "writer.json").write_text(left)
        with pytest.raises(LockedError, match="another process"), writer_lock(tmp_path, "x"):
            pass
    process.communicate("\n", timeout=30)


def test_an_error_inside_frees_it(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), writer_lock(tmp_path, "one"):
        raise RuntimeError
    with writer_lock(tmp_path, "two"):
        pass


def test_a_home_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(CatalogueError, match="set RECEIPTS_HOME"),
        writer_lock(tmp_path / "file" / "home", "one"),
    ):
        pass
