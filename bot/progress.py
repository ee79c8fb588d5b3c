"""How far something has come: a bar for a person, plain lines for a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, Self, TextIO

from bot.render import printable

if TYPE_CHECKING:
    from tqdm import tqdm

LINE_EVERY_S = 10.0
_WHERE = 60


class Bar:
    """Moves on a terminal and leaves nothing behind. Use under `with`."""

    def __init__(self, label: str, total: int | None, stream: TextIO) -> None:
        from tqdm import tqdm

        self._bar: tqdm[NoReturn] = tqdm(
            desc=label, total=total, file=stream, leave=False, mininterval=0.1, dynamic_ncols=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, done: int) -> None:
        """So many more are done."""
        self._bar.update(done)

    def at(self, where: str) -> None:
        """This one is being worked on."""
        self._bar.set_postfix_str(printable(where)[-_WHERE:], refresh=False)

    def expect(self, more: int) -> None:
        """So many more are to come."""
        self._bar.total = (self._bar.total or 0) + more
        self._bar.refresh()


class Lines:
    """A line now and then, and one at the end. Use under `with`."""

    def __init__(
        self,
        label: str,
        total: int | None,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label = label
        self._total = total
        self._stream = stream
        self._clock = clock
        self._begun = self._told = clock()
        self._done = 0
        self._where = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._where = ""
        self._tell()

    def __call__(self, done: int) -> None:
        """So many more are done."""
        self._done += done
        if self._clock() - self._told >= LINE_EVERY_S:
            self._tell()

    def at(self, where: str) -> None:
        """This one is being worked on."""
        self._where = where

    def expect(self, more: int) -> None:
        """So many more are to come."""
        self._total = (self._total or 0) + more

    def _tell(self) -> None:
        self._told = self._clock()
        spent = self._told - self._begun
        rate = self._done / spent if spent > 0 else 0.0
        parts = [f"{self._done} of {self._total}" if self._total else f"{self._done}"]
        parts.append(f"{_minutes(spent)} min, {rate:.1f} a second")
        if self._total and rate and self._done < self._total:
            parts.append(f"{_minutes((self._total - self._done) / rate)} min left")
        if self._where:
            parts.append(f"now {printable(self._where)[-_WHERE:]}")
        self._stream.write(f"{self._label}: {', '.join(parts)}\n")
        self._stream.flush()


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
