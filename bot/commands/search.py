"""`receipts search`: ranked passages, no verdict."""

from __future__ import annotations

from datetime import date

import click

from bot.commands.options import DAY, json_option
from bot.session import Session


@click.command()
@click.argument("query")
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, help="How many passages.")
@click.option("--as-of", type=DAY, help="Only what was published on or before this day.")
@json_option
@click.pass_obj
def command(session: Session, query: str, count: int, as_of: date | None, as_json: bool) -> None:
    """Show the passages that bear on QUERY, best first."""
    from bot.app import create_app
    from corpus.errors import InputError
    from prompts.verdict import CitedSource
    from retrieval.model import SearchFilter

    query = query.encode("utf-8", "replace").decode()
    if not query.strip():
        raise InputError("the query is empty")
    with create_app(session.settings(), progress=session.progress) as app:
        hits = app.retriever.search(query, count, SearchFilter(as_of=as_of))
    if not as_json:
        session.show(session.terminal().hits(hits))
        return
    session.show_json(
        {
            "query": query,
            "hits": [
                {
                    "rank": rank,
                    "passage_id": hit.passage.id,
                    "score": hit.score,
                    "dense": hit.dense,
                    "lexical": hit.lexical,
                    "text": hit.passage.text,
                    "heading": hit.passage.heading,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "source": CitedSource.of(hit.passage.source).model_dump(mode="json"),
                }
                for rank, hit in enumerate(hits, 1)
            ],
        }
    )
