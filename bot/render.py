"""Verdicts and passages as terminal text.

Claims, quotes and titles come from strangers: nothing in them may move the cursor, colour the
screen, reverse the reading order, or open a new line of ours.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args

import click

from bot.labels import STANCES, Line, confidence_in_words, pages, told
from corpus.tiers import SHOWN
from prompts.language import phrases
from prompts.verdict import (
    CheckResult,
    Citation,
    CitedSource,
    Label,
    Skipped,
    SkipReason,
    Verdict,
)
from retrieval.model import Hit

USUAL = 80
WIDEST = 88
NARROWEST = 24

LABELS: dict[Label, tuple[str, str]] = {
    Label.SUPPORTED: ("SUPPORTED", "green"),
    Label.REFUTED: ("REFUTED", "red"),
    Label.MISLEADING: ("MISLEADING", "yellow"),
    Label.NOT_ENOUGH_EVIDENCE: ("NOT ENOUGH EVIDENCE", "cyan"),
    Label.NOT_CHECKABLE: ("NOT CHECKABLE", "cyan"),
}

SKIP_REASONS = {reason: phrases()(f"skipped.{reason}") for reason in get_args(SkipReason)}

# Joiners shape Persian, Indic scripts and emoji; every other format character only hides things.
_KEPT_FORMAT = frozenset("\u200c\u200d")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class Stream(Protocol):
    """The part of a text stream that tells whether a person is looking."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...


def _in_a_line(value: object) -> str:
    """A value of a trace in a line: names and values, without brackets where that is clear."""
    if isinstance(value, Mapping):
        parts = [
            f"{name}={_in_a_line(each)}" for name, each in value.items() if each not in (None, [])
        ]
        return "; ".join(parts)
    if isinstance(value, list):
        return "[" + ", ".join(_in_a_line(each) for each in value) + "]"
    return str(value)


def printable(text: str) -> str:
    """`text` on one line, with white space run together and nothing that controls a terminal."""
    kept = (
        " " if char.isspace() else char
        for char in text
        if char.isspace() or char in _KEPT_FORMAT or unicodedata.category(char) not in _DROPPED
    )
    return " ".join("".join(kept).split())


