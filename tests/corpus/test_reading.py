from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import reading
from corpus.errors import InputError
from corpus.fields import FieldError, make_source
from corpus.frontmatter import FrontMatterError, split_front_matter
from corpus.items import Provenance
from corpus.reading import Document, Unread, count, decode, read


def documents(path: Path, **options: str | None) -> list[Document]:
    items = list(read(path, **options))
    assert all(isinstance(item, Document) for item in items), items
    return [item for item in items if isinstance(item, Document)]


def reason(path: Path) -> str:
    (item,) = read(path)
    assert isinstance(item, Unread)
    assert str(path) in item.where
    assert "\n" not in item.reason
    return item.reason


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    )
    return path


# JSON Lines


def test_every_field_of_a_line_is_read(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "corpus.jsonl",
        {
            "id": "one",
            "text": "One sentence. Another.",
            "title": " A\ttitle\n",
            "url": "https://example.com/a",
            "publisher": "Someone",
            "author": ["A. Writer", "B. Writer"],
            "published": "2024-05-06T07:08:09Z",
            "kind": "paper",
            "language": "en",
        },
        "",
        {"_id": 7, "text": "Seven."},
        {"text": "No id."},
        {"text": "No id.", "url": "https://example.com/b"},
    )
    one, seven, nameless, page = documents(path, kind="news", guild_id="42")
    assert one.source.title == "A title"
    assert one.source.author == "A. Writer, B. Writer"
    assert (one.source.published, one.source.kind, one.source.guild_id) == (
        "2024-05-06",
        "paper",
        "42",
    )
    assert (one.language, one.where) == ("en", f"{path}, line 1")
    assert [one.text[span.start : span.end] for span in one.spans] == [one.text]
    assert (seven.source.id, seven.source.title, seven.source.kind) == ("7", "7", "news")
    assert nameless.source.id.startswith("text-")
    assert page.source.id.startswith("example-com-")
    assert page.source.title == "https://example.com/b"


def test_what_is_stated_of_dates_and_licence_is_on_record(tmp_path: Path) -> None:
    about = {"published": "2024-05-06", "updated": "2024-06", "license": "CC BY 4.0"}
    (tmp_path / "note.md").write_text("---\npublished: 2024-05\nlicence: CC0\n---\nText.")
    (line,) = documents(jsonl(tmp_path / "corpus.jsonl", {"text": "Words.", **about}))
    (note,) = documents(tmp_path / "note.md")
    assert (line.source.published, line.source.updated) == ("2024-05-06", "2024-06")
    assert line.provenance == Provenance("stated", "stated", "CC BY 4.0")
    assert note.provenance == Provenance("stated", None, "CC0")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ("{}", 'no "text"'),
        ('{"text": 5}', 'no "text"'),
        ('{"text": "  "}', "no text in it"),
        ('{"text": "a\\u0000b"}', "NUL"),
        ('{"text": "a\\ud800b"}', "half a character"),
        ('{"text": "a", "id": {}}', "id is not text"),
        ('{"text": "a", "id": true}', "id is not text"),
        ('{"text": "a", "title": [1]}', "title is not text"),
        ('{"text": "a", "id": "' + "x" * 201 + '"}', "an id of more than 200"),
        ('{"text": "a", "url": "javascript:alert(1)"}', "not an http or https address"),
        ('{"text": "a", "url": "https://a.b/ c"}', "not one address"),
        ('{"text": "a", "published": "6 May 2024"}', "published: not a date: '6 May 2024'"),
        ('{"text": "a", "published": "2024-02-30"}', "published: day"),
        ('{"text": "a", "updated": "lately"}', "updated: not a date: 'lately'"),
        ('{"text": "a", "kind": "gossip"}', "unknown kind 'gossip'"),
        ('{"text": "a", "language": "English!"}', "not a language tag"),
    ],
    ids=lambda value: value[:30],
)
def test_a_bad_line_is_reported_and_the_rest_goes_on(tmp_path: Path, line: str, says: str) -> None:
    path = jsonl(tmp_path / "corpus.jsonl", {"text": "First."}, line, {"text": "Third."})
    first, second, third = read(path)
    assert isinstance(first, Document)
    assert isinstance(second, Unread)
    assert isinstance(third, Document)
    assert says in second.reason
    assert "\n" not in second.reason
    assert second.where == f"{path}, line 2"


def test_an_id_used_twice_is_reported(tmp_path: Path) -> None:
    rows = [{"id": "x", "text": "One."}, {"id": "y", "text": "Two."}, {"id": "x", "text": "Three."}]
    *_, last = read(jsonl(tmp_path / "corpus.jsonl", *rows))
    assert last == Unread(
        f"{tmp_path / 'corpus.jsonl'}, line 3", "the id 'x' is already used on line 1"
    )


def test_bytes_that_are_no_text_spoil_one_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "One."}\n{"text": "\xff"}\n{"text": "Three."}')
    first, second, third = read(path)
    assert isinstance(first, Document)
    assert second == Unread(f"{path}, line 2", "not UTF-8 text; save it as UTF-8")
    assert isinstance(third, Document)


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    path = jsonl(tmp_path / "corpus.jsonl", {"text": "x" * 1_000}, {"text": "Second."})
    first, second = read(path)
    assert isinstance(first, Unread)
    assert isinstance(second, Document)
    assert second.where.endswith("line 2")


