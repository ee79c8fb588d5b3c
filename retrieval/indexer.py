"""Keeps the Chroma index in step with the catalogue, and heals it after a crash.

The catalogue is the truth. What changes there is told by its outbox, which is applied here as often
as need be: an entry only says where to look, and what is stored then decides, so that doing it
twice does no harm. An index that is damaged, or holds another number of vectors than the catalogue,
is made anew from the stored vectors, without the embedder.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from pydantic import SecretStr

from corpus.catalogue import Catalogue
from corpus.errors import IndexMismatchError, LockedError
from retrieval.apart import bring_in_step_apart
from retrieval.chroma import ChromaError, ChromaIndex
from retrieval.generations import FolderStore, Generation, ServerStore, Store
from retrieval.steps import Progress, unseen

log = logging.getLogger(__name__)

_SETTING = "dense_index"
_CHUNK = 2_000
_ALL = 2**62
_PATIENCE_S = 0.5
"""How long a search waits for the index while it is being written."""
_OPS_A_SEARCH = 500
"""Entries of the outbox, written by another process, that a search applies first."""
_SHOWN_FROM = 1_000
"""Entries of the outbox, or vectors, from which on progress is shown: a second of work."""
_LABEL = "Bringing the index in step"
_SAMPLE = 64
"""Vectors of an index that are held against the catalogue's when it is opened."""


