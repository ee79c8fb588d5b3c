"""Each part of a whole installation is killed under load: nothing acknowledged is lost or doubled.

`python -m tests.load.kills` does the same thirty times, and holds it against the clock as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.kills import Kills
from tests.load.rig import Rig


@pytest.mark.parametrize("victim", ["bot", "chroma", "postgres"])
async def test_nothing_acknowledged_is_lost_or_answered_twice(
    tmp_path: Path, starter_template: Path, victim: str
) -> None:
    async with Rig(tmp_path, servers=3, corpus=starter_template) as rig:
        told = await Kills(rig, victim, rate=3).run(2)
    assert told["answered_with_a_card"] > 5
    assert told["acknowledged_and_unanswered"] == 0
    assert told["answered_twice"] == told["answered_again_otherwise"] == 0
    # One that a kill came before is tried all the same: it may have been acknowledged.
    assert set(told["faults"]) <= {"answered before it was acknowledged"}