# Markdown and text


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(
        "---\nid: note\ntitle: A note\npublished: 2024\nauthor: [A, B]\nextra: 5\n---\n"
        "# Head\n\nText *here*.\n"
    )
    (document,) = documents(path)
    assert (document.source.id, document.source.title) == ("note", "A note")
    assert (document.source.published, document.source.author) == ("2024", "A, B")
    assert document.text == "# Head\n\nText *here*.\n"
    (span,) = document.spans
    assert (document.text[span.start : span.end], span.heading) == ("Text *here*.", "Head")


def test_markdown_and_text_without_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Before.\n\n## The title\n\nText.")
    (tmp_path / "b c.txt").write_text("---\nnot: front matter\n---\n")
    headed, plain = documents(tmp_path)
    assert headed.source.title == "The title"
    assert plain.source.title == "b c"
    assert plain.source.id.startswith("b-c-")
    assert plain.text == "---\nnot: front matter\n---\n"
    assert documents(tmp_path) == [headed, plain]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no text in it"),
        (b"---\ntitle: x\n---\n", "no text in it"),
        (b"a\0b", "NUL"),
        (b"caf\xe9", "not UTF-8 text; save it as UTF-8"),
        (b"\x89\0\xff", "a binary file, not text"),
        (b"---\n{\n---\nText.", "front matter that is not YAML"),
        (b"---\n- list\n---\nText.", "front matter without names"),
        (b"---\nkind: gossip\n---\nText.", "unknown kind"),
        (b"---\ntitle: {a: b}\n---\nText.", "title is not text"),
    ],
)
def test_markdown_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "note.md"
    path.write_bytes(content)
    assert says in reason(path)


def test_front_matter_makes_no_objects_and_runs_nothing(tmp_path: Path) -> None:
    fields, body = split_front_matter(
        "---\ntitle: !!python/object/apply:os.system [id]\n---\nText."
    )
    assert fields == {"title": ["id"]}
    assert body == "Text."
    bomb = "\n".join(
        ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    )
    path = tmp_path / "bomb.md"
    path.write_text(f"---\n{bomb}\ntitle: *a39\n---\nText.")
    assert reason(path) == "title is not text"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_front_matter_is_read_or_refused(content: str) -> None:
    text = f"---\n{content}\n---\nText."
    try:
        fields, body = split_front_matter(text)
        make_source(fields, body)
    except (FieldError, FrontMatterError) as error:
        assert "\n" not in str(error)


def test_encodings() -> None:
    assert (
        decode("é".encode())
        == decode("é".encode("utf-8-sig"))
        == decode("é".encode("utf-16"))
        == "é"
    )


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    path = tmp_path / "large.txt"
    path.write_text("x" * 11)
    assert reason(path).startswith("larger than")


# Folders, and what is no input at all


def test_a_folder_is_read_in_order_and_says_what_it_leaves(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("Secret.")
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.md").write_text("Hidden.")
    (folder / ".hidden.md").write_text("Hidden.")
    (folder / "b.txt").write_text("B.")
    (folder / "deep" / "c.md").write_text("C.")
    jsonl(folder / "a.jsonl", {"text": "A."}, {"text": "A2."})
    (folder / "d.pdf").write_bytes(b"%PDF")
    (folder / "e.png").write_bytes(b"PNG")
    (folder / "link.txt").symlink_to(outside)
    (folder / "broken.txt").symlink_to(folder / "nowhere.txt")
    # Whoever opens one of these waits until another process writes to it.
    os.mkfifo(folder / "pipe.txt")
    os.mkfifo(folder / "pipe.jsonl")
    assert count(folder) == 10
    items = list(read(folder))
    texts = [item.text for item in items if isinstance(item, Document)]
    unread = {Path(item.where).name: item.reason for item in items if isinstance(item, Unread)}
    assert texts == ["A.", "A2.", "B.", "C."]
    assert unread == {
        "broken.txt": "no file, or a link to none",
        "pipe.jsonl": "no file, or a link to none",
        "pipe.txt": "no file, or a link to none",
        "d.pdf": "not a PDF that can be read",
        "e.png": "nothing here reads .png files",
        "link.txt": "a link that leads out of the folder",
    }


@pytest.mark.parametrize("given", ["nowhere", "https://example.com/", "", "a\0b", "x" * 5_000])
def test_what_is_not_there_is_an_input_error_at_once(given: str) -> None:
    with pytest.raises(InputError, match=r"no such file or folder; give a file \(\.docx") as caught:
        read(given)
    assert "\n" not in str(caught.value)


def test_a_file_of_another_kind_is_an_input_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.xls").touch()
    with pytest.raises(InputError, match="nothing here reads this kind of file"):
        read(tmp_path / "a.xls")
    with pytest.raises(InputError, match=r"unknown kind 'gossip' \(known: analysis"):
        read(tmp_path, kind="gossip")


def test_no_field_says_whose_server_it_is(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "corpus.jsonl", {"text": "One.", "guild_id": "1"})
    assert documents(path)[0].source.guild_id is None


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "url", "published", "author", "kind"]),
        st.text(max_size=30) | st.integers() | st.none() | st.lists(st.text()),
    )
)
def test_fields_become_a_source_or_an_error_of_one_line(fields: dict[str, object]) -> None:
    try:
        source = make_source(fields, "Text.")
    except FieldError as error:
        assert "\n" not in str(error)
        return
    assert source.id
    assert source.title
    for value in (source.id, source.title, source.author):
        assert value is None or value == " ".join(value.split())
    assert source.id.isprintable()
