from __future__ import annotations

from datetime import date
from pathlib import Path

from retrieval.dense import DenseSearch
from retrieval.model import SearchFilter
from retrieval.search import Retriever
from tests.retrieval.homes import Home, document


async def test_passages_come_as_documents_with_their_source(tmp_path: Path) -> None:
    from langchain_core.retrievers import BaseRetriever

    from retrieval.langchain import PassageRetriever

    with Home(tmp_path) as home:
        home.indexer.drain = lambda: True  # type: ignore[method-assign]
        home.ingest(
            [
                document("old", "zebra one", title="Old", published="2001-02", kind="paper"),
                document("new", "zebra two", published="2020"),
            ]
        )
        search = Retriever(
            home.catalogue, home.embedder, DenseSearch(home.catalogue, home.embedder.model_id)
        )
        where = SearchFilter(as_of=date(2010, 1, 1))
        retriever: BaseRetriever = PassageRetriever(retriever=search, k=3, where=where)
        for documents in (retriever.invoke("zebra"), await retriever.ainvoke("zebra")):
            [found] = documents
            assert found.page_content == "zebra one"
            assert found.metadata["source_id"] == "old"
            assert found.metadata["published"] == "2001-02"
            assert found.metadata["kind"] == "paper"
            assert found.metadata["score"] > 0
            assert found.id == found.metadata["passage_id"]
