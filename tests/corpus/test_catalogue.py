from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine, text

from corpus.catalogue import Catalogue, IndexOp
from corpus.database import reading, writing
from corpus.eligibility import Eligibility
from corpus.errors import InputError
from corpus.lexical import best_matches
from corpus.model import Source
from corpus.split import PassageSpan
from tests.corpus.values import MODEL, Clock, add, embed, found, live_ids, sentence, source

FIRST = sentence("apples", "cost", "one", "euro")
SECOND = sentence("pears", "cost", "two", "euros")
THIRD = sentence("plums", "cost", "three", "euros")


def ops(catalogue: Catalogue) -> list[IndexOp]:
    """What the outbox holds, which is then emptied."""
    pending = catalogue.pending_ops(10_000)
    if pending:
        catalogue.ack_ops(pending[-1].seq)
    return pending


def dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    tables = ("source", "document", "passage", "embedding", "index_op", "index_state")
    with reading(engine) as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
            for name in tables
        }


def test_what_is_added_can_be_read(catalogue: Catalogue) -> None:
    given = Source(
        id="report",
        title="A report",
        publisher="arXiv",
        author="A. Writer",
        published="2024-12",
        url="https://example.com/report",
        kind="paper",
        tier="primary",
    )
    words = f"{FIRST} {SECOND}"
    spans = [PassageSpan(0, len(FIRST)), PassageSpan(len(FIRST) + 1, len(words), "Prices")]
    assert catalogue.add(given, words, spans, embed([FIRST, SECOND]), MODEL, language="en")

    record = catalogue.get_source("report")
    assert record is not None
    assert record.source == given
    assert (record.version, record.passages, record.language) == (1, 2, "en")
    assert record.sha256 == hashlib.sha256(words.encode()).hexdigest()
    assert record.added_at == record.fetched_at == "2026-11-23T12:00:00+00:00"
    assert record.retracted_at is None
    assert catalogue.sources() == [record]
    assert catalogue.document_text("report") == words

    passages = catalogue.passages(catalogue.embedded_ids(MODEL))
    assert [passage.source for passage in passages.values()] == [given, given]
    for id_, passage in passages.items():
        assert passage.id == id_
        assert words[passage.start : passage.end] == passage.text
    assert {passage.heading for passage in passages.values()} == {None, "Prices"}
    count = catalogue.count()
    assert (count.sources, count.passages, count.lexical, count.pending_ops) == (1, 2, 2, 2)


def test_the_same_input_twice_adds_nothing(catalogue: Catalogue, engine: Engine) -> None:
    assert not catalogue.holds(source(), FIRST)
    assert add(catalogue, source(), FIRST)
    before = dump(engine)
    assert catalogue.holds(source(), FIRST)
    assert not add(catalogue, source(), FIRST)
    assert not add(catalogue, source(), FIRST, embedded=False)
    assert dump(engine) == before


def test_the_same_passage_has_the_same_id_in_any_catalogue(catalogue: Catalogue) -> None:
    add(catalogue, source(), FIRST)
    add(catalogue, source("b"), FIRST)
    assert live_ids(catalogue) == {"257d1d35f8641fb7", "e8545397bf7a3f7f"}


def test_changed_text_becomes_a_new_version(catalogue: Catalogue, clock: Clock) -> None:
    add(catalogue, source(), f"{FIRST} {SECOND}")
    old = catalogue.passages(live_ids(catalogue))
    ops(catalogue)
    clock.pass_days(1)
    generation = catalogue.generation()

    assert add(catalogue, source(), f"{THIRD} {SECOND}")

    record = catalogue.get_source("a")
    assert record is not None
    assert (record.version, record.passages) == (2, 2)
    assert record.added_at < record.fetched_at
    assert catalogue.generation() > generation
    gone = next(id_ for id_, passage in old.items() if passage.text == FIRST)
    kept = next(id_ for id_, passage in old.items() if passage.text == SECOND)
    new = live_ids(catalogue) - {kept}
    assert [(op.passage_id, op.op) for op in ops(catalogue)] == [
        (gone, "delete"),
        (new.pop(), "upsert"),
    ]
    # The old passage is out of every search, but what cites it can still show it.
    assert catalogue.passages([gone])[gone].text == FIRST
    assert found(catalogue, "apples") == set()
    assert found(catalogue, "plums") == found(catalogue, "pears") == {"a"}
    assert catalogue.vectors(MODEL, [gone])[0] == []
    assert catalogue.document_text("a") == f"{THIRD} {SECOND}"
    assert catalogue.document_text("a", version=1) == f"{FIRST} {SECOND}"
    # The kept one lies elsewhere in the new text.
    passage = catalogue.passages([kept])[kept]
    assert f"{THIRD} {SECOND}"[passage.start : passage.end] == SECOND


