"""The benchmark runs, and its ratios are those of what it measured."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.evaluate.benchmark import command
from bot.evaluate.speed import PAIR_TOKENS, PASSAGE_WORDS, BareModel, Texts
from bot.session import Session
from corpus.errors import InputError
from retrieval.modelfiles import SHIPPED, open_model


def test_it_measures_every_part_beside_the_bare_models(tmp_path: Path) -> None:
    session = Session(stdout=io.StringIO(), stderr=io.StringIO())
    results = tmp_path / "RESULTS.md"
    command.main(
        ["--passages", "30", "--claims", "2", "--json", "--results", str(results)],
        obj=session,
        standalone_mode=False,
    )
    assert isinstance(session.stdout, io.StringIO)
    numbers = json.loads(session.stdout.getvalue())
    for part in ("embedder", "stance"):
        assert numbers[part]["per_cpu_second"] > 0
        assert numbers[part]["ratio"] == pytest.approx(
            numbers[part]["bare_per_cpu_second"] / numbers[part]["per_cpu_second"], rel=0.1
        )
    for part in ("search", "check"):
        assert 0 < numbers[part]["p50_ms"] <= numbers[part]["p95_ms"]
        assert numbers[part]["cpu_ratio"] > 0
    assert "30 passages" in results.read_text()


def test_texts_are_of_the_length_that_they_are_named_by() -> None:
    texts, same = Texts(1), Texts(1)
    bare = BareModel(open_model(SHIPPED / "stance"), "max_length")
    assert len(texts.passage().split()) == PASSAGE_WORDS
    same.passage()
    pair = texts.pair(bare)
    assert pair == same.pair(bare)
    assert PAIR_TOKENS - 8 <= len(bare.tokenizer.encode(*pair).ids) <= PAIR_TOKENS


def test_a_model_at_an_endpoint_cannot_be_measured_bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIPTS_EMBEDDING_MODEL", "some-model")
    with pytest.raises(InputError, match="no model folder"):
        command.main([], obj=Session(), standalone_mode=False)
