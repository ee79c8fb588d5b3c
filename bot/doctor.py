"""What is wrong with the set-up, and how to mend it: each check gives one finding."""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.alive import STALE_S, SignOfLife
from bot.settings import Settings
from corpus.database import damage
from corpus.errors import ReceiptsError

if TYPE_CHECKING:
    from bot.app import App

_USER_INFO = re.compile(r"//[^/@\s]+@")
"""The name and password that a URL may hold."""

OPENAI_URL = "https://api.openai.com/v1"
ENDPOINT_TIMEOUT_S = 4.0
INVITATION = (
    "https://discord.com/oauth2/authorize?client_id={id}"
    "&scope=bot+applications.commands&permissions={permissions}"
)
PERMISSIONS = 274877991936
"""View Channels, Send Messages, Send Messages in Threads, Embed Links, Read Message History."""

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    level: Level
    says: str
    mend: str | None = None
    """What to do about it."""


def settings_in_force(settings: Settings) -> dict[str, str | None]:
    """Every setting by its environment name; secrets masked."""
    values: dict[str, str | None] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = "set, not shown"
        values[str(field.alias)] = None if value is None else _USER_INFO.sub("//***@", str(value))
    return values


def examine(settings: Settings, app: App) -> Iterator[Finding]:
    """All checks, in an order in which each one rests on those before it.

    `app` is unopened: its parts are tried one by one. Nothing is read in; an index that
    does not agree with the catalogue is made anew.
    """
    yield _home(settings.home)
    if (settings.home / "receipts.db").exists() or settings.database_url:
        yield from _corpus(app)
    else:
        yield Finding("catalogue", "ok", "not there yet; the first start makes it")
    yield _attempt("embedder", lambda: f"{app.embedder.model_id}, its files are as recorded")
    yield _attempt("stance model", lambda: _stance_model(settings))
    yield from _discord(settings)
    yield _language_model(settings)
    yield _web(settings)
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
    yield _attempt("Chroma index", lambda: _chroma(app))


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
    embedded = app.catalogue.embedded(model_id)
    if embedded != passages:
        says = f"there are {embedded}, for {passages} passages"
        return Finding("vectors", "fail", says, "run `receipts reindex`")
    return Finding("vectors", "ok", f"all {embedded} passages have one")


def _chroma(app: App) -> str:
    from corpus.errors import LockedError

    try:
        app.indexer.open()
    except LockedError:
        return "open in another process, which keeps it in step"
    # Opening applies what is pending; then every id is compared.
    if app.indexer.mend():
        return "was out of step with the catalogue; made anew"
    return "in step with the catalogue, id by id"


def _stance_model(settings: Settings) -> str:
    from retrieval.modelfiles import SHIPPED, open_model

    folder = Path(settings.stance_model) if settings.stance_model else SHIPPED / "stance"
    return f"{open_model(folder).model_id}, its files are as recorded"


def _discord(settings: Settings) -> Iterator[Finding]:
    token = settings.discord_token
    text = token.get_secret_value().strip() if token else ""
    application = application_id(text)
    if not text:
        mend = "set DISCORD_TOKEN; only `receipts run` needs it"
        yield Finding("Discord token", "warn", "not set", mend)
    elif application is None:
        mend = "copy it again from the Bot page of Discord's developer portal"
        yield Finding("Discord token", "fail", "does not look like a bot's token", mend)
    else:
        link = INVITATION.format(id=application, permissions=PERMISSIONS)
        yield Finding("Discord token", "ok", f"looks right; invite the bot with {link}")
    if settings.message_content:
        mend = "switch on Message Content Intent on the Bot page of Discord's developer portal"
        yield Finding("intents", "warn", "message content is asked for, a privileged intent", mend)
    else:
        yield Finding("intents", "ok", "none privileged")