def test_text_that_comes_back_is_searched_again(catalogue: Catalogue) -> None:
    add(catalogue, source(), FIRST)
    add(catalogue, source(), SECOND)
    (second,) = live_ids(catalogue)
    ops(catalogue)
    assert add(catalogue, source(), FIRST)
    (first,) = live_ids(catalogue)
    assert {(op.passage_id, op.op) for op in ops(catalogue)} == {
        (second, "delete"),
        (first, "upsert"),
    }
    assert found(catalogue, "apples") == {"a"}
    record = catalogue.get_source("a")
    assert record is not None
    assert record.version == 3


def test_changed_metadata_is_no_new_version(catalogue: Catalogue) -> None:
    add(catalogue, source(title="Fruit"), FIRST)
    ops(catalogue)
    assert add(catalogue, source(title="Vegetables", published="2024"), FIRST)
    record = catalogue.get_source("a")
    assert record is not None
    assert (record.source.title, record.source.published, record.version) == (
        "Vegetables",
        "2024",
        1,
    )
    assert found(catalogue, "vegetables") == {"a"}
    assert found(catalogue, "fruit") == set()
    assert ops(catalogue) == []


def test_vectors_can_follow_later(catalogue: Catalogue) -> None:
    add(catalogue, source(), FIRST, embedded=False)
    assert ops(catalogue) == []
    (waiting,) = catalogue.unembedded(MODEL, 10)
    assert waiting.text == FIRST
    catalogue.put_vectors(MODEL, [waiting.id, "0" * 16], embed([FIRST, "unknown"]))
    assert catalogue.unembedded(MODEL, 10) == []
    assert [(op.passage_id, op.op) for op in ops(catalogue)] == [(waiting.id, "upsert")]
    catalogue.put_vectors(MODEL, [waiting.id], embed([FIRST]))
    assert ops(catalogue) == []


def test_adding_again_stores_the_vectors_that_were_missing(catalogue: Catalogue) -> None:
    add(catalogue, source(), FIRST, embedded=False)
    assert add(catalogue, source(), FIRST)
    assert len(live_ids(catalogue)) == 1


def test_vectors_come_back_as_they_were_to_half_precision(catalogue: Catalogue) -> None:
    add(catalogue, source(), f"{FIRST} {SECOND} {THIRD}")
    ids, vectors = catalogue.vectors(MODEL)
    texts = [catalogue.passages([id_])[id_].text for id_ in ids]
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, embed(texts), atol=1e-3)
    some, few = catalogue.vectors(MODEL, [ids[2], "0" * 16])
    assert some == [ids[2]]
    assert np.array_equal(few, vectors[2:])
    assert catalogue.vectors("other")[0] == []
    assert catalogue.vectors("other")[1].shape == (0, 0)


def test_another_model_stands_beside_the_first_until_that_is_dropped(catalogue: Catalogue) -> None:
    add(catalogue, source(), FIRST)
    (id_,) = live_ids(catalogue)
    assert catalogue.embedder() is None
    catalogue.set_embedder(MODEL)
    catalogue.put_vectors("other", [id_], embed(["other"], dim=4))
    assert catalogue.vectors("other")[1].shape == (1, 4)
    assert catalogue.vectors(MODEL)[1].shape == (1, 8)
    catalogue.drop_other_vectors("other")
    assert catalogue.vectors(MODEL)[0] == []
    assert catalogue.embedder() == MODEL
    assert catalogue.unembedded(MODEL, 1)[0].id == id_


