"""The composition root: settings in, the whole application out. Rooms are wired nowhere else."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot.checker import Checker, Holdings, Searcher, utc_now
from bot.library import Library
from bot.shelf import Shelf
from corpus.catalogue import Catalogue
from corpus.database import open_engine
from corpus.errors import InputError, LockedError
from corpus.lock import writer_lock
from corpus.tiers import FILE as PUBLISHERS
from corpus.tiers import Tiers
from corpus.upkeep import Upkeep
from prompts.local import LocalEngine
from retrieval.dense import EXACT_LIMIT, EXACT_MEMORY_LIMIT, DenseSearch
from retrieval.steps import Progress, unseen

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import Engine as DatabaseEngine

    from bot.checker import Checked
    from bot.leases import Leases
    from bot.ledger import Ledger
    from bot.living import Living
    from bot.memory import Memory
    from bot.metrics import Metrics
    from bot.quotas import Quotas
    from bot.review.decisions import Rerun
    from bot.review.review import Review
    from bot.screenshots import Screenshots
    from bot.settings import Settings
    from bot.telemetry import Tell
    from bot.work import Work
    from prompts.engine import Engine
    from prompts.llm import LlmEngine
    from prompts.models import Models
    from prompts.picture import PictureModel
    from prompts.reader import ModelReader
    from retrieval.indexer import Indexer
    from retrieval.model import Embedder, StanceModel
    from retrieval.paraphrase import OnnxParaphrase
    from retrieval.search import Retriever
    from retrieval.weigh import Weigher

log = logging.getLogger(__name__)

STARTER = "starter"
"""The catalogue's note that the starter corpus has been read in."""

FIRST_START_WAIT_S = 120.0
"""How long a second process waits for the one that reads the starter corpus in."""

MOST_WORKERS = 4


