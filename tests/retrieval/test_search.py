from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.catalogue import Catalogue
from corpus.database import open_engine
from retrieval.dense import DenseSearch
from retrieval.model import Embedder, SearchFilter
from retrieval.search import Retriever, fuse, query_terms
from tests.retrieval.homes import Home, document, many

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def starter(starter_home: Path, embedder: Embedder) -> Iterator[Retriever]:
    catalogue = Catalogue(open_engine(f"sqlite:///{starter_home / 'receipts.db'}"))
    yield Retriever(catalogue, embedder, DenseSearch(catalogue, embedder.model_id))
    catalogue.close()


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    with Home(tmp_path, database_url=database_url) as opened:
        opened.indexer.drain = lambda: True  # type: ignore[method-assign]
        yield opened


def retriever(home: Home) -> Retriever:
    dense = DenseSearch(home.catalogue, home.embedder.model_id)
    return Retriever(home.catalogue, home.embedder, dense)


def found(home: Home, query: str, where: SearchFilter | None = None, k: int = 10) -> list[str]:
    return [hit.passage.source.id for hit in retriever(home).search(query, k, where)]


# What is found


def test_the_sources_of_a_claim_come_first(starter: Retriever) -> None:
    lines = (ROOT / "tests/data/starter_claims.dev.jsonl").read_text(encoding="utf-8").splitlines()
    claims = [json.loads(line) for line in lines]
    asked = [claim for claim in claims if claim.get("sources")]
    first_five = 0
    for claim in asked:
        hits = starter.search(claim["claim"], 5)
        first_five += bool({hit.passage.source.id for hit in hits} & set(claim["sources"]))
    assert first_five / len(asked) >= 0.95


def test_a_hit_says_how_it_was_found(home: Home) -> None:
    home.ingest([document("a", "zebra quagga okapi"), document("b", "lion tiger"), *many(80)])
    hits = retriever(home).search("zebra quagga", 60)
    assert hits[0].passage.source.id == "a"
    assert hits[0].passage.text == "zebra quagga okapi"
    assert hits[0].lexical == 1.0
    assert hits[0].dense is not None
    assert 0.2 < hits[0].score <= 1
    assert all(hit.lexical is None for hit in hits[1:])
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_what_only_the_words_find_is_scored_by_meaning_too(home: Home) -> None:
    home.ingest([*many(200), document("rare", "town5 town6 town7 town8 xylophone " * 8)])
    hits = {hit.passage.source.id: hit for hit in retriever(home).search("xylophone", 60)}
    assert hits["rare"].dense is not None


def test_a_passage_without_a_vector_is_found_by_its_words(home: Home) -> None:
    home.ingest(many(3))
    bare = document("bare", "unembedded words")
    home.catalogue.add(bare.source, bare.text, bare.spans)
    [hit, *_] = retriever(home).search("unembedded words", 5)
    assert (hit.passage.source.id, hit.dense, hit.lexical) == ("bare", None, 1.0)


def test_many_copies_of_one_story_leave_room_for_others(home: Home) -> None:
    copies = [document(f"copy-{n:03}", f"zebra quagga okapi gnu {n % 2}") for n in range(130)]
    home.ingest([*copies, document("z-other", "a zebra crossed the road to town")])
    assert "z-other" in found(home, "zebra quagga okapi gnu", k=10)


def test_without_a_tuned_weight_ranks_are_fused(home: Home) -> None:
    home.embedder.fusion_weight = None
    home.ingest([document("a", "zebra quagga okapi"), document("b", "zebra lion"), *many(5)])
    hits = retriever(home).search("zebra quagga okapi", 5)
    assert hits[0].passage.source.id == "a"
    assert hits[0].score == pytest.approx(1.0)


def test_order_is_the_same_every_time(home: Home) -> None:
    home.ingest(many(150))
    search = retriever(home)
    first = [hit.passage.id for hit in search.search("report town built", 40)]
    with ThreadPoolExecutor(4) as pool:
        again = pool.map(lambda _: search.search("report town built", 40), range(8))
        assert all([hit.passage.id for hit in hits] == first for hits in again)


@pytest.mark.parametrize("query", ["", " \n\t ", "\u200b", "?!", '"', "AND OR NOT NEAR(", "a* ^b"])
def test_odd_queries_do_not_fail(home: Home, query: str) -> None:
    home.ingest(many(3))
    retriever(home).search(query, 5)
    assert retriever(home).search("town1", 0) == []


