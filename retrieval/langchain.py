"""Search as a LangChain retriever. Imports LangChain: import it only where that is used."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from retrieval.model import Hit, SearchFilter
from retrieval.search import Retriever


class PassageRetriever(BaseRetriever):
    """Documents whose `page_content` is a passage, verbatim, and whose metadata says whence."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    k: int = Field(default=10, ge=1)
    where: SearchFilter = SearchFilter()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [_document(hit) for hit in self.retriever.search(query, self.k, self.where)]


def _document(hit: Hit) -> Document:
    passage, source = hit.passage, hit.passage.source
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "passage_id": passage.id,
            "start": passage.start,
            "end": passage.end,
            "heading": passage.heading,
            "score": hit.score,
            "source_id": source.id,
            "title": source.title,
            "publisher": source.publisher,
            "author": source.author,
            "published": source.published,
            "url": source.url,
            "kind": source.kind,
        },
    )
