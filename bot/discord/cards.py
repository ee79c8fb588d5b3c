"""A verdict as a card: pure, from values to embeds, within every limit that Discord sets.

Whatever the verdict holds, a card's parts have budgets whose sum is under the 6,000 characters
that all embeds of one message may have together, so nothing has to be cut afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.discord.escape import BREAK, clean, day, link, plain, width
from bot.labels import LABELS, MEANINGS, STANCES, pages
from bot.render import SKIP_REASONS, confidence_in_words
from corpus.tiers import SHOWN
from prompts.verdict import Citation, CitedSource, Label, Skipped, Verdict

MOST_CARDS = 5

COLOURS = {
    Label.SUPPORTED: 0x2E7D4F,
    Label.REFUTED: 0xB3352B,
    Label.MISLEADING: 0xD9822B,
    Label.NOT_ENOUGH_EVIDENCE: 0x7A8288,
    Label.NOT_CHECKABLE: 0x5B6770,
}

FIELD = 1024
_CLAIM = 400
_SENTENCE = 480
_MOST_SUMMARY_FIELDS = 2
_MISSING = 700
_TITLE = 90
_PUBLISHER = 60
_SKIPPED = 80
_MOST_SKIPPED = 5
_QUOTES_TOTAL = 5800
_QUOTE_MOST = 3500
_QUOTE_HEAD = 50
_MOST_QUOTES = 10


def card(
    verdict: Verdict,
    *,
    about: str | None = None,
    left_out: str | None = None,
    notes: Sequence[str] = (),
    reviewed: bool = False,
) -> discord.Embed:
    """The card of one verdict.

    `about` is the address of the message it is about; `left_out` a finished line (`left_out_line`);
    `notes` finished lines on its review, 700 characters in all. A person who has `reviewed` it
    stands in for the engine's confidence.
    """
    embed = discord.Embed(title=LABELS[verdict.label], colour=COLOURS[verdict.label])
    lines = [f"> {plain(verdict.claim, _CLAIM) or '(empty)'}", "", MEANINGS[verdict.label]]
    if verdict.label is not Label.NOT_CHECKABLE and not reviewed:
        lines.append(f"Confidence: {confidence_in_words(verdict.confidence)}.")
    lines += notes
    if verdict.note:
        lines.append(plain(verdict.note, _MISSING))
    if about:
        lines.append(f"[The message checked]({about})")
    embed.description = "\n".join(lines)
    for name, value in zip(("What the sources say", BREAK), _summary(verdict), strict=False):
        embed.add_field(name=name, value=value, inline=False)
    if verdict.missing_context and (missing := plain(verdict.missing_context, _MISSING)):
        embed.add_field(name="What is missing", value=missing, inline=False)
    if verdict.citations:
        embed.add_field(name="Sources", value=_sources(verdict.citations), inline=False)
    if left_out:
        embed.add_field(name="Left out", value=left_out, inline=False)
    embed.set_footer(text=_footer(verdict))
    return embed


def nothing_checked(skipped: Sequence[Skipped]) -> discord.Embed:
    """The card for a text without any claim to check."""
    embed = discord.Embed(title="Nothing to check here", colour=COLOURS[Label.NOT_CHECKABLE])
    line = left_out_line(skipped)
    embed.description = "\n\n".join(
        part
        for part in (
            line,
            "I check statements of fact: who did what, when, how much. "
            "Put the claim in one plain sentence and ask again.",
        )
        if part
    )
    return embed


def left_out_line(skipped: Sequence[Skipped], more: int = 0) -> str | None:
    """One line on what was not checked and why; None where all was.

    `more` counts the claims beyond the most that one answer shows.
    """
    parts = [
        f"“{plain(part.text, _SKIPPED)}” ({SKIP_REASONS[part.reason]})"
        for part in skipped[:_MOST_SKIPPED]
    ]
    if (rest := len(skipped) - _MOST_SKIPPED) > 0:
        parts.append(f"and {rest} more that hold no claim to check")
    if more > 0:
        claims = "claim" if more == 1 else "claims"
        parts.append(f"{more} more {claims}, as I check {MOST_CARDS} at a time")
    return " · ".join(parts) or None


def without_links(verdict: Verdict) -> Verdict:
    """The verdict as it is shown where Discord refuses one of its links."""
    return verdict.model_copy(
        update={
            "citations": tuple(
                citation.model_copy(
                    update={"source": citation.source.model_copy(update={"url": None})}
                )
                for citation in verdict.citations
            )
        }
    )


def quotes(verdict: Verdict) -> list[discord.Embed]:
    """What each source says, word for word: one embed a citation, fit for one message."""
    shown = verdict.citations[:_MOST_QUOTES]
    embeds = []
    for citation in shown:
        room = min(_QUOTE_MOST, _QUOTES_TOTAL // len(shown)) - _QUOTE_HEAD
        named = _named(citation.source, [citation])
        if width(named) > room // 2:
            named = _named(citation.source.model_copy(update={"url": None}), [citation])
        embed = discord.Embed(colour=COLOURS[verdict.label])
        quote = plain(citation.quote, room - width(named)) or "(empty)"
        embed.description = f"[{citation.n}] {STANCES[citation.stance]}\n{named}\n> {quote}"
        embeds.append(embed)
    if rest := len(verdict.citations) - len(shown):
        embeds[-1].set_footer(text=f"And {rest} more.")
    return embeds


def _summary(verdict: Verdict) -> list[str]:
    """The sentences, a line each, with the numbers of their citations, in fields' worth."""
    pieces: list[str] = []
    for sentence in verdict.summary:
        marks = "".join(f" [{n}]" for n in sentence.citations[:_MOST_QUOTES])
        line = plain(sentence.text, _SENTENCE) + marks
        if pieces and width(pieces[-1]) + 1 + width(line) <= FIELD:
            pieces[-1] += f"\n{line}"
        elif line:
            pieces.append(line)
    return pieces[:_MOST_SUMMARY_FIELDS]


