"""The log of a process that stays: each line knows its check, and no line holds a secret."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

check_id: ContextVar[str] = ContextVar("check_id", default="")
"""The check that the running task, or the thread that works for it, is about."""

Style = Literal["text", "json"]
HIDDEN = "***"
_SHORTEST_SECRET = 6
_INTERACTION_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.~-]+")
"""Stands in the address by which an interaction is answered."""


def hide(text: str, secrets: Sequence[str]) -> str:
    """`text` without the secrets and the interactions' tokens that are in it."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return _INTERACTION_TOKEN.sub(rf"\1{HIDDEN}", text)


class HidingFormatter(logging.Formatter):
    """Lines in the form given, without the secrets in them."""

    def __init__(self, form: str, secrets: Sequence[str]) -> None:
        """`secrets` may grow later."""
        super().__init__(form)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """One line, with what was raised after it."""
        return hide(super().format(record), self._secrets)


class _ServiceFormatter(logging.Formatter):
    """Lines with their check, without the secrets in them."""

    def __init__(self, style: Style, secrets: Sequence[str]) -> None:
        super().__init__()
        self._shape = style
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """One line as text, with what was raised after it; or one JSON object."""
        raised = self.formatException(record.exc_info) if record.exc_info else None
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {
            "at": at,
            "level": record.levelname,
            "logger": record.name,
            "check": check_id.get() or None,
            "message": record.getMessage(),
            "raised": raised,
        }
        if self._shape == "json":
            line = json.dumps({name: value for name, value in told.items() if value}, default=str)
        else:
            about = f" [{told['check']}]" if told["check"] else ""
            line = f"{at} {record.levelname} {record.name}{about}: {told['message']}"
            line += f"\n{raised}" if raised else ""
        return hide(line, self._secrets)


def start_service_log(
    stream: TextIO, level: int, style: Style = "text", secrets: Sequence[str] = ()
) -> None:
    """Sends the log to `stream` from now on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_ServiceFormatter(style, secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
