"""Search shows a story once, as one of its tellers has it; tiers weigh little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.documents import make_document
from retrieval.dense import DenseSearch
from retrieval.search import TIER_BONUS, Retriever
from tests.retrieval.homes import Home, document

PARTS = [
    f"In part {n} the council of Lund spoke of the bridge, the tolls and the river, and voted "
    f"{n} times on what the engineers had drawn for the town over many long months of work."
    for n in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home(tmp_path) as opened:
        opened.indexer.drain = lambda: True  # type: ignore[method-assign]
        yield opened


def search(home: Home, query: str) -> list[str]:
    dense = DenseSearch(home.catalogue, home.embedder.model_id)
    hits = Retriever(home.catalogue, home.embedder, dense).search(query, 10)
    return [hit.passage.source.id for hit in hits]


def test_one_teller_a_story(home: Home) -> None:
    text = " ".join(PARTS)
    for name, day in (("copy", "2025-03-02"), ("wire", "2025-03-01")):
        fields = {"id": name, "published": day}
        home.ingest([make_document(fields, f"{name.upper()} - {text}", name)])
    home.ingest([document("other", "A bridge of another town, with tolls of its own.")])
    found = search(home, "bridge tolls council")
    assert len({id_ for id_ in found if id_ != "other"}) == 1
    assert "other" in found


def test_tiers_are_on_record_and_weigh_little(home: Home) -> None:
    words = "The mint struck coins of silver in that year"
    plain = document("a-plain", f"{words} in spring.")
    official = document("z-official", f"{words} in autumn, it wrote.", kind="official")
    home.ingest([plain, replace(official, source=replace(official.source, title=""))])
    assert max(TIER_BONUS.values()) <= 0.02
    assert set(search(home, "mint coins silver year")) <= {"a-plain", "z-official"}
    sources = {record.source.id: record.source.tier for record in home.catalogue.sources()}
    assert sources == {"a-plain": "other", "z-official": "official"}
