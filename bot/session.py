"""One run of the command: its settings, its streams, and whether it shows tracebacks."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from bot.logs import HidingFormatter
from corpus.errors import OperationError

if TYPE_CHECKING:
    from bot.progress import Bar, Lines
    from bot.render import Terminal
    from bot.settings import Settings

CHATTY = (
    "alembic.runtime.plugins",
    "asyncio",
    "chromadb",
    "discord.gateway",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "urllib3",
)
"""Libraries that tell of every request."""


@dataclass(slots=True)
class Session:
    """What the subcommands share. stdout takes the result alone; all else goes to stderr."""

    debug: bool = False
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    stdin: TextIO | None = field(default_factory=lambda: sys.stdin)
    secrets: list[str] = field(default_factory=list)
    """What is written nowhere, once the settings are known."""

    def settings(self, **overrides: object) -> Settings:
        """The settings in force, with an option's value in place of theirs; InputError if bad."""
        from bot.settings import load_settings, secrets_of

        settings = load_settings(**overrides)
        self.secrets[:] = secrets_of(settings)
        return settings

    @property
    def is_piped_to(self) -> bool:
        """Whether standard input holds something, and is not a person at a terminal."""
        return self.stdin is not None and not self.stdin.isatty()

    def read_stdin(self) -> str:
        """All of standard input; empty where it is closed."""
        return self.stdin.buffer.read().decode("utf-8", "replace") if self.stdin else ""

    def show(self, text: str) -> None:
        """Write the result for people."""
        self._write(text)

    def show_json(self, value: object) -> None:
        """Write the result for programs: one JSON value, no ASCII escapes."""
        self._write(json.dumps(value, ensure_ascii=False, indent=2))

    def terminal(self) -> Terminal:
        """The layout that fits stdout."""
        from bot.render import Terminal

        return Terminal.of(self.stdout)

    def progress(self, label: str, total: int | None = None) -> Bar | Lines:
        """How far a block has come, on stderr: a bar that moves for a person, lines for a log."""
        from bot.progress import Bar, Lines

        return (Bar if self.stderr.isatty() else Lines)(label, total, self.stderr)

    def start_logging(self, level: int = logging.WARNING) -> None:
        """Send this run's log to stderr; with times where it is long enough to need them."""
        level = logging.DEBUG if self.debug else level
        timed = "%(asctime)s " if level < logging.WARNING else ""
        form = f"{timed}%(levelname)s %(name)s: %(message)s"
        handler = logging.StreamHandler(self.stderr)
        handler.setFormatter(HidingFormatter(form, self.secrets))
        logging.basicConfig(level=level, handlers=[handler], force=True)
        for chatty in CHATTY:
            logging.getLogger(chatty).setLevel(logging.INFO if self.debug else logging.WARNING)
        # They log what the reason given for an item says better.
        for silent in ("trafilatura", "htmldate", "courlan"):
            logging.getLogger(silent).setLevel(logging.INFO if self.debug else logging.CRITICAL)

    def _write(self, text: str) -> None:
        encoding = self.stdout.encoding or "utf-8"
        # Lone surrogates (from an argument that is not UTF-8) and what an old terminal lacks.
        safe = text.encode(encoding, "replace").decode(encoding)
        try:
            self.stdout.write(f"{safe}\n")
            self.stdout.flush()
        except BrokenPipeError as error:
            raise OperationError("stdout was closed before the result was written") from error
