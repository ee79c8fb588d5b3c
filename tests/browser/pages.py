"""The web pages in a real Chromium: how they look, read and behave.

Not collected with the other tests, as it needs a browser on the machine:
`pip install -e '.[browser]'`, then `pytest tests/browser/pages.py`. With PICTURES set to a folder
it leaves a picture of each page there.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.bot.web_home import BASE, MEMBERS, PUBLIC, WebHome

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[WebHome]:
    async with WebHome(tmp_path) as home:
        yield home


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "install Debian's chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


def paths(home: WebHome) -> dict[str, str]:
    members = home.receipts.address(home.ids[MEMBERS], MEMBERS)
    assert members is not None
    return {
        "home": "/",
        "receipt": f"/v/{home.ids[PUBLIC]}",
        "members": members.removeprefix(BASE),
        "hostile": f"/v/{home.ids['hostile']}",
        "nothing": "/v/nothing",
    }


async def open_page(browser: Browser, url: str, **options: Any) -> tuple[Page, list[str]]:
    """The page, and everything that the browser asked for or complained of."""
    page = await (await browser.new_context(**options)).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda said: seen.append(f"console: {said.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    await page.goto(url)
    return page, [line for line in seen if not line.startswith("data:")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_pages_are_sound(
    home: WebHome, browser: Browser, scheme: str, size: dict[str, int]
) -> None:
    home.app.catalogue.retract("papers", "the newspaper corrected it")
    for name, path in paths(home).items():
        page, seen = await open_page(browser, home.url(path), color_scheme=scheme, viewport=size)
        asked = [line for line in seen if not line.startswith("console: Failed to load")]
        assert asked == [home.url(path)], "a page asks for nothing beside itself"
        for opened in await page.query_selector_all("details"):
            await opened.evaluate("element => element.open = true")
        found = await Axe().run(page)
        assert found.violations_count == 0, (name, found.generate_report())
        assert await page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), f"{name} is wider than the screen"
        if folder := os.environ.get("PICTURES"):
            target = Path(folder) / f"{name}-{scheme}-{size['width']}.png"
            await page.screenshot(path=target, full_page=True)
        await page.context.close()


async def test_a_citation_leads_to_its_quote(home: WebHome, browser: Browser) -> None:
    page, _ = await open_page(
        browser, home.url(paths(home)["receipt"]), viewport={"width": 360, "height": 300}
    )
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
    while await page.evaluate("document.activeElement.textContent") != "[2]":
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    quote = page.locator("#quote-2 + mark")
    assert "assumed rental price" in await quote.inner_text()
    box = await quote.bounding_box()
    assert box is not None and 0 <= box["y"] < 300
    assert await quote.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


async def test_it_reads_without_a_script(home: WebHome, browser: Browser) -> None:
    page, _ = await open_page(browser, home.url(paths(home)["receipt"]), java_script_enabled=False)
    assert "assumed rental price" in await page.inner_text("main")
    assert await page.inner_text("h1") == "It cost $5.5M"


async def test_it_prints(home: WebHome, browser: Browser, tmp_path: Path) -> None:
    page, _ = await open_page(browser, home.url(paths(home)["receipt"]))
    await page.emulate_media(media="print")
    assert not await page.locator(".skip").is_visible()
    pdf = await page.pdf(format="A4")
    assert pdf.startswith(b"%PDF") and len(pdf) > 5_000


async def test_hostile_words_run_nothing(home: WebHome, browser: Browser) -> None:
    page, seen = await open_page(browser, home.url(paths(home)["hostile"]))
    assert seen == [home.url(paths(home)["hostile"])]
    assert "<script>alert" in await page.inner_text("h1")


async def test_pages_are_quick(home: WebHome) -> None:
    """Told, not asserted: `pytest -s` shows the times, and the machine decides them."""
    import aiohttp

    took = []
    async with aiohttp.ClientSession() as client:
        for _ in range(200):
            begun = time.perf_counter()
            async with client.get(home.url(paths(home)["receipt"])) as answer:
                await answer.read()
                assert answer.status == 200
            took.append(time.perf_counter() - begun)
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"p50 {statistics.median(took) * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms")
