from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest

from corpus.errors import InputError
from corpus.model import SOURCE_KINDS, parse_partial_date
from corpus.reading import Document
from corpus.split import MAX_WORDS, count_words, sentences
from corpus.starter import parse_note, starter_documents

DOCUMENTS = starter_documents()


def facts(document: Document) -> list[str]:
    return document.text.split("\n")


def test_every_note_is_there() -> None:
    assert len(DOCUMENTS) == 94
    assert sum(len(facts(document)) for document in DOCUMENTS) == 209
    assert {name.name for name in files("corpus.starter").iterdir()} >= {"README.md"}


def test_ids_are_unique_and_plain() -> None:
    ids = [document.source.id for document in DOCUMENTS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", id_) for id_ in ids)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.source.id)
def test_a_note_is_as_the_readme_says(document: Document) -> None:
    source = document.source
    assert source.title
    assert source.publisher
    assert source.kind in SOURCE_KINDS - {"other"}
    assert source.guild_id is None
    assert source.url is not None
    assert source.url.startswith("https://")
    assert source.published is not None
    first, _ = parse_partial_date(source.published)
    assert date(1990, 1, 1) <= first <= date(2026, 12, 31)
    for fact in facts(document):
        assert fact[0].isupper() or fact[0].isdigit() or fact.startswith(("xAI", "gpt-oss"))
        assert fact[-1] in '."'
        assert 3 <= count_words(fact) <= 70
        assert len(sentences(fact)) <= 3, [fact[a:b] for a, b in sentences(fact)]
        assert not re.search(
            r"<[a-z/!]|https?://|\]\(|[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e]", fact
        )
        assert fact == " ".join(fact.split())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.source.id)
def test_passages_are_whole_facts_in_order(document: Document) -> None:
    packed = [document.text[span.start : span.end] for span in document.spans]
    assert "\n".join(packed) == document.text
    assert all(count_words(passage) <= MAX_WORDS for passage in packed)


NOTE = """---
id: a-note
title: "A title: with a colon"
publisher: Someone
published: 2024-05
url: https://example.com/
kind: news
---

- One fact.
- Another "fact".
"""


def test_a_note_is_read() -> None:
    document = parse_note(NOTE, "a-note.md")
    assert document.source.title == "A title: with a colon"
    assert document.source.author is None
    assert document.source.published == "2024-05"
    assert document.text == 'One fact.\nAnother "fact".'
    assert len(document.spans) == 1


def test_long_notes_become_several_passages() -> None:
    many = "".join(f"- Fact number {number} has these eight words.\n" for number in range(60))
    document = parse_note(NOTE.replace("- One fact.\n", many), "a-note.md")
    packed = [document.text[span.start : span.end] for span in document.spans]
    assert len(packed) > 2
    assert "\n".join(packed) == document.text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: news", "kind: rumour", "unknown kind 'rumour'"),
        ("2024-05", "May 2024", "not a date"),
        ("url: https://example.com/\n", "", "no url"),
        ("https://example.com/", "javascript:x", "not an http or https address"),
        ("- Another", "Another", "not a fact"),
        ("- One fact.\n- Another \"fact\".\n", "", "no text in it"),
        ('"A title: with a colon"', "A title: with a colon", "front matter that is not YAML"),
        ("---\nid", "id", "not a fact"),
        ("id: a-note", "id: another", "named after its id"),
    ],
)  # fmt: skip
def test_a_note_that_is_wrong_is_named(old: str, new: str, says: str) -> None:
    assert old in NOTE
    with pytest.raises(InputError, match=says) as caught:
        parse_note(NOTE.replace(old, new, 1), "a-note.md")
    assert str(caught.value).startswith("a-note.md: ")
    assert "\n" not in str(caught.value)
