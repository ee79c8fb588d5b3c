"""What a figure was made from: the command, the day, the rows, the seed and the models."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bot.settings import Settings
from retrieval.modelfiles import SHIPPED, open_model


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that is needed to make the figures again."""

    what: str
    """The data set, the measurement and the options that change what is measured."""
    command: str
    day: str
    rows: str
    """How many rows of how many, and how they were chosen."""
    seed: int
    """Of intervals, splits and samples."""
    versions: Mapping[str, str]
    words_learned_from: str | None
    """Where the baselines that read words learned them; None where there are none."""

    def facts(self) -> list[tuple[str, str]]:
        """Name and value of each, for people."""
        learned = self.words_learned_from
        return [
            ("measured", self.what),
            ("command", self.command),
            ("day", self.day),
            ("rows", self.rows),
            ("seed", str(self.seed)),
            *((name, version) for name, version in self.versions.items()),
            *([("baselines of words learned from", learned)] if learned else []),
        ]

    def as_json(self) -> dict[str, object]:
        """The `run` of a measurement."""
        return {
            "what": self.what,
            "command": self.command,
            "day": self.day,
            "rows": self.rows,
            "seed": self.seed,
            "versions": dict(self.versions),
            "words_learned_from": self.words_learned_from,
        }


def versions(settings: Settings, embedder: str | None, models: bool) -> dict[str, str]:
    """Of the program, and of the models that took part. ModelFileError where one is broken."""
    found = {"receipts": _release(), "python": platform.python_version()}
    if embedder is not None:
        found["embedder"] = embedder
    if models:
        folder = Path(settings.stance_model) if settings.stance_model else SHIPPED / "stance"
        found["stance"] = open_model(folder).model_id
        found["weigher"] = open_model(SHIPPED / "weigher").model_id
        if settings.uses_llm and settings.model:
            found["language model"] = settings.model
    return found


def _release() -> str:
    try:
        return metadata.version("receipts")
    except metadata.PackageNotFoundError:
        return "not installed"