class App:
    """One home, opened: its catalogue, its search, its engine. Parts are made when first used.

    Use it under `with` or `async with`: both open the catalogue, read the starter corpus into an
    empty home, and mend the index after a crash, all before the block begins.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        engine: Engine | None,
        progress: Progress,
        starter: bool,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._engine = engine
        self._progress = progress
        self._starter = starter
        self._lock = threading.Lock()
        self._opened_stance: StanceModel | None = None
        self._opened_paraphrase: OnnxParaphrase | None = None
        self._opened_weigher: Weigher | None = None
        self._opened_llm: tuple[LlmEngine, ModelReader] | None = None
        self._opened_seer: PictureModel | None = None

    # Opening and closing

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._opened_llm is not None:
            await self._opened_llm[0].aclose()
        if self._opened_seer is not None:
            await self._opened_seer.aclose()
        self.close()

    def close(self) -> None:
        """Let running work end, then close what was opened."""
        made = vars(self)
        if "screenshots" in made:
            self.screenshots.close()
        if "executor" in made:
            self.executor.shutdown(cancel_futures=True)
        if "indexer" in made:
            self.indexer.close()
        if "database" in made:
            self.database.dispose()

    def warm_up(self) -> None:
        """Load now what checks need: for a process that stays, and answers people."""
        self.embedder.embed(["warm"])
        self._weigher()
        _ = self.checker
        self._dense.memory_limit = EXACT_MEMORY_LIMIT
        self.open_index()

    def open_index(self) -> None:
        """Open the approximate index where the corpus is large enough to need it and it is not."""
        from retrieval.chroma import ChromaError

        if self.indexer.is_open or self.catalogue.count().passages <= EXACT_LIMIT:
            return
        try:
            self.indexer.open()
        except (ChromaError, LockedError) as error:
            self.indexer.complain(f"searching without the index: {error}")

    # Parts

    @cached_property
    def database(self) -> DatabaseEngine:
        """The one database, of catalogue and ledger."""
        default = f"sqlite:///{self.settings.home / 'receipts.db'}"
        return open_engine(self.settings.database_url or default)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is held."""
        tiers = Tiers.load(self.settings.home / PUBLISHERS)
        return Catalogue(self.database, clock=self.clock, tiers=tiers)

    @cached_property
    def upkeep(self) -> Upkeep:
        """What was fetched when, and what is due."""
        _ = self.catalogue  # Which makes the tables.
        return Upkeep(self.database, clock=self.clock)

    @cached_property
    def library(self) -> Library:
        """The sources as something that is kept."""
        return Library(
            self.settings,
            self.database,
            catalogue=self.catalogue,
            embedder=self.embedder,
            indexer=self.indexer,
            clock=self.clock,
            upkeep=self.upkeep,
        )

    @cached_property
    def ledger(self) -> Ledger:
        """What was asked and answered."""
        from bot.ledger import open_ledger

        return open_ledger(self.database, now=self.clock, holder=self.work.holder)

    @cached_property
    def quotas(self) -> Quotas:
        """How much may be checked for whom."""
        from bot.quotas import Quotas

        return Quotas(now=self.clock)

    @cached_property
    def work(self) -> Work:
        """The checks that are not answered yet, in all processes."""
        from bot.work import Work, new_holder

        return Work(self.database, new_holder(), now=self.clock)

    @cached_property
    def leases(self) -> Leases:
        """What all processes share and one at a time does."""
        from bot.leases import Leases

        _ = self.ledger  # Which makes the tables.
        return Leases(self.database, self.work.holder, now=self.clock)

    @cached_property
    def review(self) -> Review:
        """What people doubt, and what moderators make of it."""
        from bot.review.review import Review

        _ = self.ledger  # It makes the tables.
        return Review(self.database, self.catalogue.passages, now=self.clock)

    @cached_property
    def metrics(self) -> Metrics:
        """The numbers of this process."""
        from bot.metrics import Metrics

        return Metrics()

    @cached_property
    def screenshots(self) -> Screenshots:
        """What reads pictures."""
        from bot.screenshots import Screenshots

        name = self.settings.vision_model
        if not name:
            return Screenshots()
        from prompts.picture import PictureModel

        models = self._models([(name, self.settings.openai_base_url)])
        self._opened_seer = PictureModel(models)
        return Screenshots(self._opened_seer)

    @cached_property
    def embedder(self) -> Embedder:
        """Text to vectors."""
        from retrieval.embedder import load_embedder

        settings = self.settings
        key = settings.openai_api_key
        return load_embedder(
            settings.embedding_model,
            settings.openai_base_url,
            key.get_secret_value() if key else None,
        )

    @cached_property
    def indexer(self) -> Indexer:
        """The Chroma index, kept in step with the catalogue."""
        from retrieval.indexer import Indexer

        return Indexer(
            self.settings.home,
            self.catalogue,
            self.embedder.model_id,
            chroma_url=self.settings.chroma_url,
            chroma_token=self.settings.chroma_token,
            progress=self._progress,
        )

    @cached_property
    def retriever(self) -> Retriever:
        """Search."""
        from retrieval.search import Retriever

        return Retriever(self.catalogue, self.embedder, self._dense)

    @cached_property
    def _dense(self) -> DenseSearch:
        return DenseSearch(self.catalogue, self.embedder.model_id, self.indexer)

    @cached_property
    def executor(self) -> ThreadPoolExecutor:
        """Where the CPU's work is done, never more at once than the CPU has cores."""
        workers = max(1, min(MOST_WORKERS, os.cpu_count() or 1))
        return ThreadPoolExecutor(workers, thread_name_prefix="receipts")

    @cached_property
    def checker(self) -> Checker:
        """From text to verdicts, over this home's corpus."""
        return self._checker(
            self.retriever,
            self.catalogue,
            memory=self.memory,
            is_partial=lambda: self._dense.is_partial,
        )

    def checker_over(self, searcher: Searcher, holdings: Holdings) -> Checker:
        """The same checker over another corpus, for which nothing is remembered."""
        return self._checker(searcher, holdings, memory=None)

    @cached_property
    def memory(self) -> Memory:
        """What is published, by claim."""
        from bot.memory import Memory
        from bot.same_claim import SameClaims

        return Memory(self.review.published, self.embedder, SameClaims(self.paraphrase))

    @cached_property
    def living(self) -> Living:
        """What keeps published verdicts up with the sources."""
        from bot.living import Living

        return Living(self)

    @cached_property
    def _telemetry(self) -> Tell | None:
        from bot.telemetry import configured

        return configured()

    def _local(self) -> LocalEngine:
        return LocalEngine(
            self._weigher, self.executor, topic_floor=lambda: self.embedder.topic_floor
        )

    def _checker(
        self,
        searcher: Searcher,
        holdings: Holdings,
        *,
        memory: Memory | None,
        is_partial: Callable[[], bool] = lambda: False,
    ) -> Checker:
        local = self._local()
        engine: Engine = self._engine or local
        reader = None
        if self._engine is None and self.settings.uses_llm:
            engine, reader = self._language_model()
        return Checker(
            searcher,
            holdings,
            engine,
            reader=reader,
            fallback=local,
            refuse_when_spent=self.settings.when_spent == "refuse",
            seconds=self.settings.check_seconds,
            tell=self._telemetry,
            executor=self.executor,
            clock=self.clock,
            memory=memory,
            is_partial=is_partial,
        )

    async def recheck(self, claim: str, how: Rerun, *, guild_id: str | None = None) -> Checked:
        """Check one claim again, after reading the source that is to be added in for that server.

        InputError: the engine asked for is not configured, or the source cannot be read.
        """
        from prompts.verdict import Claim

        if how.source_url:
            await asyncio.to_thread(self._add_page, how.source_url, guild_id)
        checker = self._checker_by(how.engine) if how.engine else self.checker
        return await checker.check_claim(
            Claim(text=claim), as_of=how.as_of, guild_id=guild_id, compare=True
        )

    def _add_page(self, url: str, guild_id: str | None) -> None:
        from bot.library import wanted

        asked = wanted([url], guild_id=guild_id)
        done = self.library.ingest(
            self.library.items(asked, most_pages=1), guild_id=guild_id, command="a check again"
        )
        if done.unread:
            raise InputError(f"{url} cannot be read: {done.unread[0].reason}")

    def _checker_by(self, engine: str) -> Checker:
        local = self._local()
        return Checker(
            self.retriever,
            self.catalogue,
            self._language_model()[0] if engine == "llm" else local,
            executor=self.executor,
            clock=self.clock,
        )

    @cached_property
    def shelf(self) -> Shelf:
        """The servers' own sources."""
        return Shelf(self.library, self.catalogue)

    def reindex(self, advance: Callable[[int], None]) -> int:
        """Make every derived index anew; the number of passages embedded for it."""
        from retrieval.ingest import reindex

        with writer_lock(self.settings.home, "receipts reindex", clock=self.clock):
            return reindex(self.catalogue, self.embedder, self.indexer, advance)

    def stance(self) -> StanceModel:
        """The stance model, loaded when it is first asked for."""
        with self._lock:
            if self._opened_stance is None:
                from retrieval.stance import load_stance

                folder = self.settings.stance_model
                self._opened_stance = load_stance(Path(folder) if folder else None)
            return self._opened_stance

    def paraphrase(self) -> OnnxParaphrase:
        """The model that reads two claims, loaded when it is first asked for."""
        with self._lock:
            if self._opened_paraphrase is None:
                from retrieval.paraphrase import load_paraphrase

                self._opened_paraphrase = load_paraphrase()
            return self._opened_paraphrase

    def _weigher(self) -> Weigher:
        stance = self.stance()
        with self._lock:
            if self._opened_weigher is None:
                from retrieval.weigh import Weigher, WeigherModel

                self._opened_weigher = Weigher(stance, WeigherModel.load())
            return self._opened_weigher

    def _language_model(self) -> tuple[LlmEngine, ModelReader]:
        from prompts.llm import LlmEngine, draw_token
        from prompts.reader import ModelReader

        settings = self.settings
        if self._opened_llm is not None:
            return self._opened_llm
        if not settings.models:
            raise InputError(
                "the llm engine needs a model: set RECEIPTS_MODEL, and OPENAI_API_KEY or "
                "OPENAI_BASE_URL; or use the local engine"
            )
        models = self._models(settings.models)
        engine = LlmEngine(
            models, stance=self.stance, samples=settings.samples, executor=self.executor
        )
        self._opened_llm = engine, ModelReader(models, draw_token)
        return self._opened_llm

    def _models(self, named: Sequence[tuple[str, str | None]]) -> Models:
        """Models with their endpoints, paid for from the budgets."""
        from bot.budget import Purse, read_budgets
        from prompts.endpoint import Endpoint, EndpointSettings
        from prompts.metering import Prices
        from prompts.models import Models

        settings = self.settings
        prices = Prices.load(settings.prices) if settings.prices else Prices.load()
        purse = None
        if budgets := read_budgets(settings.budgets):
            _ = self.ledger  # whose migrations make the purse's table
            purse = Purse(self.database, budgets, prices, now=self.clock, executor=self.executor)
        # A key is for its own endpoint, and goes to no other.
        keys = {settings.openai_base_url: settings.openai_api_key}
        endpoints = [Endpoint(EndpointSettings(name, keys.get(url), url)) for name, url in named]
        return Models(endpoints, meter=purse, prices=prices, at_once=settings.model_calls)

    def _open(self) -> None:
        if self._starter and self.catalogue.setting(STARTER) is None:
            self._read_starter()
        self.catalogue.apply_tiers()
        self.indexer.heal()

    def _read_starter(self) -> None:
        from corpus.starter import starter_documents
        from retrieval.ingest import ingest

        home, wait = self.settings.home, FIRST_START_WAIT_S
        with writer_lock(home, "the first start", wait=wait, clock=self.clock):
            # Another process may have done it while this one waited.
            if self.catalogue.setting(STARTER) is not None:
                return
            documents = starter_documents()
            with self._progress("Indexing the starter library", len(documents)) as advance:
                ingest(documents, self.catalogue, self.embedder, self.indexer, advance)
            self.catalogue.set_setting(STARTER, "read")


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    engine: Engine | None = None,
    progress: Progress = unseen,
    starter: bool = True,
) -> App:
    """The application of one home, unopened. `engine` stands in for the one the settings name.

    `starter`: whether an empty home is given the starter corpus.
    """
    return App(settings, clock=clock, engine=engine, progress=progress, starter=starter)
