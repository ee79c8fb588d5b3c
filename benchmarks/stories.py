"""How well copies of a story are found: pairwise precision, recall and F1.

    python -m benchmarks.stories

Base texts are the starter notes and made-up reports. Each gets the variations that wire copy goes
through (other headline and dateline, cut short, a local lead, house style, light rewriting, an
update), and there are look-alikes that are no copies: the same monthly report with other figures, a
follow-up that repeats the background, another account of the same event. Notes with an even number
are for setting the thresholds, those with an odd number for the figure that is quoted.
"""

from __future__ import annotations

import itertools
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.starter import starter_documents
from corpus.stories import Signature, sign

_AGENCIES = ("AP", "Reuters", "AFP", "dpa")
_STYLE = (
    ("percent", "per cent"), ("%", " per cent"), ("billion", "bn"), ("million", "m"),
    ("U.S.", "US"), ("said", "stated"), ("about", "around"), ("according to", "as per"),
    ("organization", "organisation"), ("program", "programme"), ("labor", "labour"),
    ("January", "Jan."), ("December", "Dec."), ("also", "moreover"), ("because", "since"),
)  # fmt: skip
_TAILS = (
    "Reporting by our correspondents; editing by the desk.",
    "This article was produced by a news agency and has not been edited beyond its headline.",
    "Sign up for our morning newsletter. Follow us for more.",
    "With reporting from our local newsroom.",
)
_LEADS = (
    "Readers in our region will follow the matter closely, as several firms here are concerned.",
    "Here is what you need to know about a matter that made headlines around the world today.",
)
_FOLLOW_UP = (
    "A day later, ministers met to discuss what follows from it, and agreed on little.",
    "Opposition members called for an inquiry and named a deadline at the end of the month.",
    "Analysts expect markets to stay calm, though some warned of a longer dispute.",
    "The companies concerned declined to comment beyond their first statements.",
    "A hearing is set for next week, where officials are to present their view in public.",
    "Campaigners gathered outside and said that they would return every day until then.",
)


@dataclass(frozen=True)
class Text:
    """A text of the set; texts of one `story` are copies of each other."""

    story: str
    text: str
    published: str
    how: str


def base_texts() -> list[str]:
    """Texts to vary: starter notes joined by threes to the length of an article."""
    notes = [document.text.replace("\n", " ") for document in starter_documents()]
    return [" ".join(notes[at : at + 3]) for at in range(0, len(notes) - 2, 3)]


def make_set(seed: int) -> list[Text]:
    """All texts, with their stories."""
    found: list[Text] = []
    for number, base in enumerate(base_texts()):
        chance = random.Random(f"{seed}-{number}")  # noqa: S311
        found += _family(f"note-{number}", base, chance)
    return found


def _family(name: str, base: str, chance: random.Random) -> Iterator[Text]:
    day = chance.randint(1, 9)
    first = f"2025-03-{day:02}"
    yield Text(name, base, first, "original")
    for how, change in _CHANGES.items():
        yield Text(name, change(base, chance), f"2025-03-{day + chance.randint(0, 2):02}", how)
    both = _CHANGES["style"](_CHANGES["lead"](base, chance), chance)
    yield Text(name, _CHANGES["cut"](both, chance), first, "lead, style, cut")
    yield Text(f"{name}-figures", _other_figures(base, chance), f"2025-04-{day:02}", "figures")
    yield Text(f"{name}-update", _other_figures(base, chance), first, "figures, same day")
    yield Text(f"{name}-follow", _follow_up(base, chance), f"2025-03-{day + 1:02}", "follow-up")
    yield Text(f"{name}-other", _other_account(base, chance), first, "other account")


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def _wire(text: str, chance: random.Random) -> str:
    return (
        f"{chance.choice(('WASHINGTON', 'LONDON', 'BERLIN'))} ({chance.choice(_AGENCIES)}) - {text}"
    )


def _lead(text: str, chance: random.Random) -> str:
    return f"{chance.choice(_LEADS)} {text} {chance.choice(_TAILS)}"


def _cut(text: str, chance: random.Random) -> str:
    parts = _sentences(text)
    return " ".join(parts[: max(3, int(len(parts) * chance.uniform(0.45, 0.8)))])


def _style(text: str, chance: random.Random) -> str:
    for old, new in _STYLE:
        if chance.random() < 0.7:
            text = text.replace(old, new)
    return text


def _rewritten(text: str, chance: random.Random) -> str:
    """A word in fifteen left out or doubled up with another, a sentence moved."""
    words = []
    for word in text.split():
        roll = chance.random()
        if roll < 0.035 and word.isalpha():
            continue
        words.append(word)
        if roll > 0.97:
            words.append(chance.choice(("reportedly", "however", "now", "already")))
    parts = _sentences(" ".join(words))
    if len(parts) > 4:
        moved = parts.pop(chance.randrange(2, len(parts)))
        parts.insert(2, moved)
    return " ".join(parts)


def _dropped(text: str, chance: random.Random) -> str:
    parts = _sentences(text)
    return " ".join(part for n, part in enumerate(parts) if n < 2 or chance.random() > 0.25)


def _corrected(text: str, chance: random.Random) -> str:
    return f"{text} Correction: an earlier version of this story misspelled a name."


_CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "wire": _wire,
    "lead": _lead,
    "cut": _cut,
    "style": _style,
    "rewritten": _rewritten,
    "dropped": _dropped,
    "corrected": _corrected,
}


def _other_figures(text: str, chance: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        return str(int(match[0]) + chance.randint(1, 9)) if len(match[0]) < 9 else match[0]

    return re.sub(r"(?<![\d.,])\d+(?![\d])", other, text)


def _follow_up(text: str, chance: random.Random) -> str:
    """New sentences, and a quarter of the old text as background."""
    parts = _sentences(text)
    new = chance.sample(_FOLLOW_UP, 5)
    return " ".join([*new, *parts[: max(1, len(parts) // 4)]])


def _other_account(text: str, chance: random.Random) -> str:
    """The same facts in other words: the words of each sentence shuffled in threes."""
    found = []
    for part in _sentences(text):
        words = part.rstrip(".").split()
        runs = [words[at : at + 2] for at in range(0, len(words), 2)]
        chance.shuffle(runs)
        found.append(" ".join(itertools.chain.from_iterable(runs)) + ".")
    return " ".join(found)


def score(texts: list[Text], signatures: list[Signature]) -> dict[str, float]:
    """Pairwise precision, recall and F1."""
    right = wrong = missed = 0
    for (one, a), (two, b) in itertools.combinations(zip(texts, signatures, strict=True), 2):
        same, said = one.story == two.story, a.same_story(b)
        right += same and said
        wrong += said and not same
        missed += same and not said
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "pairs": right + missed}


def main() -> None:
    """Print the figures of both halves."""
    texts = make_set(7)
    for half, name in ((0, "for setting thresholds"), (1, "held out")):
        chosen = [text for text in texts if int(text.story.split("-")[1]) % 2 == half]
        figures = score(chosen, [sign(text.text, text.published) for text in chosen])
        line = ", ".join(f"{key} {value:.3f}" for key, value in figures.items())
        sys.stdout.write(f"{name}: {len(chosen)} texts, {line}\n")


if __name__ == "__main__":
    main()
