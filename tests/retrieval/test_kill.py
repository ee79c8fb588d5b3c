"""A short run of the kill benchmark; `python -m benchmarks.kill` is the long one."""

from __future__ import annotations

from benchmarks.kill import run


def test_killed_ingest_loses_nothing_and_heals() -> None:
    tally = run(kills=2, aimed=0, seed=3, count=600)
    assert tally.failures == []
