"""What a log gets to read of a long command."""

from __future__ import annotations

import io

from bot.progress import LINE_EVERY_S, Lines


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end() -> None:
    now = 0.0
    stream = io.StringIO()
    with Lines("Reading", 100, stream, lambda: now) as lines:
        lines.expect(20)
        for n in range(60):
            now += LINE_EVERY_S / 20
            lines.at(f"file\x1b[2J-{n}.md")
            lines(1)
    told = stream.getvalue()
    assert told.splitlines() == [
        "Reading: 20 of 120, 0:10 min, 2.0 a second, 0:50 min left, now file[2J-19.md",
        "Reading: 40 of 120, 0:20 min, 2.0 a second, 0:40 min left, now file[2J-39.md",
        "Reading: 60 of 120, 0:30 min, 2.0 a second, 0:30 min left, now file[2J-59.md",
        "Reading: 60 of 120, 0:30 min, 2.0 a second, 0:30 min left",
    ]
    assert "\r" not in told


def test_without_a_total_there_is_nothing_left_to_tell() -> None:
    stream = io.StringIO()
    with Lines("Importing", None, stream, lambda: 0.0) as lines:
        lines(3)
    assert stream.getvalue() == "Importing: 3, 0:00 min, 0.0 a second\n"
