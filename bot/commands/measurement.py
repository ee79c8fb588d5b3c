"""What every `receipts eval` measurement shares: its options, its sample, and its results."""

from __future__ import annotations

import functools
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.commands.options import json_option
from bot.session import Session
from corpus.errors import InputError

if TYPE_CHECKING:
    from bot.evaluate.page import Mistake

Rows = TypeVar("Rows")
Measurement = Callable[..., None]

_SHOWING = frozenset({"out", "report", "results", "as_json", "debug"})
"""Options that change nothing in what is measured, only where it goes."""
_CHOOSING = frozenset({"limit", "seed", "train", "against"})
"""Options that choose rows and company: another choice measures the same thing again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measurement found."""

    numbers: dict[str, Any]
    """The contract's object."""
    rows: Iterable[Mapping[str, object]]
    """A line of `--out` each."""
    versions: Mapping[str, str]
    mistakes: Sequence[Mistake] = ()
    sure: Sequence[tuple[float, bool]] = ()
    """Confidence of each answer, and whether it was right."""
    ranks: Sequence[int | None] = ()
    """Place of the first relevant document of each query, from 1; None where it was not found."""
    words_learned_from: str | None = None


@dataclass(slots=True)
class Run:
    """One measurement: the options that all of them share, and when it began."""

    session: Session
    path: Path
    limit: int | None
    given_seed: int | None
    out: Path | None
    report: Path | None
    results: Path | None
    as_json: bool
    command: str
    what: str
    started: float = field(default_factory=time.perf_counter)
    chosen: str = ""

    @property
    def seed(self) -> int:
        """Of intervals and splits; without `--seed` they are the same each time too."""
        return self.given_seed or 0

    def sample(self, rows: Sequence[Rows]) -> list[Rows]:
        """The rows to measure on."""
        from bot.evaluate.data import sample

        if not rows:
            raise InputError(f"{self.path}: nothing to measure on")
        chosen = sample(rows, self.limit, self.given_seed)
        if len(chosen) == len(rows):
            self.chosen = f"all {len(rows):,}"
        else:
            how = "the first" if self.given_seed is None else "drawn at random"
            self.chosen = f"{len(chosen):,} of {len(rows):,}, {how}"
        return chosen

    def finish(self, measured: Measured) -> None:
        """Show the numbers, and write the rows, the page and the results where they are wanted."""
        from bot.evaluate import results
        from bot.evaluate.page import render
        from bot.evaluate.provenance import Provenance
        from bot.evaluate.summary import as_text, tables

        run = Provenance(
            what=self.what,
            command=self.command,
            day=datetime.now(UTC).date().isoformat(),
            rows=self.chosen,
            seed=self.seed,
            versions=measured.versions,
            words_learned_from=measured.words_learned_from,
        )
        numbers = measured.numbers | {
            "peak_rss_mb": _peak_rss_mb(),
            "seconds": round(time.perf_counter() - self.started, 2),
            "run": run.as_json(),
        }
        made = tables(numbers)
        if self.out is not None:
            _write(
                self.out,
                (f"{json.dumps(row, ensure_ascii=False)}\n" for row in measured.rows),
            )
        if self.report is not None:
            page = render(
                run,
                numbers,
                made,
                mistakes=measured.mistakes,
                sure=measured.sure,
                ranks=measured.ranks,
            )
            _write(self.report, [page])
        if self.results is not None:
            results.write(self.results, run, made)
        if self.as_json:
            self.session.show_json(numbers)
        else:
            facts = [
                *run.facts(),
                ("seconds", f"{numbers['seconds']:g}"),
                ("peak memory", f"{numbers['peak_rss_mb']} MB"),
            ]
            self.session.show(as_text(facts, made))


def measurement(function: Measurement) -> Measurement:
    """Give a command the shared options; it gets them as one `Run`, and its own by name."""

    @functools.wraps(function)
    @click.pass_context
    def begin(
        context: click.Context,
        /,
        *,
        path: Path,
        limit: int | None,
        seed: int | None,
        out: Path | None,
        report: Path | None,
        results: Path | None,
        as_json: bool,
        **own: Any,
    ) -> None:
        from bot.evaluate.results import check

        for option, target in (("--out", out), ("--report", report)):
            if target is not None:
                _must_be_writable(option, target)
        if results is not None:
            check(results)
        run = Run(
            session=context.find_object(Session) or Session(),
            path=path,
            limit=limit,
            given_seed=seed,
            out=out,
            report=report,
            results=results,
            as_json=as_json,
            command=_command(context),
            what=_what(context, path),
        )
        function(run, **own)

    decorated: Measurement = begin
    file = click.Path(path_type=Path, dir_okay=False)
    for decorate in (
        json_option,
        click.option("--results", type=file, help="Write a section of this Markdown file anew."),
        click.option("--report", type=file, help="Write a web page with plots and the mistakes."),
        click.option("--out", type=file, help="Write each row's answer, a JSON line each."),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            help="Draw the sample of --limit, and intervals, by it.",
        ),
        click.option("--limit", type=click.IntRange(min=1), help="At most so many rows."),
        click.argument("path", type=click.Path(path_type=Path)),
    ):
        decorated = decorate(decorated)
    return decorated


def _given(context: click.Context, left_out: frozenset[str]) -> list[tuple[str, object]]:
    """The options that were given, by the name they are written with."""
    return [
        (param.opts[0], context.params[param.name])
        for param in context.command.params
        if isinstance(param, click.Option)
        and param.name in context.params
        and param.name not in left_out
        and context.params[param.name] not in {None, False}
    ]


def _command(context: click.Context) -> str:
    """What to type to measure the same again."""
    words = ["receipts", "eval", context.info_name or "", str(context.params["path"])]
    for option, value in _given(context, _SHOWING):
        words += [option] if value is True else [option, str(value)]
    return shlex.join(words)


def _what(context: click.Context, path: Path) -> str:
    """`averitec.dev: verdicts, gold evidence`."""
    told = []
    for option, value in _given(context, _SHOWING | _CHOOSING):
        name = option.removeprefix("--").replace("-", " ")
        shown = value.stem if isinstance(value, Path) else value
        told.append(name if value is True else f"{name} {shown}")
    name = path.name.removesuffix(".jsonl") or str(path)
    return f"{name}: {', '.join([context.info_name or '', *told])}"


def _must_be_writable(option: str, target: Path) -> None:
    """Told before the work, not after it."""
    try:
        target.open("a", encoding="utf-8").close()
    except OSError as error:
        raise InputError(f"{option} {target}: {error.strerror or error}") from error


def _write(path: Path, lines: Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            # JSON may carry half a surrogate pair, which no file can hold.
            file.writelines(line.encode("utf-8", "replace").decode() for line in lines)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _peak_rss_mb() -> float | None:
    """The most memory this process has held; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