def test_an_empty_corpus_has_no_hits(home: Home) -> None:
    assert retriever(home).search("anything", 5) == []


@settings(max_examples=60, deadline=None)
@given(query=st.text(st.characters(), max_size=200))
def test_any_text_is_a_query(starter_catalogue: Retriever, query: str) -> None:
    assert len(starter_catalogue.search(query, 3)) <= 3


@pytest.fixture(scope="module")
def starter_catalogue(starter_template: Path, embedder: Embedder) -> Iterator[Retriever]:
    catalogue = Catalogue(open_engine(f"sqlite:///{starter_template / 'receipts.db'}"))
    yield Retriever(catalogue, embedder, DenseSearch(catalogue, embedder.model_id))
    catalogue.close()


def test_a_very_long_query_is_searched_by_its_beginning(starter_catalogue: Retriever) -> None:
    started = time.process_time()
    hits = starter_catalogue.search("DeepSeek V3 training cost " + "and so on " * 200_000, 3)
    assert hits[0].passage.source.id.startswith("ds-")
    assert time.process_time() - started < 1


# Filters


def test_as_of_keeps_out_what_may_be_later(home: Home) -> None:
    home.ingest(
        [
            document("day", "zebra one", published="2024-05-31"),
            document("month", "zebra two", published="2024-06"),
            document("year", "zebra three", published="2024"),
            document("none", "zebra four"),
        ]
    )
    for day, expected in {
        "2024-05-30": set(),
        "2024-06-15": {"day"},
        "2024-06-30": {"day", "month"},
        "2024-12-31": {"day", "month", "year"},
    }.items():
        where = SearchFilter(as_of=date.fromisoformat(day))
        assert set(found(home, "zebra", where)) == expected


def test_kinds_and_servers_filter(home: Home) -> None:
    home.ingest(
        [
            document("shared", "zebra one", kind="news"),
            document("paper", "zebra two", kind="paper"),
            document("ours", "zebra three", guild_id="1"),
            document("theirs", "zebra four", guild_id="2"),
        ]
    )
    assert set(found(home, "zebra")) == {"shared", "paper"}
    assert set(found(home, "zebra", SearchFilter(guild_id="1"))) == {"shared", "paper", "ours"}
    assert found(home, "zebra", SearchFilter(kinds=frozenset({"paper"}))) == ["paper"]
    assert found(home, "zebra", SearchFilter(kinds=frozenset())) == []


def test_filter_finds_what_lies_deep_below_what_it_keeps_out(home: Home) -> None:
    late = [document(f"late-{n}", f"zebra zebra story {n}", published="2025") for n in range(200)]
    home.ingest([*late, document("early", "a zebra in an old tale", published="1990")])
    assert found(home, "zebra", SearchFilter(as_of=date(2000, 1, 1))) == ["early"]


def test_retracted_removed_and_replaced_are_gone_at_once(home: Home) -> None:
    home.ingest([document(id_, f"zebra {id_}") for id_ in ("kept", "bad", "gone", "changed")])
    search = retriever(home)
    assert len(search.search("zebra", 10)) == 4
    home.catalogue.retract("bad", "wrong")
    home.catalogue.remove("gone")
    home.ingest([document("changed", "okapi instead")])
    ids = {hit.passage.source.id: hit.passage.text for hit in search.search("zebra", 10)}
    assert ids == {"kept": "zebra kept", "changed": "okapi instead"}


def test_what_changes_between_the_steps_of_a_search_does_not_slip_through(home: Home) -> None:
    home.ingest([document("shared", "zebra one"), *many(3)])

    class Late(DenseSearch):
        def search(self, *given: object, **named: object) -> list[tuple[str, float]]:
            home.ingest([document("private", "zebra secret", guild_id="7")])
            return super().search(*given, **named)  # type: ignore[arg-type]

    dense = Late(home.catalogue, home.embedder.model_id)
    hits = Retriever(home.catalogue, home.embedder, dense).search("zebra secret", 10)
    assert "private" not in {hit.passage.source.id for hit in hits}


# Near-duplicates

WIRE = (
    "The city council voted on Tuesday to close the harbour bridge for repairs that will take "
    "18 months and cost 40 million dollars, officials said, after inspectors found cracks."
)


def test_one_story_told_by_many_is_found_once(home: Home) -> None:
    home.ingest(
        [
            document("wire", WIRE),
            document("copy", WIRE + " More follows."),
            document("edited", WIRE.replace("officials said", "according to officials")),
            document("other", "The harbour bridge carries 160,000 vehicles a day."),
        ]
    )
    sources = found(home, "council votes to close harbour bridge for repairs")
    assert len(sources) == 2
    assert "other" in sources


