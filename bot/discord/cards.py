"""A verdict as a card: pure, from values to embeds, within every limit that Discord sets.

Whatever the verdict holds, a card's parts have budgets whose sum is under the 6,000 characters
that all embeds of one message may have together, so nothing has to be cut afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.discord.escape import BREAK, clean, link, plain, width
from bot.labels import Line, confidence_in_words, missing_heading, pages, told
from corpus.tiers import SHOWN
from prompts.language import ENGLISH, Phrases, phrases
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
    say = phrases(verdict.language)
    embed = discord.Embed(title=say(f"label.{verdict.label}"), colour=COLOURS[verdict.label])
    claim = plain(verdict.claim, _CLAIM) or say("card.empty")
    lines = [f"> {claim}", "", say(f"meaning.{verdict.label}")]
    sure = confidence_in_words(verdict, say)
    if sure and verdict.label is not Label.NOT_CHECKABLE and not reviewed:
        lines.append(say("card.confidence", sure=sure))
    lines += notes
    if verdict.note:
        lines.append(plain(verdict.note, _MISSING))
    if about:
        lines.append(f"[{say('card.message')}]({about})")
    embed.description = "\n".join(lines)
    summary, missing = told(verdict)
    for name, value in zip((say("card.says"), BREAK), _summary(summary), strict=False):
        embed.add_field(name=name, value=value, inline=False)
    if missing and (words := _marked(missing, _MISSING)):
        embed.add_field(name=missing_heading(verdict.label, say), value=words, inline=False)
    if verdict.citations:
        embed.add_field(
            name=say("card.sources"), value=_sources(verdict.citations, say), inline=False
        )
    if left_out:
        embed.add_field(name=say("card.left_out"), value=left_out, inline=False)
    embed.set_footer(text=_footer(verdict, say))
    return embed


def nothing_checked(
    skipped: Sequence[Skipped], language: str = ENGLISH, read: str | None = None
) -> discord.Embed:
    """The card for a text without any claim to check."""
    say = phrases(language)
    embed = discord.Embed(title=say("card.nothing"), colour=COLOURS[Label.NOT_CHECKABLE])
    line = left_out_line(skipped, language=language)
    embed.description = "\n\n".join(
        part
        for part in (
            say("card.from_picture", text=plain(read, _CLAIM)) if read else None,
            line,
            say("card.what_i_check"),
        )
        if part
    )
    return embed


def left_out_line(skipped: Sequence[Skipped], more: int = 0, language: str = ENGLISH) -> str | None:
    """One line on what was not checked and why; None where all was.

    `more` counts the claims beyond the most that one answer shows.
    """
    say = phrases(language)
    parts = [
        say("verdict.quote", quote=plain(part.text, _SKIPPED))
        + f" ({say(f'skipped.{part.reason}')})"
        for part in skipped[:_MOST_SKIPPED]
    ]
    if (rest := len(skipped) - _MOST_SKIPPED) > 0:
        parts.append(say("card.rest_no_claim", count=rest))
    if more > 0:
        parts.append(say("card.rest_claims", count=more, most=MOST_CARDS))
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
    say = phrases(verdict.language)
    shown = verdict.citations[:_MOST_QUOTES]
    embeds = []
    for citation in shown:
        room = min(_QUOTE_MOST, _QUOTES_TOTAL // len(shown)) - _QUOTE_HEAD
        named = _named(citation.source, [citation], say)
        if width(named) > room // 2:
            named = _named(citation.source.model_copy(update={"url": None}), [citation], say)
        embed = discord.Embed(colour=COLOURS[verdict.label])
        quote = plain(citation.quote, room - width(named)) or say("card.empty")
        embed.description = f"[{citation.n}] {say(f'stance.{citation.stance}')}\n{named}\n> {quote}"
        embeds.append(embed)
    if rest := len(verdict.citations) - len(shown):
        embeds[-1].set_footer(text=say("card.more", count=rest))
    return embeds


def _marked(line: Line, most: int) -> str:
    """At most so many characters of it, then the numbers of its citations."""
    marks = "".join(f" [{n}]" for n in line.citations[:_MOST_QUOTES])
    return plain(line.text, most) + marks


def _summary(summary: Sequence[Line]) -> list[str]:
    """The sentences, a line each, with the numbers of their citations, in fields' worth."""
    pieces: list[str] = []
    for said in summary:
        line = _marked(said, _SENTENCE)
        if pieces and width(pieces[-1]) + 1 + width(line) <= FIELD:
            pieces[-1] += f"\n{line}"
        elif line:
            pieces.append(line)
    return pieces[:_MOST_SUMMARY_FIELDS]


def _sources(citations: Sequence[Citation], say: Phrases) -> str:
    """A line a source, with the numbers of its citations, as many as a field holds."""
    cited: dict[CitedSource, list[Citation]] = {}
    for citation in citations:
        cited.setdefault(citation.source, []).append(citation)
    lines: list[str] = []
    # Room for the line that says how many did not fit.
    room = FIELD - 60
    for source, its in cited.items():
        marks = " ".join(f"[{citation.n}]" for citation in its[:_MOST_QUOTES])
        line = f"{marks} {_named(source, its[:_MOST_QUOTES], say)}"
        if width(line) + 1 > room:
            break
        lines.append(line)
        room -= width(line) + 1
    if rest := len(cited) - len(lines):
        lines.append(say("card.more_sources", count=rest))
    return "\n".join(lines)


def _named(source: CitedSource, citations: Sequence[Citation], say: Phrases) -> str:
    """Title (linked), publisher, date, pages, and how good a source it is where that is known."""
    title = clean(source.title) or clean(source.id) or say("card.untitled")
    about = [
        plain(source.publisher, _PUBLISHER) if source.publisher else "",
        say.day(source.published) or say("card.undated"),
        pages(citations, say) or "",
        say(f"tier.{source.tier}") if source.tier in SHOWN else "",
    ]
    return f"{link(title, source.url, _TITLE)} · {', '.join(part for part in about if part)}"


def _footer(verdict: Verdict, say: Phrases) -> str:
    corpus = verdict.corpus
    parts = [say("card.searched", count=corpus.sources)]
    if newest := say.day(corpus.newest):
        parts.append(say("card.newest", day=newest))
    if as_of := say.day(corpus.as_of):
        parts.append(say("card.as_of", day=as_of))
    footer = ", ".join(parts) + "."
    return f"{footer} {say('card.worded')}" if verdict.engine == "llm" else footer
