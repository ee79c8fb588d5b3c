"""Which of several claims say what somebody asked: by the rules, and where they leave it open by a
model, which is opened when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prompts.language import ENGLISH, language_of
from retrieval.claim_reading import ClaimReading
from retrieval.sameness import LEAST_ODDS, Paraphrase, difference, same

_READ = 3
"""Claims that the model reads at most, the nearest: some 50 ms of a core each."""


class SameClaims:
    """Safe to call from several threads, where `paraphrase` is."""

    def __init__(self, paraphrase: Callable[[], Paraphrase]) -> None:
        self._paraphrase = paraphrase

    def places(self, asked: str, others: Sequence[str]) -> Iterator[int]:
        """Of those of `others`, the nearest first, that say what `asked` says: first the ones that
        the rules find no difference in, then the ones that the model is surest of."""
        reading = ClaimReading(asked)
        english = language_of(asked) == ENGLISH
        left_open: list[tuple[int, ClaimReading, float]] = []
        for place, other in enumerate(others):
            read = ClaimReading(other)
            if same(reading, read):
                yield place
                continue
            least = LEAST_ODDS.get(difference(reading, read) or "")
            # The model knows English only.
            if least is not None and english and language_of(other) == ENGLISH:
                left_open.append((place, read, least))
        if not left_open:
            return
        left_open = left_open[:_READ]
        pairs = [(reading.reading.text, read.reading.text) for _, read, _ in left_open]
        found = self._paraphrase().odds(pairs).tolist()
        above = [
            (odds - least, place)
            for odds, (place, _, least) in zip(found, left_open, strict=True)
            if odds >= least
        ]
        yield from (place for _, place in sorted(above, reverse=True))
