"""A corpus moved as one file is the same corpus."""

from __future__ import annotations

import gzip
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.errors import InputError
from corpus.items import Listed
from corpus.moving import export_corpus, import_corpus
from corpus.upkeep import Upkeep
from tests.corpus.conftest import url
from tests.corpus.values import MODEL, Clock, add, found, live_ids, sentence, source


def unseen(_done: int) -> None:
    pass


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(url(tmp_path / "other" / "receipts.db"))
    yield engine
    engine.dispose()


def filled(engine: Engine, clock: Clock) -> Catalogue:
    catalogue = Catalogue(engine, clock=clock)
    add(catalogue, source("a", published="2024"), f"{sentence('apples')} {sentence('pears')}")
    add(catalogue, source("b", guild_id="1"), sentence("cherries"))
    add(catalogue, source("c"), sentence("plums"))
    add(catalogue, source("a", published="2024"), f"{sentence('apples')} {sentence('quinces')}")
    catalogue.retract("c", "wrong")
    Upkeep(engine, clock=clock).subscribe(Listed("w", "https://x.example/f", "feed", 3), None, None)
    return catalogue


def test_everything_comes_across(
    sqlite_engine: Engine, other: Engine, clock: Clock, tmp_path: Path
) -> None:
    before = filled(sqlite_engine, clock)
    path = tmp_path / "corpus.jsonl.gz"
    written = export_corpus(sqlite_engine, path, clock(), unseen, servers=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    after = Catalogue(other, clock=clock)
    moved = import_corpus(other, path, unseen)
    assert (moved.sources, moved.passages, moved.feeds) == (
        written.sources, written.passages, written.feeds)  # fmt: skip
    for guild in (None, "1"):
        assert after.sources(guild) == before.sources(guild)
    assert live_ids(after) == live_ids(before)
    assert after.document_text("a", 1) == before.document_text("a", 1)
    for id_, vector in zip(*before.vectors(MODEL), strict=True):
        assert (after.vectors(MODEL, [id_])[1][0] == vector).all()
    assert found(after, "quinces") == {"a"}
    assert found(after, "pears") == found(after, "plums") == found(after, "cherries") == set()
    assert {op.passage_id for op in after.pending_ops()} == live_ids(after)
    assert len(Upkeep(other, clock=clock).feeds()) == 1


def test_what_servers_keep_for_themselves_stays_unless_asked_for(
    sqlite_engine: Engine, other: Engine, clock: Clock, tmp_path: Path
) -> None:
    filled(sqlite_engine, clock)
    private = Listed("w2", "https://x.example/private", "feed", 1)
    Upkeep(sqlite_engine, clock=clock).subscribe(private, None, "1")
    path = tmp_path / "corpus.jsonl.gz"
    expected: list[int] = []
    written = export_corpus(sqlite_engine, path, clock(), unseen, expect=expected.append)
    assert (written.sources, written.feeds) == (2, 1)
    assert expected == [2]
    text = gzip.decompress(path.read_bytes()).decode()
    assert "cherries" not in text and "private" not in text
    after = Catalogue(other, clock=clock)
    import_corpus(other, path, unseen)
    assert {record.source.id for record in after.sources("1")} == {"a", "c"}


def test_same_again_adds_nothing_and_what_is_held_stays(
    sqlite_engine: Engine, other: Engine, clock: Clock, tmp_path: Path
) -> None:
    filled(sqlite_engine, clock)
    path = tmp_path / "corpus.jsonl.gz"
    export_corpus(sqlite_engine, path, clock(), unseen, servers=True)
    after = Catalogue(other, clock=clock)
    add(after, source("c"), sentence("mangoes"))
    assert import_corpus(other, path, unseen).kept == 1
    count = after.count()
    moved = import_corpus(other, path, unseen)
    assert (moved.sources, moved.kept, moved.feeds) == (0, 3, 0)
    assert after.count() == count
    assert found(after, "mangoes") == {"c"}


def test_file_that_is_none_or_breaks_off_says_so(
    sqlite_engine: Engine, other: Engine, clock: Clock, tmp_path: Path
) -> None:
    catalogue = filled(sqlite_engine, clock)
    path = tmp_path / "corpus.jsonl.gz"
    export_corpus(sqlite_engine, path, clock(), unseen, servers=True)
    with pytest.raises(InputError, match="exists"):
        export_corpus(sqlite_engine, path, clock(), unseen)
    Catalogue(other, clock=clock)
    whole = path.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    bad = {
        "torn": whole[: len(whole) // 2],
        "short": gzip.compress(b"".join(lines[:-1])),
        "alien": gzip.compress(b'{"format": "x"}\n'),
        "empty": b"",
        "text": b"hello",
        "hollow": gzip.compress(lines[0] + b'{"source": {}}\n' + lines[-1]),
        "list": gzip.compress(lines[0] + b"[]\n" + lines[-1]),
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError) as caught:
            import_corpus(other, tmp_path / name, unseen)
        assert name in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        import_corpus(other, tmp_path / "nowhere", unseen)
    # What came before a file broke off is whole.
    assert import_corpus(other, path, unseen).sources + Catalogue(other).count().sources >= 3
    assert catalogue.count().sources == Catalogue(other).count().sources
