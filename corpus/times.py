"""The clock, and moments as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The clock of whoever is given none."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second: sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
