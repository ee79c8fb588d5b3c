"""Prompt files: their form, their schema, and the very words that go out."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from prompts.answer import answer_schema
from prompts.fence import draw_mark, fenced_claim, fenced_passages, number
from prompts.picture import picture_schema
from prompts.promptfile import load_prompt
from prompts.reader import reading_schema
from tests.prompts.prompt_evals import out_of_date
from tests.prompts.samples import hit, passage, source

FILES = resources.files("prompts")
NAMES = sorted(p.name[:-3] for p in FILES.iterdir() if p.name.endswith(".md"))
DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_says_what_it_is_for(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.name == name
    assert prompt.version >= 1
    assert prompt.purpose.endswith(".")
    assert prompt.schema is None or (FILES / prompt.schema).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_no_prompt_changes_without_its_eval(name: str) -> None:
    assert out_of_date(name) is None


def test_what_to_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.prompts.prompt_evals.words_hash", lambda _name: "other words")
    told = out_of_date("verdict")
    assert told is not None
    assert "raise its version" in told
    assert "python -m tests.prompts.prompt_evals verdict" in told


@pytest.mark.parametrize(
    ("prompt", "schema"),
    [
        ("verdict", answer_schema(["P1", "P2"])),
        ("claims", reading_schema()),
        ("picture", picture_schema()),
    ],
)
def test_the_schema_file_is_the_schema_asked_for(prompt: str, schema: dict[str, Any]) -> None:
    name = load_prompt(prompt).schema
    assert name is not None
    assert json.loads((FILES / name).read_text(encoding="utf-8")) == schema


def test_the_words_that_go_out() -> None:
    """A change of the prompt shows here; give the file a new version with it."""
    hits = [
        hit(passage("The dam broke.\nNobody was hurt.", "p1", source("s1", "2024-12"))),
        hit(passage("A second report.", "p2", source("s2", None))),
    ]
    prompt = load_prompt("verdict")
    numbered = number(hits)
    system, user = prompt.fill(
        claim=fenced_claim("The dam {{broke}}", "MARK"),
        as_of="2026-01-02",
        language="English",
        labels="supported, refuted",
        passages=fenced_passages(numbered, "MARK"),
        fence="MARK",
    )
    words = f"version {prompt.version}\n--- system\n{system}\n--- user\n{user}\n"
    assert words == (DATA / "verdict_prompt.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"verdict"}))
def test_the_words_of_the_other_prompts(name: str) -> None:
    """As above, with each input's name in its place."""
    prompt = load_prompt(name)
    system, user = prompt.fill(**{given: f"<{given}>" for given in prompt.inputs})
    words = f"version {prompt.version}\n--- system\n{system}\n--- user\n{user}\n"
    assert words == (DATA / f"{name}_prompt.txt").read_text(encoding="utf-8")


def test_inputs_must_be_those_declared() -> None:
    with pytest.raises(ValueError, match="fault"):
        load_prompt("repair").fill()
    with pytest.raises(ValueError, match="more"):
        load_prompt("repair").fill(fault="x", more="y")


def test_the_best_passages_are_shown_as_far_as_there_is_room() -> None:
    hits = [hit(passage("word " * 100, f"p{n}")) for n in range(5)]
    assert [item.name for item in number(hits, 1_100)] == ["P1", "P2"]
    assert [len(item.shown) for item in number(hits, 50)] == [50]


def test_a_mark_is_never_in_what_it_fences() -> None:
    tokens = iter(["aa", "bb"])
    assert draw_mark(lambda: next(tokens), ["x aa y"]) == "aabb"