def application_id(token: str) -> str | None:
    """The application that a bot's token belongs to: its first part, in base64."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        return None
    try:
        decoded = base64.b64decode(parts[0] + "=" * (-len(parts[0]) % 4), altchars=b"-_")
        number = decoded.decode("ascii")
    except ValueError:
        return None
    return number if number.isdigit() else None


def _language_model(settings: Settings) -> Finding:
    name = "language model"
    if settings.uses_llm:
        if settings.model:
            return _endpoint(name, settings, settings.model)
        return Finding(name, "fail", "RECEIPTS_ENGINE is llm, but no model is named", _MODEL)
    if settings.model and settings.engine == "auto":
        says = "RECEIPTS_MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is"
        return Finding(name, "warn", f"{says}; the local engine answers", _MODEL)
    return Finding(name, "ok", "none; the local engine answers")


def _endpoint(name: str, settings: Settings, model: str) -> Finding:
    try:
        served = models_at(settings)
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        mend = "check OPENAI_BASE_URL and OPENAI_API_KEY; the local engine answers meanwhile"
        return Finding(name, "fail", f"the endpoint does not answer: {reason}", mend)
    except (HTTPException, ValueError) as error:
        mend = "check OPENAI_BASE_URL: it usually ends in /v1"
        return Finding(name, "fail", f"the endpoint's answer is no list of models: {error}", mend)
    if model not in served:
        says = f"the endpoint lists no {model!r} among its {len(served)} models"
        return Finding(name, "warn", says, "check RECEIPTS_MODEL")
    return Finding(name, "ok", f"the endpoint answers and serves {model!r}")


_MODEL = "set RECEIPTS_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL; or RECEIPTS_ENGINE=local"


def models_at(settings: Settings) -> frozenset[str]:
    """The names of the models that the endpoint lists. OSError or ValueError where it does not."""
    url = f"{(settings.openai_base_url or OPENAI_URL).rstrip('/')}/models"
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not an http address")
    request = urllib.request.Request(url)  # noqa: S310 - the scheme was looked at
    if settings.openai_api_key:
        key = settings.openai_api_key.get_secret_value()
        # Unredirected: the key is for this address alone.
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    with urllib.request.urlopen(request, timeout=ENDPOINT_TIMEOUT_S) as answer:  # noqa: S310
        listed = json.load(answer)
    models = listed.get("data") if isinstance(listed, dict) else None
    if not isinstance(models, list):
        raise ValueError("it has no `data`")
    return frozenset(str(model.get("id")) for model in models if isinstance(model, dict))


def _web(settings: Settings) -> Finding:
    name, public = "web pages", settings.public_url
    parts = urlsplit(public or "")
    if public and (parts.scheme not in {"http", "https"} or not parts.hostname):
        mend = "set RECEIPTS_PUBLIC_URL to an address such as https://receipts.example"
        return Finding(name, "fail", "RECEIPTS_PUBLIC_URL is not a web address", mend)
    if settings.http_port is None:
        if public is None:
            return Finding(name, "ok", "not served")
        mend = "set RECEIPTS_HTTP_PORT, or unset RECEIPTS_PUBLIC_URL"
        return Finding(name, "fail", "cards link to pages that nothing serves", mend)
    place = f"{settings.http_host}:{settings.http_port}"
    if public is None:
        mend = "set RECEIPTS_PUBLIC_URL, and cards link to them"
        return Finding(name, "warn", f"served on {place}, and no card links to them", mend)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1"}:
        mend = "put a proxy with TLS in front, and give its https address"
        return Finding(name, "warn", f"{parts.hostname} is reached without TLS", mend)
    return Finding(name, "ok", f"served on {place}, reached at {parts.hostname}")


def _bot(home: Path) -> Finding:
    age = SignOfLife(home).age()
    if age is None:
        return Finding("bot", "ok", "not running in this home")
    if age > STALE_S:
        says = f"no sign of life for {age:.0f} s: it hangs, or was killed"
        return Finding("bot", "warn", says, "start it again with `receipts run`")
    return Finding("bot", "ok", "running")
