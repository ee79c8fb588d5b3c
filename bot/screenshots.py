"""The words in a picture that somebody wants checked: opened, cut to size, read.

A model that sees reads it where one is configured, and where that fails the recogniser on this
machine (`rapidocr`, an extra whose weights are in its package). A picture is a stranger's file: it
is opened with what it may be and how large bounded, in a thread of its own.
"""

from __future__ import annotations

import asyncio
import io
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Literal, Protocol

from PIL import Image, UnidentifiedImageError

from corpus.errors import BudgetError, EndpointError, ReceiptsError
from prompts.context import CheckContext

log = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 24_000_000
LONGEST_SIDE = 1_800
"""Pixels; larger pictures are made smaller before they are read."""
LEAST_LETTERS = 6
"""Fewer are no text."""
_LEAST_SURE = 0.6
"""The least probability at which the recogniser's line is taken."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

Why = Literal["too_big", "unreadable", "no_text", "gone", "not_here"]


class PictureError(ReceiptsError):
    """A picture that cannot be checked, and in a word why."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"a picture cannot be read: {why.replace('_', ' ')}")
        self.why = why


class Seer(Protocol):
    """A model that reads pictures."""

    async def read(self, png: bytes, context: CheckContext) -> str:
        """The words in a PNG."""
        ...


class Screenshots:
    """Reads pictures, one after the other."""

    def __init__(self, seer: Seer | None = None) -> None:
        """`seer` is asked first."""
        self._seer = seer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")

    @property
    def can_read(self) -> bool:
        """Whether there is anything to read pictures with."""
        return self._seer is not None or find_spec("rapidocr") is not None

    async def read(self, data: bytes, context: CheckContext | None = None) -> str:
        """The words in a picture, a line each; PictureError where it cannot be had."""
        if not self.can_read:
            raise PictureError("not_here")
        loop = asyncio.get_running_loop()
        picture = await loop.run_in_executor(self._thread, opened, data)
        text = None
        if self._seer is not None:
            png = await loop.run_in_executor(self._thread, _as_png, picture)
            try:
                text = await self._seer.read(png, context or CheckContext())
            except (EndpointError, BudgetError) as error:
                log.warning("%s; the picture is read on this machine", error)
        if text is None:
            if find_spec("rapidocr") is None:
                raise PictureError("not_here")
            text = await loop.run_in_executor(self._thread, self._recognised, picture)
        if sum(char.isalpha() for char in text) < LEAST_LETTERS:
            raise PictureError("no_text")
        return text

    def close(self) -> None:
        """Lets the thread go."""
        self._thread.shutdown(wait=False)

    @cached_property
    def _recogniser(self) -> Any:
        from rapidocr import RapidOCR

        return RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            }
        )

    def _recognised(self, picture: Image.Image) -> str:
        import numpy as np

        found = self._recogniser(np.asarray(picture))
        lines = zip(found.txts or (), found.scores or (), strict=True)
        return "\n".join(line for line, sure in lines if sure >= _LEAST_SURE)


def opened(data: bytes) -> Image.Image:
    """The picture in RGB, not too large; PictureError where it is none, or far too large."""
    if len(data) > MOST_BYTES:
        raise PictureError("too_big")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Opening reads the header alone, so a bomb is told by its size before it is unpacked.
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise PictureError("too_big")
                picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                flat = Image.new("RGB", picture.size, "white")
                shown = picture.convert("RGBA")
                flat.paste(shown, mask=shown)
                return flat
    except Image.DecompressionBombError as error:
        raise PictureError("too_big") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureError("unreadable") from error


def _as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
