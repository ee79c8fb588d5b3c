"""A corpus as one file: gzipped JSON Lines, which any version and either database can read.

The first line says what it is, then comes a line for each source with all its versions, passages
and vectors, and one for each feed; the last line counts them, so that a file that breaks off shows.
What belongs to single servers is in it only where that is asked for.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, insert, select

from corpus import outbox
from corpus.database import reading, writing
from corpus.errors import InputError, OperationError
from corpus.schema import document, embedding, feed, passage, source
from corpus.stories import join_story
from corpus.times import stamp

FORMAT: Final = "receipts.corpus/1"
MAX_LINE = 500_000_000
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was written or read."""

    sources: int
    passages: int
    feeds: int
    kept: int = 0
    """Sources of the file that are held already, and were left as they are held."""


def export_corpus(
    engine: Engine,
    path: Path,
    now: datetime,
    advance: Advance,
    *,
    expect: Advance = lambda _sources: None,
    servers: bool = False,
) -> Moved:
    """Write the shared sources and feeds to a new file; with `servers` those of single servers too.

    `expect` is told first how many sources will be written, then `advance` of each.

    One state of the database throughout, whoever writes meanwhile. The file appears when complete;
    what is in it of single servers is for its owner alone to read.
    InputError: it exists. OperationError: it cannot be written.
    """
    if path.exists():
        raise InputError(f"{path} exists; give the name of a new file")
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600 if servers else 0o666)
        with reading(engine) as connection, gzip.open(part, "wt", encoding="utf-8") as file:
            moved = _write(connection, file.write, now, advance, expect=expect, servers=servers)
        os.replace(part, path)  # noqa: PTH105 - atomic
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OperationError(f"{path} cannot be written: {error.strerror or error}") from error
    return moved


def _write(
    connection: Connection,
    write: Callable[[str], object],
    now: datetime,
    advance: Advance,
    *,
    expect: Advance,
    servers: bool,
) -> Moved:
    def line(value: dict[str, Any]) -> None:
        write(json.dumps(value, ensure_ascii=False) + "\n")

    line({"format": FORMAT, "made_at": stamp(now)})
    sources = passages = feeds = 0
    chosen = select(source.c.id).order_by(source.c.id)
    listed = select(feed).order_by(feed.c.id)
    if not servers:
        chosen = chosen.where(source.c.guild_id.is_(None))
        listed = listed.where(feed.c.guild_id.is_(None))
    ids = connection.scalars(chosen).all()
    expect(len(ids))
    for id_ in ids:
        entry = _entry(connection, id_)
        line(entry)
        sources += 1
        passages += len(entry["passages"])
        advance(1)
    for row in connection.execute(listed):
        line({"feed": dict(row._mapping)})
        feeds += 1
    line({"end": {"sources": sources, "passages": passages, "feeds": feeds}})
    return Moved(sources, passages, feeds)


def _entry(connection: Connection, id_: str) -> dict[str, Any]:
    row = connection.execute(select(source).where(source.c.id == id_)).one()
    documents = connection.execute(select(document).where(document.c.source_id == id_)).all()
    versions = {each.id: each.version for each in documents}
    held = connection.execute(
        select(passage).where(passage.c.source_id == id_).order_by(passage.c.seq)
    ).all()
    vectors = connection.execute(
        select(embedding)
        .join(passage, passage.c.seq == embedding.c.passage_seq)
        .where(passage.c.source_id == id_)
    ).all()
    by_passage: dict[int, dict[str, str]] = {}
    for vector in vectors:
        packed = base64.b64encode(vector.vector).decode()
        by_passage.setdefault(vector.passage_seq, {})[vector.model_id] = packed
    return {
        "source": dict(row._mapping),
        "documents": [
            {**_without(each, "id", "source_id"), "text": each.text} for each in documents
        ],
        "passages": [
            {
                **_without(each, "seq", "source_id", "document_id", "text"),
                "version": versions[each.document_id],
                "vectors": by_passage.get(each.seq, {}),
            }
            for each in held
        ],
    }


def _without(row: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in names}


def import_corpus(engine: Engine, path: Path, advance: Advance) -> Moved:
    """Add what a file holds. A source whose id is held already stays as it is held.

    Each source is stored whole or not at all, so that the same again goes on after an
    interruption. InputError: it is no such file, or damaged.
    """
    sources = passages = feeds = kept = 0
    for number, entry in _lines(path):
        try:
            with writing(engine) as connection:
                if "feed" in entry:
                    feeds += _store_feed(connection, entry["feed"])
                    continue
                stored = _store(connection, entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{path}, line {number}: not as an export writes it") from error
        sources += stored is not None
        kept += stored is None
        passages += stored or 0
        advance(1)
    return Moved(sources, passages, feeds, kept)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines between the first and the last, both of which are checked."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            first = json.loads(file.readline(MAX_LINE) or "{}")
            if not isinstance(first, dict) or first.get("format") != FORMAT:
                raise InputError(f"{path} is no library that `receipts export` wrote")
            number = 1
            while line := file.readline(MAX_LINE):
                number += 1
                entry = json.loads(line)
                if "end" in entry:
                    return
                yield number, entry
    except FileNotFoundError as error:
        raise InputError(f"{str(path)!r}: no such file") from error
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(
            f"{path} is damaged, or no library that `receipts export` wrote"
        ) from error
    raise InputError(f"{path} breaks off before its end; what came before has been read in")


def _store_feed(connection: Connection, row: dict[str, Any]) -> bool:
    if connection.execute(select(feed.c.id).where(feed.c.id == row["id"])).first():
        return False
    connection.execute(insert(feed).values(**_known(feed, row)))
    return True


def _store(connection: Connection, entry: dict[str, Any]) -> int | None:
    """The number of passages; None where the source is held already."""
    row = _known(source, entry["source"]) | {"origin_id": None}
    id_ = row["id"]
    if connection.execute(select(source.c.id).where(source.c.id == id_)).first():
        return None
    connection.execute(insert(source).values(**row))
    documents: dict[int, tuple[int, str]] = {}
    for each in entry["documents"]:
        values = _known(document, each) | {"source_id": id_}
        key = connection.execute(
            insert(document).values(**values).returning(document.c.id)
        ).scalar_one()
        documents[each["version"]] = key, each["text"]
    live: list[str] = []
    for each in entry["passages"]:
        key, text = documents[each["version"]]
        values = _known(passage, each) | {
            "source_id": id_,
            "document_id": key,
            "text": text[each["start"] : each["end"]],
        }
        seq = connection.execute(
            insert(passage).values(**values).returning(passage.c.seq)
        ).scalar_one()
        for model_id, packed in each["vectors"].items():
            vector = base64.b64decode(packed)
            connection.execute(
                insert(embedding).values(
                    passage_seq=seq, model_id=model_id, dim=len(vector) // 2, vector=vector
                )
            )
        if each["live"]:
            live.append(each["id"])
    outbox.enqueue(connection, live, "upsert")
    join_story(connection, id_, documents[row["version"]][1])
    outbox.bump(connection)
    return len(entry["passages"])


def _known(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The values of columns that there are; those of a newer version are left out."""
    return {name: value for name, value in row.items() if name in table.c}
