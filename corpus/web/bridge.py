"""From the event loop of a crawl to the plain iteration of an ingest: fetching beside embedding."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

from corpus.items import Item

_AHEAD = 32
"""Items that may wait to be embedded."""
_PATIENCE_S = 0.2
_END = None


def iterate(
    make: Callable[[], AsyncIterator[Item]], stop: Callable[[], bool] = lambda: False
) -> Iterator[Item]:
    """The items of an asynchronous iterator, which runs in a thread with a loop of its own.

    Whatever it raises is raised here. Leaving the iteration early ends the thread; so does `stop`,
    which is asked while there is nothing to give.
    """
    ready: queue.Queue[Item | BaseException | None] = queue.Queue(_AHEAD)
    left = threading.Event()

    def put(item: Item | BaseException | None) -> None:
        _put(ready, item, left)

    async def run() -> None:
        items = make()
        async for item in items:
            # The queue blocks: the loop must go on meanwhile.
            await asyncio.to_thread(put, item)
            if left.is_set():
                break

    def work() -> None:
        try:
            asyncio.run(_until(run(), left))
        except BaseException as error:
            put(error)
        else:
            put(_END)

    thread = threading.Thread(target=work, name="crawl", daemon=True)
    thread.start()
    try:
        while not stop():
            try:
                item = ready.get(timeout=_PATIENCE_S)
            except queue.Empty:
                continue
            if item is _END:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()
        thread.join()


def _put(
    ready: queue.Queue[Item | BaseException | None],
    item: Item | BaseException | None,
    left: threading.Event,
) -> None:
    """Wait for room, as long as somebody may still take it."""
    while not left.is_set():
        with contextlib.suppress(queue.Full):
            ready.put(item, timeout=_PATIENCE_S)
            return


async def _until(running: Coroutine[None, None, None], left: threading.Event) -> None:
    """Runs, and stops soon after nobody wants more."""
    task = asyncio.create_task(running)
    while not task.done():
        await asyncio.wait({task}, timeout=_PATIENCE_S)
        if left.is_set():
            task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
