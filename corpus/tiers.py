"""How good a source is taken to be, and why: five tiers, from a list that people can read.

`publishers.csv` says which publisher belongs where, each line with its reference; `publishers.csv`
in the home, of the same form, comes first. A publisher is known by the registrable domain of the
address (Public Suffix List), never by a part of its name. Scores are those of Lin et al., "High
level of correspondence across different news domain quality rating sets", PNAS Nexus 2 (2023):
reputable from .70, unreliable up to .25.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, cast, get_args
from urllib.parse import urlsplit

from corpus.domains import registrable_domain
from corpus.errors import InputError
from corpus.model import Source

Tier = Literal["primary", "official", "reputable", "other", "unreliable"]
TIERS: Final[tuple[Tier, ...]] = get_args(Tier)

SHOWN: Final[Mapping[str, str]] = {
    "primary": "primary source",
    "official": "official source",
    "reputable": "reputable publisher",
    "unreliable": "known to be unreliable",
}
"""What people read of a tier; of `other` there is nothing to say."""

FILE = "publishers.csv"
_COLUMNS = ("domain", "match", "tier", "name", "reference")
# The person who reads a file in says what it is; a page from the web is not asked.
_OF_KINDS: Mapping[str, Tier] = {
    "primary": "primary",
    "paper": "primary",
    "official": "official",
    "statistics": "official",
}


@dataclass(frozen=True, slots=True)
class Publisher:
    """A line of the list."""

    domain: str
    match: str
    """`domain`: it and the hosts under it; `suffix`: everything that is registered under it."""
    tier: Tier
    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A tier and the reason for it, for people."""

    tier: Tier
    why: str


class Tiers:
    """The lists in force."""

    def __init__(self, publishers: Iterable[Publisher], digest: str) -> None:
        self._publishers = {publisher.domain: publisher for publisher in publishers}
        self.digest = digest
        """Of the lists' text, by which stored tiers are known to be old."""

    @classmethod
    def load(cls, overrides: Path | None = None) -> Tiers:
        """The list that ships, and the operator's above it. InputError names a bad line."""
        shipped = (files("corpus") / FILE).read_text(encoding="utf-8")
        own = ""
        if overrides is not None:
            try:
                own = overrides.read_text(encoding="utf-8")
            except (FileNotFoundError, NotADirectoryError):
                pass  # The operator has no list; a home that cannot be is told where it is opened.
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"{overrides} cannot be read: {error}") from error
        digest = hashlib.sha256(f"{shipped}\0{own}".encode()).hexdigest()[:16]
        listed = [*read_list(shipped, FILE), *read_list(own, str(overrides))]
        return cls(listed, digest)

    def judge(self, source: Source) -> Judged:
        """The tier of a source."""
        host = (urlsplit(source.url or "").hostname or "").casefold().rstrip(".")
        publisher = self._publisher(host) if host else None
        if publisher is not None:
            return Judged(publisher.tier, f"{publisher.name}: {publisher.reference}")
        tier = _OF_KINDS.get(source.kind)
        if tier is not None:
            return Judged(tier, f"its kind is {source.kind!r}")
        return Judged("other", "its publisher is not on the list")

    def _publisher(self, host: str) -> Publisher | None:
        """The entry of the host itself, else of the nearest domain above it."""
        registrable = registrable_domain(host)
        labels = host.split(".")
        owned = True
        for first in range(len(labels)):
            name = ".".join(labels[first:])
            publisher = self._publishers.get(name)
            # Beyond the registrable domain others begin: only a whole suffix still counts.
            if publisher is not None and (owned or publisher.match == "suffix"):
                return publisher
            owned = owned and name != registrable
        return None


def read_list(text: str, place: str) -> list[Publisher]:
    """The lines of a list. InputError names the first that is not as it should be."""
    if not text.strip():
        return []
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise InputError(f"{place}: the first line must be {','.join(_COLUMNS)}")
    found = []
    for row in reader:
        domain = (row["domain"] or "").strip().casefold()
        tier, match = row["tier"], row["match"]
        if not domain or tier not in TIERS or match not in ("domain", "suffix"):
            raise InputError(
                f"{place}, line {reader.line_num}: a line is a domain, `domain` or `suffix`, "
                f"one of {', '.join(TIERS)}, a name and a reference"
            )
        name = row["name"] or domain
        found.append(Publisher(domain, match, cast(Tier, tier), name, row["reference"] or ""))
    return found
