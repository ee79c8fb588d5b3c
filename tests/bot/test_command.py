"""The command from the outside: results, statuses, and the one line for what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli import COMMANDS
from tests.bot.command_line import Receipts

ROOT = Path(__file__).parents[2]


def process(*arguments: str, home: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs the command as a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | {"RECEIPTS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "bot.cli", *arguments],
        env=environment | options.pop("env", {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )


# Usage and failure


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["chek"], "No such command 'chek'"),
        (["check"], "Missing argument 'TEXT'"),
        (["check", "a", "--nope"], "No such option '--nope'"),
        (["check", "a", "--as-of", "soon"], "not a date: 'soon' (write YYYY, YYYY-MM or"),
        (["check", "a", "--as-of", "2999-01-01"], "'2999-01-01' has not come yet"),
        (["search", "a", "--as-of", "2999"], "'2999' has not come yet"),
        (["check", "a", "--engine", "oracle"], "'oracle' is not one of"),
        (["check", "  "], "the text to check is empty"),
        (["search", ""], "the query is empty"),
        (["search", "a", "-k", "0"], "0 is not in the range"),
        (["ingest"], "Missing argument"),
        (["ingest", "nowhere.md"], "'nowhere.md': no such file or folder"),
        (["ingest", "ftp://example.org/a"], "only http and https"),
        (["ingest", ".", "--kind", "gossip"], "'gossip' is not one of"),
        (["sources", "show", "nobody"], "no source 'nobody'"),
        (["sources", "retract", "nobody", "--reason", "x"], "no source 'nobody'"),
        (["sources", "remove", "nobody"], "no source 'nobody'"),
        (["sources", "retract", "ds-v3-report"], "Missing option '--reason'"),
        (["sources", "refresh", "nowhere"], "no source 'nowhere'"),
        (["sources"], "Missing command"),
        (["eval"], "Missing command"),
        (["eval", "verdicts", "nowhere.jsonl"], "nowhere.jsonl: No such file"),
        (["eval", "retrieval", "nowhere"], "nowhere: not a folder"),
        (["run"], "DISCORD_TOKEN is not set"),
        (["check", "a", "--engine", "llm"], "set RECEIPTS_MODEL"),
    ],
)
def test_wrong_usage_and_input_is_one_line_and_status_2(
    receipts: Receipts, arguments: list[str], says: str
) -> None:
    outcome = receipts(*arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert says in outcome.complaint
    assert outcome.err.count("\n") == 1
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("RECEIPTS_ENGINE", "oracle", "RECEIPTS_ENGINE: Input should be"),
        ("RECEIPTS_HTTP_PORT", "99999", "RECEIPTS_HTTP_PORT: Input should be"),
        ("RECEIPTS_DATABASE_URL", "mysql://x", "database"),
        ("RECEIPTS_EMBEDDING_MODEL", "nowhere", "RECEIPTS_EMBEDDING_MODEL is 'nowhere'"),
    ],
)
def test_a_bad_setting_is_named(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, says: str
) -> None:
    monkeypatch.setenv(setting, value)
    outcome = receipts("search", "anything")
    assert outcome.status == 2
    assert says in outcome.complaint


def test_a_bad_secret_is_not_repeated(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("RECEIPTS_ENGINE=sk-secret\n")
    assert "sk-secret" not in receipts("search", "anything").err


def test_a_home_that_cannot_be_made_is_a_failure(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RECEIPTS_HOME", str(tmp_path / "file" / "home"))
    outcome = receipts("search", "anything")
    assert outcome.status == 1
    assert "set RECEIPTS_HOME" in outcome.complaint
    assert "Traceback" not in outcome.err
    assert "Traceback" in receipts("search", "anything", "--debug").err
    assert "Traceback" in receipts("--debug", "search", "anything").err


def test_a_damaged_catalogue_is_a_failure_that_doctor_explains(
    receipts: Receipts, starter_home: Path
) -> None:
    for path in starter_home.glob("receipts.db*"):
        path.write_bytes(b"not a database, whatever its name says" * 200)
    outcome = receipts("search", "anything")
    assert outcome.status == 1
    assert "damaged" in outcome.complaint
    assert receipts("doctor").status == 1


def test_unexpected_errors_and_interrupts_are_one_line(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(error: BaseException) -> None:
        def raising(*_arguments: object, **_options: object) -> None:
            raise error

        monkeypatch.setattr("bot.session.Session.settings", raising)

    fail(KeyError("lost\nkey\x1b[31m"))
    outcome = receipts("search", "anything")
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "unexpected KeyError" in outcome.err
    assert "\x1b" not in outcome.err
    fail(KeyboardInterrupt())
    outcome = receipts("search", "anything")
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "stopped" in outcome.err
    fail(OSError(28, "No space left on device", "/full/file"))
    assert receipts("search", "anything").err == ("receipts: /full/file: No space left on device\n")


def test_help_names_every_command_and_needs_none(receipts: Receipts) -> None:
    done = process("--help", home=Path("nowhere"))
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
        assert process(name, "--help", home=Path("nowhere")).returncode == 0


def test_the_bare_command_shows_the_help(receipts: Receipts) -> None:
    bare = receipts()
    assert (bare.status, bare.err) == (0, "")
    assert all(f"  {name} " in bare.out for name in COMMANDS)


# Check


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["DeepSeek", "was", "founded", "in", "2023"], None),
        (["DeepSeek was", "founded in 2023"], b"Not this."),
        ([], b"DeepSeek was founded in 2023\n"),
        (["-"], b"DeepSeek was founded in 2023\n"),
    ],
)
def test_the_text_is_what_was_typed_or_else_what_was_piped(
    receipts: Receipts, arguments: list[str], stdin: bytes | None
) -> None:
    (verdict,) = receipts("check", *arguments, "--json", stdin=stdin).json["verdicts"]
    assert verdict["claim"] == "DeepSeek was founded in 2023"


def test_check_waits_for_no_text_from_a_person_who_gave_none(starter_home: Path) -> None:
    terminal, person = os.openpty()
    done = process("check", home=starter_home, stdin=person)
    os.close(terminal)
    os.close(person)
    assert done.returncode == 2
    assert "Missing argument 'TEXT'" in done.stderr


def test_nothing_piped_is_an_empty_text(receipts: Receipts) -> None:
    outcome = receipts("check", stdin=b"")
    assert (outcome.status, outcome.complaint) == (2, "receipts: the text to check is empty")


def test_the_layout_fits_the_columns_asked_for(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = receipts("check", "DeepSeek was founded in 2023").out.splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 40


def test_a_closed_pipe_is_no_traceback(starter_home: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "sources", "list"],
        env=os.environ | {"RECEIPTS_HOME": str(starter_home), "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == "receipts: stdout was closed before the result was written\n"


# Search and sources


def test_search_ranks_passages_with_their_sources(receipts: Receipts) -> None:
    outcome = receipts(
        "search", "cost of the final training run of DeepSeek-V3", "-k", "3", "--json"
    )
    assert outcome.status == 0
    hits = outcome.json["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert "ds-v3-report" in [hit["source"]["id"] for hit in hits]
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    text = receipts("search", "cost of the final training run of DeepSeek-V3", "-k", "3").out
    assert hits[0]["source"]["url"] in text


def test_search_as_of_a_day_shows_nothing_later(receipts: Receipts) -> None:
    hits = receipts("search", "DeepSeek", "-k", "50", "--as-of", "2025-01-01", "--json").json[
        "hits"
    ]
    assert hits
    assert all(hit["source"]["published"] <= "2025-01-01" for hit in hits)
    assert receipts("search", "DeepSeek", "--as-of", "1900-01-01").out == "Nothing found.\n"


def test_documents_come_in_change_and_go(receipts: Receipts, tmp_path: Path) -> None:
    note = tmp_path / "tower.md"
    note.write_text("---\nid: tower\ntitle: The tower\n---\nThe Xyzzy tower is 330 m tall.\n")
    assert receipts("ingest", note, "--json").json == {
        "added": 1,
        "unchanged": 0,
        "passages": 1,
        "failed": [],
        "gone": [],
        "listings": [],
        "stopped": False,
    }
    assert "0 added (0 passages), 1 unchanged, 0 not read" in receipts("ingest", note).out

    def found() -> list[str]:
        hits = receipts("search", "height of the Xyzzy tower", "--json").json["hits"]
        return [hit["text"] for hit in hits if hit["source"]["id"] == "tower"]

    assert found() == ["The Xyzzy tower is 330 m tall."]
    note.write_text(note.read_text().replace("330", "331"))
    assert receipts("ingest", note).status == 0
    assert found() == ["The Xyzzy tower is 331 m tall."]
    shown = receipts("sources", "show", "tower", "--json").json
    assert (shown["version"], shown["text"].strip()) == (2, "The Xyzzy tower is 331 m tall.")
    assert "331 m" in receipts("sources", "show", "tower").out
    assert receipts("sources", "retract", "tower", "--reason", "wrong").status == 0
    assert found() == []
    (listed,) = [row for row in receipts("sources", "list", "--json").json if row["id"] == "tower"]
    assert listed["retract_reason"] == "wrong"
    assert "(retracted)" in receipts("sources", "list").out
    assert receipts("sources", "remove", "tower").status == 0
    assert receipts("sources", "show", "tower").status == 2


def test_list_keeps_its_columns_whatever_is_known_of_a_date(
    receipts: Receipts, tmp_path: Path
) -> None:
    dates = {"day": "2025-02-05", "month": "2025-02", "year": "2025", "never": None}
    documents = [
        {"id": f"dated-{name}", "text": "Words.", "published": date} for name, date in dates.items()
    ]
    lines = "\n".join(json.dumps(document) for document in documents)
    (tmp_path / "dated.jsonl").write_text(lines)
    assert receipts("ingest", tmp_path / "dated.jsonl").status == 0
    rows = receipts("sources", "list").out.splitlines()
    assert len({row.index("dated-") for row in rows if "dated-" in row}) == 1


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(
    receipts: Receipts, tmp_path: Path
) -> None:
    lines = [json.dumps({"id": "a", "text": "A fact about Quux."}), "{", json.dumps({"id": "b"})]
    (tmp_path / "notes.jsonl").write_text("\n".join(lines))
    outcome = receipts("ingest", tmp_path / "notes.jsonl", "--json")
    assert outcome.status == 0
    assert outcome.json["added"] == 1
    assert len(outcome.json["failed"]) == 2
    (tmp_path / "notes.jsonl").write_text("{")
    outcome = receipts("ingest", tmp_path / "notes.jsonl")
    assert outcome.status == 1
    assert "not read: " in outcome.out


def test_reindex_changes_no_answer(receipts: Receipts) -> None:
    before = receipts("search", "market value lost", "--json").json
    outcome = receipts("reindex")
    assert outcome.status == 0
    assert "reindexed" in outcome.out
    assert receipts("search", "market value lost", "--json").json == before


def test_the_first_start_reads_the_starter_corpus_and_later_ones_do_not(tmp_path: Path) -> None:
    first = process("sources", "list", "--json", home=tmp_path / "home")
    assert first.returncode == 0, first.stderr
    assert len(json.loads(first.stdout)) > 90
    assert "Indexing the starter library" in first.stderr
    second = process("sources", "list", "--json", home=tmp_path / "home")
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == first.stdout
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_what_was_removed_from_the_starter_corpus_stays_away(receipts: Receipts) -> None:
    assert receipts("sources", "remove", "ds-v3-report").status == 0
    ids = [row["id"] for row in receipts("sources", "list", "--json").json]
    assert "ds-v3-report" not in ids


# Start-up


@pytest.mark.parametrize("arguments", [["search", "anything"], ["check", "DeepSeek cost $5.5M"]])
def test_a_local_answer_loads_nothing_that_it_does_not_need(
    starter_home: Path, arguments: list[str]
) -> None:
    code = (
        "import sys, bot.cli\n"
        f"status = bot.cli.run({arguments!r})\n"
        "heavy = {'chromadb', 'openai', 'langchain', 'langchain_core', 'langchain_openai',"
        " 'discord', 'alembic', 'simcord', 'aiohttp', 'httpx'}\n"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"RECEIPTS_HOME": str(starter_home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "0 []"
