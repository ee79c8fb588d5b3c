"""What the bot says besides its cards: each one sentence or two that a person can act on.

`words.CHECKING` and the like are looked up in the language that the person is spoken to in.
"""

from __future__ import annotations

from bot.budget import SpentError
from bot.quotas import OverQuotaError
from bot.screenshots import MOST_BYTES, Why
from bot.translated import say, speaking
from corpus.errors import EndpointError, InputError
from prompts.language import phrases
from prompts.verdict import Label
from retrieval.model import Stance

LONGEST_TEXT = 2000
MENU = phrases()("menu.check")
FLAG_MENU = phrases()("menu.flag")

__all__ = ["say", "speaking"]


def __getattr__(name: str) -> str:
    if not name.isupper():
        raise AttributeError(name)
    told = say()
    return told(name, menu=told("menu.check"))


def label(of: Label | str) -> str:
    """What a label is called."""
    return say()(f"label.{of}")


def stance(of: Stance) -> str:
    """What a stance is called."""
    return say()(f"stance.{of}")


def flag_reason(of: str) -> str:
    """What the reason of a flag is called."""
    return say()(f"flag.{of}")


def day(iso: str | None) -> str:
    """A date of any precision; empty where it is none."""
    return say().day(iso) or ""


def too_long(characters: int) -> str:
    """Refuses a text of so many characters."""
    told = say()
    return told("too_long", characters=told.number(characters), most=told.number(LONGEST_TEXT))


def picture(why: Why) -> str:
    """Says why a picture is not checked."""
    return say()(f"picture.{why}", most=MOST_BYTES // (1024 * 1024))


def slow_down(most: int, window: float, wait: float) -> str:
    """Refuses a person who asks too often; both times in seconds."""
    return say()("slow_down", most=most, window=_time(window), wait=_time(wait))


def over_quota(error: OverQuotaError) -> str:
    """Refuses what is over a person's, a channel's or a server's quota."""
    told = say()
    return told(
        "over_quota",
        most=error.most,
        span=told(f"span.{error.span}"),
        whose=told(f"quota.{error.scope}"),
        wait=_time(error.wait),
    )


def _time(seconds: float) -> str:
    """Seconds as people say them."""
    count, unit = max(1, round(seconds)), "second"
    for per, longer in ((60, "minute"), (60, "hour")):
        if count >= 90:
            count, unit = round(count / per), longer
    return say()(f"time.{unit}", count=count)


def failed(error: BaseException, incident: str) -> str:
    """Says that a check failed and what to do; the log has the rest under `incident`."""
    told = say()
    match error:
        case InputError():
            said = told("failed.input")
        case EndpointError():
            said = told("failed.endpoint")
        case SpentError(budget=budget):
            return told(f"spent.{budget.scope}.{budget.period}")
        case TimeoutError():
            said = told("failed.time")
        case _:
            said = told("failed.other")
    return told("failed.tell", said=said, incident=incident)
