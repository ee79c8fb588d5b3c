from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from corpus.errors import EndpointError, IndexMismatchError
from corpus.model import Source
from corpus.reading import Document, Unread, read
from corpus.split import PassageSpan
from retrieval.ingest import ingest, text_to_embed
from retrieval.model import Vectors
from tests.retrieval.homes import Home, WordEmbedder, document, many


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    with Home(tmp_path, database_url=database_url) as opened:
        opened.indexer.drain = lambda: True  # type: ignore[method-assign]
        yield opened


def test_what_is_known_is_not_embedded_again(home: Home) -> None:
    first = home.ingest(many(10))
    assert (first.added, first.unchanged, first.passages) == (10, 0, 10)
    embedded = len(home.embedder.embedded)
    second = home.ingest([*many(11)])
    assert (second.added, second.unchanged, second.passages) == (1, 10, 1)
    assert len(home.embedder.embedded) == embedded + 1


def test_progress_counts_every_item_and_failures_do_not_stop_the_rest(home: Home) -> None:
    items = [
        *many(3),
        Unread("bad.md", "no title"),
        document("nul", "half a \0 byte"),
        document("kind", "unknown kind", kind="rumour"),
        document("last", "fine"),
    ]
    seen: list[int] = []
    result = ingest(items, home.catalogue, home.embedder, home.indexer, seen.append)
    assert sum(seen) == len(items)
    assert result.added == 4
    assert [unread.where for unread in result.unread] == ["bad.md", "nul", "kind"]
    assert home.catalogue.count().passages == 4


def test_another_servers_id_is_reported_not_overwritten(home: Home) -> None:
    home.ingest([document("a", "shared words")])
    result = home.ingest([document("a", "private words", guild_id="1")])
    assert result.added == 0
    assert "taken" in result.unread[0].reason
    assert home.catalogue.document_text("a") == "shared words"


def test_document_of_many_passages_keeps_each_vector_with_its_passage(home: Home) -> None:
    text = "alpha one. beta two. gamma three."
    spans = (PassageSpan(0, 10), PassageSpan(11, 20), PassageSpan(21, 33))
    home.ingest([Document(Source("doc", "Title"), text, spans, None, "doc"), *many(5)])
    passages = home.catalogue.passages(home.catalogue.embedded_ids("words/1"))
    ids, vectors = home.catalogue.vectors("words/1")
    for id_, vector in zip(ids, vectors, strict=True):
        passage = passages[id_]
        expected = WordEmbedder().embed(
            [text_to_embed(passage.source, passage.heading, passage.text)]
        )[0]
        assert vector @ expected > 0.999


def test_title_heading_and_date_are_embedded_but_never_part_of_the_passage(home: Home) -> None:
    source = Source("s", "Bridge report", published="2024-05")
    doc = Document(source, "It opened.", (PassageSpan(0, 10, "History"),), None, "s")
    home.ingest([doc])
    assert home.embedder.embedded == ["Bridge report. History. 2024-05\nIt opened."]
    [passage] = home.catalogue.passages(home.catalogue.embedded_ids("words/1")).values()
    assert passage.text == "It opened."
    assert text_to_embed(Source("x", ""), None, "bare") == "bare"


def test_embedder_that_fails_leaves_whole_documents_and_can_be_repeated(home: Home) -> None:
    class Failing(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if len(self.embedded) > 64:
                raise EndpointError("too many requests")
            return super().embed(texts)

    with pytest.raises(EndpointError):
        ingest(many(200), home.catalogue, Failing(), home.indexer)
    stored = home.catalogue.count().passages
    assert 0 < stored < 200
    assert len(home.catalogue.embedded_ids("words/1")) == stored
    assert home.ingest(many(200)).added == 200 - stored


def test_another_embedder_is_refused_before_anything_is_read(home: Home) -> None:
    home.ingest(many(1))

    def items() -> Iterator[Document]:
        raise AssertionError("read")
        yield

    with pytest.raises(IndexMismatchError, match="receipts reindex"):
        ingest(items(), home.catalogue, WordEmbedder("words/2"))


def test_files_become_passages_with_verbatim_text(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "a.md").write_text("# Bridge\n\nIt opened in 1932. It is 503 m long.\n")
    (folder / "b.txt").write_text("Plain text about zebras.")
    (folder / "c.jsonl").write_text('{"id": "j", "text": "From a line."}\n{"id": 1}\n')
    result = ingest(read(folder), home.catalogue, home.embedder)
    assert result.added == 3
    assert len(result.unread) == 1
    for passage in home.catalogue.passages(home.catalogue.embedded_ids("words/1")).values():
        text = home.catalogue.document_text(passage.source.id)
        assert text is not None
        assert text[passage.start : passage.end] == passage.text
