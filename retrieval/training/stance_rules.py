"""Changes to a claim by rule: some keep what it says, others turn it into a false one.

Every rule takes a text and a random source and gives the changed text, or None where it does not
apply. `KEEP` rules leave the meaning as it was (formats, rounding, a dropped detail), so that the
model cannot learn that any difference refutes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from retrieval.training.rule_numbers import (
    date_format,
    moved_day,
    moved_month,
    moved_year,
    number_format,
    right_bound,
    rounded,
    words_to_digits,
    wrong_bound,
    wrong_currency,
    wrong_number,
    wrong_number_word,
    wrong_scale,
    wrong_unit,
)
from retrieval.training.rule_words import (
    ACTIVE,
    AFTER_START_NAME,
    ANY_NAME,
    AUXILIARY,
    FLIPS,
    NOT_NAMES,
    PASSIVE,
    PAST,
    PAST_VERB,
    SYNONYMS,
)

Rule = Callable[[str, Random], "str | None"]


def negated(text: str, rng: Random) -> str | None:
    """Denies the first statement that can be denied, or removes a denial that is there."""
    denial = re.search(r"\b(?:not|never) ", text)
    if denial:
        return text[: denial.start()] + text[denial.end() :]
    match = AUXILIARY.search(text)
    if match:
        word = (
            rng.choice(["not", "not", "never"])
            if match[1] in ("was", "were", "has", "had")
            else "not"
        )
        first, _, rest = match[1].partition(" ")
        return (
            text[: match.start()]
            + f"{first} {word} {rest + ' ' if rest else ''}"
            + text[match.end() :]
        )
    past = PAST_VERB.search(text)
    if past:
        form = rng.choice(["did not {}", "didn't {}", "never {}", "failed to {}"])
        verb = past[1] if "never" in form else PAST[past[1]]
        return text[: past.start()] + form.format(verb) + text[past.end() :]
    return None


def antonym(text: str, rng: Random) -> str | None:
    """One word turned into its opposite or a rival."""
    found = [m for m in re.finditer(r"\b[A-Za-z-]+\b", text) if m[0] in FLIPS]
    found = [
        m for m in found if m[0] not in ("with", "over", "all", "last", "most", "both", "high")
    ] or found
    if not found:
        return None
    match = rng.choice(found)
    return text[: match.start()] + FLIPS[match[0]] + text[match.end() :]


def synonym(text: str, rng: Random) -> str | None:
    """One word or phrase in place of another that means the same."""
    found = [
        (m, b) for a, b in SYNONYMS for m in [re.search(rf"(?<!\w){re.escape(a)}(?!\w)", text)] if m
    ]
    if not found:
        return None
    match, other = rng.choice(found)
    return text[: match.start()] + other + text[match.end() :]


def swapped_roles(text: str, rng: Random) -> str | None:
    """A acquired B becomes B acquired A; the same for passives."""
    match = ACTIVE.match(text)
    if match:
        return f"{match['b']} {match['v']} {match['a']}{match['rest']}"
    match = PASSIVE.match(text)
    return (
        f"{match['b']} {match['aux']} {match['v']} by {match['a']}{match['rest']}"
        if match
        else None
    )


def passive_to_active(text: str, rng: Random) -> str | None:
    """A was acquired by B becomes B acquired A, where participle and past tense agree."""
    match = PASSIVE.match(text)
    if not match or match["aux"] not in ("was", "were") or not match["v"].endswith("ed"):
        return None
    return f"{match['b']} {match['v']} {match['a']}{match['rest']}"


def dropped_detail(text: str, rng: Random) -> str | None:
    """The sentence without a bracket, an inserted clause or a trailing phrase."""
    options = [re.sub(r" \([^()]*\)", "", text, count=1)]
    options.append(
        re.sub(r", (?:which|who|a|an|the|also|known|including)\b[^,.;]{3,80},", "", text, count=1)
    )
    options.append(
        re.sub(
            r", (?:which|who|where|including|starring|while|with|after)\b[^.;]{3,120}(?=\.?$)",
            "",
            text,
        )
    )
    options.append(
        re.sub(
            r"^(?:However|Moreover|In addition|Meanwhile|Also|According to [^,]{3,40}), ", "", text
        )
    )
    options = [o for o in options if o != text and len(o.split()) >= 4]
    if not options:
        return None
    kept = rng.choice(options)
    return kept[0].upper() + kept[1:]


KEEP: Sequence[tuple[str, Rule]] = [
    ("rounded", rounded), ("number_format", number_format), ("right_bound", right_bound),
    ("date_format", date_format), ("synonym", synonym), ("dropped_detail", dropped_detail),
    ("active", passive_to_active), ("digits", words_to_digits),
]  # fmt: skip
FLIP: Sequence[tuple[str, Rule]] = [
    ("number", wrong_number), ("scale", wrong_scale), ("currency", wrong_currency),
    ("unit", wrong_unit), ("bound", wrong_bound), ("number_word", wrong_number_word),
    ("year", moved_year), ("month", moved_month), ("day", moved_day), ("negation", negated),
    ("antonym", antonym), ("roles", swapped_roles),
]  # fmt: skip


KINDS = frozenset(
    "university company city river party league award court bank island school states".split()
)


def names(text: str) -> list[str]:
    """Names inside a sentence, by their capitals."""
    found = [
        m[0].rstrip(".'")
        for m in ANY_NAME.finditer(text)
        if m.start() > 0 or AFTER_START_NAME.match(text, m.end())
    ]
    return [n for n in found if n.split()[0] not in NOT_NAMES and len(n) > 2]


def shape(name: str) -> str:
    """What a name must share with another to stand in its place: words, and a hint of its kind."""
    words = name.lower().split()
    return f"{min(len(words), 3)}{words[-1] if words[-1] in KINDS else ''}"


def replaced_name(text: str, pool: dict[str, list[str]], rng: Random) -> str | None:
    """Another name of the same shape in the place of one of the text's."""
    found = names(text)
    if not found:
        return None
    name = rng.choice(found)
    for _ in range(5):
        other = rng.choice(pool.get(shape(name)) or [name])
        if other not in text and not set(other.lower().split()) & set(name.lower().split()):
            return text.replace(name, other, 1)
    return None
