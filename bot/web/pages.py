"""The web server: receipts, what this is, and for operators health and metrics.

Pages need no script and load nothing: one style sheet stands in each, named by its hash in a policy
that forbids everything else. Whatever is asked, the answer is a page of ours; only the log knows
more.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.sharing import Receipts
from bot.translated import later, say, speaking, tr, tr_count
from bot.web.claimreview import as_script, claim_review
from bot.web.receipt import Receipt, Retraction, corpus, make_receipt, moment
from bot.web.standing import standing_of
from corpus.errors import OperationError, ReceiptsError
from prompts.language import ENGLISH, SHIPPED, nearest
from prompts.verdict import Label

if TYPE_CHECKING:
    from bot.app import App
    from bot.health import Health
    from corpus.catalogue import Catalogue
    from corpus.model import Passage

log = logging.getLogger(__name__)

R = TypeVar("R")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_BODY = 1024
_THREADS = 2

NO_RECEIPT = later(
    "The address may be incomplete, the verdict may be gone, or its server may not share it. "
    "If you came from a card in Discord, open the link on the card again."
)


class Shelf:
    """The catalogue as receipts see it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def passages(self, ids: Sequence[str], /) -> Mapping[str, Passage]:
        """See Library."""
        return self._catalogue.passages(ids)

    def retractions(self, source_ids: Sequence[str], /) -> Mapping[str, Retraction]:
        """See Library."""
        found = self._catalogue.retracted(source_ids)
        return {
            id_: Retraction(moment(at), reason or tr("no reason was given"))
            for id_, (at, reason) in found.items()
        }