def test_text_that_a_source_repeats_is_one_passage(catalogue: Catalogue) -> None:
    add(catalogue, source(), f"{FIRST} {SECOND} {FIRST}")
    assert len(live_ids(catalogue)) == catalogue.count().lexical == 2


def test_a_retracted_source_is_searched_no_more(catalogue: Catalogue, clock: Clock) -> None:
    add(catalogue, source(), FIRST)
    add(catalogue, source("b"), SECOND)
    (id_,) = (id_ for id_, p in catalogue.passages(live_ids(catalogue)).items() if p.text == FIRST)
    ops(catalogue)
    catalogue.retract("a", "made up")
    record = catalogue.get_source("a")
    assert record is not None
    assert (record.retracted_at, record.retract_reason) == ("2026-11-23T12:00:00+00:00", "made up")
    assert found(catalogue, "apples") == set()
    assert id_ not in live_ids(catalogue)
    assert catalogue.eligible(kinds={"other"}) == list(live_ids(catalogue))
    assert catalogue.state().sources == 1
    assert [(op.passage_id, op.op) for op in ops(catalogue)] == [(id_, "delete")]
    assert catalogue.passages([id_])[id_].text == FIRST
    # Saying it again keeps the first date; new text does not bring it back.
    clock.pass_days(1)
    catalogue.retract("a", "made up by a machine")
    add(catalogue, source(), THIRD)
    record = catalogue.get_source("a")
    assert record is not None
    assert record.retracted_at == "2026-11-23T12:00:00+00:00"
    assert record.retract_reason == "made up by a machine"
    assert record.version == 2
    assert found(catalogue, "plums") == set()
    assert ops(catalogue) == []


def test_a_removed_source_leaves_nothing(catalogue: Catalogue, engine: Engine) -> None:
    add(catalogue, source("b"), SECOND)
    add(catalogue, source(), FIRST)
    add(catalogue, source(), THIRD)
    ops(catalogue)
    catalogue.remove("a")
    assert {op.op for op in ops(catalogue)} == {"delete"}
    assert catalogue.get_source("a") is None
    assert catalogue.document_text("a") is None
    kept = dump(engine)
    assert [len(kept[name]) for name in ("source", "document", "passage", "embedding")] == [1] * 4
    assert found(catalogue, "plums") == found(catalogue, "apples") == set()
    assert catalogue.count().lexical == 1
    assert add(catalogue, source(), FIRST)
    assert found(catalogue, "apples") == {"a"}


@pytest.mark.parametrize("act", [lambda c: c.retract("x", "why"), lambda c: c.remove("x")])
def test_an_unknown_source_is_an_input_error(catalogue: Catalogue, act: object) -> None:
    assert callable(act)
    with pytest.raises(InputError, match=r"no source 'x'; `receipts sources list`"):
        act(catalogue)


def test_an_error_half_way_leaves_nothing(catalogue: Catalogue, engine: Engine) -> None:
    add(catalogue, source(), FIRST)
    before = dump(engine)
    bad = embed(["one", "two"])
    bad[1, 0] = np.nan
    spans = [PassageSpan(0, len(SECOND)), PassageSpan(len(SECOND) + 1, len(SECOND + THIRD) + 1)]
    with pytest.raises(InputError, match="not numbers"):
        catalogue.add(source(), f"{SECOND} {THIRD}", spans, bad, MODEL)
    assert dump(engine) == before
    assert found(catalogue, "pears") == set()
    assert found(catalogue, "apples") == {"a"}


def test_rows_and_lexical_index_are_one_transaction(catalogue: Catalogue, engine: Engine) -> None:
    add(catalogue, source(), FIRST)
    with pytest.raises(RuntimeError), writing(engine) as connection:
        connection.execute(text("DELETE FROM source"))
        left = best_matches(connection, ["apples"], 5, Eligibility())
        assert left == []
        raise RuntimeError
    assert found(catalogue, "apples") == {"a"}
    assert catalogue.count().lexical == 1


