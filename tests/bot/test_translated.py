"""What moderators and visitors read, in German: nothing is left out or left English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from bot.translated import speaking, tr, tr_count, translations
from prompts.language import SHIPPED

BOT = Path(__file__).parents[2] / "bot"
READ = ("discord", "review", "web")
"""Packages whose words people read."""
OTHERS = [language for language in SHIPPED if language != "en"]

_PROSE = re.compile(r"[A-Za-z’']{2,},? [a-z’']{2,}|^[A-Z][a-z]{2,}[.…!?]?$")
_NOT_SAID = {
    "log", "app_commands", "commands", "re", "sa", "cast", "TypeVar", "Literal", "ContextVar",
    "TYPE_CHECKING", "Environment", "say", "told", "phrases", "words", "OperationError",
    "CheckConstraint", "ThreadPoolExecutor",
}  # fmt: skip
"""What takes strings that nobody reads in the chat: logs, SQL, commands (which Discord translates),
types, phrases by their key."""
_NAMES = {
    "Receipts", "Form", "Server", "Allow", "Forwarded", "Vary",
    "default-src 'none'; style-src 'sha256-",
    "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "private, no-cache", "job review",
    "its own text", "the message it replies to", "nothing to check in it", "flags in bad faith",
}  # fmt: skip
"""Names of the program, of headers, of jobs, of members of an enumeration; and what is recorded as
the reason where a moderator gives none."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in READ:
        for path in sorted((BOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def strings(node: ast.AST) -> set[str]:
    """The words in what is marked: of a mapping its values alone."""
    parts: list[ast.AST] = [node]
    if isinstance(node, ast.Dict):
        parts = list(node.values)
    return {
        inner.value
        for part in parts
        for inner in ast.walk(part)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }


def said() -> set[str]:
    """All English words that are given to be translated; of those that are counted the first."""
    found: set[str] = set()
    for _, tree in modules():
        for node in ast.walk(tree):
            name = called(node)
            if not isinstance(node, ast.Call):
                continue
            if name == "later":
                found |= strings(node.args[0])
            at = {"tr": 0, "tr_count": 0, "Refused": 1}.get(name, len(node.args))
            for argument in node.args[at : at + 1]:
                if isinstance(argument, ast.Constant):
                    found.add(str(argument.value))
    for path in (BOT / "web" / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for one, two in re.findall(r"""\btr(?:_count)?\((?:"([^"]+)"|'([^']+)')""", text):
            found.add(one or two)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated(language: str) -> None:
    known, wanted = translations(language), said()
    assert sorted(wanted - known.keys()) == [], f"add these to bot/words.{language}.json"
    assert sorted(known.keys() - wanted) == [], "these are said nowhere any more"
    for english, other in known.items():
        for text in [other] if isinstance(other, str) else other:
            assert text.strip()
            assert fields(text) == fields(english)
            assert re.findall(r"/\w+ \w+|\*\*|`", text) == re.findall(r"/\w+ \w+|\*\*|`", english)


def test_no_words_are_left_out() -> None:
    """Prose that stands in the code of what people read is given to be translated, or to a log."""
    left: list[str] = []
    for path, tree in modules():
        covered: set[int] = set()
        for node in ast.walk(tree):
            name = called(node).split(".")[0]
            aside = (
                name in {"tr", "tr_count", "later", "Refused"} | _NOT_SAID
                or isinstance(node, ast.Raise | ast.Assert)
                or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
                or (isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef))
            )
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in [*node.decorator_list, *getattr(node, "keywords", [])]:
                    covered |= {id(inner) for inner in ast.walk(decorator)}
            elif aside:
                covered |= {id(inner) for inner in ast.walk(node)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if not isinstance(text, str) or id(node) in covered or text in _NAMES:
                continue
            if _PROSE.search(text):
                left.append(f"{path.relative_to(BOT)}:{node.lineno}: {text!r}")
    assert left == []


def test_no_words_of_a_page_are_left_out() -> None:
    for path in (BOT / "web" / "templates").glob("*.html"):
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"<[^>]*>", " ", text)
        assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"Receipts", "ms", "US"}, path.name


def test_words_are_said_in_the_language_and_counted() -> None:
    token = speaking.set("de")
    try:
        assert tr("This case is yours now.") == "Dieser Fall gehört jetzt dir."
        assert tr("case {id}", id="3fa2b1") == "Fall 3fa2b1"
        assert tr_count("{count} message", "{count} messages", 1) == "1 Nachricht"
        assert tr_count("{count} message", "{count} messages", 1200) == "1.200 Nachrichten"
        assert tr("not {in} it") == "not {in} it"
    finally:
        speaking.reset(token)
    assert tr_count("{count} message", "{count} messages", 1200) == "1,200 messages"
