"""The starter corpus: notes on public sources in our own words, a Markdown file a source.

README.md beside them says how to write one.
"""

from __future__ import annotations

from importlib.resources import files

from corpus.errors import InputError
from corpus.fields import FieldError, make_source
from corpus.frontmatter import FrontMatterError, split_front_matter
from corpus.reading import Document
from corpus.split import TARGET_WORDS, PassageSpan, count_words

_REQUIRED = ("id", "title", "publisher", "published", "url", "kind")


def starter_documents() -> list[Document]:
    """Every note that ships, by id. InputError names a file that is not as README.md says."""
    folder = files(__name__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".md"))
    return [
        parse_note((folder / name).read_text(encoding="utf-8"), name)
        for name in names
        if name != "README.md"
    ]


def parse_note(content: str, name: str) -> Document:
    """The document of one note: its facts, a line each, packed in order into passages.

    InputError: not front matter with every field that a note needs, and one "- fact" a line.
    """
    try:
        fields, body = split_front_matter(content)
        facts = [_fact(line, name) for line in body.splitlines() if line.strip()]
        missing = [field for field in _REQUIRED if not fields.get(field)]
        if missing:
            raise FieldError(f"no {', '.join(missing)}")
        source = make_source(fields, "\n".join(facts))
    except (FieldError, FrontMatterError) as error:
        raise InputError(f"{name}: {error}") from error
    if name != f"{source.id}.md":
        raise InputError(f"{name}: a note is named after its id, {source.id}.md")
    return Document(source, "\n".join(facts), tuple(_pack(facts)), "en", name)


def _fact(line: str, name: str) -> str:
    if not line.startswith("- ") or not line[2:].strip():
        raise InputError(f"{name}: not a fact (write `- One fact.`): {line[:60]!r}")
    return line[2:].strip()


def _pack(facts: list[str]) -> list[PassageSpan]:
    spans: list[PassageSpan] = []
    start = position = words = 0
    for fact in facts:
        size = count_words(fact)
        if words and words + size > TARGET_WORDS:
            spans.append(PassageSpan(start, position - 1))
            start, words = position, 0
        words += size
        position += len(fact) + 1
    return [*spans, PassageSpan(start, position - 1)]