@pytest.mark.parametrize(
    ("given", "body", "says"),
    [
        (source(""), FIRST, "a source id has 1 to 200 printable characters"),
        (source("a\nb"), FIRST, "a source id has"),
        (source("x" * 201), FIRST, "a source id has"),
        (source(kind="gossip"), FIRST, r"source 'a': unknown kind 'gossip' \(known: analysis, "),
        (source(published="May 2024"), FIRST, "source 'a': not a date: 'May 2024'"),
        (source(published="2024-02-30"), FIRST, "source 'a': day"),
        (source(), "one\0two", "source 'a': holds a NUL character"),
        (source(), "one \ud800 two", "source 'a': holds half a character"),
        (source(title="one \ud800"), FIRST, "source 'a': holds half a character"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    catalogue: Catalogue, given: Source, body: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        catalogue.add(given, body, [PassageSpan(0, 3)])
    assert "\n" not in str(caught.value)
    assert catalogue.count().sources == 0


def test_spans_and_vectors_must_fit_the_text(catalogue: Catalogue) -> None:
    for span in (PassageSpan(-1, 2), PassageSpan(2, 2), PassageSpan(0, len(FIRST) + 1)):
        with pytest.raises(InputError, match="no text at"):
            catalogue.add(source(), FIRST, [span])
    one = [PassageSpan(0, 5)]
    with pytest.raises(InputError, match="a row per passage"):
        catalogue.add(source(), FIRST, one, embed(["one", "two"]), MODEL)
    with pytest.raises(InputError, match="a model id"):
        catalogue.add(source(), FIRST, one, embed(["one"]))


def test_a_source_may_have_no_passages(catalogue: Catalogue) -> None:
    assert catalogue.add(source(), FIRST, [])
    assert add(catalogue, source(), f"{FIRST} {SECOND}")
    assert catalogue.add(source(), THIRD, [])
    assert catalogue.count().passages == 0


def test_the_outbox_is_emptied_up_to_what_is_acknowledged(catalogue: Catalogue) -> None:
    add(catalogue, source(), f"{FIRST} {SECOND} {THIRD}")
    first, second = catalogue.pending_ops(2)
    assert first.seq < second.seq
    catalogue.ack_ops(first.seq)
    assert catalogue.pending_ops()[0] == second
    catalogue.ack_ops(10_000)
    assert catalogue.pending_ops() == []
    add(catalogue, source("b"), FIRST)
    # Numbers are not used again, or an old acknowledgement would swallow a new entry.
    assert catalogue.pending_ops()[0].seq == second.seq + 2


def test_settings_are_kept(catalogue: Catalogue) -> None:
    assert catalogue.setting("chroma") is None
    catalogue.set_setting("chroma", "1")
    catalogue.set_setting("chroma", "2")
    assert catalogue.setting("chroma") == "2"


def test_each_change_to_what_is_searched_counts_the_generation_up(catalogue: Catalogue) -> None:
    seen = [catalogue.generation()]

    def grew() -> bool:
        seen.append(catalogue.generation())
        return seen[-1] > seen[-2]

    add(catalogue, source(), FIRST)
    assert grew()
    add(catalogue, source(), FIRST)
    assert not grew()
    add(catalogue, replace(source(), published="2024"), FIRST)
    assert grew()
    catalogue.put_vectors(MODEL, list(live_ids(catalogue)), embed(["another"]))
    assert grew()
    catalogue.retract("a", "wrong")
    assert grew()
    catalogue.remove("a")
    assert grew()


def test_many_ids_are_asked_for_in_batches(catalogue: Catalogue) -> None:
    add(catalogue, source(), FIRST)
    (id_,) = live_ids(catalogue)
    ids = [f"{number:016x}" for number in range(40_000)] + [id_]
    assert list(catalogue.passages(ids)) == [id_]
    assert catalogue.vectors(MODEL, ids)[0] == [id_]
