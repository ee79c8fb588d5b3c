"""The web pages from outside: what they show, to whom, and that nothing breaks them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import html5lib
import numpy as np
import pytest
import pytest_asyncio

from bot.ledger import Request
from bot.review.values import Actor, Making, Refused
from corpus.errors import OperationError
from corpus.model import Source
from corpus.split import PassageSpan
from prompts.verdict import Sentence, cite
from retrieval.model import Stance
from tests.bot.values import verdict
from tests.bot.web_home import (
    BASE,
    CLAIM_OF_MEMBERS,
    MEMBERS,
    OFF,
    PUBLIC,
    SECRET_TEXT,
    TEXT,
    WebHome,
)
from tests.load.fuzz_web import fuzz


@dataclass
class Page:
    status: int
    text: str
    headers: dict[str, str]


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[WebHome]:
    async with WebHome(tmp_path) as home:
        yield home


async def get(home: WebHome, path: str, method: str = "GET", **headers: str) -> Page:
    async with (
        aiohttp.ClientSession() as client,
        client.request(method, home.url(path), headers=headers) as response,
    ):
        text = await response.text()
        if response.content_type == "text/html" and text:
            html5lib.HTMLParser(strict=True).parse(text)
        return Page(response.status, text, dict(response.headers))


async def test_a_receipt_shows_the_quotes_in_their_passage(home: WebHome) -> None:
    page = await get(home, f"/v/{home.ids[PUBLIC]}")
    assert page.status == 200
    assert '<h1 dir="auto">It cost $5.5M</h1>' in page.text
    assert "Misleading" in page.text and "fairly sure (83%)" in page.text
    for n in (1, 2):
        assert f'href="#quote-{n}"' in page.text
        assert page.text.count(f'id="quote-{n}"') == 1
    # The passage is whole, with all of the quote marked and nothing else.
    quote = re.search(r"<blockquote.*?</blockquote>", page.text, re.S)
    assert quote is not None
    assert re.sub(r"<[^>]+>", "", quote[0]) == TEXT
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", quote[0]))
    assert marked == "It is an assumed rental price of the final run."
    assert "27 Dec 2024" in page.text and "Research paper" in page.text
    assert "27 Dec 2024 · p. 4 · reputable publisher" in page.text
    assert "Also found, and not cited" in page.text and "Several newspapers" in page.text


async def test_another_servers_source_is_not_shown(home: WebHome) -> None:
    page = await get(home, f"/v/{home.ids[PUBLIC]}")
    assert SECRET_TEXT not in page.text and "The memo" not in page.text


async def test_a_public_receipt_unfurls_and_is_a_claim_review(home: WebHome) -> None:
    page = await get(home, f"/v/{home.ids[PUBLIC]}")
    address = f"{BASE}/v/{home.ids[PUBLIC]}"
    assert f'<meta property="og:url" content="{address}">' in page.text
    assert '<meta property="og:title" content="Misleading: It cost $5.5M">' in page.text
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.S)
    assert script is not None
    review = json.loads(script[1])
    assert review["@type"] == "ClaimReview"
    assert review["claimReviewed"] == "It cost $5.5M"
    assert review["reviewRating"]["alternateName"] == "Misleading"
    assert review["url"] == address
    assert review["datePublished"] == "2026-11-23"


async def test_a_members_receipt_opens_with_the_cards_link_alone(home: WebHome) -> None:
    link = home.receipts.address(home.ids[MEMBERS], MEMBERS)
    assert link is not None and "?key=" in link
    page = await get(home, link.removeprefix(BASE))
    assert page.status == 200 and CLAIM_OF_MEMBERS in page.text
    assert "noindex" in page.text and "og:title" not in page.text
    assert "application/ld+json" not in page.text
    other = home.receipts.key(home.ids[PUBLIC])
    for key in ("", "?key=", f"?key={other}", "?key=%00", "?key=%ff", "?key=é"):
        refused = await get(home, f"/v/{home.ids[MEMBERS]}{key}")
        assert refused.status == 404 and CLAIM_OF_MEMBERS not in refused.text


async def test_what_is_not_shared_looks_like_what_is_not_there(home: WebHome) -> None:
    hidden = await get(home, f"/v/{home.ids[OFF]}")
    unknown = await get(home, "/v/AAAAAAAAAAAAAAAAAAAAAA")
    assert hidden.status == unknown.status == 404
    assert hidden.text == unknown.text
    assert home.receipts.address(home.ids[OFF], OFF) is None


async def test_a_change_of_mind_holds_for_old_receipts(home: WebHome) -> None:
    address = f"/v/{home.ids[PUBLIC]}"
    home.receipts.choose(PUBLIC, "off")
    assert (await get(home, address)).status == 404
    home.receipts.choose(PUBLIC, "public")
    assert (await get(home, address)).status == 200


async def test_hostile_words_are_shown_as_words(home: WebHome) -> None:
    page = await get(home, f"/v/{home.ids['hostile']}")
    assert page.status == 200
    assert page.text.count("<script") == page.text.count("</script>") == 1
    assert "&lt;script&gt;alert(" in page.text and "{{7*7}}" in page.text
    assert "\u202e" not in page.text


async def test_a_withdrawn_source_is_said_to_be(home: WebHome) -> None:
    home.app.catalogue.retract("report", "the authors corrected it")
    page = await get(home, f"/v/{home.ids[PUBLIC]}")
    assert "the authors corrected it" in page.text
    home.app.catalogue.remove("report")
    page = await get(home, f"/v/{home.ids[PUBLIC]}")
    assert page.status == 200 and "no longer held" in page.text
    assert "<mark>It is an assumed rental price of the final run.</mark>" in page.text


async def test_what_moderators_made_of_it_is_told_without_names(home: WebHome) -> None:
    given = home.app.ledger.verdict(home.ids[PUBLIC])
    assert given is not None
    review = home.app.review
    case = review.flags.screen(PUBLIC, given, Making(), hold=True)
    assert case is not None
    page = await get(home, f"/v/{given.id}")
    assert "waits for a person to review it" in page.text
    moderator = Actor("4242", PUBLIC, manage_messages=True)
    done = review.decisions.withdraw(moderator, PUBLIC, case.id, "The source erred")
    assert not isinstance(done, Refused), done
    page = await get(home, f"/v/{given.id}")
    assert "Withdrawn." in page.text and "The source erred" in page.text
    assert "a moderator withdrew the verdict" in page.text and "4242" not in page.text


async def test_every_answer_forbids_what_it_does_not_need(home: WebHome) -> None:
    for path in ("/", f"/v/{home.ids[PUBLIC]}", "/nowhere", "/healthz"):
        page = await get(home, path)
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert len(page.text.encode()) <= 60_000
        # Nothing is loaded: no image, sheet, frame or script beside the page itself.
        assert not re.search(r'<(img|iframe|object|script src|link rel="stylesheet")', page.text)
    assert (await get(home, "/", "POST")).status == 405
    assert (await get(home, "/", "HEAD")).status == 200


async def test_the_longest_receipt_keeps_to_the_budget_and_shows_every_quote(home: WebHome) -> None:
    catalogue, words = home.app.catalogue, "价格 & 假设。"
    text = "".join(f"{n}{words}" for n in range(900))
    for n in range(10):
        source = Source(id=f"long-{n}", title="长" * 5_000, author="名" * 5_000, kind="paper")
        vectors = np.ones((1, 4), dtype=np.float32) / 2
        catalogue.add(source, text, [PassageSpan(0, len(text), words * 99)], vectors, "test")
    held = catalogue.passages(catalogue.embedded_ids("test")).values()
    long = [passage for passage in held if passage.source.id.startswith("long-")]
    starts = [0, 3_000, len(text) - 400]
    quotes = [(long[n % 4], starts[n % 3]) for n in range(12)]
    given = verdict(
        id="longest",
        claim="价" * 4_000,
        summary=tuple(Sentence(text="价" * 300, citations=(n, n + 4, n + 8)) for n in range(1, 5)),
        citations=tuple(
            cite(n, passage, start, start + 400, Stance.CONTEXT)
            for n, (passage, start) in enumerate(quotes, 1)
        ),
        missing_context="价" * 300,
    )
    home.app.ledger.begin(Request("c", "claim", "slash", "7", guild_id=PUBLIC, channel_id="2"))
    home.app.ledger.keep("c", [given], {"longest": [passage.id for passage in long]})
    page = await get(home, "/v/longest")
    assert page.status == 200 and len(page.text.encode()) <= 60_000
    for n, (_, start) in enumerate(quotes, 1):
        assert f'id="quote-{n}"' in page.text
        assert html.escape(text[start + 100 : start + 120]) in page.text
    assert "more have no room here" in page.text


async def test_without_a_public_address_cards_link_nowhere(tmp_path: Path) -> None:
    async with WebHome(tmp_path, RECEIPTS_PUBLIC_URL=None) as home:
        assert home.receipts.address(home.ids[PUBLIC], PUBLIC) is None
        page = await get(home, f"/v/{home.ids[PUBLIC]}")
        assert page.status == 200 and "canonical" not in page.text
        assert (await get(home, "/")).status == 200


async def test_health_tells_what_is_not_ready(home: WebHome) -> None:
    assert (await get(home, "/healthz")).text == "alive\n"
    page = await get(home, "/readyz")
    assert page.status == 503
    assert json.loads(page.text) == {
        "ready": False, "database": True, "models": False, "discord": False, "taking_work": True,
    }  # fmt: skip
    home.be_ready()
    assert (await get(home, "/readyz")).status == 200
    home.health.draining = True
    assert (await get(home, "/readyz")).status == 503
    outside = await get(home, "/readyz", **{"X-Forwarded-For": "203.0.113.7"})
    assert json.loads(outside.text) == {"ready": False}


async def test_metrics_are_for_the_operators_network_alone(home: WebHome) -> None:
    home.app.metrics.given(
        home.app.ledger.given(home.ids[PUBLIC]).verdict,  # type: ignore[union-attr]
        asked_model=True,
    )
    page = await get(home, "/metrics")
    for line in (
        'receipts_verdicts_total{engine="local",label="misleading"} 1.0',
        "receipts_llm_errors_total 1.0",
        "receipts_corpus_sources 2.0",
        "receipts_checks_open 0.0",
        'receipts_step_seconds_count{step="retrieve"} 1.0',
    ):
        assert line in page.text
    assert (await get(home, "/metrics", **{"X-Forwarded-For": "203.0.113.7"})).status == 404


def ruin(folder: Path) -> None:
    (folder / "receipts.db").write_bytes(b"nonsense" * 1000)
    for file in folder.glob("receipts.db-*"):
        file.unlink()


async def test_a_database_that_fails_is_a_page_that_says_so(home: WebHome, tmp_path: Path) -> None:
    home.app.database.dispose()
    ruin(tmp_path)
    page = await get(home, f"/v/{home.ids[PUBLIC]}")
    assert page.status == 503 and "Please try again soon" in page.text
    assert "Traceback" not in page.text and str(tmp_path) not in page.text
    assert (await get(home, "/healthz")).status == 200
    assert not json.loads((await get(home, "/readyz")).text)["database"]


async def test_a_taken_port_is_said_to_be(home: WebHome) -> None:
    from bot.web.pages import served

    with pytest.raises(OperationError, match="RECEIPTS_HTTP_PORT"):
        async with served(home.app, home.health, "127.0.0.1", home.port):
            pass


async def test_hostile_requests_break_nothing(home: WebHome) -> None:
    home.be_ready()
    seen = await fuzz(home.port, 500, home.addresses(), [CLAIM_OF_MEMBERS, SECRET_TEXT])
    assert seen["200"] and seen["404"]


async def test_pages_are_in_the_language_of_the_visitor_and_receipts_in_the_verdicts(
    home: WebHome,
) -> None:
    german = "de-AT,de;q=0.9,en;q=0.5"
    page = await get(home, "/", **{"Accept-Language": german})
    assert '<html lang="de">' in page.text and page.headers["Content-Language"] == "de"
    assert "Was ein Urteil sein kann" in page.text and "Widerlegt" in page.text
    missing = await get(home, "/v/nothing", **{"Accept-Language": german})
    assert missing.status == 404 and "Hier ist kein Beleg" in missing.text
    assert '<html lang="en">' in (await get(home, "/", **{"Accept-Language": "fr, en"})).text
    english = await get(home, f"/v/{home.ids[PUBLIC]}", **{"Accept-Language": german})
    assert '<html lang="en">' in english.text and "What the sources say" in english.text


async def test_a_german_verdict_has_a_german_receipt(home: WebHome) -> None:
    german = verdict(id="german-verdict", claim="Es kostete 5,5 Mio. Dollar", language="de")
    request = Request("check-de", german.claim, "slash", "7", guild_id=PUBLIC, channel_id="2")
    home.app.ledger.begin(request)
    home.app.ledger.keep("check-de", [german], {german.id: []})
    home.app.ledger.finish("check-de", "done")
    page = await get(home, "/v/german-verdict", **{"Accept-Language": "en"})
    assert page.status == 200 and '<html lang="de">' in page.text
    for words in ("Irreführend", "Was die Quellen sagen", "Kein Mensch hat", "Wie dies entstanden"):
        assert words in page.text
    for words in ("What the sources say", "Review and versions", "No person", "Skip to"):
        assert words not in page.text
