"""What embedding, weighing, searching and checking cost, beside the bare models here and now.

Passages are made of the starter notes' sentences, shuffled, with other figures in them. Only some
are embedded; the others get vectors near theirs, as the time of a search does not depend on what
the vectors mean. A ratio of 1 is the model alone, on one thread, fed the same texts.
"""

from __future__ import annotations

import random
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.app import App, create_app
from bot.checker import PASSAGES
from bot.evaluate import metrics
from bot.session import Session
from bot.settings import Settings
from corpus.errors import InputError
from corpus.model import Source
from corpus.split import PassageSpan, sentences
from corpus.starter import starter_documents
from prompts.verdict import Claim
from retrieval.evidence import units
from retrieval.findings import Reading
from retrieval.modelfiles import SHIPPED, ModelFolder, open_model
from retrieval.stance import load_stance

if TYPE_CHECKING:
    from tokenizers import Encoding

    from retrieval.model import Hit, Vectors

PASSAGE_WORDS = 120
PAIR_TOKENS = 128
_ALONE = 60
"""Passages, and pairs, by which a model's own speed is measured."""
_EMBEDDED = 200
_TO_A_SOURCE = 20
_NOISE = 0.6
"""Length of what is added to a vector of length 1 to make another."""

Text = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and of all cores together."""

    wall: float
    cpu: float


def cost(work: Callable[[], object]) -> Cost:
    """What `work` costs in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


class BareModel:
    """A model's session and nothing around it, on one thread."""

    def __init__(self, folder: ModelFolder, longest: str) -> None:
        """`longest` is the name of the most tokens it reads, in its configuration."""
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder.file("tokenizer.json")))
        self.tokenizer.no_padding()
        length = folder.config.get(longest)
        self.tokenizer.enable_truncation(
            length if isinstance(length, int) else 256, strategy="only_first"
        )
        self._session = folder.session()
        self._inputs = {value.name for value in self._session.get_inputs()}

    def cost(self, texts: Sequence[Text]) -> Cost:
        """Of running the model on each; tokens are made before the clock starts."""
        feeds = [self._feed(encoding) for encoding in self.tokenizer.encode_batch(list(texts))]
        return cost(lambda: [self._session.run(None, feed) for feed in feeds])

    def _feed(self, encoding: Encoding) -> dict[str, Any]:
        given = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        return {name: np.array([given[name]], dtype=np.int64) for name in self._inputs}


