"""The sign of life that a running bot leaves in its home, for health checks from outside."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

BEAT_S = 3.0
"""How often the sign is renewed."""

STALE_S = 60.0
"""From what age on the bot hangs or is gone."""


class SignOfLife:
    """A file whose age tells whether the bot of a home is alive."""

    def __init__(self, home: Path) -> None:
        self._file = home / "alive"

    def renew(self) -> None:
        """Makes the sign new. A full disk is told by the work that needs it, not by this."""
        with suppress(OSError):
            self._file.touch(mode=0o600)

    def remove(self) -> None:
        """The bot has stopped in good order."""
        with suppress(OSError):
            self._file.unlink()

    def age(self) -> float | None:
        """Seconds since it was renewed; None where there is none."""
        try:
            return max(0.0, time.time() - self._file.stat().st_mtime)
        except OSError:
            return None
