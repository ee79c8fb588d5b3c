"""What is wrong with the set-up, and how to mend it: each check gives one finding."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.alive import STALE_S, SignOfLife
from bot.doctor_services import (
    DISCORD_URL,
    Finding,
    Level,
    clock,
    discord_findings,
    language_model,
    web_pages,
)
from bot.settings import Settings
from corpus.database import damage
from corpus.errors import LockedError, ReceiptsError

if TYPE_CHECKING:
    from bot.app import App

LITTLE_DISK_MB, NO_DISK_MB = 1_000, 100
"""Free space below which little is left, and below which writing is about to fail."""
LONG_WAIT_S = 600.0
"""From what age on an open check is nobody's."""
_USER_INFO = re.compile(r"//[^/@\s]+@")
"""The name and password that a URL may hold."""


def settings_in_force(settings: Settings) -> dict[str, str | None]:
    """Every setting by its environment name; secrets masked."""
    values: dict[str, str | None] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = "set, not shown"
        values[str(field.alias)] = None if value is None else _USER_INFO.sub("//***@", str(value))
    return values


def examine(settings: Settings, app: App, discord_api: str = DISCORD_URL) -> Iterator[Finding]:
    """All checks, in an order in which each one rests on those before it.

    `app` is unopened: its parts are tried one by one. Nothing is read in; an index that
    does not agree with the catalogue is made anew.
    """
    yield _home(settings.home)
    yield _privacy(settings.home)
    yield _disk(settings.home)
    if (settings.home / "receipts.db").exists() or settings.database_url:
        yield from _corpus(app)
    else:
        yield Finding("catalogue", "ok", "not there yet; the first start makes it")
    yield _attempt("embedder", lambda: f"{app.embedder.model_id}, its files are as recorded")
    yield _attempt("stance model", lambda: _stance_model(settings))
    yield from discord_findings(settings, discord_api)
    yield language_model(settings)
    yield _budgets(settings)
    yield web_pages(settings)
    yield _bot(settings.home)


def _attempt(name: str, check: Callable[[], str]) -> Finding:
    """What `check` says, or its error as a failure."""
    try:
        return Finding(name, "ok", check())
    except ReceiptsError as error:
        return Finding(name, "fail", str(error))


def _home(home: Path) -> Finding:
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        mend = "make it writable for this user, or set RECEIPTS_HOME to a folder that is"
        return Finding("home", "fail", f"{existing} cannot be written", mend)
    if existing != home:
        return Finding("home", "ok", f"{home} is not there yet; the first start makes it")
    return Finding("home", "ok", f"{home} can be written")


def _privacy(home: Path) -> Finding:
    """Whether others on the machine can read what is ours alone."""
    if os.name != "posix":
        return Finding("privacy", "ok", "left to Windows")
    names = (home, home / "receipts.db", Path(".env"))
    open_ = [path for path in names if path.exists() and path.stat().st_mode & 0o077]
    # Within a folder that is shut nobody gets at the files.
    if home not in open_:
        open_ = [path for path in open_ if home not in path.parents]
    if not open_:
        return Finding("privacy", "ok", "nobody else on this machine can read the home or .env")
    listed = " ".join(str(path) for path in open_)
    says = f"others on this machine may read {listed}"
    return Finding("privacy", "warn", says, f"run `chmod go= {listed}`")


def _disk(home: Path) -> Finding:
    existing = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(existing).free // 2**20
    if free >= LITTLE_DISK_MB:
        return Finding("disk", "ok", f"{free:,} MB free")
    level: Level = "fail" if free < NO_DISK_MB else "warn"
    return Finding("disk", level, f"{free:,} MB free at {existing}", "free some space")


def _corpus(app: App) -> Iterator[Finding]:
    try:
        count = app.catalogue.count()
        fault = damage(app.database)
    except ReceiptsError as error:
        yield Finding("catalogue", "fail", str(error))
        return
    if fault:
        mend = "restore a backup of receipts.db, or move it away and ingest the sources again"
        yield Finding("catalogue", "fail", f"the database is damaged: {fault}", mend)
        return
    held = f"{count.sources} sources, {count.passages} passages, schema current"
    yield Finding("catalogue", "ok", held)
    yield _quotes(app, count.passages)
    yield _attempt("lexical index", lambda: _lexical(app, count.passages))
    yield _vectors(app, count.passages)
    yield _chroma(app)
    yield from _record(app)


