"""What doctor finds, each fault made on purpose, and that no secret leaves it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.alive import STALE_S, SignOfLife
from bot.app import create_app
from bot.discord.client import PERMISSIONS as ASKED_FOR
from bot.doctor import examine, settings_in_force
from bot.doctor_services import PERMISSIONS, Finding, application_id, clock
from bot.ledger import VERSION_TABLE, Ledger, Request, open_ledger
from bot.settings import Settings
from corpus.database import open_engine, run_revisions
from retrieval.modelfiles import SHIPPED
from tests.postgres import PostgresServer

TOKEN = f"{base64.b64encode(b'123456789012345678').decode().rstrip('=')}.GabcdE.secret-part"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(tmp_path)


def settings(home: Path, **values: Any) -> Settings:
    return Settings.model_validate({"RECEIPTS_HOME": home, **values})


NOWHERE = "http://127.0.0.1:9/api/v10"


def findings(home: Path, discord: str = NOWHERE, **values: Any) -> dict[str, Finding]:
    chosen = settings(home, **values)
    app = create_app(chosen)
    try:
        return {finding.name: finding for finding in examine(chosen, app, discord)}
    finally:
        app.close()


@contextmanager
def answering(
    answers: dict[str, tuple[int, object]], key: str | None = None
) -> Iterator[tuple[str, list[str | None]]]:
    """A server's address, and the authorisations that came; with `key`, others get 401."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization")
            asked.append(given)
            status, body = answers.get(self.path, (200, []))
            self.send_response(401 if key and given != key else status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A server that lists one model to whoever has the key."""
    with answering({"/v1/models": (200, {"data": [{"id": "small"}]})}, "Bearer right") as (url, _):
        yield url


def test_a_sound_home_has_no_failure(starter_home: Path) -> None:
    found = findings(starter_home)
    assert [finding for finding in found.values() if finding.level == "fail"] == []
    assert "94 sources" in found["catalogue"].says
    assert found["Discord token"].level == "warn"


def test_an_empty_home_is_fine_and_stays_empty(tmp_path: Path) -> None:
    found = findings(tmp_path / "home")
    assert found["home"].level == found["catalogue"].level == "ok"
    assert not (tmp_path / "home").exists()


def test_indexes_that_disagree_are_found_and_mended(starter_home: Path) -> None:
    with sqlite3.connect(starter_home / "receipts.db") as database:
        database.execute("DELETE FROM embedding WHERE passage_seq = 1")
        database.execute("DELETE FROM passage_fts_docsize WHERE id = 1")
    database.close()
    found = findings(starter_home)
    assert found["vectors"].level == "fail"
    assert found["vectors"].mend == "run `receipts reindex`"
    assert "made anew" in found["lexical index"].says
    assert "Chroma index" in found
    assert "made anew" not in findings(starter_home)["lexical index"].says


def test_text_that_is_not_word_for_word_is_found(starter_home: Path) -> None:
    with sqlite3.connect(starter_home / "receipts.db") as database:
        database.execute("UPDATE document SET text = 'x' || text WHERE id = 1")
    database.close()
    assert findings(starter_home)["passages"].level == "fail"


def test_another_embedder_is_found(starter_home: Path) -> None:
    with sqlite3.connect(starter_home / "receipts.db") as database:
        database.execute("UPDATE index_state SET value = 'other' WHERE key = 'embedder'")
    database.close()
    finding = findings(starter_home)["vectors"]
    assert finding.level == "fail"
    assert "receipts reindex" in str(finding.mend)


def test_a_database_that_is_none_is_found(starter_home: Path) -> None:
    (starter_home / "receipts.db").write_bytes(b"nonsense" * 1000)
    assert findings(starter_home)["catalogue"].level == "fail"


@pytest.mark.parametrize("setting", ["RECEIPTS_EMBEDDING_MODEL", "RECEIPTS_STANCE_MODEL"])
def test_a_model_folder_without_a_model_is_found(tmp_path: Path, setting: str) -> None:
    (tmp_path / "empty").mkdir()
    found = findings(tmp_path / "home", **{setting: str(tmp_path / "empty")})
    name = "embedder" if "EMBEDDING" in setting else "stance model"
    assert found[name].level == "fail"


def test_a_home_that_cannot_be_made_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert findings(tmp_path / "file" / "home")["home"].level == "fail"


@pytest.mark.parametrize(
    ("token", "level"),
    [(None, "warn"), (" ", "warn"), ("paste-here", "fail"), ("a.b.c", "fail"), (TOKEN, "warn")],
)
def test_the_shape_of_the_token(tmp_path: Path, token: str | None, level: str) -> None:
    finding = findings(tmp_path, DISCORD_TOKEN=token)["Discord token"]
    assert finding.level == level and finding.mend
    assert ("cannot be asked" in finding.says) is (token == TOKEN)


@pytest.mark.parametrize(
    ("status", "body", "level", "says"),
    [
        (200, {"flags": 0}, "ok", "client_id=123456789012345678&"),
        (401, {}, "fail", "does not know it"),
        (500, {}, "warn", "answers 500"),
        (200, [], "warn", "cannot be asked"),
    ],
)
def test_discord_is_asked_about_the_token(
    tmp_path: Path, status: int, body: object, level: str, says: str
) -> None:
    with answering({"/api/oauth2/applications/@me": (status, body)}) as (url, asked):
        finding = findings(tmp_path, f"{url}/api", DISCORD_TOKEN=TOKEN)["Discord token"]
    assert asked == [f"Bot {TOKEN}"]
    assert (finding.level, says in finding.says) == (level, True), finding.says
    assert "secret-part" not in finding.says + str(finding.mend)
    assert level == "ok" or finding.mend


@pytest.mark.parametrize(
    ("wanted", "flags", "level"),
    [(False, 0, "ok"), (True, 0, "fail"), (True, 1 << 18, "ok"), (True, 1 << 19, "ok")],
)
def test_an_intent_that_is_not_switched_on_is_found(
    tmp_path: Path, wanted: bool, flags: int, level: str
) -> None:
    with answering({"/api/oauth2/applications/@me": (200, {"flags": flags})}) as (url, _):
        values = {"DISCORD_TOKEN": TOKEN, "RECEIPTS_MESSAGE_CONTENT": wanted}
        finding = findings(tmp_path, f"{url}/api", **values)["intents"]
    assert finding.level == level
    assert level == "ok" or "Message Content Intent" in str(finding.mend)


def test_a_clock_that_is_off_is_found(tmp_path: Path) -> None:
    with answering({"/api/oauth2/applications/@me": (200, {})}) as (url, _):
        assert findings(tmp_path, f"{url}/api", DISCORD_TOKEN=TOKEN)["clock"].level == "ok"
    for off, way in ((-100, "ahead of"), (100, "behind")):
        finding = clock("Discord's", time.time() + off)
        assert finding.level == "fail" and way in finding.says and "NTP" in str(finding.mend)


def test_the_invitation_asks_for_what_the_bot_needs() -> None:
    assert ASKED_FOR.value == PERMISSIONS
    readme = Path(__file__).parents[2] / "README.md"
    assert f"permissions={PERMISSIONS}" in readme.read_text(encoding="utf-8")


def test_application_ids_come_from_tokens_alone() -> None:
    assert application_id(TOKEN) == "123456789012345678"
    for text in ("", "..", "é.b.c", "QQ==.b.c", "a.b.c.d"):
        assert application_id(text) is None


@pytest.mark.parametrize(
    ("path", "key", "model", "level", "says"),
    [
        ("/v1", "right", "small", "ok", "serves 'small'"),
        ("/v1/", "right", "large", "warn", "lists no 'large'"),
        ("/v1", "wrong", "small", "fail", "Unauthorized"),
        ("", "right", "small", "fail", "no list of models"),
    ],
)
def test_the_endpoint_is_asked(
    tmp_path: Path, endpoint: str, path: str, key: str, model: str, level: str, says: str
) -> None:
    values = {"OPENAI_BASE_URL": f"{endpoint}{path}", "OPENAI_API_KEY": key}
    finding = findings(tmp_path, RECEIPTS_MODEL=model, **values)["language model"]
    assert (finding.level, says in finding.says) == (level, True), finding.says
    assert key not in finding.says + str(finding.mend)


def test_an_endpoint_that_is_not_there_is_found(tmp_path: Path) -> None:
    values = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "RECEIPTS_MODEL": "small"}
    assert findings(tmp_path, **values)["language model"].level == "fail"
    for url in ("ftp://x/v1", "nonsense"):
        assert findings(tmp_path, **values | {"OPENAI_BASE_URL": url})["language model"].level == (
            "fail"
        )


def test_half_a_model_is_pointed_out(tmp_path: Path) -> None:
    assert findings(tmp_path, RECEIPTS_MODEL="small")["language model"].level == "warn"
    assert findings(tmp_path, RECEIPTS_ENGINE="llm")["language model"].level == "fail"
    assert findings(tmp_path)["language model"].level == "ok"


def test_every_setting_is_shown_and_no_secret(tmp_path: Path) -> None:
    shown = settings_in_force(
        settings(
            tmp_path,
            DISCORD_TOKEN=TOKEN,
            OPENAI_API_KEY="sk-secret",
            RECEIPTS_DATABASE_URL="postgresql://me:pass-word@db/receipts",
        )
    )
    assert list(shown) == [str(field.alias) for field in Settings.model_fields.values()]
    text = json.dumps(shown)
    for secret in ("secret", "pass-word", "123456789012345678"):
        assert secret not in text
    assert shown["RECEIPTS_DATABASE_URL"] == "postgresql://***@db/receipts"
    assert shown["RECEIPTS_MODEL"] is None


def test_the_sign_of_life(tmp_path: Path) -> None:
    sign = SignOfLife(tmp_path)
    assert sign.age() is None
    sign.renew()
    assert findings(tmp_path)["bot"].says == "running"
    long_ago = (tmp_path / "alive").stat().st_mtime - STALE_S - 10
    os.utime(tmp_path / "alive", (long_ago, long_ago))
    assert findings(tmp_path)["bot"].level == "warn"
    sign.remove()
    sign.remove()
    assert sign.age() is None
    SignOfLife(tmp_path / "nowhere").renew()


@pytest.mark.parametrize(
    ("port", "public", "level", "says"),
    [
        (None, None, "ok", "not served"),
        (8080, "https://receipts.example", "ok", "reached at receipts.example"),
        (8080, "http://localhost:8080", "ok", "reached at localhost"),
        (8080, None, "warn", "no card links"),
        (8080, "http://receipts.example", "warn", "without TLS"),
        (None, "https://receipts.example", "fail", "nothing serves"),
        (8080, "receipts.example", "fail", "not a web address"),
    ],
)
def test_the_web_pages_are_looked_at(
    tmp_path: Path, port: int | None, public: str | None, level: str, says: str
) -> None:
    values = {"RECEIPTS_HTTP_PORT": port, "RECEIPTS_PUBLIC_URL": public}
    finding = findings(tmp_path, **values)["web pages"]
    assert (finding.level, says in finding.says) == (level, True), finding.says


def test_a_postgresql_that_is_not_there_is_found(tmp_path: Path) -> None:
    values = {"RECEIPTS_DATABASE_URL": "postgresql://me:pass-word@127.0.0.1:9/receipts"}
    finding = findings(tmp_path, **values)["catalogue"]
    assert finding.level == "fail" and "the server is not there" in finding.says
    assert "pass-word" not in finding.says


def test_a_home_that_cannot_be_written_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For the administrator, as whom tests may run, everything can be written.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    finding = findings(tmp_path)["home"]
    assert finding.level == "fail" and "make it writable" in str(finding.mend)


def test_what_others_on_the_machine_may_read_is_found(starter_home: Path, tmp_path: Path) -> None:
    starter_home.chmod(0o700)
    assert findings(starter_home)["privacy"].level == "ok"
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(0o644)
    starter_home.chmod(0o755)
    finding = findings(starter_home)["privacy"]
    assert finding.level == "warn"
    assert finding.mend == f"run `chmod go= {starter_home} .env`"


@pytest.mark.parametrize(("free_mb", "level"), [(5_000, "ok"), (500, "warn"), (50, "fail")])
def test_a_disk_that_is_nearly_full_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, level: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free_mb * 2**20))
    finding = findings(tmp_path)["disk"]
    assert finding.level == level and (level == "ok" or finding.mend)


@pytest.mark.parametrize("model", ["minilm", "stance"])
def test_model_files_that_are_not_as_recorded_are_found(tmp_path: Path, model: str) -> None:
    folder = shutil.copytree(SHIPPED / model, tmp_path / model)
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"altered")
    name = "RECEIPTS_EMBEDDING_MODEL" if model == "minilm" else "RECEIPTS_STANCE_MODEL"
    found = findings(tmp_path / "home", **{name: str(folder)})
    finding = found["embedder" if model == "minilm" else "stance model"]
    assert finding.level == "fail" and "model.onnx" in finding.says


@pytest.mark.parametrize("room", ["corpus", "ledger"])
def test_a_database_of_a_newer_version_is_found(starter_home: Path, room: str) -> None:
    with sqlite3.connect(starter_home / "receipts.db") as database:
        database.execute(f"UPDATE alembic_version_{room} SET version_num = '9999'")
    database.close()
    finding = findings(starter_home)["catalogue" if room == "corpus" else "checks"]
    assert finding.level == "fail" and "newer Receipts (revision 9999)" in finding.says


def test_a_database_of_an_older_version_is_brought_up_to_date(starter_home: Path) -> None:
    engine = open_engine(f"sqlite:///{starter_home / 'receipts.db'}")
    run_revisions(engine, "bot:migrations", VERSION_TABLE, "0001")
    engine.dispose()
    found = findings(starter_home)
    assert found["catalogue"].level == found["checks"].level == "ok"


def test_checks_that_nobody_is_at_are_found(starter_home: Path) -> None:
    engine = open_engine(f"sqlite:///{starter_home / 'receipts.db'}")
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    open_ledger(engine, now=lambda: long_ago).begin(Request("1", "a claim", "slash", "7"))
    engine.dispose()
    finding = findings(starter_home)["checks"]
    assert finding.level == "warn" and "for 60 minutes" in finding.says


def test_a_chroma_server_that_is_not_there_is_found(starter_home: Path) -> None:
    finding = findings(starter_home, RECEIPTS_CHROMA_URL="http://127.0.0.1:9")["Chroma index"]
    assert finding.level == "fail" and "correct RECEIPTS_CHROMA_URL" in finding.says
    finding = findings(starter_home, RECEIPTS_CHROMA_URL="not-a-url")["Chroma index"]
    assert finding.level == "fail" and "RECEIPTS_CHROMA_URL" in finding.says


@pytest.mark.parametrize(
    ("budgets", "level", "says"),
    [
        ("", "ok", "none"),
        ("person/day:50000", "ok", "1 set"),
        ("all/day:$5", "warn", "no price is known for 'home-made'"),
        ("a lot", "fail", "RECEIPTS_BUDGETS"),
    ],
)
def test_budgets_that_do_not_hold_are_found(
    tmp_path: Path, budgets: str, level: str, says: str
) -> None:
    values = {"RECEIPTS_BUDGETS": budgets, "RECEIPTS_MODEL": "home-made"}
    finding = findings(tmp_path, **values)["budgets"]
    assert (finding.level, says in finding.says) == (level, True), finding.says


def test_a_price_table_that_is_not_there_is_found(tmp_path: Path) -> None:
    assert findings(tmp_path, RECEIPTS_PRICES=tmp_path / "none.json")["budgets"].level == "fail"


def test_the_database_servers_clock_is_looked_at(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.new_database()
    assert findings(tmp_path, RECEIPTS_DATABASE_URL=url)["clock"].says.endswith("the database's")
    late = datetime.now(UTC) - timedelta(minutes=5)
    monkeypatch.setattr(Ledger, "time", lambda _: late)
    assert findings(tmp_path, RECEIPTS_DATABASE_URL=url)["clock"].level == "fail"
