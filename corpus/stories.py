"""One story told by many: sources whose texts are near-duplicates share an origin.

MinHash (Broder 1997) over word 3-grams finds them, banded so that only likely pairs are compared.
Same words are not enough: a monthly report repeats last month's with other figures, so the numbers
must agree too, and the dates must not be far apart. Thresholds: `benchmarks/stories.py` measures.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from corpus.database import batches
from corpus.eligibility import visible
from corpus.model import parse_partial_date
from corpus.schema import signature, signature_band, source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]

SIMILAR = 0.4
"""Jaccard similarity of the 3-grams: edited copies stay above."""
CONTAINED = 0.6
"""Share of the shorter text's 3-grams that the longer one has: copies cut short stay above."""
NUMBERS_SHARED = 0.6
"""Share of the numbers of the one with fewer that the other must have."""
FEW_NUMBERS = 3
"""With fewer than these, numbers tell nothing."""
MIN_SHINGLES = 30
"""Shorter texts are alike by chance."""
MOST_DAYS_APART = 21
_PERMUTATIONS = 128
_BAND_ROWS = 2
_BANDS = 32
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_MOST_WORDS = 20_000
_MOST_NUMBERS = 400
_MOST_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class Signature:
    """What is compared of a text."""

    shingles: int
    hashes: Hashes
    numbers: frozenset[str]
    first_day: date | None = None
    last_day: date | None = None

    def same_story(self, other: Signature) -> bool:
        """Whether one text is a copy of the other, or both of a third."""
        smaller, larger = sorted((self.shingles, other.shingles))
        if smaller < MIN_SHINGLES or not self._same_days(other):
            return False
        jaccard = float((self.hashes == other.hashes).mean())
        shared = jaccard / (1 + jaccard) * (smaller + larger)
        if jaccard < SIMILAR and shared < CONTAINED * smaller:
            return False
        fewer, more = sorted((self.numbers, other.numbers), key=len)
        return len(fewer) < FEW_NUMBERS or len(fewer & more) >= NUMBERS_SHARED * len(fewer)

    def _same_days(self, other: Signature) -> bool:
        if self.first_day is None or other.first_day is None:
            return True
        assert self.last_day is not None and other.last_day is not None
        gap = max(self.first_day, other.first_day) - min(self.last_day, other.last_day)
        return gap.days <= MOST_DAYS_APART


def sign(text: str, published: str | None = None) -> Signature:
    """The signature of a text."""
    import numpy as np

    words = [word.casefold() for word in _WORD.findall(text)[:_MOST_WORDS]]
    grams = {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}
    values = np.fromiter((zlib.crc32(gram.encode()) for gram in grams), np.uint64, len(grams))
    hashes = np.full(_PERMUTATIONS, 0xFFFF_FFFF, dtype=np.uint32)
    for start in range(0, len(values), 4_096):
        factors, terms = _permutations()
        # A row a permutation: what is added up and compared lies together in memory.
        mixed = factors[:, np.newaxis] * values[start : start + 4_096]
        mixed += terms[:, np.newaxis]
        smallest = mixed.min(axis=1) >> np.uint64(32)
        np.minimum(hashes, smallest.astype(np.uint32), out=hashes)
    numbers = dict.fromkeys(word.replace(",", "") for word in words if word[0].isdigit())
    return Signature(
        len(grams), hashes, frozenset(list(numbers)[:_MOST_NUMBERS]), *_days(published)
    )


def join_story(connection: Connection, source_id: str, text: str) -> None:
    """Record the signature of a source's new text, and find the story it tells.

    A server's own source may join a shared story; a shared source never joins a server's.
    """
    this = connection.execute(select(source).where(source.c.id == source_id)).one()
    signed = sign(text, this.published)
    leave_story(connection, source_id)
    seq = connection.execute(
        insert(signature)
        .values(
            source_id=source_id,
            shingles=signed.shingles,
            hashes=signed.hashes.astype("<u4").tobytes(),
            numbers=" ".join(sorted(signed.numbers)),
        )
        .returning(signature.c.seq)
    ).scalar_one()
    if signed.shingles < MIN_SHINGLES:
        return
    bands = _bands(signed.hashes)
    told_before = [
        row for row in _candidates(connection, this, bands) if signed.same_story(_of(row))
    ]
    connection.execute(
        insert(signature_band), [{"band": band, "signature_seq": seq} for band in sorted(bands)]
    )
    if told_before:
        _merge(connection, [this, *told_before], this.guild_id)


