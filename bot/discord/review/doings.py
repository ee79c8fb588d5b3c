"""What happened to a case, in words that follow who did it: "@mona took the case"."""

from __future__ import annotations

from bot.translated import later, tr

DOINGS = later({
    "appeal": "appealed",
    "appeal_reopen": "reopened it with an appeal",
    "approve": "approved it",
    "assign": "took the case",
    "checked_again": "checked it again, with the same label",
    "close_duplicate": "closed it as a duplicate",
    "close_opinion": "closed it as an opinion",
    "close_spam": "closed it as spam",
    "decline": "declined the proposal",
    "deliver": "brought a new draft",
    "edit": "edited and published it",
    "edit_done": "corrected a message",
    "edit_forbidden": "may not correct a message",
    "edit_gave_up": "could not correct a message",
    "edit_gone": "found a message deleted",
    "edit_locked": "found a message's thread locked",
    "edit_superseded": "left a correction to a newer one",
    "flag": "flagged it",
    "forget": "deleted what was stored of a person",
    "hand_over": "handed the case over",
    "inherit": "carried a decision over from a merged case",
    "merge": "merged it into another case",
    "merged_from": "merged another case into it",
    "mute": "stopped a person's flags",
    "new_draft": "brought a new draft",
    "open": "opened the case",
    "propose": "proposed a decision",
    "release": "gave the case back",
    "reopen": "reopened the case",
    "reply_done": "told those who had asked",
    "reply_forbidden": "may not tell those who had asked",
    "reply_gave_up": "could not tell those who had asked",
    "reply_gone": "found no message left to reply to",
    "reply_locked": "found the thread locked for a reply",
    "reply_superseded": "left a reply to a newer correction",
    "rerun": "had it checked again",
    "rerun_as": "chose how to check it again",
    "rerun_failed": "could not check it again",
    "rerun_problem": "could not check it again",
    "retention": "removed old texts",
    "retry_corrections": "had the corrections tried again",
    "return": "put the case back",
    "settings": "changed the settings",
    "snooze": "snoozed it",
    "unmute": "took a person's flags again",
    "wake": "woke it up",
    "withdraw": "withdrew it",
})  # fmt: skip


def doing(action: str) -> str:
    """What the audit log calls `action`, in words."""
    return tr(DOINGS.get(action, action.replace("_", " ")))