@pytest.mark.parametrize(
    "changed",
    [
        WIRE.replace("40 million", "70 million"),
        WIRE.replace("voted on Tuesday to", "did not vote on Tuesday to"),
    ],
)
def test_a_copy_that_says_otherwise_is_kept(home: Home, changed: str) -> None:
    home.ingest([document("wire", WIRE), document("differs", changed)])
    assert set(found(home, "council votes to close harbour bridge")) == {"wire", "differs"}


# Parts


def test_query_terms() -> None:
    assert query_terms("Is it true that DeepSeek's V3 cost $5.5M?") == [
        "true", "deepseek", "v3", "cost", "5.5", "m",
    ]  # fmt: skip
    assert query_terms("1,000 cats and 1,000 dogs") == ["1,000", "cats", "dogs"]
    assert query_terms("to be or not to be") == ["to", "be", "or", "not"]
    assert query_terms("...") == []


@given(
    dense=st.dictionaries(st.text(max_size=3), st.floats(-1, 1)),
    lexical=st.dictionaries(st.text(max_size=3), st.floats(0, 100)),
    weight=st.none() | st.floats(0, 1),
)
def test_fused_scores_cover_both_sides_within_bounds(
    dense: dict[str, float], lexical: dict[str, float], weight: float | None
) -> None:
    fused = fuse(dense, lexical, weight)
    assert fused.keys() == dense.keys() | lexical.keys()
    assert all(0 <= score <= 1 + 1e-9 for score in fused.values())


def test_words_count_for_more_where_their_best_hit_stands_out() -> None:
    dense = {"near": 0.6, "named": 0.4}
    field = {f"other{n}": 1.0 for n in range(20)}
    alike = fuse(dense, {"named": 1.05, **field}, 0.5)
    assert alike["near"] > alike["named"]
    apart = fuse(dense, {"named": 20.0, **field}, 0.5)
    assert apart["named"] > apart["near"]
    alone = fuse(dense, {"named": 1.05}, 0.5)
    assert alone["named"] > alone["near"]


# Start-up and speed


def test_search_starts_without_what_it_does_not_need(starter_home: Path) -> None:
    code = f"""
import sys, time
import numpy, onnxruntime, tokenizers, sqlalchemy
started = time.process_time()
from pathlib import Path
from corpus.catalogue import Catalogue
from corpus.database import open_engine
from retrieval.dense import DenseSearch
from retrieval.embedder import load_embedder
from retrieval.indexer import Indexer
from retrieval.search import Retriever
home = Path({str(starter_home)!r})
catalogue = Catalogue(open_engine(f"sqlite:///{{home / 'receipts.db'}}"))
embedder = load_embedder()
indexer = Indexer(home, catalogue, embedder.model_id)
assert not indexer.heal()
retriever = Retriever(
    catalogue, embedder, DenseSearch(catalogue, embedder.model_id, indexer)
)
spent = time.process_time() - started
assert len(retriever.search("DeepSeek cost $5.5M", 5)) == 5
names = ("chromadb", "openai", "langchain", "langchain_core", "discord", "alembic")
print(spent, [name for name in names if name in sys.modules])
"""
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    spent, imported = child.stdout.split(maxsplit=1)
    assert imported.strip() == "[]"
    assert float(spent) < 0.5


def test_a_search_takes_milliseconds(starter_catalogue: Retriever) -> None:
    starter_catalogue.search("warm", 10)
    times = []
    for number in range(15):
        started = time.process_time()
        starter_catalogue.search(f"OpenAI raised {number} billion dollars in funding", 10)
        times.append(time.process_time() - started)
    assert statistics.median(times) < 0.1


def test_a_large_corpus_without_its_index_is_searched_by_words_alone(home: Home) -> None:
    home.ingest(many(40))
    dense = DenseSearch(home.catalogue, home.embedder.model_id, memory_limit=10)
    hits = Retriever(home.catalogue, home.embedder, dense).search("town7 built school0", 3)
    assert dense.is_partial
    assert hits and all(hit.lexical is not None and hit.dense is not None for hit in hits)
    for limit in (40, None):
        whole = DenseSearch(home.catalogue, home.embedder.model_id, memory_limit=limit)
        assert Retriever(home.catalogue, home.embedder, whole).search("town7 built school0", 3)
        assert not whole.is_partial
