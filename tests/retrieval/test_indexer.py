from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from corpus.errors import IndexMismatchError, LockedError
from retrieval.chroma import ChromaError, ChromaIndex, open_folder, server_address
from retrieval.dense import DenseSearch
from retrieval.indexer import Indexer
from retrieval.ingest import ingest, reindex
from retrieval.model import SearchFilter
from retrieval.probe import is_sound
from retrieval.search import Retriever
from tests.retrieval.homes import Home, WordEmbedder, document, many

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def filled_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with Home(folder) as home:
        home.ingest(many(1_200))
    return folder


@pytest.fixture
def filled(filled_template: Path, tmp_path: Path) -> Path:
    """A closed home with 1,200 passages, enough for Chroma to have written its files."""
    return Path(shutil.copytree(filled_template, tmp_path / "home"))


def in_step(home: Home) -> bool:
    return home.held_by_chroma() == set(home.catalogue.embedded_ids(home.embedder.model_id))


def child_code(folder: Path, body: str, *, probe_from: int = 5_000) -> str:
    return textwrap.dedent(
        f"""
        import sys
        from pathlib import Path
        from tests.retrieval.homes import Home, many
        home = Home(Path({str(folder)!r}), probe_from={probe_from})
        """
    ) + textwrap.dedent(body)


