"""The service's log: its check, its form, and no secret."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import check_id, start_service_log


@pytest.fixture(autouse=True)
def the_log_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_each_line_knows_its_check_also_from_a_thread() -> None:
    stream = io.StringIO()
    start_service_log(stream, logging.INFO, "json")

    async def work(number: int) -> None:
        check_id.set(str(number))
        await asyncio.to_thread(logging.getLogger("test").info, "step of %d", number)

    await asyncio.gather(*(asyncio.create_task(work(number)) for number in (1, 2)))
    logging.getLogger("test").info("outside")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    found = {(line["message"], line.get("check")) for line in lines if line["logger"] == "test"}
    assert found == {("step of 1", "1"), ("step of 2", "2"), ("outside", None)}


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_is_written_not_even_in_a_traceback(style: str) -> None:
    stream = io.StringIO()
    start_service_log(stream, logging.INFO, style, ["a-secret-token"])  # type: ignore[arg-type]
    try:
        raise ValueError("Bearer a-secret-token was refused")
    except ValueError:
        logging.getLogger("test").exception("with %s", "a-secret-token")
    said = stream.getvalue()
    assert "a-secret-token" not in said
    assert said.count("***") >= 2 and "ValueError" in said
