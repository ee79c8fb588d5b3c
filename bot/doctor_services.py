"""What is wrong with what the bot talks to: Discord, the model's endpoint, its own web pages."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import urlsplit

from bot.settings import Settings

OPENAI_URL = "https://api.openai.com/v1"
DISCORD_URL = "https://discord.com/api/v10"
ENDPOINT_TIMEOUT_S = 4.0
CLOCK_OFF_S = 30.0
"""From what difference on Discord and leases on work are out of step with this clock."""
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


def discord_findings(settings: Settings, api: str = DISCORD_URL) -> Iterator[Finding]:
    """The token, what Discord says to it, the intents, and the clock by Discord's."""
    token = settings.discord_token
    text = token.get_secret_value().strip() if token else ""
    application = application_id(text)
    if not text:
        mend = "set DISCORD_TOKEN; only `receipts run` needs it"
        yield Finding("Discord token", "warn", "not set", mend)
        return
    if application is None:
        yield Finding("Discord token", "fail", "does not look like a bot's token", _TOKEN)
        return
    try:
        told, date = _application(api, text)
    except HTTPError as error:
        error.close()
        if error.code == 401:
            yield Finding("Discord token", "fail", "Discord does not know it", _TOKEN)
        else:
            mend = "see https://discordstatus.com and try again"
            yield Finding("Discord token", "warn", f"Discord answers {error.code} to it", mend)
        return
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        mend = "check the network, and that https://discord.com can be reached from here"
        says = f"looks right, but Discord cannot be asked: {reason}"
        yield Finding("Discord token", "warn", says, mend)
        return
    link = INVITATION.format(id=application, permissions=PERMISSIONS)
    yield Finding("Discord token", "ok", f"Discord knows it; invite the bot with {link}")
    yield _intents(settings, int(told.get("flags") or 0))
    yield clock("Discord's", date)


def _application(api: str, token: str) -> tuple[dict[str, Any], float]:
    """The token's application, and the time by Discord's clock."""
    request = urllib.request.Request(f"{api}/oauth2/applications/@me")  # noqa: S310
    request.add_unredirected_header("Authorization", f"Bot {token}")
    request.add_header("User-Agent", "DiscordBot (https://github.com/receipts, 1)")
    with urllib.request.urlopen(request, timeout=ENDPOINT_TIMEOUT_S) as answer:  # noqa: S310
        told = json.load(answer)
        date = answer.headers.get("Date")
    if not isinstance(told, dict):
        raise ValueError("its answer is not an application")
    return told, parsedate_to_datetime(date).timestamp() if date else time.time()


def _intents(settings: Settings, flags: int) -> Finding:
    if not settings.message_content:
        return Finding("intents", "ok", "none privileged")
    # https://docs.discord.com/developers/resources/application#application-object-flags
    if flags & (1 << 18 | 1 << 19):
        return Finding("intents", "ok", "message content is asked for, and switched on")
    mend = (
        "switch on Message Content Intent on the Bot page of Discord's developer portal, or unset "
        "RECEIPTS_MESSAGE_CONTENT"
    )
    return Finding("intents", "fail", "message content is asked for, and not switched on", mend)


def clock(whose: str, there: float) -> Finding:
    """Holds this machine's clock against another one."""
    off = time.time() - there
    if abs(off) < CLOCK_OFF_S:
        return Finding("clock", "ok", f"agrees with {whose}")
    way = "ahead of" if off > 0 else "behind"
    says = f"{abs(off):.0f} s {way} {whose}"
    return Finding("clock", "fail", says, "have the machine keep time by NTP")


_TOKEN = "copy it again from the Bot page of Discord's developer portal"  # noqa: S105 - advice


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


def language_model(settings: Settings) -> Finding:
    """Whether a model is configured, and its endpoint serves it."""
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


def web_pages(settings: Settings) -> Finding:
    """Whether the pages are served where cards link to them."""
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
