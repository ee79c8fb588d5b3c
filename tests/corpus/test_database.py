from __future__ import annotations

import importlib
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, inspect, text
from sqlalchemy.engine import make_url

from corpus import schema
from corpus.catalogue import SCRIPT_LOCATION, VERSION_TABLE, Catalogue
from corpus.database import damage, migrate, open_engine, reading, run_revisions, writing
from corpus.errors import CatalogueError, InputError
from tests.corpus.conftest import url
from tests.corpus.values import add, found, sentence, source
from tests.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
FIRST = sentence("apples", "cost", "one", "euro")


def tables(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        inspected = inspect(connection)
        return {*inspected.get_table_names(), *inspected.get_view_names()}


def one_line(error: BaseException) -> str:
    assert isinstance(error, CatalogueError)
    assert "\n" not in str(error)
    return str(error)


def test_a_new_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "some" / "where" / "receipts.db"
    catalogue = Catalogue(open_engine(url(path)))
    add(catalogue, source(), FIRST)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    catalogue.close()


def test_the_migrated_tables_are_those_of_the_schema(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        lexical = {"lexemes", "words", "ix_passage_lexemes", "ix_passage_words"}
        if kind == "table":
            return not (name or "").startswith(("passage_fts", VERSION_TABLE))
        return name not in lexical

    with reading(engine) as connection:
        options = {"include_name": is_ours, "compare_type": True, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_the_schema_made_directly_is_the_migrated_one(engine: Engine) -> None:
    migrated = MetaData()
    migrated.reflect(engine)
    for name, table in schema.metadata.tables.items():
        made = {c.name: c.nullable for c in migrated.tables[name].columns if not c.computed}
        assert made == {c.name: c.nullable for c in table.columns}


def test_down_and_up_again(database_url: str) -> None:
    engine = open_engine(database_url)
    assert migrate(engine, SCRIPT_LOCATION, VERSION_TABLE)
    full = tables(engine)
    assert not migrate(engine, SCRIPT_LOCATION, VERSION_TABLE)
    run_revisions(engine, SCRIPT_LOCATION, VERSION_TABLE, "base")
    assert tables(engine) <= {VERSION_TABLE, "sqlite_sequence"}
    assert migrate(engine, SCRIPT_LOCATION, VERSION_TABLE)
    assert tables(engine) == full
    engine.dispose()


def test_file_names_tell_the_newest_revision() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from corpus.database import _revisions

    config = Config()
    config.set_main_option("script_location", SCRIPT_LOCATION)
    script = ScriptDirectory.from_config(config)
    ordered = [revision.revision for revision in script.walk_revisions()]
    assert list(reversed(ordered)) == _revisions(SCRIPT_LOCATION)


def test_a_migration_that_fails_leaves_nothing(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken"
    shutil.copytree(ROOT / "corpus" / "migrations", package / "migrations")
    (package / "__init__.py").touch()
    script = package / "migrations" / "versions" / "v0001_catalogue.py"
    script.write_text(script.read_text() + "\n_upgrade = upgrade\n\n\ndef upgrade():\n"
                      "    _upgrade()\n    op.execute('SELECT * FROM nowhere')\n")  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    engine = open_engine(database_url)
    with pytest.raises(
        CatalogueError, match=r"no such table: nowhere|\"nowhere\" does not"
    ) as caught:
        migrate(engine, "broken:migrations", VERSION_TABLE)
    one_line(caught.value)
    assert tables(engine) == set()
    assert migrate(engine, SCRIPT_LOCATION, VERSION_TABLE)
    engine.dispose()


def test_a_file_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(
        CatalogueError, match=r"made by a newer Receipts \(revision 9999\)"
    ) as caught:
        Catalogue(engine)
    one_line(caught.value)


def test_an_ordinary_start_imports_neither_alembic_nor_numpy(database: Path) -> None:
    program = f"""
        import sys
        from corpus.catalogue import Catalogue
        from corpus.database import open_engine
        Catalogue(open_engine({url(database)!r})).count()
        heavy = {{"alembic", "numpy", "yaml", "chromadb", "pydantic"}} & set(sys.modules)
        assert not heavy, heavy
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, cwd=ROOT)


@pytest.mark.parametrize(
    "given",
    [
        "", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://u:secret@h", "mysql://h/db",
        "nosuch://u:secret@h", "postgresql://u:secret@h:port/db",
    ],
)  # fmt: skip
def test_a_url_that_names_no_file_is_an_input_error(given: str) -> None:
    with pytest.raises(InputError) as caught:
        open_engine(given)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_home_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogueError, match="set RECEIPTS_HOME") as caught:
        open_engine(url(tmp_path / "file" / "receipts.db"))
    one_line(caught.value)
    with pytest.raises(CatalogueError, match=r"cannot be opened; check that its folder"):
        open_engine(url(tmp_path))


def test_a_folder_that_takes_no_files_says_what_to_do() -> None:
    with pytest.raises(CatalogueError, match="set RECEIPTS_HOME") as caught:
        open_engine(url(Path("/proc/receipts/receipts.db")))
    one_line(caught.value)


@pytest.mark.parametrize(
    "content", [b"not a database " * 1_000, b"SQLite format 3\0" + b"x" * 5_000]
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "receipts.db"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match=r"the file is damaged; restore a backup") as caught:
        Catalogue(open_engine(url(path)))
    assert str(path) in one_line(caught.value)
    assert path.read_bytes() == content


def test_damage_inside_is_an_error_too(database: Path) -> None:
    engine = open_engine(url(database))
    catalogue = Catalogue(engine)
    assert damage(engine) is None
    for number in range(200):
        add(catalogue, source(f"s{number}"), sentence("apples", str(number)))
    catalogue.close()
    content = bytearray(database.read_bytes())
    for start in range(4_096, len(content), 4_096):
        content[start : start + 100] = b"\xff" * 100
    database.write_bytes(content)
    with pytest.raises(CatalogueError) as caught:
        catalogue.sources()
    one_line(caught.value)
    try:
        assert damage(engine) is not None
    except CatalogueError as error:
        one_line(error)


def raw(connection: object) -> sqlite3.Connection:
    found = connection.connection.dbapi_connection  # type: ignore[attr-defined]
    assert isinstance(found, sqlite3.Connection)
    return found


def pragma(catalogue_engine: Engine, statement: str) -> None:
    """On the one pooled connection, which the next call uses again."""
    with catalogue_engine.connect() as connection:
        raw(connection).execute(statement)


def test_a_full_disk_says_so_and_leaves_nothing_half_written(
    sqlite_engine: Engine,
) -> None:
    engine, catalogue = sqlite_engine, Catalogue(sqlite_engine)
    add(catalogue, source(), FIRST)
    with engine.connect() as connection:
        pages = raw(connection).execute("PRAGMA page_count").fetchone()[0]
    pragma(engine, f"PRAGMA max_page_count = {pages}")
    long = " ".join(sentence("pears", str(number)) for number in range(3_000))
    with pytest.raises(CatalogueError, match="the disk is full; free some space") as caught:
        add(catalogue, source("b"), long)
    one_line(caught.value)
    assert catalogue.get_source("b") is None
    assert found(catalogue, "pears") == set()
    pragma(engine, "PRAGMA max_page_count = 1000000")
    assert add(catalogue, source("b"), long)


def test_a_read_only_file_can_be_read_and_says_what_to_do(
    sqlite_engine: Engine,
) -> None:
    engine, catalogue = sqlite_engine, Catalogue(sqlite_engine)
    add(catalogue, source(), FIRST)
    pragma(engine, "PRAGMA query_only = ON")
    assert found(catalogue, "apples") == {"a"}
    with pytest.raises(CatalogueError, match="cannot be written; make it writable") as caught:
        add(catalogue, source("b"), FIRST)
    one_line(caught.value)


def test_a_reader_sees_one_state_while_a_writer_writes(
    catalogue: Catalogue, engine: Engine
) -> None:
    add(catalogue, source(), FIRST)
    count = text("SELECT count(*) FROM source")
    with reading(engine) as reader:
        assert reader.execute(count).scalar_one() == 1
        add(catalogue, source("b"), FIRST)
        assert reader.execute(count).scalar_one() == 1
    assert catalogue.count().sources == 2
    with writing(engine) as writer:
        writer.execute(text("DELETE FROM source"))
        assert catalogue.count().sources == 2
    assert catalogue.count().sources == 0


def test_a_second_writer_waits_for_the_first(catalogue: Catalogue, engine: Engine) -> None:
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(add(catalogue, source(), FIRST)))
    with writing(engine) as connection:
        thread.start()
        thread.join(0.3)
        assert done == []
        connection.execute(text("DELETE FROM source"))
    thread.join(20)
    assert done == [True]


def test_a_writer_that_waits_too_long_says_so(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.database.BUSY_TIMEOUT_MS", 50)
    catalogue = Catalogue(open_engine(url(database)))
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogueError, match="another process is writing to it") as caught:
        add(catalogue, source(), FIRST)
    one_line(caught.value)
    assert catalogue.sources() == []
    holder.execute("ROLLBACK")
    holder.close()
    assert add(catalogue, source(), FIRST)
    catalogue.close()


def in_threads(number: int, work: Callable[[int], None]) -> None:
    errors: list[BaseException] = []

    def run(index: int) -> None:
        try:
            work(index)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_many_threads_write_the_same_once(catalogue: Catalogue) -> None:
    added: list[bool] = []

    def work(_index: int) -> None:
        for number in range(10):
            added.append(add(catalogue, source(f"s{number}"), sentence("apples", str(number))))
            catalogue.lexical(["apples"], 5)

    in_threads(4, work)
    assert sum(added) == 10
    count = catalogue.count()
    assert (count.sources, count.passages, count.lexical, count.pending_ops) == (10, 10, 10, 10)
    assert catalogue.generation() == 10


def test_two_processes_start_on_one_empty_database(database_url: str) -> None:
    program = f"""
        from corpus.catalogue import Catalogue
        from corpus.database import open_engine
        from tests.corpus.values import add, sentence, source
        catalogue = Catalogue(open_engine({database_url!r}))
        for number in range(10):
            add(catalogue, source(f"s{{number}}"), sentence("apples", str(number)))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()
    catalogue = Catalogue(open_engine(database_url))
    assert catalogue.count().sources == catalogue.generation() == 10
    catalogue.close()


def test_what_is_acknowledged_outlives_a_kill(database_url: str) -> None:
    program = f"""
        from corpus.catalogue import Catalogue
        from corpus.database import open_engine
        from tests.corpus.values import add, sentence, source
        catalogue = Catalogue(open_engine({database_url!r}))
        for number in range(10_000):
            add(catalogue, source(f"s{{number}}"), sentence("apples", str(number)))
            print(number, flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = -1
    while acknowledged < 30:
        acknowledged = int(process.stdout.readline())
    process.kill()
    acknowledged = max(acknowledged, *(int(line) for line in process.stdout.read().split()), 0)
    process.wait()
    process.stdout.close()
    catalogue = Catalogue(open_engine(database_url))
    count = catalogue.count()
    assert count.sources in (acknowledged + 1, acknowledged + 2)
    assert count.sources == count.passages == count.lexical == count.pending_ops
    assert len(catalogue.lexical(["apples"], 100_000)) == count.sources
    catalogue.close()


def postgres_fault(server: PostgresServer, **changes: object) -> str:
    wrong = make_url(server.new_database()).set(**changes)  # type: ignore[arg-type]
    with pytest.raises(CatalogueError) as caught:
        open_engine(wrong.render_as_string(hide_password=False))
    return one_line(caught.value)


def test_a_postgresql_that_cannot_be_used_says_what_to_do(postgres: PostgresServer) -> None:
    assert "there is no database of that name" in postgres_fault(postgres, database="nowhere")
    assert "the server is not there" in postgres_fault(postgres, port=9)
    said = postgres_fault(postgres, host="nowhere.invalid", password="secret-word")
    assert "the server is not there" in said and "secret-word" not in said


def test_a_postgresql_that_starts_again_is_used_again() -> None:
    server = PostgresServer(durable=True)
    try:
        catalogue = Catalogue(open_engine(server.new_database()))
        assert add(catalogue, source(), FIRST)
        server.kill()
        with pytest.raises(CatalogueError, match="the server is not there"):
            catalogue.count()
        server.start()
        assert catalogue.count().sources == 1
        assert found(catalogue, "apples") == {"a"}
        catalogue.close()
    finally:
        server.remove()


def test_both_databases_rank_alike(tmp_path: Path, postgres: PostgresServer) -> None:
    words = ["apples", "pears", "prices", "caf\u00e9", "2024", "3.5", "running"]
    words += [f"filler{number}" for number in range(60)]
    shelves = [
        Catalogue(open_engine(address))
        for address in (url(tmp_path / "receipts.db"), postgres.new_database())
    ]
    chance = random.Random(7)
    for number in range(120):
        text_ = sentence(*chance.choices(words, k=chance.randint(3, 30)))
        for shelf in shelves:
            add(shelf, source(f"s{number}"), text_)
    for query in (["apples"], ["apples", "pears"], ["caf\u00e9", "3.5"], ["run", "price", "2024"]):
        first, second = (shelf.lexical(query, 20) for shelf in shelves)
        assert len(first) == len(second) == 20
        shared = {id_ for id_, _ in first[:10]} & {id_ for id_, _ in second[:10]}
        assert len(shared) >= 7, query
        assert second[0][1] == pytest.approx(first[0][1], rel=0.25)
    for shelf in shelves:
        shelf.close()


def test_writers_of_different_parts_do_not_wait_for_each_other(postgres: PostgresServer) -> None:
    engine = open_engine(postgres.new_database())
    done: list[str] = []

    def write(part: str | None) -> None:
        with writing(engine, part):
            done.append(part or "all")

    with writing(engine, "one"):
        threads = [threading.Thread(target=write, args=(part,)) for part in ("two", "one", None)]
        threads[0].start()
        threads[0].join(20)
        assert done == ["two"]
        for thread in threads[1:]:
            thread.start()
            thread.join(0.3)
        assert done == ["two"]
    for thread in threads:
        thread.join(20)
    assert sorted(done) == ["all", "one", "two"]
    engine.dispose()