def _sources(citations: Sequence[Citation]) -> str:
    """A line a source, with the numbers of its citations, as many as a field holds."""
    cited: dict[CitedSource, list[Citation]] = {}
    for citation in citations:
        cited.setdefault(citation.source, []).append(citation)
    lines: list[str] = []
    # Room for the line that says how many did not fit.
    room = FIELD - 40
    for source, its in cited.items():
        marks = " ".join(f"[{citation.n}]" for citation in its[:_MOST_QUOTES])
        line = f"{marks} {_named(source, its[:_MOST_QUOTES])}"
        if width(line) + 1 > room:
            break
        lines.append(line)
        room -= width(line) + 1
    if rest := len(cited) - len(lines):
        lines.append(f"And {rest} more: press Sources.")
    return "\n".join(lines)


def _named(source: CitedSource, citations: Sequence[Citation]) -> str:
    """Title (linked), publisher, date, pages, and how good a source it is where that is known."""
    title = clean(source.title) or clean(source.id) or "Untitled"
    about = [
        plain(source.publisher, _PUBLISHER) if source.publisher else "",
        day(source.published) or "undated",
        pages(citations) or "",
        SHOWN.get(source.tier, ""),
    ]
    return f"{link(title, source.url, _TITLE)} · {', '.join(part for part in about if part)}"


def _footer(verdict: Verdict) -> str:
    corpus = verdict.corpus
    count = f"{corpus.sources:,} source" + ("" if corpus.sources == 1 else "s")
    parts = [f"Searched {count}"]
    if newest := day(corpus.newest):
        parts.append(f"newest {newest}")
    if as_of := day(corpus.as_of):
        parts.append(f"as of {as_of}")
    footer = ", ".join(parts) + "."
    if verdict.engine == "llm":
        footer += " Worded by a language model; its quotes were checked against the sources."
    return footer