def _quotes(app: App, passages: int) -> Finding:
    wrong = app.catalogue.misquoted()
    if wrong:
        says = f"{len(wrong)} are not word for word in their sources, first {wrong[0]}"
        mend = "restore a backup, or `receipts sources remove` theirs and ingest them again"
        return Finding("passages", "fail", says, mend)
    return Finding("passages", "ok", f"all {passages} are word for word in their sources")


def _lexical(app: App, passages: int) -> str:
    if app.catalogue.mend_lexical():
        return f"was out of step; made anew from all {passages} passages"
    return f"holds all {passages} passages"


def _vectors(app: App, passages: int) -> Finding:
    recorded = app.catalogue.embedder()
    try:
        model_id = app.embedder.model_id
    except ReceiptsError as error:
        return Finding("vectors", "fail", str(error))
    if recorded is not None and recorded != model_id:
        says = f"made by {recorded!r}, but {model_id!r} is configured"
        mend = "run `receipts reindex`, or set RECEIPTS_EMBEDDING_MODEL back"
        return Finding("vectors", "fail", says, mend)
    missing = app.catalogue.without_vector(model_id)
    if missing:
        says = f"{missing} passages have none"
        return Finding("vectors", "fail", says, "run `receipts reindex`")
    return Finding("vectors", "ok", f"all {passages} passages have one")


def _chroma(app: App) -> Finding:
    from retrieval.chroma import ChromaError

    name = "Chroma index"
    try:
        app.indexer.open()
        # Opening applies what is pending; then every id is compared.
        if app.indexer.mend():
            return Finding(name, "ok", "was out of step with the catalogue; made anew")
    except LockedError:
        return Finding(name, "ok", "open in another process, which keeps it in step")
    except ChromaError as error:
        return Finding(name, "fail", f"{error}; every vector is searched meanwhile")
    except ReceiptsError as error:
        return Finding(name, "fail", str(error))
    return Finding(name, "ok", "in step with the catalogue, id by id")


def _record(app: App) -> Iterator[Finding]:
    """The checks that people asked for, and by whose time they are recorded."""
    try:
        queue, at = app.ledger.queue(), app.ledger.time()
    except ReceiptsError as error:
        yield Finding("checks", "fail", str(error))
        return
    if at is not None:
        yield clock("the database's", at.timestamp())
    if queue.oldest_s > LONG_WAIT_S:
        says = f"{queue.open} wait, the oldest for {queue.oldest_s / 60:.0f} minutes"
        yield Finding("checks", "warn", says, "see that the bot runs, and what its log says")
    else:
        yield Finding("checks", "ok", f"{queue.open} wait")


def _budgets(settings: Settings) -> Finding:
    from bot.budget import read_budgets
    from prompts.metering import FREE, Prices

    try:
        budgets = read_budgets(settings.budgets)
        prices = Prices.load(settings.prices) if settings.prices else Prices.load()
    except ReceiptsError as error:
        return Finding("budgets", "fail", str(error))
    free = [name for name, _ in settings.models if prices.of(name) == FREE]
    if free and any(budget.unit == "nanodollars" for budget in budgets):
        says = f"no price is known for {free[0]!r}, so a budget in dollars does not hold it back"
        mend = "give its price in a file and name that in RECEIPTS_PRICES, or use tokens"
        return Finding("budgets", "warn", says, mend)
    return Finding("budgets", "ok", f"{len(budgets)} set" if budgets else "none")


def _stance_model(settings: Settings) -> str:
    from retrieval.modelfiles import SHIPPED, open_model

    folder = Path(settings.stance_model) if settings.stance_model else SHIPPED / "stance"
    return f"{open_model(folder).model_id}, its files are as recorded"


def _bot(home: Path) -> Finding:
    age = SignOfLife(home).age()
    if age is None:
        return Finding("bot", "ok", "not running in this home")
    if age > STALE_S:
        says = f"no sign of life for {age:.0f} s: it hangs, or was killed"
        return Finding("bot", "warn", says, "start it again with `receipts run`")
    return Finding("bot", "ok", "running")