class Indexer:
    """The Chroma index of one home. Constructing it does nothing; Chroma is imported when opened.

    Only one process has it open at a time: `home/chroma.lock` sees to it.
    """

    def __init__(
        self,
        home: Path,
        catalogue: Catalogue,
        model_id: str,
        *,
        chroma_url: str | None = None,
        chroma_token: SecretStr | None = None,
        probe_from: int = 5_000,
        apart_from: int | None = 10_000,
        new_name: Callable[[], str] = lambda: secrets.token_hex(4),
        progress: Progress = unseen,
    ) -> None:
        """`probe_from`: see FolderStore; `new_name` tells this home's collections on a server.

        `apart_from`: an embedded index of so many passages that is not open here is brought in step
        by a process of its own (see `apart`); for a smaller one it is quicker to do without. None:
        never.
        """
        self._catalogue = catalogue
        self._model_id = model_id
        self._home = home
        self._probe_from = probe_from
        self._apart_from = None if chroma_url else apart_from
        self._progress = progress
        self._store: Store = (
            ServerStore(chroma_url, new_name, chroma_token)
            if chroma_url
            else FolderStore(home / "chroma", probe_from)
        )
        self._busy = threading.RLock()
        self._owner = FileLock(home / "chroma.lock", timeout=0, mode=0o600, thread_local=False)
        self._index: ChromaIndex | None = None
        self._applied = -1
        self._complaint: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be searched."""
        return self._index is not None

    def open(self) -> None:
        """Opens the index in good order and keeps it open, for a process that searches often.

        Raises ChromaError, IndexMismatchError, or LockedError where another process has it open.
        """
        with self._busy:
            if self._index is None:
                check_embedder(self._catalogue, self._model_id)
                with self._abandoned_on_error():
                    self._acquire()

    def complain(self, problem: str) -> None:
        """Log a problem with the index, once for as long as it lasts."""
        if problem != self._complaint:
            log.warning("%s", problem)
        self._complaint = problem

    def heal(self) -> bool:
        """Puts the index right where it needs it; True where it did.

        Cheap where all is well: Chroma is then not even imported. What another process has open is
        left to that one, and a Chroma that fails to a later time: search does not depend on it.
        """
        with self._busy:
            return self._needs_care() and self.bring_in_step()

    def drain(self) -> bool:
        """Applies all of the outbox; False where that must wait, as in `heal`."""
        with self._busy:
            return not self._catalogue.pending_ops(1) or self.bring_in_step()

    def bring_in_step(self) -> bool:
        """Opens the index if need be and applies the outbox; False where that must wait."""
        with self._busy:
            if self._is_apart():
                return self._is_free() and bring_in_step_apart(
                    self._home,
                    self._catalogue.database_url,
                    self._model_id,
                    self._probe_from,
                    self._progress,
                )
            return self._bring_in_step_here()

    def search(self, query: NDArray[np.float32], k: int) -> list[str]:
        """About `k` passage ids, nearest first. Raises ChromaError, also where it is not open."""
        if not self._busy.acquire(timeout=_PATIENCE_S):
            raise ChromaError("the Chroma index is being written")
        try:
            if self._index is None:
                raise ChromaError("the Chroma index is not open")
            with self._abandoned_on_error():
                if self._applied != self._catalogue.generation():
                    self._apply(self._index, _OPS_A_SEARCH)
                return self._index.search(query, k)
        finally:
            self._busy.release()

    def rebuild(self) -> None:
        """Makes the index anew from the stored vectors. Raises ChromaError or LockedError."""
        check_embedder(self._catalogue, self._model_id)
        with self._busy:
            was_open = self.is_open
            with self._abandoned_on_error():
                self._own()
                self._make()
            if not was_open:
                self.close()

    def mend(self) -> bool:
        """Holds every id of the open index against the catalogue; True where it was made anew.

        Raises ChromaError.
        """
        with self._busy, self._abandoned_on_error():
            if self._index is None:
                raise ChromaError("the Chroma index is not open")
            self._apply(self._index)
            held = {id_ for page in self._index.pages() for id_ in page}
            unlike = held.symmetric_difference(self._catalogue.embedded_ids(self._model_id))
            # What is being read in meanwhile is in the outbox, which nobody else applies.
            if unlike <= {op.passage_id for op in self._catalogue.pending_ops(_ALL)}:
                return False
            self._make()
            return True

    def close(self) -> None:
        """Closes the index in good order."""
        with self._busy:
            index, self._index = self._index, None
            try:
                if index is not None:
                    index.close()
                    current = self._recorded()
                    if current is not None:
                        self._store.settle(current)
            except ChromaError as error:
                log.warning("the index will be looked at when it is opened next: %s", error)
            finally:
                self._owner.release(force=True)

    def _is_apart(self) -> bool:
        if self._index is not None or self._apart_from is None:
            return False
        return self._catalogue.embedded(self._model_id) >= self._apart_from

    def _is_free(self) -> bool:
        """Whether no other process has the index open: none is started for nothing."""
        try:
            self._own()
        except LockedError:
            return False
        except OSError:
            # What is wrong is told by the process that meets it.
            return True
        self._owner.release(force=True)
        return True

    def _bring_in_step_here(self) -> bool:
        was_open = self.is_open
        try:
            with self._abandoned_on_error():
                if self._index is None:
                    self._acquire()
                else:
                    self._apply(self._index)
            if not was_open:
                self.close()
        except LockedError:
            return False
        except ChromaError as error:
            self.complain(f"searching without the index, which has to catch up later: {error}")
            return False
        return True

    def _acquire(self) -> None:
        """Opens the index, made anew where need be, with all of the outbox applied."""
        self._own()
        why = None
        try:
            index = self._open_current()
            if index is not None:
                self._apply(index)
                self._check_complete(index)
                self._complaint = None
                return
        except ChromaError as error:
            why = str(error)
        self._make(why)

    @contextlib.contextmanager
    def _abandoned_on_error(self) -> Iterator[None]:
        """Closes without a seal what failed: it is not to be trusted the next time."""
        try:
            yield
        except BaseException as error:
            self._abandon()
            if isinstance(error, OSError):
                raise ChromaError(
                    f"the index in {self._home} cannot be written: {error}"
                ) from error
            raise

    def _own(self) -> None:
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._owner.acquire()
        except Timeout:
            raise LockedError(
                f"another process has the index in {self._home} open; stop it first"
            ) from None

    def _abandon(self) -> None:
        index, self._index = self._index, None
        if index is not None:
            with contextlib.suppress(ChromaError):
                index.close()
        self._owner.release(force=True)

    def _open_current(self) -> ChromaIndex | None:
        """None where there is none yet. ChromaError: it is there and of no use."""
        current = self._recorded()
        if current is None:
            return None
        size = self._catalogue.embedded(self._model_id)
        sample = self._catalogue.embedded_sample(self._model_id, _SAMPLE)
        known, vectors = self._catalogue.vectors(self._model_id, sample)
        index = self._index = self._store.open(current, self._model_id, size, vectors.shape[1])
        if index is None:
            if current.place != self._store.place:
                return None
            raise ChromaError("it is missing, or not to be trusted")
        held = index.vectors(known)
        if all(
            np.allclose(held[id_], vector, atol=1e-3)
            for id_, vector in zip(known, vectors, strict=True)
            if id_ in held
        ):
            return index
        raise ChromaError("it holds other vectors than the catalogue")

    def _make(self, why: str | None = None) -> None:
        """A new generation, filled, in the place of the one that is open; `why` is logged."""
        old = self._recorded()
        new = self._store.next(old)
        before, self._index = self._index, None
        if before is not None:
            with contextlib.suppress(ChromaError):
                before.close()
        index = self._index = self._store.create(new, self._model_id)
        if why is not None:
            log.warning("the Chroma index is made anew: %s", why)
        # Taken first: what is entered while the index is filled is applied afterwards.
        pending = self._catalogue.last_op()
        ids = self._catalogue.embedded_ids(self._model_id)
        with self._shown(len(ids)) as advance:
            for start in range(0, len(ids), _CHUNK):
                chunk = ids[start : start + _CHUNK]
                index.upsert(*self._catalogue.vectors(self._model_id, chunk))
                advance(len(chunk))
        self._catalogue.set_setting(_SETTING, json.dumps(asdict(new)))
        self._catalogue.ack_ops(pending)
        self._store.drop(old, new)
        self._apply(index)
        self._complaint = None

    def _apply(self, index: ChromaIndex, limit: int = _ALL) -> None:
        """Does what the outbox says, at most about `limit` entries of it."""
        generation = self._catalogue.generation()
        done = 0
        oldest = self._catalogue.pending_ops(1)
        waiting = min(limit, self._catalogue.last_op() - oldest[0].seq + 1) if oldest else 0
        with self._shown(waiting) as advance:
            while ops := self._catalogue.pending_ops(min(_CHUNK, limit)):
                ids = list(dict.fromkeys(op.passage_id for op in ops))
                live, vectors = self._catalogue.vectors(self._model_id, ids)
                index.upsert(live, vectors)
                index.delete(sorted(set(ids).difference(live)))
                self._catalogue.ack_ops(ops[-1].seq)
                advance(len(ops))
                done += len(ops)
                if done >= limit:
                    return
        self._applied = generation

    def _shown(self, total: int) -> AbstractContextManager[Callable[[int], None]]:
        return (self._progress if total >= _SHOWN_FROM else unseen)(_LABEL, total)

    def _check_complete(self, index: ChromaIndex) -> None:
        generation = self._catalogue.generation()
        wanted = self._catalogue.embedded(self._model_id)
        held = index.count()
        if held != wanted and generation == self._catalogue.generation():
            raise ChromaError(f"it holds {held} vectors, not {wanted}")

    def _needs_care(self) -> bool:
        if self._catalogue.embedder() != self._model_id:
            return False
        current = self._recorded()
        if current is None or self._catalogue.pending_ops(1):
            return self._catalogue.count().passages > 0 or current is not None
        return self._index is None and not self._store.is_settled(current)

    def _recorded(self) -> Generation | None:
        text = self._catalogue.setting(_SETTING)
        return None if text is None else Generation(**json.loads(text))


def check_embedder(catalogue: Catalogue, model_id: str) -> None:
    """Raises IndexMismatchError where the stored vectors are another embedder's."""
    recorded = catalogue.embedder()
    if recorded is not None and recorded != model_id:
        raise IndexMismatchError(
            f"the library was indexed with the embedder {recorded!r}, but {model_id!r} is "
            "configured: run `receipts reindex`, or set RECEIPTS_EMBEDDING_MODEL back"
        )