def leave_story(connection: Connection, source_id: str) -> None:
    """Forget a source's signature; those that told its story again get another origin."""
    connection.execute(delete(signature).where(signature.c.source_id == source_id))
    connection.execute(update(source).where(source.c.id == source_id).values(origin_id=None))
    left = connection.execute(select(source).where(source.c.origin_id == source_id)).all()
    for guild_id in {row.guild_id for row in left}:
        own = [row for row in left if row.guild_id == guild_id]
        _set_origin(connection, own, _first(own).id)


def _candidates(connection: Connection, this: Row[Any], bands: frozenset[int]) -> list[Row[Any]]:
    """The sources that share a band, and that this one may be joined with."""
    counted = (
        select(signature_band.c.signature_seq, func.count().label("shared"))
        .where(signature_band.c.band.in_(bands))
        .group_by(signature_band.c.signature_seq)
        .order_by(func.count().desc())
        .limit(_MOST_CANDIDATES)
        .subquery()
    )
    query = (
        select(source, signature.c.shingles, signature.c.hashes, signature.c.numbers)
        .join(signature, signature.c.source_id == source.c.id)
        .join(counted, counted.c.signature_seq == signature.c.seq)
        .where(visible(this.guild_id), source.c.id != this.id)
    )
    return list(connection.execute(query))


def _merge(connection: Connection, rows: list[Row[Any]], guild_id: str | None) -> None:
    """Give all these, and those that share their origins, the first of them as origin."""
    stories = {row.origin_id or row.id for row in rows}
    members = {row.id: row for row in rows}
    for batch in batches(stories):
        same = or_(source.c.origin_id.in_(batch), source.c.id.in_(batch))
        for row in connection.execute(select(source).where(same)):
            members.setdefault(row.id, row)
    shared = [row for row in members.values() if row.guild_id is None]
    origin = _first(shared or list(members.values())).id
    # What is shared is the same for every server: it does not change with one server's sources.
    movable = (
        members.values()
        if guild_id is None
        else [row for row in members.values() if row.guild_id == guild_id]
    )
    _set_origin(connection, list(movable), origin)


def _set_origin(connection: Connection, rows: list[Row[Any]], origin: str) -> None:
    for batch in batches(row.id for row in rows):
        connection.execute(
            update(source)
            .where(source.c.id.in_(batch), source.c.id != origin)
            .values(origin_id=origin)
        )
    connection.execute(update(source).where(source.c.id == origin).values(origin_id=None))


def _first(rows: list[Row[Any]]) -> Row[Any]:
    """The one published first; of the same day, the one that has been held longest."""
    return min(rows, key=lambda row: (row.published_last or "9999", row.added_at, row.id))


def _of(row: Row[Any]) -> Signature:
    import numpy as np

    return Signature(
        row.shingles,
        np.frombuffer(row.hashes, dtype="<u4"),
        frozenset(row.numbers.split()),
        *_days(row.published),
    )


def _days(published: str | None) -> tuple[date | None, date | None]:
    return parse_partial_date(published) if published else (None, None)


def _bands(hashes: Hashes) -> frozenset[int]:
    """A signed 64-bit number for each band."""
    found = set()
    for band in range(_BANDS):
        rows = hashes[band * _BAND_ROWS : (band + 1) * _BAND_ROWS].astype("<u4").tobytes()
        digest = hashlib.blake2b(rows, digest_size=8, person=band.to_bytes(2, "big")).digest()
        found.add(int.from_bytes(digest, "big", signed=True))
    return frozenset(found)


@cache
def _permutations() -> tuple[Any, Any]:
    """Multiply-shift hashing (Dietzfelbinger et al. 1997): odd factors, any terms."""
    import numpy as np

    generator = np.random.default_rng(20_261_123)
    factors = generator.integers(1, 1 << 63, _PERMUTATIONS, dtype=np.uint64) * 2 + 1
    return factors, generator.integers(0, 1 << 63, _PERMUTATIONS, dtype=np.uint64)
