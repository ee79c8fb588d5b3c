"""Work that is given to a process of its own, because it may crash, hang or swell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_module(
    module: str, *arguments: str, data: bytes = b"", timeout_s: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run one of our modules with `data` on its standard input, and wait for it.

    Its standard output is kept, its standard error dropped. A Ctrl-C at the terminal does not reach
    it: it is ended where this process is interrupted. Raises OSError where it cannot be started,
    and subprocess.TimeoutExpired after having ended it.
    """
    root = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=timeout_s,
        check=False,
        start_new_session=True,
    )