class Pages:
    """The routes of one application."""

    def __init__(self, app: App, health: Health) -> None:
        self._app = app
        self._health = health
        self._receipts = Receipts(app.ledger, app.settings.public_url)
        self._shelf = Shelf(app.catalogue)
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="web")
        self._templates = Environment(
            loader=PackageLoader("bot.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = files("bot.web").joinpath("templates/style.css").read_text(encoding="utf-8")
        # Nothing in a style element is escaped: it is our own file, and has no "<".
        self._templates.globals["style"] = style = style.replace("\n", "")
        self._templates.globals |= {"tr": tr, "tr_count": tr_count}
        digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._headers = {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "X-Content-Type-Options": "nosniff",
            # A members' link carries its key in the address.
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cache-Control": "private, no-cache",
            "Server": "Receipts",
        }
        self.application = web.Application(middlewares=[self._guard], client_max_size=_LONGEST_BODY)
        self.application.router.add_get("/", self._home)
        self.application.router.add_get("/v/{id}", self._receipt)
        self.application.router.add_get("/robots.txt", self._robots)
        self.application.router.add_get("/healthz", self._alive)
        self.application.router.add_get("/readyz", self._ready)
        self.application.router.add_get("/metrics", self._metrics)

    def close(self) -> None:
        """Lets the threads go."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every answer gets the headers; whatever goes wrong becomes a page that says so."""
        speaking.set(wanted(request.headers.get("Accept-Language", "")))
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = self._refused(error.status)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except (ReceiptsError, OSError) as error:
            log.warning("a page could not be made: %s", error)
            response = self._message(
                503,
                tr("Not now"),
                tr("The record of verdicts cannot be read. Please try again soon."),
            )
        except Exception:
            log.exception("a page failed")
            response = self._message(500, tr("That went wrong"), tr("The page could not be made."))
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response

    async def _home(self, _request: web.Request) -> web.Response:
        state = await self._read(self._app.catalogue.state)
        base = self._app.settings.public_url
        return self._page(
            "home.html",
            address=f"{base.rstrip('/')}/" if base else None,
            labels=[(say()(f"label.{one}"), say()(f"meaning.{one}")) for one in Label],
            corpus=corpus(state.sources, state.newest),
        )

    async def _receipt(self, request: web.Request) -> web.Response:
        verdict_id = request.match_info["id"]
        if not _ID.fullmatch(verdict_id):
            return self._refused(404)
        key = request.query.get("key")
        found = await self._read(lambda: self._look_up(verdict_id, key))
        if found is None:
            return self._refused(404)
        receipt, public = found
        speaking.set(nearest(receipt.verdict.language))
        address = self._receipts.page(verdict_id)
        home = (self._app.settings.public_url or "").rstrip("/") + "/"
        return self._page(
            "receipt.html",
            receipt=receipt,
            public=public,
            address=address,
            description=_description(receipt),
            claim_review=as_script(claim_review(receipt, address, home)) if address else "",
        )

    def _look_up(self, verdict_id: str, key: str | None) -> tuple[Receipt, bool] | None:
        given = self._app.ledger.given(verdict_id)
        if given is None:
            return None
        sharing = self._receipts.sharing(given.guild_id)
        if not self._receipts.opens(sharing, verdict_id, key):
            return None
        public = sharing == "public"
        speaking.set(nearest(given.verdict.language))

        def other(version: str) -> str:
            return f"/v/{version}" + ("" if public else f"?key={self._receipts.key(version)}")

        standing = standing_of(self._app.database, verdict_id, given.guild_id, other)
        return make_receipt(given, self._shelf, standing), public

    async def _robots(self, _request: web.Request) -> web.Response:
        # Receipts say for themselves who may list them.
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _ready(self, request: web.Request) -> web.Response:
        parts = await self._read(self._health.parts)
        ready = all(parts.values())
        if not _is_near(request):
            parts = {}
        return web.json_response({"ready": ready, **parts}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not _is_near(request):
            return self._refused(404)
        text = await self._read(lambda: self._app.metrics.exposition(self._app))
        return web.Response(
            body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    def _page(self, template: str, status: int = 200, **values: object) -> web.Response:
        language = speaking.get()
        text = self._templates.get_template(template).render(values, language=language)
        return web.Response(
            text=text,
            status=status,
            content_type="text/html",
            headers={"Content-Language": language, "Vary": "Accept-Language"},
        )

    def _message(self, status: int, heading: str, says: str) -> web.Response:
        return self._page("message.html", status, heading=heading, says=says)

    def _refused(self, status: int) -> web.Response:
        if status == 404:
            return self._message(404, tr("There is no receipt here"), tr(NO_RECEIPT))
        if status == 405:
            return self._message(
                405, tr("That cannot be done here"), tr("These pages can only be read.")
            )
        return self._message(status, tr("That cannot be read"), tr("Please check the address."))

    async def _read(self, work: Callable[[], R]) -> R:
        run = copy_context().run  # so that the thread says it in the same language
        return await asyncio.get_running_loop().run_in_executor(self._executor, run, work)


@asynccontextmanager
async def served(app: App, health: Health, host: str, port: int) -> AsyncIterator[int]:
    """The port, while the pages are served; 0 takes a free one. OperationError: it is taken."""
    pages = Pages(app, health)
    # What is no HTTP is answered 400, and is no news: strangers could fill the log with it.
    protocol_log = log.getChild("protocol")
    protocol_log.setLevel(logging.CRITICAL)
    runner = web.AppRunner(
        pages.application,
        access_log=None,
        logger=protocol_log,
        handler_cancellation=True,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, reuse_address=True).start()
        except OSError as error:
            raise OperationError(
                f"cannot serve web pages on {host}:{port}: {error.strerror or error}; "
                "set RECEIPTS_HTTP_PORT to a free port"
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
        pages.close()


def wanted(languages: str) -> str:
    """Of an Accept-Language header, the first language that the pages are there in."""
    for part in languages[:200].split(","):
        code = part.partition(";")[0].strip().partition("-")[0].lower()
        if code in SHIPPED:
            return code
    return ENGLISH


def _description(receipt: Receipt) -> str:
    said = " ".join(text for text, _ in receipt.sentences) or receipt.meaning
    return said if len(said) <= 280 else said[:279].rsplit(" ", 1)[0] + "…"


def _is_near(request: web.Request) -> bool:
    """Whether an operator's own network asks, and not somebody through the proxy before us."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        peer = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    return peer.is_loopback or peer.is_private
