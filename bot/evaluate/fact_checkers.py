"""Which web pages are fact checks: these may tell the verdict that a claim is tested for."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from urllib.parse import urlsplit

_ARCHIVED = re.compile(r"^https?://(?:web\.archive\.org|archive\.\w+)/.*?(https?://.*)$", re.I)
_WORD = re.compile(r"[^\W\d_]+")


def is_fact_check(url: str) -> bool:
    """Whether an address is a fact-checker's, or its own words call it a fact check.

    `fact_checkers.json` has both lists. An archived copy is judged as what it is a copy of.
    """
    domains, marks = _lists()
    archived = _ARCHIVED.match(url)
    try:
        parts = urlsplit(archived[1] if archived else url)
        host = (parts.hostname or "").casefold().rstrip(".")
    except ValueError:
        return False
    labels = host.split(".")
    path = parts.path.casefold()
    for first in range(len(labels)):
        for section in domains.get(".".join(labels[first:]), ()):
            if path.startswith(section):
                return True
    words = _WORD.findall(f"{host} {path}")
    return not marks.isdisjoint([*words, *("-".join(pair) for pair in pairwise(words))])


@cache
def _lists() -> tuple[dict[str, list[str]], frozenset[str]]:
    """Path beginnings by domain, and the words."""
    text = (files("bot.evaluate") / "fact_checkers.json").read_text(encoding="utf-8")
    data = json.loads(text)
    domains: dict[str, list[str]] = {}
    for entry in data["domains"]:
        domain, slash, section = entry.partition("/")
        domains.setdefault(domain, []).append(slash + section)
    return domains, frozenset(data["words"])
