"""The Chroma index brought in step by a process of its own, which ends when that is done.

Chroma keeps an embedded index in memory while it is open, about 1.8 kB a passage of 384 dimensions:
that memory is then needed for a while only, and a store that takes a process down takes that one.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus.catalogue import Catalogue
from corpus.child import follow_module
from corpus.database import open_engine
from corpus.errors import ReceiptsError
from retrieval.steps import Progress

_STEP = re.compile(r"\+(\d+) of (\d+) (.+)")
"""How the process tells how far it has come; its other lines are for the log."""

log = logging.getLogger(__name__)


def bring_in_step_apart(
    home: Path, database: str, model_id: str, probe_from: int, progress: Progress
) -> bool:
    """Have the embedded index of `home` opened, healed and closed; False where it has to wait.

    What the process says is logged here, and how far it has come shown.
    """
    given = {"home": str(home), "database": database, "model_id": model_id}
    # On its standard input: the address of a database may hold a password.
    data = json.dumps(given | {"probe_from": probe_from}).encode()
    with contextlib.ExitStack() as shown:
        told: tuple[str, int] | None = None
        advance: Callable[[int], None]

        def heard(line: str) -> None:
            nonlocal told, advance
            step = _STEP.fullmatch(line)
            if step is None:
                log.warning("%s", line)
                return
            if told != (step[3], int(step[2])):
                shown.close()
                told = step[3], int(step[2])
                advance = shown.enter_context(progress(*told))
            advance(int(step[1]))

        try:
            status = follow_module("retrieval.apart", data=data, heard=heard)
        except OSError as error:
            log.warning("the index has to catch up later: no process for it (%s)", error.strerror)
            return False
    if status not in (0, 1):
        log.warning("the index has to catch up later: its process ended (%d)", status)
    return status == 0


@contextlib.contextmanager
def _told(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Progress as lines on standard output."""

    def tell(done: int) -> None:
        # Who asked may have been killed: the index is brought in step and closed all the same.
        with contextlib.suppress(BrokenPipeError):
            print(f"+{done} of {total} {label}", flush=True)  # noqa: T201

    yield tell


def main() -> int:
    """The child's part."""
    from retrieval.indexer import Indexer

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    given = json.loads(sys.stdin.buffer.read())
    try:
        catalogue = Catalogue(open_engine(given["database"]))
        indexer = Indexer(
            Path(given["home"]),
            catalogue,
            given["model_id"],
            probe_from=given["probe_from"],
            apart_from=None,
            progress=_told,
        )
        done = indexer.bring_in_step()
        catalogue.close()
    except ReceiptsError as error:
        log.warning("the index has to catch up later: %s", error)
        return 1
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
