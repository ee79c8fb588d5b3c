"""Makes the README's pictures: real answers of the real bot, as SimCord draws them.

Run by hand, with a Chromium on the machine: `pip install -e '.[pictures]'`, then
`python -m bot.pictures docs`.
"""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import simcord
import sqlalchemy as sa

from bot.app import App, create_app
from bot.demo.clock import set_clock
from bot.discord.client import create_bot
from bot.health import Health
from bot.ledger import verdicts
from bot.settings import load_settings
from bot.sharing import Receipts
from bot.web.pages import served
from corpus.errors import OperationError

CLAIM = "DeepSeek cost $5.5M"

PHONE = (412, 1000)
"""Width and height of a phone's screen, in CSS pixels; the height leaves room for a whole card."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def installed_browser() -> Iterator[None]:
    """Has Playwright start the machine's own browser, for it would download another."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise OperationError(f"no browser found: install one of {', '.join(BROWSERS)}")
    browser_type = importlib.import_module("playwright.async_api").BrowserType
    launch = browser_type.launch

    async def launch_installed(self: Any) -> Any:
        arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
        ]
        return await launch(self, executable_path=path, args=arguments)

    browser_type.launch = launch_installed
    try:
        yield
    finally:
        browser_type.launch = launch


async def take_pictures(app: App, folder: Path) -> list[Path]:
    """Asks the bot, presses its buttons, and writes a picture of each answer."""
    bot = create_bot(app)
    env = simcord.Env(bot, shard_count=1, settle_timeout=200)
    await env.start()
    try:
        assert bot.user is not None
        await bot.user.edit(username="Receipts")
        await set_clock(env, bot)
        guild = env.create_guild("Newsroom")
        channel = guild.create_text_channel("news")
        alice = guild.add_member(env.create_user("alice", global_name="Alice"))
        asked = await alice.slash(channel, "check", claim=CLAIM)
        assert asked.response is not None
        opened = await alice.click(asked.response, label="Sources")
        form = await alice.click(asked.response, label="Flag")
        taken = []
        preview = env.preview(channel, viewers=[alice], width=PHONE[0], height=PHONE[1])
        async with preview as view:
            for name, target in (("card", asked), ("sources", opened), ("flag", form)):
                await view.show(target)
                path = folder / f"{name}.png"
                await view.screenshot(path, mode="surface")
                taken.append(path)
        return taken
    finally:
        await bot.end_rounds()
        await env.shutdown()
        bot.desk.close()


async def take_receipt(app: App, path: Path) -> Path:
    """Writes a picture of the newest verdict's page on the web, to the end of its first source."""
    async_playwright = importlib.import_module("playwright.async_api").async_playwright
    with app.database.connect() as db:
        newest = sa.select(verdicts.c.id).order_by(verdicts.c.created_at.desc()).limit(1)
        verdict_id = db.scalars(newest).one()
    key = Receipts(app.ledger, None).key(verdict_id)
    async with served(app, Health(app), "127.0.0.1", 0) as port, async_playwright() as playwright:
        browser = await playwright.chromium.launch()
        page = await browser.new_page(viewport={"width": 800, "height": 1000})
        await page.goto(f"http://127.0.0.1:{port}/v/{verdict_id}?key={key}")
        first = await page.locator(".sources > li").first.bounding_box()
        shown = {"x": 0, "y": 0, "width": 800, "height": first["y"] + first["height"] + 20}
        await page.screenshot(path=path, full_page=True, clip=shown)
        await browser.close()
    return path


async def _main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as home, installed_browser():
        async with create_app(load_settings(home=Path(home), engine="local")) as app:
            app.warm_up()
            taken = await take_pictures(app, folder)
            for path in [*taken, await take_receipt(app, folder / "receipt.png")]:
                sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    docs.mkdir(parents=True, exist_ok=True)
    asyncio.run(_main(docs))
