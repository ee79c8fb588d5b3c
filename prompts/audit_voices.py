"""How many voices a sentence says it speaks for: copies of one story are one voice."""

from __future__ import annotations

import re

_COUNTS = {
    "both": 2, "two": 2, "several": 2, "multiple": 2, "various": 2, "many": 2, "numerous": 2,
    "independent": 2, "three": 3, "four": 4, "five": 5,
}  # fmt: skip
_VOICES = re.compile(
    rf"\b(?P<count>{'|'.join(_COUNTS)}|[2-5])\s+(?:of\s+the\s+)?(?:[a-z-]+\s+){{0,2}}?"
    r"(?:sources|reports|outlets|publications|newspapers|articles|accounts|fact[- ]checkers|"
    r"news agencies|studies|papers)\b",
    re.IGNORECASE,
)


def voices(text: str) -> int:
    """How many sources a sentence says agree, at least; 1 where it says nothing of the kind."""
    counted = [match["count"].casefold() for match in _VOICES.finditer(text)]
    return max((_COUNTS.get(count) or int(count) for count in counted), default=1)
