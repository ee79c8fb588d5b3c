"""A small bar chart as a PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from bot.review.statistics import Share
from bot.translated import tr

_WIDTH = 640
_ROW = 44
_TOP = 52
_LEFT = 200
_RIGHT = 110
_PAPER, _INK, _TRACK, _BAR = "#ffffff", "#22262b", "#e6e8eb", "#3b5bdb"


def bars(title: str, shares: Mapping[str, Share]) -> bytes:
    """One bar a share, 0 to 100 %."""
    height = _TOP + _ROW * len(shares) + 12
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((16, 14), title, fill=_INK, font=ImageFont.load_default(20))
    font = ImageFont.load_default(15)
    room = _WIDTH - _LEFT - _RIGHT
    for row, (name, share) in enumerate(shares.items()):
        top = _TOP + row * _ROW
        rate = share.rate or 0.0
        draw.text((16, top + 8), name, fill=_INK, font=font)
        draw.rounded_rectangle((_LEFT, top + 6, _LEFT + room, top + 28), 4, fill=_TRACK)
        if rate > 0:
            end = _LEFT + max(6, round(room * rate))
            draw.rounded_rectangle((_LEFT, top + 6, end, top + 28), 4, fill=_BAR)
        told = tr("{share} of {whole}", share=f"{rate:.0%}", whole=share.whole)
        draw.text((_LEFT + room + 10, top + 8), told, fill=_INK, font=font)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