class Texts:
    """Passages and claims without end, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - test data, no secret
        self._facts = [
            document.text[start:end]
            for document in starter_documents()
            for start, end in sentences(document.text)
        ]

    def fact(self) -> str:
        """A sentence of a note with other figures."""
        chosen = self._random.choice(self._facts)
        return re.sub(r"\d", lambda _: str(self._random.randrange(10)), chosen)

    def passage(self) -> str:
        """About `PASSAGE_WORDS` words."""
        words: list[str] = []
        while len(words) < PASSAGE_WORDS:
            words += self.fact().split()
        return " ".join(words[:PASSAGE_WORDS])

    def pair(self, bare: BareModel) -> tuple[str, str]:
        """A premise and a claim of `PAIR_TOKENS` tokens together."""
        claim, words = self.fact(), self.passage().split() * 2
        lengths = range(1, len(words))
        count = bisect_right(
            lengths, PAIR_TOKENS, key=lambda n: self._tokens(bare, words[:n], claim)
        )
        return " ".join(words[: max(count, 1)]), claim

    @staticmethod
    def _tokens(bare: BareModel, words: Sequence[str], claim: str) -> int:
        return len(bare.tokenizer.encode(" ".join(words), claim).ids)


def fill(app: App, texts: Texts, count: int, seed: int, advance: Callable[[int], None]) -> None:
    """Put `count` passages into the home, and into the index where so many need one."""
    noise = np.random.default_rng(seed)
    known = [texts.passage() for _ in range(min(count, _EMBEDDED))]
    near = app.embedder.embed(known)
    for first in range(0, count, _TO_A_SOURCE):
        numbers = range(first, min(first + _TO_A_SOURCE, count))
        held = [known[n] if n < len(known) else texts.passage() for n in numbers]
        vectors = np.stack([near[n] if n < len(near) else _beside(near, noise) for n in numbers])
        spans, start = [], 0
        for passage in held:
            spans.append(PassageSpan(start, start + len(passage)))
            start += len(passage) + 1
        source = Source(id=f"made-{first}", title=f"Notes {first}", published="2024-01-01")
        app.catalogue.add(source, "\n".join(held), spans, vectors, app.embedder.model_id)
        advance(len(held))
    app.indexer.drain()


def _beside(near: Vectors, noise: np.random.Generator) -> Vectors:
    """A unit vector in the neighbourhood of one of these."""
    step = noise.standard_normal(near.shape[1])
    vector = near[noise.integers(len(near))] + _NOISE * step / np.linalg.norm(step)
    result: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
    return result


async def measure(
    settings: Settings, session: Session, passages: int, claims: int, seed: int
) -> dict[str, Any]:
    """All figures, by name."""
    embedder = BareModel(open_model(model_folder(settings.embedding_model, "minilm")), "max_tokens")
    stance = BareModel(open_model(model_folder(settings.stance_model, "stance")), "max_length")
    texts = Texts(seed)
    with TemporaryDirectory(prefix="receipts-benchmark-") as home:
        elsewhere = settings.model_copy(
            update={"home": Path(home), "database_url": None, "chroma_url": None}
        )
        async with create_app(elsewhere, progress=session.progress, starter=False) as app:
            with session.progress("Making passages", passages) as advance:
                fill(app, texts, passages, seed, advance)
            app.warm_up()
            asked = [texts.fact() for _ in range(claims)]
            with session.progress("Measuring", 2 * claims + 2) as advance:
                return {
                    "passages": passages,
                    "claims": claims,
                    "embedder": _embedding(app, texts, embedder, advance),
                    "stance": _stances(settings, texts, stance, advance),
                    "search": _searches(app, asked, embedder, advance),
                    "check": await _checks(app, asked, embedder, stance, advance),
                }


def _embedding(
    app: App, texts: Texts, bare: BareModel, advance: Callable[[int], None]
) -> dict[str, float]:
    given = [texts.passage() for _ in range(_ALONE)]
    bare.cost(given[:3])
    ours, alone = cost(lambda: app.embedder.embed(given)), bare.cost(given)
    advance(1)
    return _speed(_ALONE, ours, alone)


def _stances(
    settings: Settings, texts: Texts, bare: BareModel, advance: Callable[[int], None]
) -> dict[str, float]:
    given = [texts.pair(bare) for _ in range(_ALONE)]
    model = load_stance(model_folder(settings.stance_model, "stance"))
    model.score(given[:3])
    bare.cost(given[:3])
    ours, alone = cost(lambda: model.score(given)), bare.cost(given)
    advance(1)
    return _speed(_ALONE, ours, alone)


def _speed(count: int, ours: Cost, alone: Cost) -> dict[str, float]:
    return {
        "per_cpu_second": round(count / max(ours.cpu, 1e-9), 1),
        "bare_per_cpu_second": round(count / max(alone.cpu, 1e-9), 1),
        "ratio": round(ours.cpu / max(alone.cpu, 1e-9), 2),
    }


def _searches(
    app: App, asked: Sequence[str], bare: BareModel, advance: Callable[[int], None]
) -> dict[str, float]:
    spent, alone = [], []
    for claim in asked:
        spent.append(cost(partial(app.retriever.search, claim, PASSAGES)))
        alone.append(bare.cost([claim]))
        advance(1)
    return _times(spent, alone)


async def _checks(
    app: App,
    asked: Sequence[str],
    embedder: BareModel,
    stance: BareModel,
    advance: Callable[[int], None],
) -> dict[str, float]:
    spent, alone = [], []
    for claim in asked:
        wall, cpu = time.perf_counter(), time.process_time()
        checked = await app.checker.check_claim(Claim(text=claim))
        spent.append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
        alone.append(_models_alone(claim, checked.hits, embedder, stance))
        advance(1)
    return _times(spent, alone)


def _models_alone(claim: str, hits: Sequence[Hit], embedder: BareModel, stance: BareModel) -> Cost:
    """What the models cost a check: the claim embedded, and held against each sentence."""
    pairs = [(unit.premise, claim) for unit in units(Reading(claim), hits)]
    query, weighed = embedder.cost([claim]), stance.cost(pairs)
    return Cost(query.wall + weighed.wall, query.cpu + weighed.cpu)


def _times(ours: Sequence[Cost], alone: Sequence[Cost]) -> dict[str, float]:
    latency = metrics.latency([1000 * spent.wall for spent in ours])
    bare = metrics.latency([1000 * spent.wall for spent in alone])
    return {
        "p50_ms": latency["p50"],
        "p95_ms": latency["p95"],
        "bare_p50_ms": bare["p50"],
        "ratio": round(latency["p50"] / max(bare["p50"], 0.1), 2),
        "cpu_ms": round(1000 * sum(spent.cpu for spent in ours) / len(ours), 1),
        "cpu_ratio": round(
            sum(spent.cpu for spent in ours) / max(sum(spent.cpu for spent in alone), 1e-9), 2
        ),
    }


def model_folder(setting: str | None, shipped: str) -> Path:
    """The folder of a model; InputError where the setting names another kind."""
    if setting is None:
        return SHIPPED / shipped
    if not Path(setting).is_dir():
        raise InputError(f"{setting!r} is no model folder; the benchmark measures local models")
    return Path(setting)
