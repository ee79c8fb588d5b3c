"""What doctor finds, each fault made on purpose, and that no secret leaves it."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.alive import STALE_S, SignOfLife
from bot.app import create_app
from bot.discord.client import PERMISSIONS as ASKED_FOR
from bot.doctor import PERMISSIONS, Finding, application_id, examine, settings_in_force
from bot.settings import Settings

TOKEN = f"{base64.b64encode(b'123456789012345678').decode().rstrip('=')}.GabcdE.secret-part"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(tmp_path)


def settings(home: Path, **values: Any) -> Settings:
    return Settings.model_validate({"RECEIPTS_HOME": home, **values})


def findings(home: Path, **values: Any) -> dict[str, Finding]:
    chosen = settings(home, **values)
    app = create_app(chosen)
    try:
        return {finding.name: finding for finding in examine(chosen, app)}
    finally:
        app.close()


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A server that lists one model to whoever has the key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == "Bearer right"
            body = json.dumps({"data": [{"id": "small"}]}) if self.path == "/v1/models" else "[]"
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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
    [(None, "warn"), (" ", "warn"), ("paste-here", "fail"), ("a.b.c", "fail"), (TOKEN, "ok")],
)
def test_the_shape_of_the_token(tmp_path: Path, token: str | None, level: str) -> None:
    finding = findings(tmp_path, DISCORD_TOKEN=token)["Discord token"]
    assert finding.level == level
    if level == "ok":
        assert "client_id=123456789012345678&" in finding.says
        assert "secret-part" not in finding.says


def test_the_invitation_asks_for_what_the_bot_needs() -> None:
    assert ASKED_FOR.value == PERMISSIONS
    readme = Path(__file__).parents[2] / "README.md"
    assert f"permissions={PERMISSIONS}" in readme.read_text(encoding="utf-8")


def test_application_ids_come_from_tokens_alone() -> None:
    assert application_id(TOKEN) == "123456789012345678"
    for text in ("", "..", "é.b.c", "QQ==.b.c", "a.b.c.d"):
        assert application_id(text) is None


def test_the_privileged_intent_is_pointed_out(tmp_path: Path) -> None:
    assert findings(tmp_path)["intents"].level == "ok"
    assert findings(tmp_path, RECEIPTS_MESSAGE_CONTENT=True)["intents"].level == "warn"


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
