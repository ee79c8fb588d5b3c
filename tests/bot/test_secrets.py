"""What a run writes: no secret in its log, and no file that others on the machine may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.command_line import Receipts
from tests.bot.discord_stand_in import TOKEN, StandIn
from tests.bot.test_black_box import process
from tests.bot.test_processes import left

KEY, PASSWORD = "sk-very-secret-key", "password-of-the-proxy"
MODEL = {
    "OPENAI_API_KEY": KEY,
    "OPENAI_BASE_URL": f"http://somebody:{PASSWORD}@127.0.0.1:9/v1",
    "RECEIPTS_MODEL": "a-model",
}
"""One that cannot be reached, which is told in the log."""


async def test_the_bot_tells_no_secret_and_leaves_nothing_for_others_to_read(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir(0o755)
    async with StandIn() as discord:
        async with process(discord, home, "bot", "--debug", **MODEL) as bot:
            await discord.up_again()
            asked = await discord.command("DeepSeek cost $5.5M")
            await discord.until(lambda: asked.answers, 60)
            await left(bot)
        log = home / "bot.log"
        told = log.read_text()
        assert " DEBUG " in told and "cannot be reached" in told
        assert "/webhooks/" in told
        for secret in (TOKEN, KEY, PASSWORD, asked.token):
            assert secret not in told
        written = [path for path in home.rglob("*") if path != log]
        assert len(written) > 5
        assert [path for path in written if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("arguments", [("--debug", "check"), ("check",)])
def test_the_command_tells_no_secret(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    for name, value in MODEL.items():
        monkeypatch.setenv(name, value)
    ended = receipts(*arguments, "DeepSeek cost $5.5M")
    assert "cannot be reached" in ended.err
    assert KEY not in ended.out + ended.err and PASSWORD not in ended.out + ended.err


def test_a_bad_setting_is_named_without_what_is_in_it(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_DATABASE_URL", f"mysql://somebody:{PASSWORD}@127.0.0.1/receipts")
    ended = receipts("--debug", "sources", "list")
    assert ended.status == 2 and "mysql" in ended.err and PASSWORD not in ended.err
