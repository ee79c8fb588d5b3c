"""Work that is given to a process of its own, because it may crash, hang or swell."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def run_module(
    module: str, *arguments: str, data: bytes = b"", timeout_s: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run one of our modules with `data` on its standard input, and wait for it.

    Its standard output is kept, its standard error dropped. A Ctrl-C at the terminal does not reach
    it: it is ended where this process is interrupted. Raises OSError where it cannot be started,
    and subprocess.TimeoutExpired after having ended it.
    """
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", module, *arguments],
        env=_environment(),
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=timeout_s,
        check=False,
        start_new_session=True,
    )


def follow_module(module: str, *, data: bytes, heard: Callable[[str], None]) -> int:
    """As `run_module`, but each line of its output is given to `heard` as it comes.

    Returns the exit status. Raises OSError where it cannot be started.
    """
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", module],
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:
        try:
            if child.stdin is not None and child.stdout is not None:
                # One that has ended already tells why by its status.
                with contextlib.suppress(BrokenPipeError), child.stdin:
                    child.stdin.write(data)
                for line in child.stdout:
                    heard(line.decode(errors="replace").rstrip("\n"))
            return child.wait()
        except BaseException:
            child.kill()
            raise


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": paths}
