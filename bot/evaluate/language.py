"""Whether a text seems not to be in English, to report such rows apart."""

from __future__ import annotations

import re

_FOREIGN = re.compile(
    r"\b(?:der|die|das|und|laut|nicht|wurde|haben|el|los|las|una|que|según|por|año|le|les|des|une|"
    r"est|selon|pour|não|uma|dos|em|pelo|foi|il|della|che|nel|gli|na|że|się|jest|bir|için|göre|"
    r"een|het|van|och|att|som)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\x00-\u024f\u2000-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff]")


def looks_foreign(text: str) -> bool:
    """Letters of another script, or little words of another language."""
    return bool(_LETTERS.search(text) or _FOREIGN.search(text))