def columns(text: str) -> int:
    """The terminal columns that `text` takes: wide characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    """`text` cleaned and broken into lines of at most `width` columns, after their indents.

    A word longer than a line is cut, unless it is an address, which people want whole.
    """
    lines: list[str] = []
    line, indent, empty = first, rest, True
    for word in _pieces(text, max(8, width - max(columns(first), columns(rest)))):
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = indent, True
        line += word if empty else f" {word}"
        empty = False
    return "\n".join([*lines, line])


def _pieces(text: str, width: int) -> Iterator[str]:
    for word in printable(text).split():
        if columns(word) <= width or word.startswith(("http://", "https://")):
            yield word
            continue
        piece = ""
        for char in word:
            if columns(piece) + columns(char) > width:
                yield piece
                piece = ""
            piece += char
        yield piece


@dataclass(frozen=True, slots=True)
class Terminal:
    """How wide to write, and whether in colour."""

    width: int = USUAL
    colour: bool = False

    @classmethod
    def of(cls, stream: Stream) -> Terminal:
        """Fits `stream`, or the columns that COLUMNS asks for.

        Colour only where a person looks and does not object (no-color.org).
        """
        looking = stream.isatty()
        asked = os.environ.get("COLUMNS", "")
        if asked.isdecimal() and int(asked):
            width = int(asked)
        else:
            width = min(WIDEST, shutil.get_terminal_size().columns) if looking else USUAL
        dumb = os.environ.get("TERM") == "dumb"
        return cls(
            width=max(NARROWEST, width),
            colour=looking and not (os.environ.get("NO_COLOR") or dumb),
        )

    def style(self, text: str, **styles: bool | str) -> str:
        """`text` with the styles of `click.style`, where colour is wanted."""
        return click.style(text, **styles) if self.colour else text  # type: ignore[arg-type]

    def check(self, result: CheckResult) -> str:
        """All verdicts, and what was not checked."""
        blocks = [self.verdict(verdict) for verdict in result.verdicts]
        for choice in result.choices:
            asked = f"“{printable(choice.text)}” can be meant in two ways:"
            blocks += [wrap(asked, self.width), *map(self.verdict, choice.verdicts)]
        if result.skipped:
            blocks.append(self._skipped(result.skipped))
        if result.left_out:
            blocks.append(self._left_out(result.left_out))
        return "\n\n".join(blocks) or "Nothing to check."

    def trace(self, steps: Sequence[Mapping[str, Any]]) -> str:
        """What each step of a check saw and did, one under the other."""
        return "\n\n".join(self._step(step) for step in steps)

    def _step(self, step: Mapping[str, Any]) -> str:
        lines = [f"{self.style(str(step['step']), bold=True)}  {step['at_ms']} ms"]
        for name, value in step.items():
            if name in {"step", "at_ms"} or value in (None, "", []):
                continue
            for part in value if isinstance(value, list) else [value]:
                words = printable(part if isinstance(part, str) else _in_a_line(part))
                lines.append(wrap(words, self.width, f"  {name}: ", "    "))
        return "\n".join(lines)

    def verdict(self, verdict: Verdict) -> str:
        """One verdict, sources and all."""
        name, colour = LABELS[verdict.label]
        words = confidence_in_words(verdict)
        sure = f"{words} ({verdict.confidence:.0%})" if words else ""
        gap = "  " if columns(f"{name}  {sure}") <= self.width else "\n"
        lines = [
            (self.style(name, fg=colour, bold=True) + gap + sure).rstrip(),
            wrap(verdict.claim, self.width, "Claim: ", "       "),
        ]
        summary, missing = told(verdict)
        if summary:
            lines.append("")
        lines += [wrap(_marked(line), self.width, "  ", "  ") for line in summary]
        if verdict.note:
            lines += ["", wrap(verdict.note, self.width, "  ", "  ")]
        if missing:
            head = "  Left out: " if verdict.label is Label.MISLEADING else "  Missing: "
            lines += ["", wrap(_marked(missing), self.width, head, "  ")]
        if verdict.citations:
            lines += ["", self.style("Sources", bold=True)]
        said = [sentence.text for sentence in verdict.summary]
        cited: dict[CitedSource, list[Citation]] = {}
        for citation in verdict.citations:
            cited.setdefault(citation.source, []).append(citation)
        for source, citations in cited.items():
            lines += self._source(source, citations, said)
        return "\n".join([*lines, "", self.style(self._foot(verdict), dim=True)])

    def hits(self, hits: Sequence[Hit]) -> str:
        """Ranked passages, without a verdict."""
        return "\n\n".join(self._hit(n, hit) for n, hit in enumerate(hits, 1)) or "Nothing found."

    def _hit(self, n: int, hit: Hit) -> str:
        source = hit.passage.source
        page = hit.passage.page
        about = (
            source.publisher,
            source.published,
            f"p. {page}" if page else None,
            source.kind,
            SHOWN.get(source.tier),
            source.id,
        )
        indent = " " * (len(str(n)) + 2)
        lines = [
            wrap(source.title, self.width, f"{n}. ", indent),
            wrap(
                ", ".join(part for part in about if part) + f"  (score {hit.score:.3f})",
                self.width,
                indent,
                indent,
            ),
            wrap(hit.passage.text, self.width, indent, indent),
        ]
        if source.url:
            lines.append(wrap(source.url, self.width, indent, indent))
        return "\n".join(lines)

    def _source(
        self, source: CitedSource, citations: Sequence[Citation], said: Sequence[str]
    ) -> list[str]:
        """A source, and those of its quotes that the summary has not given word for word."""
        about = (
            source.title,
            source.publisher,
            source.published,
            pages(citations),
            SHOWN.get(source.tier),
        )
        marks = " ".join(f"[{citation.n}]" for citation in citations)
        stances = ", ".join(
            dict.fromkeys(STANCES[citation.stance].lower() for citation in citations)
        )
        indent = " " * 6
        lines = [
            wrap(
                ", ".join(part for part in about if part) + f" ({stances})",
                self.width,
                f"  {marks} ",
                indent,
            ),
        ]
        lines += [
            wrap(f"“{citation.quote}”", self.width, indent, indent)
            for citation in citations
            if not any(citation.quote in text for text in said)
        ]
        if source.url:
            lines.append(wrap(source.url, self.width, indent, indent))
        return lines

    def _foot(self, verdict: Verdict) -> str:
        corpus = verdict.corpus
        newest = f", the newest of {corpus.newest}" if corpus.newest else ""
        count = f"{corpus.sources} source" + ("" if corpus.sources == 1 else "s")
        return wrap(
            f"Checked against {count}{newest}, as of {corpus.as_of}; "
            f"{verdict.engine} engine, {verdict.timings_ms.total / 1000:.1f} s.",
            self.width,
        )

    def _left_out(self, claims: Sequence[str]) -> str:
        lines = [self.style("More claims than one text may have checked", bold=True)]
        return "\n".join([*lines, *(wrap(claim, self.width, "  ", "  ") for claim in claims)])

    def _skipped(self, skipped: Sequence[Skipped]) -> str:
        lines = [self.style("Not checked", bold=True)]
        for part in skipped:
            lines.append(wrap(f"{part.text} ({SKIP_REASONS[part.reason]})", self.width, "  ", "  "))
        return "\n".join(lines)


def _marked(line: Line) -> str:
    """A line with the numbers of its citations."""
    marks = "".join(f"[{n}]" for n in line.citations)
    return f"{line.text} {marks}".rstrip()
