"""The whole, put together: first starts, broken indexes, and which engine answers."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from bot import service
from bot.alive import SignOfLife
from bot.app import App, create_app
from bot.settings import Settings
from corpus.starter import starter_documents
from tests.prompts.openai_server import Fails, OpenAIServer, Says

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(tmp_path)


def app_in(home: Path, **options: Any) -> App:
    values = {"RECEIPTS_HOME": home} | options.pop("settings", {})
    return create_app(Settings.model_validate(values), **options)


def test_two_first_starts_at_once_make_one_corpus(tmp_path: Path) -> None:
    environment = os.environ | {"RECEIPTS_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    starts = [
        subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "sources", "list", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for start in starts:
        out, err = start.communicate(timeout=120)
        assert start.returncode == 0, err
        assert len(json.loads(out)) == len(starter_documents())


def test_an_interrupted_first_start_is_made_good_by_the_next(tmp_path: Path) -> None:
    def interrupted(
        label: str, total: int | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        seen = []

        def advance(_done: int) -> None:
            seen.append(1)
            if len(seen) == 70:
                raise KeyboardInterrupt

        return nullcontext(advance)

    with pytest.raises(KeyboardInterrupt), app_in(tmp_path, progress=interrupted):
        pass
    with app_in(tmp_path) as app:
        assert app.catalogue.count().sources == len(starter_documents())
        assert app.catalogue.count().passages == app.catalogue.count().lexical


def test_a_home_without_the_starter_corpus_is_possible(tmp_path: Path) -> None:
    with app_in(tmp_path, starter=False) as app:
        assert app.catalogue.count().sources == 0
        assert app.retriever.search("anything") == []


def test_search_outlives_a_broken_index(
    starter_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = {"RECEIPTS_CHROMA_URL": "http://127.0.0.1:1"}
    with caplog.at_level(logging.WARNING), app_in(starter_home, settings=nowhere) as app:
        assert app.retriever.search("DeepSeek-V3 training cost")
    assert "127.0.0.1:1 failed: it does not answer" in caplog.text


async def test_an_app_opens_and_closes_around_async_work(starter_home: Path) -> None:
    async with app_in(starter_home) as app:
        assert app.ledger.note("anything") is None
        assert app.catalogue.count().sources > 90
        executor = app.executor
    with pytest.raises(RuntimeError):
        executor.submit(print)


def test_a_failed_opening_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "receipts.db").write_bytes(b"nonsense" * 1000)
    app = app_in(tmp_path)
    with pytest.raises(Exception, match="damaged"), app:
        pass
    app.close()


async def test_a_running_bot_leaves_a_sign_of_life(
    starter_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = SignOfLife(starter_home)
    ages: list[float | None] = []

    async def stand_in(_app: App, _health: object, _shards: object) -> None:
        await asyncio.sleep(0)
        ages.append(sign.age())

    monkeypatch.setattr(service, "run", stand_in)
    monkeypatch.setattr(App, "warm_up", lambda _self: None)
    await service.serve(app_in(starter_home, settings={"DISCORD_TOKEN": "a.b.c"}))
    assert ages
    assert ages[0] is not None
    assert sign.age() is None


UNSURE = {
    "label": "not_enough_evidence",
    "likelihoods": {"supported": 0, "refuted": 0, "misleading": 0, "not_enough_evidence": 100},
    "sentences": [],
    "missing_context": None,
}


@pytest.mark.parametrize(
    ("reply", "engine"), [(Says(UNSURE), "llm"), (Fails(401, "wrong key"), "local")]
)
async def test_a_configured_model_answers_and_the_local_engine_stands_behind_it(
    starter_home: Path, caplog: pytest.LogCaptureFixture, reply: Says | Fails, engine: str
) -> None:
    async with OpenAIServer(reply) as server:
        values = {"RECEIPTS_MODEL": "small", "OPENAI_BASE_URL": server.url}
        async with app_in(starter_home, settings=values) as app:
            result = await app.checker.check("DeepSeek-V3 cost $5.576 million to train")
    assert [verdict.engine for verdict in result.verdicts] == [engine]
    assert server.requests[0]["model"] == "small"
    assert ("the local engine answers instead" in caplog.text) == (engine == "local")
