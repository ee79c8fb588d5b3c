"""Several searches for one claim, made one list."""

from __future__ import annotations

from dataclasses import replace

from retrieval.rounds import PER_SOURCE, fuse_rounds
from tests.prompts.samples import hit, passage, source


def found(*ids: str, of: str | None = None) -> list:  # type: ignore[type-arg]
    return [
        hit(passage(f"Passage {id_} tells of {id_ * 7}.", id_, source(of or f"s-{id_}")))
        for id_ in ids
    ]


def ids(hits: list) -> list[str]:  # type: ignore[type-arg]
    return [item.passage.id for item in hits]


def test_what_several_searches_find_comes_first() -> None:
    fused = fuse_rounds([found("a", "b", "c"), found("c", "d"), found("c", "e")], 4)
    assert ids(fused)[0] == "c"
    assert ids(fused).index("a") < ids(fused).index("d")
    assert len(fused) == 4
    assert all(0 < item.score <= 1 for item in fused)


def test_one_source_does_not_fill_the_list() -> None:
    fused = fuse_rounds([found("a", "b", "c", "d", "e", of="one"), found("x", "y")], 10)
    assert sum(item.passage.source.id == "one" for item in fused) == PER_SOURCE


def test_one_story_is_told_by_one_source() -> None:
    wire, copy = source("wire"), replace(source("copy"), origin_id="wire")
    first = hit(passage("The dam in the north broke after days of rain.", "p1", wire))
    again = hit(passage("Officials counted the houses that were lost to the water.", "p2", copy))
    assert ids(fuse_rounds([[first], [again]], 5)) == ["p1"]


def test_repeats_are_left_out() -> None:
    text = "The same long passage about the dam that broke in the north of the country."
    again = [hit(passage(text, "p1", source("s1"))), hit(passage(text, "p2", source("s2")))]
    assert len(fuse_rounds([again], 5)) == 1
