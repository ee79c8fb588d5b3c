"""Where the generations of the Chroma index live: folders under the home, or a server.

A generation is never repaired, only replaced. An embedded store is sealed when it is closed (sizes
and times of its files); one found without its seal was open in a process that died, and is probed
before it is used again, or given up where making it anew is quicker.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from retrieval.chroma import ChromaError, ChromaIndex, drop_on_server, open_folder, open_server
from retrieval.probe import is_sound

log = logging.getLogger(__name__)

EMBEDDED = "embedded"
_SEAL = "seal.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """One making of the index; the catalogue records the current one."""

    number: int
    name: str
    """Of the collection."""
    place: str
    """`embedded`, or the URL of the server."""


class Store(Protocol):
    """Holds generations of the index."""

    @property
    def place(self) -> str:
        """Of its generations."""
        ...

    def next(self, old: Generation | None) -> Generation:
        """The generation after `old`, which may have lived elsewhere."""
        ...

    def create(self, new: Generation, model_id: str) -> ChromaIndex:
        """Opens `new`, empty. Raises ChromaError."""
        ...

    def open(self, current: Generation, model_id: str, size: int, dim: int) -> ChromaIndex | None:
        """Opens `current`, or None where it is not there or not to be trusted.

        `size` and `dim` are those of the vectors it should hold. Raises ChromaError where the place
        itself cannot be reached.
        """
        ...

    def is_settled(self, current: Generation) -> bool:
        """Whether `current` is as it was when it was last closed; opens nothing."""
        ...

    def settle(self, current: Generation) -> None:
        """Says that `current` has been closed in good order."""
        ...

    def drop(self, old: Generation | None, current: Generation) -> None:
        """Removes what came before `current`, so far as it can be reached."""
        ...


class FolderStore:
    """A folder a generation, `g1`, `g2`, and the seal of the current one."""

    def __init__(self, folder: Path, probe_from: int) -> None:
        """`probe_from`: a smaller index is not probed but made anew, which is quicker."""
        self._folder = folder
        self._probe_from = probe_from

    @property
    def place(self) -> str:
        """See Store."""
        return EMBEDDED

    def next(self, old: Generation | None) -> Generation:
        """See Store."""
        number = old.number + 1 if old else 1
        return Generation(number, f"passages_g{number}", EMBEDDED)

    def create(self, new: Generation, model_id: str) -> ChromaIndex:
        """See Store."""
        self._break_seal()
        folder = self._of(new)
        shutil.rmtree(folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        return open_folder(folder, new.name, model_id)

    def open(self, current: Generation, model_id: str, size: int, dim: int) -> ChromaIndex | None:
        """See Store."""
        if current.place != self.place or not self._is_sound(current, size, dim):
            return None
        self._break_seal()
        try:
            index = open_folder(self._of(current), current.name)
        except ChromaError as error:
            log.warning("%s", error)
            return None
        return _of_model(index, model_id)

    def is_settled(self, current: Generation) -> bool:
        """See Store."""
        try:
            seal = json.loads((self._folder / _SEAL).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return current.place == self.place and bool(seal == self._fingerprint(current))

    def settle(self, current: Generation) -> None:
        """See Store."""
        # Without a seal the index is looked at again before it is used: never worse than slow.
        with contextlib.suppress(OSError):
            (self._folder / _SEAL).write_text(
                json.dumps(self._fingerprint(current)), encoding="utf-8"
            )

    def drop(self, old: Generation | None, current: Generation) -> None:
        """See Store."""
        for folder in self._folder.glob("g*"):
            if folder != self._of(current):
                shutil.rmtree(folder, ignore_errors=True)
        _drop_on_server(old)

    def _is_sound(self, current: Generation, size: int, dim: int) -> bool:
        if self.is_settled(current):
            return True
        log.warning("the Chroma index in %s was not closed in good order", self._folder)
        return size >= self._probe_from and is_sound(self._of(current), current.name, dim)

    def _of(self, generation: Generation) -> Path:
        return self._folder / f"g{generation.number}"

    def _fingerprint(self, generation: Generation) -> dict[str, object]:
        folder = self._of(generation)
        files = {
            path.relative_to(folder).as_posix(): [path.stat().st_size, path.stat().st_mtime_ns]
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        return {"generation": generation.number, "files": files}

    def _break_seal(self) -> None:
        (self._folder / _SEAL).unlink(missing_ok=True)


class ServerStore:
    """A collection a generation on a Chroma server, which homes may share."""

    def __init__(
        self, url: str, new_name: Callable[[], str], token: SecretStr | None = None
    ) -> None:
        self._url = url
        self._token = token
        self._new_name = new_name

    @property
    def place(self) -> str:
        """See Store."""
        return self._url

    def next(self, old: Generation | None) -> Generation:
        """See Store."""
        number = old.number + 1 if old else 1
        ours = old is not None and old.place == self._url
        home = old.name.split("_")[1] if old is not None and ours else self._new_name()
        return Generation(number, f"passages_{home}_g{number}", self._url)

    def create(self, new: Generation, model_id: str) -> ChromaIndex:
        """See Store."""
        drop_on_server(self._url, new.name, self._token)
        return open_server(self._url, new.name, model_id, self._token)

    def open(self, current: Generation, model_id: str, size: int, dim: int) -> ChromaIndex | None:
        """See Store. A collection that is gone comes back empty, which its size gives away."""
        if current.place != self.place:
            return None
        index = open_server(self._url, current.name, model_id, self._token)
        return _of_model(index, model_id)

    def is_settled(self, current: Generation) -> bool:
        """See Store. The server sees to its own files."""
        return current.place == self.place

    def settle(self, current: Generation) -> None:
        """See Store."""

    def drop(self, old: Generation | None, current: Generation) -> None:
        """See Store."""
        _drop_on_server(old, self._token)


def _of_model(index: ChromaIndex, model_id: str) -> ChromaIndex | None:
    if index.model_id == model_id:
        return index
    index.close()
    return None


def _drop_on_server(old: Generation | None, token: SecretStr | None = None) -> None:
    if old is not None and old.place != EMBEDDED:
        # A server that is gone keeps its copy; that is no reason to fail here.
        with contextlib.suppress(ChromaError):
            drop_on_server(old.place, old.name, token)
