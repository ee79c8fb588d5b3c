"""Data files: what is read, and the one line that says what is wrong where."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bot.evaluate import data
from corpus.errors import InputError
from prompts.verdict import Label


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_claim_row_with_everything(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "claim": "It rained.",
        "label": "conflicting",
        "claim_date": "2020-10",
        "evidence": [{"text": "It did.", "url": "https://a.example", "title": None}],
        "sources": ["s-1"],
        "why": "kept out",
    }
    (claim,) = data.read_claims(write(tmp_path / "c.jsonl", json.dumps(row), ""))
    assert claim == data.ClaimRow(
        id="7",
        claim="It rained.",
        label=Label.MISLEADING,
        claim_date=date(2020, 10, 31),
        evidence=(data.Evidence("It did.", "https://a.example"),),
        sources=frozenset({"s-1"}),
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ('{"label": "supported"}', "'claim' is missing"),
        ('{"claim": "a", "label": "true"}', "no label 'true'"),
        ('{"claim": "a", "label": "refuted", "evidence": {}}', "'evidence' is not a list"),
        ('{"claim": "a", "label": "refuted", "evidence": ["b"]}', "not an object"),
        ('{"claim": "a", "label": "refuted", "evidence": [{}]}', "evidence: 'text' is missing"),
        (f'{{"claim": "{"a " * 3_000}", "label": "refuted"}}', "longer than 4,000 characters"),
        ('{"claim": "a", "label": "refuted", "claim_date": "soon"}', "not a date: 'soon'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, says: str) -> None:
    good = '{"claim": "a", "label": "refuted"}'
    with pytest.raises(InputError) as error:
        data.read_claims(write(tmp_path / "c.jsonl", good, line))
    assert says in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'c.jsonl'}:2: ")
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes(b'{"claim": "\xe9"}')
    for path in (tmp_path / "none.jsonl", tmp_path, latin):
        with pytest.raises(InputError, match=str(path)):
            data.read_claims(path)


def test_half_a_surrogate_pair_is_read_as_a_question_mark(tmp_path: Path) -> None:
    half = "\ud83d"
    row = {"id": half, "claim": f"Rain {half}", "label": "refuted", "evidence": [{"text": half}]}
    (claim,) = data.read_claims(write(tmp_path / "c.jsonl", json.dumps(row)))
    assert (claim.id, claim.claim, claim.evidence[0].text) == ("?", "Rain ?", "?")


def test_numbers_may_be_ids(tmp_path: Path) -> None:
    pair = '{"id": 7, "a": "It rained.", "b": "Rain fell.", "same": 1}'
    assert [row.id for row in data.read_pairs(write(tmp_path / "p.jsonl", pair))] == ["7"]
    write(tmp_path / "corpus.jsonl", '{"_id": 1, "text": "Body."}')
    write(tmp_path / "queries.jsonl", '{"_id": 2, "text": "what"}')
    write(tmp_path / "qrels.tsv", "query-id\tcorpus-id\tscore", "2\t1\t1")
    found = data.read_retrieval(tmp_path)
    assert found.queries == {"2": "what"}
    assert [id_ for id_, _, _ in data.read_documents(found.corpus)] == ["1"]


def test_a_document_of_a_title_alone_is_read_and_one_of_nothing_is_not(tmp_path: Path) -> None:
    rows = [{"_id": "a", "title": "T", "text": ""}, {"_id": "b", "title": "", "text": " "}]
    path = write(tmp_path / "corpus.jsonl", *map(json.dumps, rows))
    assert list(data.read_documents(path)) == [("a", "T", "T")]
    with pytest.raises(InputError, match=r"corpus\.jsonl:1: 'text' is missing"):
        list(data.read_documents(write(path, '{"_id": "a", "title": "T"}')))


def test_only_what_is_judged_above_zero_is_relevant(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", '{"_id": "d", "text": "Body."}')
    write(tmp_path / "queries.jsonl", '{"_id": "q", "text": "what"}')
    header = "query-id\tcorpus-id\tscore"
    write(tmp_path / "qrels.tsv", header, "q\td\t2", "q\te\t0", "q\tf\t-1")
    found = data.read_retrieval(tmp_path)
    assert found.relevant("q") == {"d": 2.0}
    assert found.relevant("another") == {}
    write(tmp_path / "qrels.tsv", header, "q\td\tnan")
    with pytest.raises(InputError, match=r"qrels\.tsv:2"):
        data.read_retrieval(tmp_path)


def test_a_retrieval_folder(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", '{"_id": "d", "title": "T", "text": "Body."}')
    write(tmp_path / "queries.jsonl", '{"_id": "q", "text": "what"}')
    write(tmp_path / "qrels.tsv", "query-id\tcorpus-id\tscore", "q\td\t1")
    found = data.read_retrieval(tmp_path)
    assert found.queries == {"q": "what"}
    assert found.qrels == {"q": {"d": 1.0}}
    assert list(data.read_documents(found.corpus)) == [("d", "T", "Body.")]
    write(tmp_path / "qrels.tsv", "query-id\tcorpus-id\tscore", "q d 1")
    with pytest.raises(InputError, match=r"qrels\.tsv:2: not query-id"):
        data.read_retrieval(tmp_path)
    (tmp_path / "corpus.jsonl").unlink()
    with pytest.raises(InputError, match="no such file"):
        data.read_retrieval(tmp_path)


def test_worthiness_rows(tmp_path: Path) -> None:
    kind = '{"text": "b", "label": 0, "kind": "checkworthy"}'
    path = write(tmp_path / "w.jsonl", '{"text": "a", "label": 1}', kind)
    assert [row.label for row in data.read_texts(path)] == [1, 0]
    assert [row.kind for row in data.read_texts(path)] == [None, "checkworthy"]
    with pytest.raises(InputError, match=r"w\.jsonl:1: 'label' is 2"):
        data.read_texts(write(path, '{"text": "a", "label": 2}'))


def test_label_lists() -> None:
    assert data.parse_labels("supported, conflicting") == {Label.SUPPORTED, Label.MISLEADING}
    for bad in ("", "supported,true"):
        with pytest.raises(InputError, match="--labels"):
            data.parse_labels(bad)


def test_samples_repeat_and_keep_the_order() -> None:
    rows = list(range(100))
    assert data.sample(rows, None, 1) == rows
    assert data.sample(rows, 3, None) == [0, 1, 2]
    drawn = data.sample(rows, 10, 1)
    assert drawn == sorted(drawn) == data.sample(rows, 10, 1) != data.sample(rows, 10, 2)
