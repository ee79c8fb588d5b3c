"""The command run in this process, as tests see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line that a failure writes after any progress bars."""
        assert self.err.endswith("\n")
        return self.err.splitlines()[-1]


Receipts = Callable[..., Outcome]