def run_child(
    folder: Path, body: str, *, probe_from: int = 5_000
) -> subprocess.CompletedProcess[str]:
    """Runs `body` with `home` open in a process of its own, which a damaged store may end."""
    return subprocess.run(
        [sys.executable, "-c", child_code(folder, body, probe_from=probe_from)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


# In step with the catalogue


def test_index_follows_what_is_added_changed_retracted_and_removed(home: Home) -> None:
    home.ingest([document("a", "Alpha one."), document("b", "Beta two."), document("c", "Gamma.")])
    assert len(home.held_by_chroma()) == 3
    home.ingest([document("a", "Alpha changed.")])
    home.catalogue.retract("b", "withdrawn")
    home.catalogue.remove("c")
    assert home.indexer.heal()
    assert in_step(home)
    assert len(home.held_by_chroma()) == 1
    assert home.catalogue.pending_ops() == []


def test_applying_the_outbox_twice_does_no_harm(home: Home) -> None:
    home.ingest(many(5))
    with home.catalogue._engine.begin() as connection:
        for op in ("delete", "upsert", "upsert", "delete"):
            connection.exec_driver_sql(
                "INSERT INTO index_op (passage_id, op) SELECT id, ? FROM passage", (op,)
            )
    assert home.indexer.drain()
    assert in_step(home)


def test_a_settled_index_is_not_touched_again(filled: Path) -> None:
    with Home(filled) as home:
        before = {path: path.stat().st_mtime_ns for path in (filled / "chroma").rglob("*")}
        assert not home.indexer.heal()
        assert {path: path.stat().st_mtime_ns for path in (filled / "chroma").rglob("*")} == before


def test_an_empty_home_needs_no_index(home: Home) -> None:
    assert not home.indexer.heal()
    assert not (home.folder / "chroma").exists()


# Searching


def test_search_by_chroma_agrees_with_every_vector_scored(filled: Path) -> None:
    with Home(filled) as home:
        home.indexer.open()
        dense = DenseSearch(home.catalogue, home.embedder.model_id, home.indexer, exact_limit=100)
        exact = DenseSearch(home.catalogue, home.embedder.model_id)
        for text in ("report 17 town17", "school3 year5", "town900 built"):
            query = home.embedder.embed([text])[0]
            found, wanted = dense.search(query, 10), exact.search(query, 10)
            # Many documents share a vector here, so scores are compared rather than ids.
            np.testing.assert_allclose(
                [score for _, score in found], [score for _, score in wanted], atol=1e-5
            )


@pytest.mark.parametrize(
    "where",
    [
        SearchFilter(),
        SearchFilter(guild_id="1"),
        SearchFilter(as_of=date(2000, 1, 1)),
        SearchFilter(kinds=frozenset({"paper"}), guild_id="1"),
        SearchFilter(kinds=frozenset()),
    ],
    ids=str,
)
def test_filters_see_the_same_by_chroma_as_by_every_vector(
    tmp_path: Path, where: SearchFilter
) -> None:
    with Home(tmp_path) as home:
        home.ingest(
            [
                *many(400),
                *(
                    replace(
                        each,
                        source=replace(
                            each.source,
                            id=f"own-{n}",
                            guild_id=str(n % 2),
                            kind=("paper", "news")[n % 3 == 0],
                            published=("1990", "2020")[n % 5 == 0],
                        ),
                    )
                    for n, each in enumerate(many(200, start=400))
                ),
            ]
        )
        home.indexer.open()
        dense = DenseSearch(home.catalogue, home.embedder.model_id, home.indexer, exact_limit=100)
        exact = DenseSearch(home.catalogue, home.embedder.model_id)
        query = home.embedder.embed(["town17 built school3"])[0]
        found, wanted = dense.search(query, 20, where), exact.search(query, 20, where)
        np.testing.assert_allclose(
            [score for _, score in found], [score for _, score in wanted], atol=1e-5
        )
        seen = {id_ for id_, _ in found}
        permitted = home.catalogue.eligible(where.as_of, where.kinds, where.guild_id)
        assert seen <= set(permitted or ())


def test_a_filter_that_lets_half_through_needs_no_vector_but_those_found(filled: Path) -> None:
    with Home(filled) as home:
        home.ingest([document("private", "Report by town8", guild_id="1")])
        home.indexer.open()
        dense = DenseSearch(home.catalogue, home.embedder.model_id, home.indexer, exact_limit=1)
        query = home.embedder.embed(["town8 built"])[0]
        assert len(dense.search(query, 10, SearchFilter(guild_id="2"))) == 10
        assert dense._exact._matrix is None


def test_a_filter_that_lets_a_tenth_through_looks_further_and_loads_nothing(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a corpus of which a tenth is too much to read from the catalogue.
    monkeypatch.setattr("retrieval.dense._FETCH_LIMIT", 0)
    with Home(filled) as home:
        tenth = many(130, start=5_000)
        home.ingest([replace(each, source=replace(each.source, kind="paper")) for each in tenth])
        home.indexer.open()
        dense = DenseSearch(home.catalogue, home.embedder.model_id, home.indexer, exact_limit=1)
        exact = DenseSearch(home.catalogue, home.embedder.model_id)
        query = home.embedder.embed(["town8 built"])[0]
        where = SearchFilter(kinds=frozenset({"paper"}))
        found = dense.search(query, 40, where)
        assert dense._exact._matrix is None
        wanted = [score for _, score in exact.search(query, 40, where)]
        np.testing.assert_allclose([score for _, score in found], wanted, atol=1e-5)


def test_open_index_sees_what_another_process_added(filled: Path) -> None:
    with Home(filled) as home, Home(filled) as other:
        home.indexer.open()
        other.ingest([document("new", "unheard zebra quagga")])
        assert other.catalogue.pending_ops()
        query = home.embedder.embed(["unheard zebra quagga"])[0]
        [passage] = other.catalogue.passages(home.indexer.search(query, 1)).values()
        assert passage.source.id == "new"
        assert other.catalogue.pending_ops() == []


def test_retracted_passage_is_never_found_though_the_index_holds_it(filled: Path) -> None:
    with Home(filled) as home:
        home.indexer.open()
        dense = DenseSearch(home.catalogue, home.embedder.model_id, home.indexer, exact_limit=1)
        query = home.embedder.embed(["Report 5 finds that town5 built school5 in year5"])[0]
        first, _ = dense.search(query, 1)[0]
        home.catalogue.retract(home.catalogue.passages([first])[first].source.id, "wrong")
        # As though the outbox had not been applied yet.
        home.indexer._applied = home.catalogue.generation()
        assert first in home.indexer.search(query, 5)
        assert first not in dict(dense.search(query, 5))


def test_failing_index_leaves_the_answer_to_the_stored_vectors(
    filled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing:
        is_open = True

        def search(self, query: object, k: int) -> list[str]:
            raise ChromaError("gone")

    with Home(filled) as home:
        dense = DenseSearch(home.catalogue, home.embedder.model_id, Failing(), exact_limit=1)
        exact = DenseSearch(home.catalogue, home.embedder.model_id)
        query = home.embedder.embed(["town8 built"])[0]
        assert dense.search(query, 7) == exact.search(query, 7)
        assert "gone" in caplog.text


def test_search_does_not_wait_while_the_index_is_written(filled: Path) -> None:
    with Home(filled) as home:
        home.indexer.open()
        query = home.embedder.embed(["town8"])[0]
        errors: list[Exception] = []

        def search() -> None:
            try:
                home.indexer.search(query, 1)
            except ChromaError as error:
                errors.append(error)

        with home.indexer._busy:
            thread = threading.Thread(target=search)
            thread.start()
            thread.join(10)
        assert "being written" in str(errors[0])
        home.indexer.search(query, 1)


# Damage


def hnsw(folder: Path, name: str) -> Path:
    [path] = folder.glob(f"chroma/g*/*/{name}")
    return path


def garble(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as stream:
        for position in range(0, size, 97):
            stream.seek(position)
            stream.write(b"\xde\xad\xbe\xef\xff\xff\xff\x7f")


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def drop_collection(folder: Path) -> None:
    from retrieval.chroma import open_folder

    index = open_folder(folder / "chroma" / "g1", "passages_g1")
    index.drop()
    index.close()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "links of a terabyte": lambda f: os.truncate(hnsw(f, "link_lists.bin"), 2**40),
    "links garbled": lambda f: garble(hnsw(f, "link_lists.bin")),
    "links cut": lambda f: truncate(hnsw(f, "link_lists.bin")),
    "vectors cut": lambda f: truncate(hnsw(f, "data_level0.bin")),
    "vectors garbled": lambda f: garble(hnsw(f, "data_level0.bin")),
    "header garbled": lambda f: garble(hnsw(f, "header.bin")),
    "pickle cut": lambda f: truncate(hnsw(f, "index_metadata.pickle")),
    "vectors gone": lambda f: hnsw(f, "data_level0.bin").unlink(),
    "sqlite garbled": lambda f: garble(next(f.glob("chroma/g*/chroma.sqlite3"))),
    "sqlite cut": lambda f: truncate(next(f.glob("chroma/g*/chroma.sqlite3"))),
    "sqlite gone": lambda f: next(f.glob("chroma/g*/chroma.sqlite3")).unlink(),
    "everything gone": lambda f: shutil.rmtree(f / "chroma"),
    "collection gone": drop_collection,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_index_is_rebuilt_from_stored_vectors(filled: Path, damage: str) -> None:
    DAMAGES[damage](filled)
    # So small an index is not even opened once its files are not as they were left.
    with Home(filled) as home:
        assert home.indexer.heal()
        assert not home.indexer.heal()
        assert in_step(home)
        assert home.embedder.embedded == []


def test_damaged_index_that_is_worth_a_probe_never_ends_the_process(
    filled_template: Path, tmp_path: Path
) -> None:
    probed = ["links of a terabyte", "links garbled", "vectors cut", "pickle cut"]
    for name in probed:
        DAMAGES[name](Path(shutil.copytree(filled_template, tmp_path / name)))
    child = run_child(
        tmp_path / probed[0],
        f"""
        home.catalogue.close()
        for name in {probed!r}:
            with Home(Path({str(tmp_path)!r}) / name, probe_from=1) as home:
                healed = home.indexer.heal()
                ids = home.catalogue.embedded_ids("words/1")
                right = home.held_by_chroma() == set(ids) and len(ids) == 1_200
                home.indexer.open()
                home.indexer.search(home.embedder.embed(["town3"])[0], 5)
                home.ingest(many(1, start=9_000))
                print(name, healed, right, len(home.held_by_chroma()), sep=",", flush=True)
        """,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.splitlines() == [f"{name},True,True,1201" for name in probed], child.stderr


def test_probe_finds_a_sound_store_sound_and_leaves_it_so(filled: Path) -> None:
    (filled / "chroma" / "seal.json").unlink()
    with Home(filled, probe_from=1) as home:
        folder = filled / "chroma" / "g1"
        assert is_sound(folder, "passages_g1", 32)
        assert not is_sound(folder, "other", 32)
        assert is_sound(folder, "passages_g1", 32)
        assert home.indexer.heal()
        assert not home.indexer.heal()
        assert in_step(home)
        assert (filled / "chroma" / "g1").is_dir(), "a sound store is kept"


def test_a_writing_that_was_cut_off_is_known_by_the_age_of_its_files(filled: Path) -> None:
    """What Chroma wrote last must be the newest, whole, or the process may die of it later."""
    folder = filled / "chroma" / "g1"
    pickle = hnsw(filled, "index_metadata.pickle")
    whole, written = pickle.read_bytes(), pickle.stat().st_mtime_ns
    for name in ("header.bin", "data_level0.bin", "length.bin", "link_lists.bin"):
        path = hnsw(filled, name)
        before = path.stat().st_mtime_ns
        os.utime(path, ns=(written + 4_000_000, written + 4_000_000))
        assert not is_sound(folder, "passages_g1", 32)
        os.utime(path, ns=(before, before))
    pickle.write_bytes(whole[:-1])
    assert not is_sound(folder, "passages_g1", 32)
    pickle.write_bytes(whole)
    assert is_sound(folder, "passages_g1", 32)


def test_index_with_other_vectors_is_rebuilt(filled: Path) -> None:
    from retrieval.chroma import open_folder

    with Home(filled, probe_from=1) as home:
        ids = home.catalogue.embedded_ids("words/1")
        index = open_folder(filled / "chroma" / "g1", "passages_g1")
        index.upsert(ids, np.roll(home.catalogue.vectors("words/1", ids)[1], 1, axis=1))
        index.close()
        assert home.indexer.heal()
        assert in_step(home)
        assert not (filled / "chroma" / "g1").exists()


@pytest.mark.parametrize("moment", [1, 4])
def test_kill_while_the_outbox_is_applied_loses_nothing(tmp_path: Path, moment: int) -> None:
    child = run_child(
        tmp_path,
        f"""
        import os, signal
        import retrieval.indexer
        from retrieval.chroma import ChromaIndex
        from retrieval.ingest import ingest
        retrieval.indexer._CHUNK = 20
        home.ingest(many(10))
        ingest(many(50, start=10), home.catalogue, home.embedder)
        home.catalogue.retract("doc-00003", "wrong")
        writes, upsert, delete = [], ChromaIndex.upsert, ChromaIndex.delete
        def killed(write):
            def run(*given):
                write(*given)
                writes.append(1)
                if len(writes) == {moment}:
                    os.kill(os.getpid(), signal.SIGKILL)
            return run
        ChromaIndex.upsert, ChromaIndex.delete = killed(upsert), killed(delete)
        home.indexer.drain()
        """,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    with Home(tmp_path) as home:
        assert home.catalogue.pending_ops()
        assert home.indexer.heal()
        count = home.catalogue.count()
        assert (count.passages, count.lexical, count.pending_ops) == (59, 59, 0)
        assert in_step(home)
        assert home.embedder.embedded == []


def test_kill_in_the_middle_of_a_rebuild_leaves_a_home_that_heals(filled: Path) -> None:
    child = run_child(
        filled,
        """
        import os, signal
        from retrieval.chroma import ChromaIndex
        ChromaIndex.upsert = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
        home.indexer.rebuild()
        """,
    )
    assert child.returncode == -signal.SIGKILL
    with Home(filled) as home:
        assert home.indexer.heal()
        assert in_step(home)
        assert len(list((filled / "chroma").glob("g*"))) == 1


def test_chroma_that_cannot_be_opened_does_not_fail_the_start(
    filled: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (filled / "chroma" / "seal.json").unlink()

    def fail(*_: object) -> None:
        raise ChromaError("disk on fire")

    monkeypatch.setattr("retrieval.generations.open_folder", fail)
    with Home(filled) as home:
        assert not home.indexer.heal()
        assert home.ingest([document("x", "still stored")]).added == 1
        assert "disk on fire" in caplog.text
        assert Retriever(
            home.catalogue, home.embedder, DenseSearch(home.catalogue, "words/1", home.indexer)
        ).search("still stored", 1)
        with pytest.raises(ChromaError):
            home.indexer.rebuild()


# In a process of its own


def test_a_large_index_is_brought_in_step_without_its_memory_here(tmp_path: Path) -> None:
    child = run_child(
        tmp_path,
        """
        home.indexer._apart_from = 40
        home.ingest(many(60))
        home.catalogue.retract("doc-00003", "wrong")
        assert home.indexer.drain()
        assert not home.catalogue.pending_ops()
        print(any(name.startswith("chromadb") for name in sys.modules))
        """,
    )
    assert (child.stdout.strip(), child.returncode) == ("False", 0), child.stderr
    with Home(tmp_path) as home:
        assert not home.indexer.heal()
        assert in_step(home)


def test_what_the_other_process_says_is_logged_here(
    filled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (filled / "chroma" / "seal.json").unlink()
    with Home(filled, apart_from=1) as home:
        assert home.indexer.heal()
        assert "made anew" in caplog.text
        assert not home.indexer.heal()
        assert in_step(home)


def test_the_other_process_ends_its_work_when_nobody_hears_it(filled: Path) -> None:
    (filled / "chroma" / "seal.json").unlink()
    given = {"home": str(filled), "database": f"sqlite:///{filled / 'receipts.db'}"}
    heard, told = os.pipe()
    os.close(heard)
    try:
        subprocess.run(
            [sys.executable, "-m", "retrieval.apart"],
            input=json.dumps(given | {"model_id": "words/1", "probe_from": 5_000}).encode(),
            stdout=told, stderr=subprocess.DEVNULL, check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(told)
    assert (filled / "chroma" / "seal.json").exists()
    with Home(filled) as home:
        assert not home.indexer.heal()
        assert in_step(home)


@pytest.mark.parametrize("apart_from", [None, 1])
def test_how_far_the_index_has_come_is_told(filled: Path, apart_from: int | None) -> None:
    bars: list[list[object]] = []

    @contextmanager
    def shown(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        bar: list[object] = [label, total]
        bars.append(bar)
        yield bar.append
        bar.append("over")

    (filled / "chroma" / "seal.json").unlink()
    with Home(filled, apart_from=apart_from, progress=shown) as home:
        held = home.catalogue.embedded(home.embedder.model_id)
        assert home.indexer.heal()
        assert bars == [["Bringing the index in step", held, held, "over"]]
        home.ingest([document("x", "new words")])
    assert len(bars) == 1


def test_the_other_process_leaves_alone_what_is_open_elsewhere(filled: Path) -> None:
    with Home(filled, apart_from=1) as home, FileLock(filled / "chroma.lock", timeout=0):
        home.ingest([document("x", "new words")])
        assert home.catalogue.pending_ops()
        assert not home.indexer.drain()


def test_ctrl_c_lets_the_other_process_end_in_good_order(filled: Path) -> None:
    with Home(filled) as home:
        ingest(many(5, start=5_000), home.catalogue, home.embedder)
    body = """
        import signal
        signal.signal(signal.SIGINT, lambda *_: print("asked to stop", flush=True))
        home.indexer._apart_from = 1
        print(home.indexer.drain())
        """
    code = child_code(filled, body)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while (filled / "chroma" / "seal.json").exists() and process.poll() is None:
        time.sleep(0.001)
    # As a terminal does it: to the whole group.
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert out.split("\n") == ["asked to stop", "True", ""], err
    with Home(filled) as home:
        assert not home.indexer.heal()
        assert in_step(home)


def test_ingest_goes_on_where_the_other_process_is_killed(
    filled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def kill() -> None:
        seal = filled / "chroma" / "seal.json"
        while seal.exists():
            time.sleep(0.001)
        (child,) = (
            pid
            for path in Path("/proc/self/task").glob("*/children")
            for pid in path.read_text().split()
            if "retrieval.apart" in Path("/proc", pid, "cmdline").read_text()
        )
        os.kill(int(child), signal.SIGKILL)

    with Home(filled, apart_from=1) as home:
        killer = threading.Thread(target=kill)
        killer.start()
        assert home.ingest(many(5, start=5_000)).added == 5
        killer.join()
        assert "its process ended (-9)" in caplog.text
        assert home.indexer.heal()
        assert in_step(home)


def test_what_comes_in_while_the_index_is_compared_is_no_fault_of_it(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = ChromaIndex.pages
    with Home(filled) as home, Home(filled) as other:

        def meanwhile(index: ChromaIndex) -> Iterator[dict[str, NDArray[np.float32]]]:
            ingest([document("late", "Late words.")], other.catalogue, other.embedder)
            return pages(index)

        monkeypatch.setattr(ChromaIndex, "pages", meanwhile)
        home.indexer.open()
        assert not home.indexer.mend()
        monkeypatch.undo()
        assert not home.indexer.mend()
        assert in_step(home)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("(code: 13) database or disk is full", "the disk is full; free some space"),
        ("(code: 8) attempt to write a readonly database", "cannot be written; make them writable"),
        ("No space left on device (os error 28)", "the disk is full; free some space"),
        ("something new", "RuntimeError: something new"),
    ],
)
def test_what_chroma_says_of_the_disk_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, says: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr("chromadb.PersistentClient", fail)
    with pytest.raises(ChromaError, match=re.escape(says)):
        open_folder(tmp_path, "passages")


# One process at a time


def test_index_that_another_process_has_open_is_left_alone(filled: Path) -> None:
    (filled / "chroma" / "seal.json").unlink()
    owner = FileLock(filled / "chroma.lock", timeout=0)
    with Home(filled) as home, owner:
        assert not home.indexer.heal()
        assert home.ingest([document("x", "new words")]).added == 1
        assert home.catalogue.pending_ops()
        for refused in (home.indexer.open, home.indexer.rebuild):
            with pytest.raises(LockedError, match="another process"):
                refused()


# Embedders


def test_another_embedder_is_refused_by_name_of_the_command(home: Home) -> None:
    home.ingest(many(3))
    other = WordEmbedder("words/2")
    indexer = Indexer(home.folder, home.catalogue, other.model_id)
    retriever = Retriever(home.catalogue, other, DenseSearch(home.catalogue, other.model_id))
    for refused in (lambda: retriever.search("town1"), indexer.open, indexer.rebuild):
        with pytest.raises(IndexMismatchError, match=r"words/1.*words/2.*receipts reindex"):
            refused()
    assert not indexer.heal()


def test_reindex_takes_a_home_over_to_another_embedder(home: Home) -> None:
    home.ingest(many(30))
    other = WordEmbedder("words/2", dim=16)
    indexer = Indexer(home.folder, home.catalogue, other.model_id)
    seen: list[int] = []
    assert reindex(home.catalogue, other, indexer, seen.append) == 30
    assert sum(seen) == 30
    assert not indexer.heal()
    assert home.catalogue.vectors("words/1")[0] == []
    retriever = Retriever(
        home.catalogue, other, DenseSearch(home.catalogue, other.model_id, indexer)
    )
    assert retriever.search("town1", 1)[0].passage.source.id == "doc-00001"
    indexer.open()
    assert indexer._index is not None
    assert indexer._index.model_id == "words/2"
    indexer.close()


def test_reindex_with_the_same_embedder_embeds_nothing_and_mends_everything(filled: Path) -> None:
    with Home(filled) as home:
        with home.catalogue._engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO passage_fts (passage_fts) VALUES ('delete-all')"
            )
        assert home.catalogue.lexical(["town1"], 5) == []
        assert reindex(home.catalogue, home.embedder, home.indexer) == 0
        assert home.embedder.embedded == []
        assert home.catalogue.lexical(["town1"], 5)
        assert not home.indexer.heal()
        assert in_step(home)


def test_interrupted_reindex_goes_on_where_it_was(home: Home) -> None:
    home.ingest(many(150))

    class Breaking(WordEmbedder):
        def embed(self, texts: object) -> object:  # type: ignore[override]
            if len(self.embedded) >= 64:
                raise KeyboardInterrupt
            return super().embed(texts)  # type: ignore[arg-type]

    with pytest.raises(KeyboardInterrupt):
        reindex(home.catalogue, Breaking("words/2"), None)  # type: ignore[arg-type]
    assert home.catalogue.embedder() == "words/1"
    again = WordEmbedder("words/2")
    reindex(home.catalogue, again, None)
    assert len(again.embedded) == 150 - 64


# A server's address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8000", ("localhost", 8000, False)),
        ("http://chroma", ("chroma", 8000, False)),
        ("https://chroma.internal/", ("chroma.internal", 443, True)),
    ],
)
def test_server_address(url: str, address: tuple[str, int, bool]) -> None:
    assert server_address(url) == address


@pytest.mark.parametrize("url", ["localhost:8000", "http://", "http://a/b", "http://a:b", "x"])
def test_what_is_no_address_is_said_so(url: str) -> None:
    from corpus.errors import InputError

    with pytest.raises(InputError, match="RECEIPTS_CHROMA_URL"):
        server_address(url)


def test_setting_in_the_catalogue_is_readable(filled: Path) -> None:
    with Home(filled) as home:
        current = json.loads(home.catalogue.setting("dense_index") or "")
        assert current == {"number": 1, "name": "passages_g1", "place": "embedded"}
