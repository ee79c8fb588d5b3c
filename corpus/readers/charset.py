"""Bytes from the web made into text, whatever their headers claim."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_PARAMETER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
# WHATWG Encoding Standard, 4.2: these labels mean the Windows code page on the web.
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030"}


_TELLING = 40
"""Bytes beyond ASCII that a guess needs."""
_FEW_NULLS = 0.001
"""The share of null characters from which on it is another encoding, or no text."""


class CharsetError(ValueError):
    """No encoding makes sense of the bytes; the message is for people."""


def decode_web(data: bytes, content_type: str = "") -> str:
    """The text of a page. Valid UTF-8 is UTF-8, whatever is declared; else what is declared counts.

    CharsetError: it cannot be told what the characters are.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data, encoding) or _given_up()
    text = _strictly(data, "utf-8")
    if text is not None:
        return text
    for label in _labels(data, content_type):
        text = _strictly(data, label)
        if text is not None:
            return text
    return _guessed(data)


def _labels(data: bytes, content_type: str) -> list[str]:
    found = [match[1] for match in [_PARAMETER.search(content_type)] if match]
    found += [match[1].decode("ascii", "replace") for match in _DECLARED.finditer(data[:4096])]
    names = []
    for label in found:
        try:
            name = codecs.lookup(label).name
        except LookupError:
            continue
        if name != "utf-8":
            names.append(_MEANT.get(name, name))
    return names


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError):
        return None
    nulls = text.count("\0")
    if nulls > len(text) * _FEW_NULLS:
        return None
    # Browsers pass over a stray one, and a database may not store it.
    return text.replace("\0", "").removeprefix("\ufeff")


def _guessed(data: bytes) -> str:
    if sum(byte > 127 for byte in data[:200_000]) < _TELLING:
        # Too little to tell languages by: what undeclared pages of the West are in (WHATWG).
        return _strictly(data, "cp1252") or _given_up()
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    text = None if best is None else _strictly(data, best.encoding)
    return text if text is not None else _given_up()


def _given_up() -> str:
    raise CharsetError("its characters are in no encoding that fits")
