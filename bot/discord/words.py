"""What the bot says besides its cards: each one sentence or two that a person can act on."""

from __future__ import annotations

from bot.quotas import OverQuotaError
from corpus.errors import BudgetError, EndpointError, InputError

LONGEST_TEXT = 2000
MENU = "Check this claim"
FLAG_MENU = "Flag for review"

CHECKING = "Checking…"
INTERRUPTED = "I was stopped before I could finish this. Please ask again."
STOPPING = "I am being restarted. Please ask again in a minute."
NOT_NOW = "I cannot take a check right now. Please ask again in a minute."
BUSY = "I have too many checks under way. Please ask again in a minute."

HOW_TO = (
    f"Write the claim after my name, use /check, or open a message's menu and choose Apps > {MENU}."
)
HOW_TO_REPLY = (
    "I cannot read the message you reply to. Open its menu and choose "
    f"Apps > {MENU}, or write the claim after my name."
)
HOW_TO_DM = "Send me a claim as text, and I check it against the sources I hold."
NO_TEXT = "That message has no text that I can read. Copy the claim into /check."
MESSAGE_GONE = "The message you reply to is gone. Write the claim after my name."
OWN_MESSAGE = "That message is mine. Give me a claim of somebody else's to check."
NO_CARDS = (
    "I may not show cards here. Ask a moderator to allow me Embed Links in this channel, "
    "or use /check."
)
WHICH = "Which do you mean?"
TWO_WAYS = "This can be meant in two ways, and the sources do not say the same of both:"

BAD_DATE = "as_of must be a date that has been: 2025, 2025-02 or 2025-02-05."

NO_VERDICT = "I no longer hold this verdict. Please check the claim again."
NO_QUOTES = "This verdict cites no source."
NOT_A_VERDICT = "That message shows no verdict of mine, so there is nothing to flag."
BY_REACTION = "Flagged with a reaction."
FLAGGED = "Thank you: your flag is recorded and a person can review the verdict."
LOST_FORM = (
    "I was restarted, or waited too long, while this form was open, so nothing was done with it. "
    "Please open it again."
)
TYPED = "What you had typed:"
FLAGGED_BEFORE = "You have flagged this verdict before; that flag is still on record."
APPEALED = "Your appeal reopens the case, and goes to another moderator than the one who decided."
PRIVACY = (
    "Ids, never names; texts only as long as each server keeps them. Verdicts stay when you delete "
    "the rest, without a trace of you. A moderator's decisions stay, under nobody's name."
)
FORGET_SURE = "This cannot be undone: your questions, flags and appeals lose their words and you."
FORGOTTEN = "Done. What was stored about you is deleted, in every server."
WELCOME = (
    "I check claims against sources and show the quotes. Try `/check`, or open a message's menu "
    "and choose **Apps > Check this claim**.\n\n"
    "**Next:** make a channel that only moderators see, let me write and embed links there, and "
    "give it to me with `/settings review channel:`. Doubted verdicts then get a card there, and "
    "moderators approve, edit or withdraw them; every message that showed one is put right.\n\n"
    "`/settings show` has the rest: all of it is optional. `/privacy` shows anyone what I store "
    "about them, and deletes it."
)
OLD_COMMAND = "This command has changed. Reload Discord and try again."
NOT_HERE = "This cannot be used here."


def too_long(characters: int) -> str:
    """Refuses a text of so many characters."""
    return (
        f"That is {characters:,} characters, and I check up to {LONGEST_TEXT:,} at a time. "
        "Send only the part that makes the claim."
    )


def slow_down(most: int, window: float, wait: float) -> str:
    """Refuses a person who asks too often; both times in seconds."""
    return (
        f"I do at most {most} checks in {_time(window)} for each person. "
        f"Please ask again in {_time(wait)}."
    )


def over_quota(error: OverQuotaError) -> str:
    """Refuses what is over a person's, a channel's or a server's quota."""
    whose = {"person": "each person", "channel": "this channel", "server": "this server"}
    return (
        f"I do at most {error.most} checks {error.span} for {whose[error.scope]}. "
        f"Please ask again in {_time(error.wait)}."
    )


def _time(seconds: float) -> str:
    """Seconds as people say them."""
    count, unit = max(1, round(seconds)), "second"
    for per, longer in ((60, "minute"), (60, "hour")):
        if count >= 90:
            count, unit = round(count / per), longer
    return f"{count} {unit}{'' if count == 1 else 's'}"


def failed(error: BaseException, incident: str) -> str:
    """Says that a check failed and what to do; the log has the rest under `incident`."""
    match error:
        case InputError():
            said = "I cannot check this text as it is. Put the claim in one plain sentence."
        case EndpointError():
            said = "The model that writes verdicts did not answer. Please try again in a minute."
        case BudgetError():
            return f"I cannot check this now: {error}."
        case TimeoutError():
            said = "This took too long. Please try again with a shorter text."
        case _:
            said = "Something went wrong on my side. Please try again in a minute."
    return f"{said} If it goes on, tell whoever runs me: error {incident}."
