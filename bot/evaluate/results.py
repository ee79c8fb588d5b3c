"""A Markdown file of results, one marked section a measurement: written again, not added to."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.evaluate.provenance import Provenance
from bot.evaluate.summary import Table
from corpus.errors import InputError

_BEGIN = "<!-- receipts eval: {name} -->"
_END = "<!-- end of: {name} -->"
_ANY_MARK = re.compile(r"<!-- (receipts eval|end of): (.*?) -->")


def check(path: Path) -> None:
    """InputError where the file cannot be read and written, or its marks do not pair."""
    _sections(path, _read(path))
    # A file is replaced by a whole new one, so it is the folder that must let us write.
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"--results {path}: the folder cannot be written to")


def write(path: Path, run: Provenance, tables: Sequence[Table]) -> None:
    """Put the section in the place of the one of the same name, or at the end."""
    text = _read(path)
    name = _name(run.what)
    section = "\n".join((_BEGIN.format(name=name), _markdown(run, tables), _END.format(name=name)))
    place = _sections(path, text).get(name)
    if place is not None:
        text = text[: place[0]] + section + text[place[1] :]
    else:
        text = f"{text.rstrip() or '# Results'}\n\n{section}\n"
    _replace(path, text)


def _read(path: Path) -> str:
    try:
        # Line ends as they are: only our own section may change.
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"--results {path}: {reason}") from error


def _replace(path: Path, text: str) -> None:
    """All or nothing, so that an interrupted run loses no results."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, delete=False
        ) as file:
            file.write(text)
        written = Path(file.name)
        written.chmod(path.stat().st_mode if path.exists() else 0o644)
        written.replace(path)
    except OSError as error:
        raise InputError(f"--results {path}: {error.strerror or error}") from error


def _sections(path: Path, text: str) -> dict[str, tuple[int, int]]:
    """Where each marked section begins and ends."""
    found: dict[str, tuple[int, int]] = {}
    opened: tuple[str, int] | None = None
    for mark in _ANY_MARK.finditer(text):
        kind, name = mark.groups()
        begins = kind == "receipts eval"
        line = text.count("\n", 0, mark.start()) + 1
        if begins != (opened is None) or (opened and opened[0] != name) or name in found:
            raise InputError(f"--results {path}:{line}: the mark {mark[0]!r} has no partner")
        if begins:
            opened = name, mark.start()
        elif opened:
            found[name] = opened[1], mark.end()
            opened = None
    if opened:
        raise InputError(f"--results {path}: the section {opened[0]!r} has no end")
    return found


def _name(what: str) -> str:
    """Fit for a comment, which ends at two dashes and an angle."""
    return re.sub(r"-{2,}|[<>\n]", "-", what)


def _markdown(run: Provenance, tables: Sequence[Table]) -> str:
    facts = [fact for fact in run.facts() if fact[0] not in {"measured", "command"}]
    told = "; ".join(f"{name} {value}" for name, value in facts)
    blocks = [
        f"### {_cell(run.what)}",
        f"`{run.command.replace('`', chr(39))}`",
        f"{_cell(told)}.",
    ]
    for table in tables:
        lines = [table.head, ("---",) * len(table.head), *table.rows]
        rows = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
        blocks.append(f"{_cell(table.caption)}:\n\n{rows}")
    return "\n\n".join(blocks)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
