from __future__ import annotations

from pathlib import Path

import pytest

from corpus.identity import (
    canonical_url,
    digest,
    passage_id,
    path_source_id,
    text_source_id,
    url_source_id,
)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.COM", "https://example.com/"),
        ("https://example.com:443/a#part", "https://example.com/a"),
        ("http://example.com:8080/A?b=1&c=", "http://example.com:8080/A?b=1&c="),
        ("https://example.com/a?utm_source=x&id=7&fbclid=y", "https://example.com/a?id=7"),
        (" https://user@example.com/ ", "https://example.com/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("https://example.com/?q=%C3%A9&r=a+b", "https://example.com/?q=%C3%A9&r=a+b"),
    ],
)
def test_one_address_for_one_page(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "javascript:alert(1)", "file:///etc/passwd", "https://", "http://[::1",
     "//a/b", "https://example.com:port/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_url(url)


def test_ids_are_the_same_on_any_machine() -> None:
    assert passage_id("a", "text") == "bc097b2398b04808"
    assert url_source_id("https://Example.com/a#b") == url_source_id("https://example.com/a")
    assert url_source_id("https://example.com/a").startswith("example-com-")
    assert path_source_id(Path("/data/My Notes.md")).startswith("my-notes-")
    assert path_source_id(Path("/data/笔记.md")).startswith("source-")
    assert text_source_id("text").startswith("text-")


def test_what_differs_gets_another_id() -> None:
    assert len({passage_id("a", "bc"), passage_id("ab", "c"), passage_id("a", "c")}) == 3
    assert digest("a", "b") != digest("ab") != digest("ab", "")
    for name in (url_source_id, text_source_id):
        assert len({name("https://a.b/", guild) for guild in (None, "1", "2")}) == 3
    assert path_source_id(Path("a.md")) != path_source_id(Path("a.md"), "1")
    assert len(digest("\ud800")) == 16
