"""A home with verdicts of three servers in it, and its web pages served on loopback."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bot.app import App, create_app
from bot.health import Health
from bot.ledger import Request
from bot.settings import Settings
from bot.sharing import Receipts
from bot.web.pages import served
from corpus.model import Source
from corpus.split import PassageSpan
from prompts.verdict import Sentence, Verdict, cite
from retrieval.model import Stance
from tests.bot.values import verdict

TEXT = (
    "The report gives a price. It is an assumed rental price of the final run. "
    "Earlier research is not in it."
)
OTHER = "Several newspapers wrote about the figure."
SECRET_TEXT = "A memo that only server two may see."
HOSTILE = '<script>alert("x")</script> </script><!-- {{7*7}} \u202e "quoted" & more'
CLAIM_OF_MEMBERS = "A claim that only members may read"
PUBLIC, MEMBERS, OFF = "11", "12", "13"
BASE = "https://receipts.example"


class WebHome:
    """Use under `async with`."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        values = {"RECEIPTS_HOME": folder, "RECEIPTS_PUBLIC_URL": BASE, **settings}
        (folder / "publishers.csv").write_text(
            "domain,match,tier,name,reference\n"
            "example.org,domain,reputable,A publisher,https://example.org/about\n"
        )
        self.app: App = create_app(Settings.model_validate(values), starter=False)
        self.receipts = Receipts(self.app.ledger, self.app.settings.public_url)
        self.health = Health(self.app)
        self._add("report", TEXT)
        self._add("papers", OTHER)
        self._add("memo", SECRET_TEXT, guild_id="99")
        self.receipts.choose(PUBLIC, "public")
        self.receipts.choose(OFF, "off")
        self.ids = {
            PUBLIC: self._give(PUBLIC, "public-verdict", "It cost $5.5M"),
            MEMBERS: self._give(MEMBERS, "members-verdict", CLAIM_OF_MEMBERS),
            OFF: self._give(OFF, "hidden-verdict", "A claim of a server that shares nothing"),
            "hostile": self._give(PUBLIC, "hostile-verdict", HOSTILE, HOSTILE),
        }

    async def __aenter__(self) -> WebHome:
        self._stack = AsyncExitStack()
        self.port = await self._stack.enter_async_context(
            served(self.app, self.health, "127.0.0.1", 0)
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()
        self.app.close()

    def be_ready(self) -> None:
        """As a bot that is connected."""
        self.health.models = True
        self.health.gateway = lambda: True

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def addresses(self) -> list[str]:
        return [f"/v/{id_}" for id_ in self.ids.values()]

    def _passages(self, text: str) -> list[PassageSpan]:
        return [PassageSpan(start=0, end=len(text), heading=None, page=4)]

    def _add(self, id_: str, text: str, guild_id: str | None = None) -> None:
        source = Source(
            id=id_,
            title=f"The {id_}",
            publisher="A publisher",
            published="2024-12-27",
            url=f"https://example.org/{id_}",
            kind="paper",
            guild_id=guild_id,
        )
        vectors = np.ones((1, 4), dtype=np.float32) / 2
        self.app.catalogue.add(source, text, self._passages(text), vectors, "test")

    def _passage(self, id_: str, guild_id: str | None = None) -> Any:
        found = self.app.catalogue.lexical([{"report": "rental"}.get(id_, "newspapers")], 5)
        if guild_id is not None:
            found = self.app.catalogue.lexical(["memo"], 5, guild_id=guild_id)
        return self.app.catalogue.passages([found[0][0]])[found[0][0]]

    def _give(self, guild: str, id_: str, claim: str, said: str | None = None) -> str:
        report = self._passage("report")
        start = TEXT.index("It is an")
        given: Verdict = verdict(
            id=id_,
            claim=claim,
            summary=(Sentence(text=said or "The price is an assumption.", citations=(1, 2)),),
            citations=(
                cite(1, report, start, start + 47, Stance.REFUTES),
                cite(2, report, start + 9, start + 47, Stance.CONTEXT),
            ),
        )
        found = [report.id, self._passage("papers").id, self._passage("memo", "99").id]
        self.app.ledger.begin(
            Request(f"check-{id_}", claim, "slash", "7", guild_id=guild, channel_id="2")
        )
        self.app.ledger.keep(f"check-{id_}", [given], {id_: found})
        self.app.ledger.finish(f"check-{id_}", "done")
        return id_
