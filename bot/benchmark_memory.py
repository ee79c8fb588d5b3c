"""How long memory takes to look a claim up: `python -m bot.benchmark_memory [--verdicts N]`.

Publishes N made-up verdicts in a throw-away home, then asks for claims that are there in other
words, claims that are near, and claims that are not; then the sources change that a thousand of
them rest on. Prints one JSON object; the times of a lookup are milliseconds and hold everything
that `recall` does, the embedding of the claim too.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sqlalchemy as sa

from bot.app import App, create_app
from bot.ledger import checks, verdicts
from bot.memory import Memory
from bot.review.tables import audit_log, case_cards, cases, cited_sources, claim_vectors, decisions
from bot.review.values import claim_key
from bot.settings import Settings
from corpus.database import writing
from corpus.model import Source
from corpus.split import PassageSpan
from prompts.verdict import CorpusState, Label, Sentence, Verdict
from retrieval.model import Embedder

_WHO = ["Norway", "Kenya", "Acme Corp", "The FTC", "Toyota", "Peru", "Nvidia", "The Bank of Japan"]
_WHAT = ["spent", "lost", "raised", "paid", "earned", "borrowed"]
_ON = ["schools", "chips", "roads", "a new port", "hospitals", "batteries", "solar parks"]
_HOME = "1"
_SOURCES = 100
_CHANGED = 1_000
"""Verdicts that cite the sources that change."""


def claim_of(number: int) -> str:
    """A claim of its own for each number."""
    draw = random.Random(number)  # noqa: S311 - made-up data
    who, what, on = draw.choice(_WHO), draw.choice(_WHAT), draw.choice(_ON)
    return f"{who} {what} ${number + 1_001:,} million on {on} in {draw.randint(1990, 2024)}."


def asked_of(number: int) -> str:
    """The same claim in another order; every third has another figure, every fifth is new."""
    claim = claim_of(number)
    if number % 5 == 0:
        return f"The museum in town number {number} has a roof made of copper."
    if number % 3 == 0:
        return claim.replace("$", "$9")
    head, _, year = claim.rstrip(".").rpartition(" in ")
    return f"In {year}, {head}."


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=int, default=50_000)
    parser.add_argument("--lookups", type=int, default=300)
    given = parser.parse_args()
    with (
        TemporaryDirectory(prefix="receipts-memory-") as folder,
        create_app(Settings(RECEIPTS_HOME=Path(folder)), starter=False) as app,
    ):
        _ = app.ledger  # It makes the tables.
        _publish(app.database, given.verdicts, app.embedder)
        found = _lookups(app.memory, given.verdicts, given.lookups)
        found |= _change(app, given.verdicts)
    sys.stdout.write(f"{json.dumps(found)}\n")


def _lookups(memory: Memory, verdicts: int, lookups: int) -> dict[str, float]:
    started = time.perf_counter()
    memory.recall("warm", _HOME)
    loaded = time.perf_counter() - started
    spent, busy, served = [], [], 0
    for number in range(lookups):
        asked = asked_of(number * max(1, verdicts // lookups))
        started, worked = time.perf_counter(), time.process_time()
        served += memory.recall(asked, _HOME).served is not None
        spent.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    return {
        "verdicts": verdicts,
        "lookups": lookups,
        "served": served,
        "load_s": round(loaded, 2),
        "p50_ms": round(float(np.percentile(spent, 50)), 1),
        "p95_ms": round(float(np.percentile(spent, 95)), 1),
        "p95_cpu_ms": round(float(np.percentile(busy, 95)), 1),
    }


def _change(app: App, verdicts: int) -> dict[str, float]:
    """Sources that so many verdicts cite are fetched anew, and how long the look takes."""
    changed = [f"s{n}" for n in range(max(1, _CHANGED * _SOURCES // verdicts))]
    app.living.look()
    for source_id in changed:
        text = f"The report {source_id} on the prices of copper was read again, and corrected."
        app.catalogue.add(
            Source(source_id, "A report"), text, [PassageSpan(0, len(text), None)],
            app.embedder.embed([text]), app.embedder.model_id,
        )  # fmt: skip
    started = time.perf_counter()
    listed = app.living.look()
    return {
        "changed_sources": len(changed),
        "bears_on": listed,
        "found_s": round(time.perf_counter() - started, 2),
    }


def _publish(engine: sa.Engine, count: int, embedder: Embedder) -> None:
    """The rows of published verdicts, without the work of deciding each.

    Vectors of a sample of claims are spread a little and used for all: embedding so many takes an
    hour, and a lookup costs the same.
    """
    now = datetime.now(UTC)
    spread = np.random.default_rng(0)
    base = embedder.embed([claim_of(number) for number in range(0, count, max(1, count // 400))])
    with writing(engine) as db:
        db.execute(checks.insert().values(
            id="1", requested_at=now, user_id="7", origin="slash", text="", status="done"
        ))  # fmt: skip
        for first in range(0, count, 2_000):
            numbers = range(first, min(count, first + 2_000))
            noise = spread.normal(0, 0.02, (len(numbers), base.shape[1]))
            near = base[[number % len(base) for number in numbers]] + noise
            near /= np.linalg.norm(near, axis=1, keepdims=True)
            _insert(db, numbers, near.astype(np.float16), embedder.model_id, now)


def _insert(
    db: sa.Connection, numbers: range, vectors: np.ndarray, model_id: str, now: datetime
) -> None:
    rows = []
    for number in numbers:
        claim = claim_of(number)
        made = Verdict(
            id=f"v{number}",
            claim=claim,
            label=Label.REFUTED,
            confidence=0.9,
            summary=(Sentence(text="No."),),
            citations=(),
            missing_context=None,
            corpus=CorpusState(as_of="2026-11-25", sources=1, newest=None),
            engine="local",
            checked_at="2026-11-25T00:00:00Z",
        )
        rows.append((number, claim, claim_key(claim), made.model_dump_json(by_alias=True)))
    db.execute(verdicts.insert(), [
        {"id": f"v{n}", "check_id": "1", "claim": claim, "label": "refuted", "verdict": text,
         "created_at": now}
        for n, claim, _, text in rows
    ])  # fmt: skip
    db.execute(cases.insert(), [
        {"id": f"c{n}", "guild_id": _HOME, "claim_key": key, "claim": claim, "verdict_id": f"v{n}",
         "published_id": f"v{n}", "decision_id": f"d{n}", "state": "decided",
         "outcome": "published", "version": 2, "stale": False, "opened_at": now,
         "touched_at": now, "decided_at": now, "changed_by": "9", "changed_at": now,
         "changed_how": "approve"}
        for n, claim, key, _ in rows
    ])  # fmt: skip
    db.execute(decisions.insert(), [
        {"id": f"d{n}", "guild_id": _HOME, "case_id": f"c{n}", "action": "approve",
         "state": "final", "actor_id": "9", "verdict_id": f"v{n}", "draft_label": "refuted",
         "old_label": "refuted", "new_label": "refuted", "engine": "local", "reason": "",
         "created_at": now, "waiting_since": now, "decided_at": now}
        for n, *_ in rows
    ])  # fmt: skip
    db.execute(case_cards.insert(), [
        {"case_id": f"c{n}", "guild_id": _HOME, "changes": 0, "shown": 0, "problem": ""}
        for n, *_ in rows
    ])  # fmt: skip
    db.execute(audit_log.insert(), [
        {"guild_id": _HOME, "case_id": f"c{n}", "actor": "9", "action": "approve", "at": now,
         "before": "{}", "after": "{}"}
        for n, *_ in rows
    ])  # fmt: skip
    db.execute(cited_sources.insert(), [
        {"source_id": f"s{n % _SOURCES}", "verdict_id": f"v{n}"} for n, *_ in rows
    ])  # fmt: skip
    db.execute(claim_vectors.insert(), [
        {"claim_key": key, "model_id": model_id, "vector": vector.tobytes()}
        for (_, _, key, _), vector in zip(rows, vectors, strict=True)
    ])  # fmt: skip


if __name__ == "__main__":
    main()
