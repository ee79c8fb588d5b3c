"""`receipts eval` from the outside: numbers, files, and what is refused before the work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.bot.command_line import Receipts

CLAIMS: list[dict[str, Any]] = [
    {
        "id": "a",
        "claim": "The Xyzzy tower is 330 metres tall.",
        "label": "supported",
        "evidence": [{"text": "The Xyzzy tower is 330 metres tall.", "url": "https://a.example/1"}],
    },
    {
        "id": "b",
        "claim": "The Xyzzy tower is 120 metres tall.",
        "label": "refuted",
        "evidence": [
            {
                "text": "The Xyzzy tower is 330 metres tall.",
                "url": "https://www.snopes.com/fact-check/tower",
                "title": "<b>The tower</b>",
            }
        ],
    },
    {"id": "c", "claim": "Cats sleep all day.", "label": "not_enough_evidence", "evidence": []},
    {
        "id": "d",
        "claim": "Bees do not make honey.",
        "label": "refuted",
        "evidence": [{"text": "Bees make honey."}, {"text": "Honey is made by bees."}],
    },
]


def claims(folder: Path, rows: list[dict[str, Any]] = CLAIMS) -> Path:
    path = folder / "towers.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_verdicts_on_gold_evidence_have_all_that_the_contract_names(
    receipts: Receipts, tmp_path: Path
) -> None:
    outcome = receipts("eval", "verdicts", claims(tmp_path), "--gold-evidence", "--json")
    numbers = outcome.json
    assert {
        "n", "accuracy", "macro_f1", "per_class", "false_accusation_rate", "risk_coverage", "ece",
        "abstained", "citation_integrity", "latency_ms", "peak_rss_mb", "baselines", "seconds",
    } <= set(numbers)  # fmt: skip
    assert numbers["n"] == 4
    assert numbers["citation_integrity"] == 1.0
    assert set(numbers["risk_coverage"]) == {"0.5", "0.7", "0.9"}
    assert set(numbers["baselines"]) == {"majority", "claim_only", "evidence_only"}
    assert set(numbers["intervals"]) == {"accuracy", "macro_f1", "false_accusation_rate"}
    for name, (low, high) in numbers["intervals"].items():
        assert 0 <= low <= numbers[name] <= high <= 1
    assert numbers["slices"]["without_evidence"]["n"] == 1
    assert numbers["slices"]["with_fact_check_source"]["n"] == 1
    assert numbers["slices"]["multi_hop"]["n"] == 1
    assert numbers["run"]["versions"]["stance"]
    assert "itself" in numbers["run"]["words_learned_from"]
    assert "Checking claims" in outcome.err


def test_gold_passages_are_known_by_their_text_in_a_corpus_of_many_from_one_address(
    receipts: Receipts, tmp_path: Path
) -> None:
    corpus = tmp_path / "pool.jsonl"
    texts = ["The  xyzzy tower is 330 metres tall.", "Boats sail on the Xyzzy lake."]
    rows = [
        {"id": f"p{n}", "text": text, "url": "https://a.example/1"} for n, text in enumerate(texts)
    ]
    corpus.write_text("\n".join(json.dumps(row) for row in rows))
    path = claims(tmp_path, CLAIMS[:1])
    out = tmp_path / "out.jsonl"
    before = receipts("sources", "list").out
    numbers = receipts("eval", "verdicts", path, "--corpus", corpus, "--json", "--out", out).json
    assert numbers["evidence_recall"] == 1.0
    assert lines(out)[0]["gold_sources"] == ["p0"]
    assert receipts("sources", "list").out == before


def test_answers_are_restricted_to_the_labels_given(receipts: Receipts, tmp_path: Path) -> None:
    rows = [row for row in CLAIMS if row["evidence"]]
    out = tmp_path / "out.jsonl"
    outcome = receipts(
        "eval", "verdicts", claims(tmp_path, rows), "--gold-evidence",
        "--labels", "supported,refuted", "--out", out,
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    assert {row["predicted"] for row in lines(out)} <= {"supported", "refuted"}


def test_the_words_of_another_file_are_learned_where_one_is_given(
    receipts: Receipts, tmp_path: Path
) -> None:
    lessons = tmp_path / "lessons.jsonl"
    rows = [
        {"claim": f"{animal} {word}", "label": label}
        for animal in ("bees", "cats", "dogs", "cows")
        for word, label in (("tall", "supported"), ("not", "refuted"))
    ]
    lessons.write_text("\n".join(json.dumps(row) for row in rows))
    arguments = ["eval", "verdicts", claims(tmp_path), "--gold-evidence", "--json"]
    numbers = receipts(*arguments, "--train", lessons).json
    assert numbers["run"]["words_learned_from"] == str(lessons)
    assert numbers["baselines"]["claim_only"]["accuracy"] == 0.5
    lessons.write_text("")
    assert "--train" in receipts(*arguments, "--train", lessons).complaint


def test_a_run_is_held_against_an_earlier_one(receipts: Receipts, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.jsonl"
    arguments = ["eval", "verdicts", claims(tmp_path), "--gold-evidence"]
    assert receipts(*arguments, "--out", earlier).status == 0
    same = receipts(*arguments, "--against", earlier, "--json").json["gains"]["earlier"]
    assert same["accuracy"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert "no clear difference" in receipts(*arguments, "--against", earlier).out
    earlier.write_text("".join(earlier.read_text().splitlines(keepends=True)[1:]))
    outcome = receipts(*arguments, "--against", earlier)
    assert outcome.status == 2
    assert "no answer to row 'a'" in outcome.complaint
    earlier.write_text("[1]\n")
    assert "earlier.jsonl:1" in receipts(*arguments, "--against", earlier).complaint


def test_an_earlier_run_on_other_rows_is_told_before_the_work(
    receipts: Receipts, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text("")
    outcome = receipts("eval", "verdicts", claims(tmp_path), "--against", earlier)
    assert outcome.status == 2
    assert "Checking claims" not in outcome.err


def test_documents_that_cannot_be_read_are_left_out_and_told(
    receipts: Receipts, tmp_path: Path
) -> None:
    corpus = tmp_path / "pool.jsonl"
    bad = {"id": "b", "text": "Bees make honey.", "url": "bees.example"}
    corpus.write_text(f"{json.dumps(bad)}\n")
    path = claims(tmp_path)
    outcome = receipts("eval", "verdicts", path, "--corpus", corpus)
    assert outcome.status == 2
    assert "pool.jsonl, line 1: url 'bees.example'" in outcome.complaint
    good = {"id": "a", "text": "The Xyzzy tower is 330 metres tall."}
    corpus.write_text(f"{json.dumps(bad)}\n{json.dumps(good)}\n")
    outcome = receipts("eval", "verdicts", path, "--corpus", corpus)
    assert outcome.status == 0
    assert "left out of the corpus: 1, the first" in outcome.err


def test_a_corpus_of_nothing_is_no_corpus(receipts: Receipts, tmp_path: Path) -> None:
    corpus = tmp_path / "none.jsonl"
    corpus.write_text("\n")
    outcome = receipts("eval", "verdicts", claims(tmp_path), "--corpus", corpus)
    assert outcome.status == 2
    assert "none.jsonl: holds nothing to retrieve" in outcome.complaint


def test_the_report_is_one_file_that_needs_nothing_else(receipts: Receipts, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    rows = [*CLAIMS, CLAIMS[1] | {"id": "e", "claim": "<script>alert(1)</script> is 9 m tall."}]
    outcome = receipts(
        "eval", "verdicts", claims(tmp_path, rows), "--gold-evidence", "--report", report
    )
    assert outcome.status == 0, outcome.err
    page = report.read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!https://)", page)
    assert not re.search(r"<(?:link|img|iframe|object)\b|url\(|@import", page)
    assert "towers: verdicts, gold evidence" in page
    assert "prefers-color-scheme:dark" in page
    assert 'name="viewport"' in page


def test_results_are_written_into_their_own_section_again_and_again(
    receipts: Receipts, tmp_path: Path
) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("# Results\n\nBy hand.\n")
    path = claims(tmp_path)
    arguments = ["eval", "verdicts", path, "--gold-evidence", "--results", results]
    assert receipts(*arguments, "--limit", "2").status == 0
    first = results.read_text()
    assert first.startswith("# Results\n\nBy hand.\n")
    assert "rows 2 of 4, the first" in first
    assert f"`receipts eval verdicts {path} --gold-evidence --limit 2`" in first
    assert re.search(r"stance \S+; weigher \S+;", first)
    assert receipts("eval", "verdicts", path, "--results", results).status == 0
    results.write_text(f"{results.read_text()}\nMore by hand.\n")
    assert receipts(*arguments).status == 0
    text = results.read_text()
    assert "rows all 4" in text
    assert "2 of 4" not in text
    assert text.count("### towers: verdicts, gold evidence") == 1
    assert text.count("### towers: verdicts\n") == 1
    assert text.endswith("\nMore by hand.\n")
    assert list(tmp_path.glob("tmp*")) == []


def test_worthiness_is_measured_beside_baselines(receipts: Receipts, tmp_path: Path) -> None:
    rows = [
        {"text": "The unemployment rate fell to 3.4 percent in 2023.", "label": 1},
        {"text": "I love this!", "label": 0, "kind": "chat"},
        {"text": "What do you think?", "label": 0, "kind": "chat"},
    ]
    path = tmp_path / "w.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    outcome = receipts("eval", "worthiness", path, "--json", "--out", tmp_path / "out.jsonl")
    numbers = outcome.json
    assert (numbers["n"], numbers["accuracy"], numbers["balanced_accuracy"]) == (3, 1.0, 1.0)
    assert set(numbers["baselines"]) == {"majority", "has_a_digit", "words"}
    assert numbers["intervals"]["balanced_accuracy"] == [1.0, 1.0]
    assert numbers["per_class"]["no claim"]["support"] == 2
    assert numbers["recall_by_kind"] == {"chat": 1.0}
    assert numbers["gains"]["majority"]["balanced_accuracy"]["value"] == 0.5
    assert "Reading texts" in outcome.err
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["predicted"] for row in written] == [1, 0, 0]


def judged(folder: Path, relevant: str) -> Path:
    """Three documents, d0 to d2, and one query."""
    folder.mkdir()
    texts = ["Bees make honey.", "Cats sleep all day.", "Rust is oxidised iron."]
    (folder / "corpus.jsonl").write_text(
        "\n".join(json.dumps({"_id": f"d{n}", "text": text}) for n, text in enumerate(texts))
    )
    (folder / "queries.jsonl").write_text(
        json.dumps({"_id": "q", "text": "Which animals produce honey?"})
    )
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{relevant}")
    return folder


def test_retrieval_is_measured_in_a_home_of_its_own(receipts: Receipts, tmp_path: Path) -> None:
    folder = judged(tmp_path / "set", "q\td0\t1\nq\td1\t0\n")
    before = receipts("sources", "list").out
    numbers = receipts("eval", "retrieval", folder, "--json").json
    assert numbers["ndcg@10"] == numbers["mrr"] == numbers["recall@5"] == 1.0
    assert set(numbers["baselines"]) == set(numbers["gains"]) == {"bm25", "dense"}
    assert numbers["intervals"]["ndcg@10"] == [1.0, 1.0]
    assert numbers["gains"]["bm25"]["ndcg@10"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert set(numbers["run"]["versions"]) == {"receipts", "python", "embedder"}
    assert receipts("sources", "list").out == before


def test_relevant_documents_that_the_corpus_lacks_are_told(
    receipts: Receipts, tmp_path: Path
) -> None:
    outcome = receipts("eval", "retrieval", judged(tmp_path / "a", "q\td0\t1\nq\td9\t1\n"))
    assert outcome.status == 0
    assert "lacks 1 of the documents" in outcome.err
    outcome = receipts("eval", "retrieval", judged(tmp_path / "b", "q\td9\t1\n"))
    assert outcome.status == 2
    assert "has none of the documents that qrels.tsv names" in outcome.complaint
    outcome = receipts("eval", "retrieval", judged(tmp_path / "c", "q\td0\t0\n"))
    assert "nothing to measure on" in outcome.complaint


def test_pairs_are_measured(receipts: Receipts, tmp_path: Path) -> None:
    claim = "The tower in Paris was opened in 1889."
    rows = [
        {"id": "a", "a": claim, "b": "In 1889 the tower in Paris was opened.", "same": 1},
        {"id": "b", "a": claim, "b": "The tower in Paris was opened in 1899.", "same": 0},
        {"id": "c", "a": claim, "b": "Der Turm wurde 1889 in Paris eröffnet.", "same": 1},
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    numbers = receipts("eval", "pairs", path, "--json").json
    assert numbers["precision"] == 1.0
    assert numbers["slices"]["within_a_language"]["recall"] == 1.0
    assert numbers["slices"]["across_languages"]["n"] == 1
    assert set(numbers["baselines"]) == set(numbers["gains"]) == {"majority", "cosine_0.9"}
    assert 0 <= numbers["intervals"]["recall"][0] < numbers["recall"]
    versions = {"receipts", "python", "embedder", "paraphrase"}
    assert set(numbers["run"]["versions"]) == versions


def test_citations_are_measured(receipts: Receipts, tmp_path: Path) -> None:
    passage = "The tower was opened in 1889. It is 330 metres tall."
    rows = [
        {"id": "a", "sentence": "The tower was opened in 1889.", "passage": passage, "label": 1},
        {"id": "b", "sentence": "The tower was opened in 1989.", "passage": passage, "label": 0},
    ]
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    numbers = receipts("eval", "citations", path, "--json").json
    assert (numbers["n"], numbers["balanced_accuracy"]) == (2, 1.0)


def test_a_file_that_cannot_be_written_is_told_before_the_work(
    receipts: Receipts, tmp_path: Path
) -> None:
    outcome = receipts("eval", "worthiness", "nowhere", "--out", tmp_path / "no" / "out.jsonl")
    assert outcome.status == 2
    assert "--out" in outcome.complaint


@pytest.mark.parametrize("option", ["--report", "--results"])
def test_other_files_are_tried_before_the_work_too(
    receipts: Receipts, tmp_path: Path, option: str
) -> None:
    outcome = receipts("eval", "worthiness", "nowhere", option, tmp_path / "no" / "file")
    assert outcome.status == 2
    assert option in outcome.complaint


def test_results_with_a_broken_mark_are_left_alone(receipts: Receipts, tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    broken = "<!-- receipts eval: towers: verdicts -->\nNo end.\n"
    results.write_text(broken)
    outcome = receipts("eval", "verdicts", claims(tmp_path), "--results", results)
    assert outcome.status == 2
    assert "has no end" in outcome.complaint
    assert results.read_text() == broken
