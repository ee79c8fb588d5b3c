"""`receipts eval`: measure on a data set."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.commands.options import json_option
from bot.session import Session
from corpus.errors import InputError, OperationError

if TYPE_CHECKING:
    from bot.app import App
    from bot.checker import Checked
    from bot.evaluate.data import ClaimRow
    from bot.evaluate.verdicts import Prediction
    from bot.settings import Settings

Rows = TypeVar("Rows")
Measurement = Callable[..., None]


@dataclass(frozen=True, slots=True)
class _Run:
    """One measurement: the options that all of them share, and when it began."""

    session: Session
    path: Path
    limit: int | None
    seed: int | None
    out: Path | None
    as_json: bool
    started: float

    def sample(self, rows: Sequence[Rows]) -> list[Rows]:
        """The rows to measure on."""
        from bot.evaluate.data import sample

        if not rows:
            raise InputError(f"{self.path}: nothing to measure on")
        return sample(rows, self.limit, self.seed)

    def finish(self, numbers: dict[str, Any], rows: Iterable[Mapping[str, object]]) -> None:
        """Show the numbers, and write the rows where they are wanted."""
        if self.out is not None:
            with self.out.open("w", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        numbers["peak_rss_mb"] = _peak_rss_mb()
        numbers["seconds"] = round(time.perf_counter() - self.started, 2)
        if self.as_json:
            self.session.show_json(numbers)
            return
        lines = list(_flat(numbers))
        width = max(len(name) for name, _ in lines)
        self.session.show("\n".join(f"{name.ljust(width)}  {value}" for name, value in lines))


def _measurement(function: Measurement) -> Measurement:
    """Give a command the shared options; it gets them as one `_Run`, and its own by name."""

    @functools.wraps(function)
    def begin(
        session: Session,
        *,
        path: Path,
        limit: int | None,
        seed: int | None,
        out: Path | None,
        as_json: bool,
        **own: Any,
    ) -> None:
        if out is not None:
            _must_be_writable(out)
        started = time.perf_counter()
        function(_Run(session, path, limit, seed, out, as_json, started), **own)

    decorated: Measurement = begin
    for decorate in (
        click.pass_obj,
        json_option,
        click.option("--out", type=click.Path(path_type=Path), help="Write each row's answer."),
        click.option("--seed", type=int, help="Draw the sample of --limit at random."),
        click.option("--limit", type=click.IntRange(min=1), help="At most so many rows."),
        click.argument("path", type=click.Path(path_type=Path)),
    ):
        decorated = decorate(decorated)
    return decorated


@click.group(no_args_is_help=False)
def command() -> None:
    """Measure on a data set; the numbers are those of the contract."""


@command.command()
@click.option("--gold-evidence", is_flag=True, help="Judge each claim on its own evidence alone.")
@click.option("--corpus", type=click.Path(path_type=Path), help="Retrieve from this JSONL instead.")
@click.option("--labels", help="Restrict the answers, such as supported,refuted.")
@click.option("--engine", type=click.Choice(["local", "llm"]), help="Who words the verdict.")
@click.option("--as-of-claim", is_flag=True, help="Only sources from before a row's claim_date.")
@_measurement
def verdicts(
    run: _Run,
    *,
    gold_evidence: bool,
    corpus: Path | None,
    labels: str | None,
    engine: str | None,
    as_of_claim: bool,
) -> None:
    """Check the claims of a JSONL file and hold the verdicts against its labels.

    Evidence comes from each row (--gold-evidence), from a corpus read into a throw-away home
    (--corpus), or else from your own corpus.
    """
    from bot.evaluate import data
    from bot.evaluate.verdicts import predict, report
    from corpus.reading import read

    if gold_evidence and corpus:
        raise click.UsageError("--gold-evidence and --corpus exclude each other")
    rows = run.sample(data.read_claims(run.path))
    allowed = data.parse_labels(labels) if labels else None

    def day(row: ClaimRow) -> date | None:
        return row.claim_date if as_of_claim else None

    async def measure(app: App) -> list[Prediction]:
        async with app:
            if documents is not None:
                _ingest(run.session, app, documents)
            judge = _judge(app, gold_evidence, allowed, day)
            urls = {
                record.source.url: record.source.id
                for record in app.catalogue.sources()
                if record.source.url
            }
            with run.session.progress("Checking claims", len(rows)) as advance:
                return await predict(rows, judge, urls, day, advance)

    settings = run.session.settings(engine=engine)
    documents = read(corpus) if corpus else None
    with _home(run.session, settings, own=not (corpus or gold_evidence)) as app:
        predictions = asyncio.run(measure(app))
    run.finish(report(predictions), (prediction.as_json() for prediction in predictions))


@command.command()
@_measurement
def retrieval(run: _Run) -> None:
    """Search a BEIR folder (corpus.jsonl, queries.jsonl, qrels.tsv) in a throw-away home."""
    from bot.evaluate import data
    from bot.evaluate.retrieval import documents, rank, report

    found = data.read_retrieval(run.path)
    chosen = run.sample([id_ for id_ in found.queries if id_ in found.qrels])
    with _home(run.session, run.session.settings(), own=False) as app, app:
        _ingest(run.session, app, documents(found.corpus))
        with run.session.progress("Searching", len(chosen)) as advance:
            rankings = rank(app, {id_: found.queries[id_] for id_ in chosen}, advance)
    best = ({"id": id_, "ranking": ids[:50]} for id_, ids in rankings.fused.items())
    run.finish(report(found, rankings), best)


@command.command()
@_measurement
def worthiness(run: _Run) -> None:
    """Tell texts with a claim worth checking from texts without one."""
    from bot.evaluate import data
    from bot.evaluate.worthiness import predict, report

    rows = run.sample(data.read_texts(run.path))
    with run.session.progress("Reading texts", len(rows)) as advance:
        answers = predict(rows, advance)
    run.finish(
        report(rows, answers),
        (
            {"text": row.text, "gold": row.label, "predicted": answer}
            for row, answer in zip(rows, answers, strict=True)
        ),
    )


@command.command()
@_measurement
def citations(run: _Run) -> None:
    """Tell sentences that their passage supports from sentences that it does not."""
    from bot.evaluate import data
    from bot.evaluate.citations import predict, report
    from retrieval.stance import load_stance

    rows = run.sample(data.read_citations(run.path))
    folder = run.session.settings().stance_model
    stance = load_stance(Path(folder) if folder else None)
    with run.session.progress("Auditing sentences", len(rows)) as advance:
        answers = predict(rows, stance, advance)
    run.finish(report(rows, answers), (answer.as_json() for answer in answers))


def _not_yet(name: str, what: str) -> None:
    @command.command(name, help=f"{what} Not in this version.")
    @_measurement
    def unavailable(_run: _Run) -> None:
        raise OperationError(
            f"eval {name} is not in this version; "
            "eval verdicts, retrieval, worthiness and citations are"
        )


_not_yet("pairs", "Whether one claim's verdict answers another.")


@contextmanager
def _home(session: Session, settings: Settings, *, own: bool) -> Iterator[App]:
    """The user's own home; or an empty one that is deleted again. Unopened."""
    from bot.app import create_app

    if own:
        yield create_app(settings, progress=session.progress)
        return
    with TemporaryDirectory(prefix="receipts-eval-") as folder:
        elsewhere = settings.model_copy(
            update={"home": Path(folder), "database_url": None, "chroma_url": None}
        )
        yield create_app(elsewhere, progress=session.progress, starter=False)


def _ingest(session: Session, app: App, items: Iterable[Any]) -> None:
    from retrieval.ingest import ingest

    with session.progress("Reading the corpus") as advance:
        done = ingest(items, app.catalogue, app.embedder, None, advance)
    if done.unread:
        first = done.unread[0]
        raise InputError(f"{first.where}: {first.reason}")


def _judge(
    app: App,
    gold_evidence: bool,
    labels: frozenset[str] | None,
    day: Callable[[ClaimRow], date | None],
) -> Callable[[ClaimRow], Any]:
    from bot.evaluate.verdicts import GoldEvidence
    from prompts.claims import extract
    from prompts.verdict import Claim

    async def judge(row: ClaimRow) -> Checked | None:
        checker = app.checker
        if not gold_evidence and not extract(row.claim)[0]:
            return None
        if gold_evidence:
            evidence = GoldEvidence(row)
            checker = app.checker_over(evidence, evidence)
        return await checker.check_claim(Claim(text=row.claim), as_of=day(row), labels=labels)

    return judge


def _must_be_writable(out: Path) -> None:
    """Told before the work, not after it."""
    try:
        out.touch()
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from error


def _flat(numbers: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _peak_rss_mb() -> float | None:
    """The most memory this process has held; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
