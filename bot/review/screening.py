"""Which verdicts the program does not let stand on its own word alone."""

from __future__ import annotations

from bot.review.settings import GuildSettings
from bot.review.values import Making, Trigger
from prompts.verdict import Label, Verdict


def triggers(
    verdict: Verdict, making: Making, settings: GuildSettings, seen_today: int
) -> dict[Trigger, str]:
    """Why a person should look at this verdict, each with its figures; empty where nothing says so.

    `seen_today`: how often the claim was asked about in 24 hours, this time included.
    A verdict that claims nothing (not checkable) is not held to the threshold of confidence.
    """
    found: dict[Trigger, str] = {}
    if verdict.label is not Label.NOT_CHECKABLE and verdict.confidence < settings.min_confidence:
        found[Trigger.LOW_CONFIDENCE] = f"{verdict.confidence:.0%} < {settings.min_confidence:.0%}"
    if len(set(making.labels.values())) > 1:
        said = ", ".join(f"{name}: {label}" for name, label in sorted(making.labels.items()))
        found[Trigger.ENGINES_DISAGREE] = said
    if making.notes:
        found[Trigger.REPAIRED] = f"{len(making.notes)} ×"
    if making.private_person:
        found[Trigger.PRIVATE_PERSON] = ""
    if seen_today >= settings.seen_a_day:
        found[Trigger.SEEN_OFTEN] = f"{seen_today} ×"
    return found
