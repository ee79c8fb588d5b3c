"""`receipts eval`: measure on a data set."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from bot.commands.measurement import Measured, Run, measurement
from bot.session import Session
from corpus.errors import InputError

if TYPE_CHECKING:
    from bot.app import App
    from bot.checker import Checked
    from bot.evaluate.data import ClaimRow
    from bot.evaluate.verdicts import Prediction
    from bot.settings import Settings


log = logging.getLogger(__name__)


@click.group(no_args_is_help=False)
def command() -> None:
    """Measure on a data set; the numbers are those of the contract."""


@command.command()
@click.option("--gold-evidence", is_flag=True, help="Judge each claim on its own evidence alone.")
@click.option("--corpus", type=click.Path(path_type=Path), help="Retrieve from this JSONL instead.")
@click.option("--labels", help="Restrict the answers, such as supported,refuted.")
@click.option("--engine", type=click.Choice(["local", "llm"]), help="Who words the verdict.")
@click.option("--as-of-claim", is_flag=True, help="Only sources from before a row's claim_date.")
@click.option(
    "--train",
    type=click.Path(path_type=Path),
    help="Claims from which the baselines of words learn, instead of the rest of the data set.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="What an earlier run wrote with --out: say whether this one is better.",
)
@measurement
def verdicts(
    run: Run,
    *,
    gold_evidence: bool,
    corpus: Path | None,
    labels: str | None,
    engine: str | None,
    as_of_claim: bool,
    train: Path | None,
    against: Path | None,
) -> None:
    """Check the claims of a JSONL file and hold the verdicts against its labels.

    Evidence comes from each row (--gold-evidence), from a corpus read into a throw-away home
    (--corpus), or else from your own library.
    """
    from bot.evaluate import data
    from bot.evaluate.against import compare, read_answers
    from bot.evaluate.gold import GoldSources
    from bot.evaluate.provenance import versions
    from bot.evaluate.verdict_scores import mistake, report
    from bot.evaluate.verdicts import predict
    from bot.evaluate.words import FOLDS
    from corpus.reading import read

    if gold_evidence and corpus:
        raise click.UsageError("--gold-evidence and --corpus exclude each other")
    allowed = data.parse_labels(labels) if labels else None
    lessons = data.read_claims(train) if train else []
    rows = run.sample(data.read_claims(run.path))
    earlier = read_answers(against, rows) if against else None
    if train and not {row.label for row in lessons} & {row.label for row in rows}:
        raise InputError(f"--train {train}: none of its rows has a label of {run.path}")

    def day(row: ClaimRow) -> date | None:
        return row.claim_date if as_of_claim else None

    async def measure(app: App) -> tuple[list[Prediction], str | None]:
        async with app:
            gold = GoldSources()
            if corpus and documents is not None:
                _ingest(run.session, app, corpus, gold.watch(documents))
            elif not gold_evidence:
                for record in app.catalogue.sources():
                    gold.add(record.source)
            judge = _judge(app, gold_evidence, allowed, day)
            with run.session.progress("Checking claims", len(rows)) as advance:
                found = await predict(rows, judge, gold, day, advance)
            return found, None if gold_evidence else app.embedder.model_id

    settings = run.session.settings(engine=engine)
    documents = read(corpus) if corpus else None
    with _home(run.session, settings, own=not (corpus or gold_evidence)) as app:
        predictions, embedder = asyncio.run(measure(app))
    numbers = report(predictions, train=lessons, seed=run.seed)
    if earlier is not None:
        numbers["gains"]["earlier"] = compare(predictions, earlier, run.seed)
    itself = f"the data set itself, {FOLDS}-fold cross-validation"
    run.finish(
        Measured(
            numbers,
            (prediction.as_json() for prediction in predictions),
            versions(settings, embedder, models=True),
            mistakes=[mistake(p) for p in predictions if not p.is_right],
            sure=[(p.confidence, p.is_right) for p in predictions],
            words_learned_from=str(train) if train else itself,
        )
    )


@command.command()
@measurement
def retrieval(run: Run) -> None:
    """Search a BEIR folder (corpus.jsonl, queries.jsonl, qrels.tsv) in a throw-away home."""
    from bot.evaluate import data
    from bot.evaluate.provenance import versions
    from bot.evaluate.retrieval import check_held, documents, first_ranks, mistakes, rank, report

    found = data.read_retrieval(run.path)
    chosen = run.sample([id_ for id_ in found.queries if found.relevant(id_)])
    settings = run.session.settings()
    with _home(run.session, settings, own=False) as app, app:
        _ingest(run.session, app, found.corpus, documents(found.corpus))
        check_held(found, chosen, app.catalogue)
        with run.session.progress("Searching", len(chosen)) as advance:
            rankings = rank(app, {id_: found.queries[id_] for id_ in chosen}, advance)
        embedder = app.embedder.model_id
    run.finish(
        Measured(
            report(found, rankings, run.seed),
            ({"id": id_, "ranking": ids[:50]} for id_, ids in rankings.fused.items()),
            versions(settings, embedder, models=False),
            mistakes=mistakes(found, rankings),
            ranks=first_ranks(found, rankings),
        )
    )


@command.command()
@measurement
def worthiness(run: Run) -> None:
    """Tell texts with a claim worth checking from texts without one."""
    from bot.evaluate import data
    from bot.evaluate.page import Mistake
    from bot.evaluate.provenance import versions
    from bot.evaluate.words import FOLDS
    from bot.evaluate.worthiness import NAMES, predict, report

    rows = run.sample(data.read_texts(run.path))
    with run.session.progress("Reading texts", len(rows)) as advance:
        answers = predict(rows, advance)
    answered = list(zip(rows, answers, strict=True))
    run.finish(
        Measured(
            report(rows, answers, run.seed),
            ({"text": row.text, "gold": row.label, "predicted": bit} for row, bit in answered),
            versions(run.session.settings(), None, models=False),
            mistakes=[
                Mistake("", row.text, NAMES[row.label], NAMES[bit])
                for row, bit in answered
                if row.label != bit
            ],
            words_learned_from=f"the data set itself, {FOLDS}-fold cross-validation",
        )
    )


@command.command()
@measurement
def citations(run: Run) -> None:
    """Tell sentences that their passage supports from sentences that it does not."""
    from bot.evaluate import data
    from bot.evaluate.citations import mistake, predict, report
    from bot.evaluate.provenance import versions
    from retrieval.stance import load_stance

    rows = run.sample(data.read_citations(run.path))
    settings = run.session.settings()
    folder = settings.stance_model
    stance = load_stance(Path(folder) if folder else None)
    with run.session.progress("Auditing sentences", len(rows)) as advance:
        answers = predict(rows, stance, advance)
    run.finish(
        Measured(
            report(rows, answers, run.seed),
            (answer.as_json() for answer in answers),
            versions(settings, None, models=True),
            mistakes=[mistake(answer) for answer in answers if not answer.is_right],
        )
    )


@command.command()
@measurement
def pairs(run: Run) -> None:
    """Tell claims that one verdict answers from claims that differ in meaning, number or name."""
    from bot.evaluate import data
    from bot.evaluate.pairs import mistake, predict, report
    from bot.evaluate.provenance import versions
    from bot.same_claim import SameClaims
    from retrieval.embedder import load_embedder
    from retrieval.paraphrase import load_paraphrase

    rows = run.sample(data.read_pairs(run.path))
    settings = run.session.settings()
    key = settings.openai_api_key
    embedder = load_embedder(
        settings.embedding_model,
        settings.openai_base_url,
        key.get_secret_value() if key else None,
    )
    paraphrase = load_paraphrase()
    with run.session.progress("Comparing claims", len(rows)) as advance:
        answers = predict(rows, embedder, SameClaims(lambda: paraphrase), advance)
    run.finish(
        Measured(
            report(answers, run.seed),
            (answer.as_json() for answer in answers),
            versions(settings, embedder.model_id, models=False)
            | {"paraphrase": paraphrase.model_id},
            mistakes=[mistake(answer) for answer in answers if answer.same != answer.row.same],
        )
    )


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


def _ingest(session: Session, app: App, corpus: Path, items: Iterable[Any]) -> None:
    from retrieval.ingest import ingest

    with session.progress("Reading the corpus") as advance:
        done = ingest(items, app.catalogue, app.embedder, None, advance)
    if done.unread:
        first = done.unread[0]
        told = f"{first.where}: {first.reason}"
        if not done.passages:
            raise InputError(told)
        log.warning("documents left out of the corpus: %d, the first %s", len(done.unread), told)
    if not done.passages:
        raise InputError(f"{corpus}: holds nothing to retrieve")


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
        if gold_evidence:
            evidence = GoldEvidence(row)
            checker = app.checker_over(evidence, evidence)
        elif labels is None and not extract(row.claim)[0]:
            # Where the answers are restricted, leaving a claim unchecked is none of them.
            return None
        return await checker.check_claim(Claim(text=row.claim), as_of=day(row), labels=labels)

    return judge
