"""One writer at a time on a home: whoever ingests, reindexes or runs the bot."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import CatalogueError, LockedError

log = logging.getLogger(__name__)

_LOCK = "writer.lock"
_HOLDER = "writer.json"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def writer_lock(
    home: Path, command: str, *, wait: float = 0.0, clock: Callable[[], datetime] = _utc_now
) -> Iterator[None]:
    """Hold `home` for writing as `command` ("receipts ingest"), waiting up to `wait` seconds.

    The operating system frees it when the process ends, however that happens. LockedError says who
    holds it; CatalogueError: the home cannot be written.
    """
    lock = FileLock(home / _LOCK, mode=0o600)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if wait > 0:
                log.warning("waiting for %s, up to %.0f s", _holder(home), wait)
            lock.acquire(timeout=wait)
    except Timeout:
        raise LockedError(
            f"{home} is being written by {_holder(home)}; wait until it is done, or stop it"
        ) from None
    except OSError as error:
        raise CatalogueError(
            f"cannot lock {home}: {error.strerror or error}; set RECEIPTS_HOME to a folder "
            "that can be written"
        ) from error
    try:
        _write_holder(home, command, clock())
        yield
    finally:
        with suppress(OSError):
            (home / _HOLDER).unlink()
        lock.release()


def _write_holder(home: Path, command: str, now: datetime) -> None:
    since = now.astimezone(UTC).isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "command": command, "since": since}
    # Only for the message to others: the lock holds without it.
    with suppress(OSError):
        (home / _HOLDER).write_text(json.dumps(holder), encoding="utf-8")


def _holder(home: Path) -> str:
    try:
        holder = json.loads((home / _HOLDER).read_text(encoding="utf-8"))
        return f"{holder['command']} (process {holder['pid']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
