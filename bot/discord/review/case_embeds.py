"""A case as moderators see it: the short card of the review channel, and the whole in private.

Pure, from a dossier to embeds. The parts have budgets whose sum is under the 6,000 characters that
all embeds of one message may have together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import discord

from bot.discord import words
from bot.discord.cards import COLOURS
from bot.discord.escape import link, plain, width
from bot.discord.review.doings import doing
from bot.labels import confidence_in_words
from bot.review.dossier import Dossier, Problem
from bot.review.record import Event
from bot.review.tables import BOT
from bot.review.values import Case, Decision, Flag, State
from bot.translated import later, say, tr, tr_count
from corpus.model import Passage
from prompts.verdict import Citation, Label, Verdict

STATES = later({
    State.OPEN: "Open",
    State.ASSIGNED: "Assigned",
    State.SNOOZED: "Snoozed",
    State.RERUNNING: "Being checked again",
    State.AWAITING_SECOND: "Waits for a second approval",
    State.DECIDED: "Decided",
    State.CLOSED: "Closed",
    State.MERGED: "Merged into another case",
})  # fmt: skip
TRIGGERS = later({
    "low_confidence": "Low confidence",
    "engines_disagree": "Engines disagree",
    "repaired": "Cut by the audit",
    "private_person": "A private person",
    "seen_often": "Asked often",
    "held": "Held for approval",
    "evidence_changed": "Its evidence changed",
})  # fmt: skip
_OUTCOMES = later({
    "published": "published",
    "withdrawn": "withdrawn",
    "duplicate": "a duplicate",
    "opinion": "an opinion",
    "spam": "spam",
})  # fmt: skip
REVIEW_COLOUR = 0x3B5BDB

_CLAIM = 400
_SENTENCE = 260
_SUMMARY = 1000
_MISSING = 250
_QUOTES = 1900
_CONTEXT = 90
_UNCITED = 600
_FLAGS = 600
_HISTORY = 600
_NOTE = 120


def case_name(case_id: str) -> str:
    """How a case is called among people; `/review case` finds it by this."""
    return tr("case {id}", id=case_id[:6])


def when(at: datetime) -> str:
    """A moment as Discord shows it in everybody's own time zone."""
    return discord.utils.format_dt(at, "R")


def person(user_id: str | None) -> str:
    """Somebody by mention, which pings nobody here; the program by name."""
    if user_id is None:
        return tr("nobody")
    if user_id == BOT:
        return tr("the bot")
    return f"<@{user_id}>" if user_id.isdigit() else tr("someone whose data was deleted")


def short(dossier: Dossier) -> discord.Embed:
    """The live card in the review channel."""
    case = dossier.case
    embed = _begun(dossier)
    lines = [f"> {plain(case.claim, _CLAIM) or say()('card.empty')}", "", _draft_line(dossier)]
    if dossier.source_link:
        lines.append(f"[{say()('card.message')}]({dossier.source_link})")
    embed.description = "\n".join(lines)
    embed.add_field(name=tr("State"), value=_state(case), inline=True)
    embed.add_field(name=tr("People affected"), value=str(dossier.people), inline=True)
    embed.add_field(name=tr("Shown in"), value=_shown(dossier), inline=True)
    for name, value in (
        (tr("Appeals"), _appeals(dossier, _NOTE)),
        (tr("Flags"), _flags(dossier.flags, _NOTE)),
        (tr("Not corrected"), "\n".join(f"- {_problem(one, 200)}" for one in dossier.problems)),
    ):
        if value:
            embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=case_name(case.id))
    embed.timestamp = case.opened_at
    return embed


def whole(
    dossier: Dossier, passages: Mapping[str, Passage], history: Sequence[Event]
) -> list[discord.Embed]:
    """All of a case, for the one who reviews it."""
    case, verdict = dossier.case, dossier.verdict
    first = _begun(dossier)
    lines = [f"> {plain(case.claim, _CLAIM) or say()('card.empty')}", "", _draft_line(dossier)]
    if dossier.source_link:
        lines.append(f"[{say()('card.message')}]({dossier.source_link})")
    if appeals := _appeals(dossier, _NOTE):
        lines += ["", f"**{tr('Appeal')}**", appeals]
    lines += ["", _limited(_sentences(verdict), _SUMMARY) or tr("No summary.")]
    if verdict.missing_context:
        said = plain(verdict.missing_context, _MISSING)
        lines.append(tr("Missing: {what}", what=said))
    first.description = "\n".join(lines)
    first.add_field(name=tr("State"), value=_state(case), inline=True)
    first.add_field(name=tr("People affected"), value=str(dossier.people), inline=True)
    first.add_field(name=tr("Shown in"), value=_shown(dossier), inline=True)
    if (other := _other_version(dossier)) is not None:
        first.add_field(name=other[0], value=other[1], inline=False)
    first.set_footer(text=case_name(case.id))
    quotes = discord.Embed(title=tr("Evidence"), colour=COLOURS[verdict.label])
    quotes.description = _evidence(verdict.citations, passages) or tr("Nothing is cited.")
    uncited = _uncited(dossier, passages)
    if uncited:
        quotes.add_field(name=tr("Retrieved, not cited"), value=uncited, inline=False)
    about = discord.Embed(title=tr("About this case"), colour=REVIEW_COLOUR)
    about.description = _versions(dossier)
    for name, value in (
        (tr("Flags"), _flags(dossier.flags, _FLAGS)),
        (tr("Not corrected"), "\n".join(f"- {_problem(one, 160)}" for one in dossier.problems)),
        (tr("History"), _history(history)),
    ):
        if value:
            about.add_field(name=name, value=value[:1024], inline=False)
    return [first, quotes, about]


def _begun(dossier: Dossier) -> discord.Embed:
    case = dossier.case
    title = words.label(dossier.verdict.label)
    if case.stale:
        title = tr("Stale: {label}", label=title)
    active = case.state not in {State.DECIDED, State.CLOSED, State.MERGED}
    colour = REVIEW_COLOUR if active else COLOURS[Label.NOT_CHECKABLE]
    return discord.Embed(title=f"{title}?" if active else title, colour=colour)


def _draft_line(dossier: Dossier) -> str:
    verdict, published = dossier.verdict, dossier.published
    if published is not None and published.id == verdict.id and dossier.proposal is None:
        return _published(published)
    line = tr("Draft: **{label}**", label=words.label(verdict.label))
    if verdict.review == "none" and (sure := confidence_in_words(verdict, say())):
        line += tr(", confidence {sure}", sure=sure)
    if dossier.proposal is not None:
        label = dossier.proposal.new_label
        proposed = words.label(label) if label else tr("withdrawn")
        who = person(dossier.proposal.actor_id)
        line += "\n" + tr("Proposed by {who}: **{label}**", who=who, label=proposed)
    if published is not None:
        line += f"\n{_published(published)}"
    return line


def _published(verdict: Verdict) -> str:
    return tr("Published: **{label}**", label=words.label(verdict.label))


def _problem(problem: Problem, room: int) -> str:
    """What keeps messages from being corrected, and how many."""
    why = plain(tr(problem.what), room)
    if problem.code:
        why += f" ({problem.code})"
    again = f" {tr('(tried again later)')}" if problem.again else ""
    return f"{problem.count} × {why}{again}"


def _state(case: Case) -> str:
    text = tr(STATES[case.state])
    if case.assignee_id:
        text = tr("{state} to {who}", state=text, who=person(case.assignee_id))
    if case.snoozed_until:
        text = tr("{state} until {when}", state=text, when=when(case.snoozed_until))
    if case.outcome and case.state in {State.DECIDED, State.CLOSED}:
        text += f": {tr(_OUTCOMES.get(case.outcome, case.outcome))}"
    if case.stale:
        text += tr(", stale")
    return f"{text}\n{person(case.changed_by)} {doing(case.changed_how)} {when(case.changed_at)}"


def _shown(dossier: Dossier) -> str:
    text = tr_count("{count} message", "{count} messages", dossier.shown)
    if dossier.waiting:
        text += tr(", {count} to correct", count=dossier.waiting)
    links = ", ".join(f"[{n}]({address})" for n, address in enumerate(dossier.places, start=1))
    return f"{text}\n{links}" if links else text


def _flags(flags: Sequence[Flag], limit: int) -> str:
    lines = []
    for flag in flags:
        if flag.trigger:
            name = tr(TRIGGERS.get(flag.trigger, flag.trigger))
        else:
            name = words.flag_reason(flag.reason)
        said = f": {plain(flag.details, _NOTE)}" if flag.details else ""
        who = "" if flag.trigger else f" ({person(flag.user_id)})"
        lines.append(f"- {name}{said}{who}")
    return _limited(lines, max(limit * 4, 400))


def _appeals(dossier: Dossier, limit: int) -> str:
    lines = [
        f"- {person(appeal.user_id)}: {plain(appeal.reason, limit)} "
        f"{link(tr('source'), appeal.link, 40)}"
        for appeal in dossier.appeals
        if appeal.open
    ]
    return _limited(lines, 600)


def _sentences(verdict: Verdict) -> list[str]:
    return [
        plain(sentence.text, _SENTENCE) + "".join(f" [{n}]" for n in sentence.citations[:10])
        for sentence in verdict.summary
    ]


def _other_version(dossier: Dossier) -> tuple[str, str] | None:
    """The published version, where the draft is another one."""
    published = dossier.published
    if published is None or published.id == dossier.verdict.id:
        return None
    decided = _decided(dossier.decision)
    said = _limited(_sentences(published), 500)
    label = words.label(published.label)
    title = tr("Published version: {label}", label=label) + decided
    return title, said or tr("No summary.")


def _decided(decision: Decision | None) -> str:
    if decision is None or decision.decided_at is None:
        return ""
    return f" ({words.day(decision.decided_at.date().isoformat())})"


def _evidence(citations: Sequence[Citation], passages: Mapping[str, Passage]) -> str:
    """Each quote with what stands before and after it, in an equal share of the room."""
    if not citations:
        return ""
    shown = citations[:8]
    room = _QUOTES // len(shown)
    parts = []
    for citation in shown:
        source = citation.source
        head = (
            f"**[{citation.n}] {words.stance(citation.stance)}** · "
            f"{link(source.title, source.url, 60)}"
        )
        dated = f", {words.day(source.published) or say()('card.undated')}"
        if width(head) > room // 2:
            head = f"**[{citation.n}] {words.stance(citation.stance)}** · {plain(source.title, 60)}"
        parts.append(f"{head}{dated}\n{_in_context(citation, passages, room - width(head) - 20)}")
    if rest := len(citations) - len(shown):
        parts.append(tr("And {count} more.", count=rest))
    return "\n".join(parts)


def _in_context(citation: Citation, passages: Mapping[str, Passage], room: int) -> str:
    passage = passages.get(citation.passage_id)
    context = min(_CONTEXT, max(0, room // 5))
    quote = f"**{plain(citation.quote, max(40, room - 2 * context - 8))}**"
    if passage is None or passage.text[citation.start : citation.end] != citation.quote:
        return f"> {quote}\n{tr('(its passage is no longer held)')}"
    before = plain(passage.text[: citation.start][-context:], context) if context else ""
    after = plain(passage.text[citation.end :][:context], context) if context else ""
    return f"> {before} {quote} {after}".replace(">  ", "> ").rstrip()


def _uncited(dossier: Dossier, passages: Mapping[str, Passage]) -> str:
    cited = {citation.passage_id for citation in dossier.verdict.citations}
    lines = []
    for passage_id in dossier.retrieved:
        passage = passages.get(passage_id)
        if passage_id in cited or passage is None:
            continue
        lines.append(f"- {plain(passage.source.title, 50)}: {plain(passage.text, 60)}")
    return _limited(lines, _UNCITED)


def _versions(dossier: Dossier) -> str:
    verdict, making = dossier.verdict, dossier.making
    prompts = ", ".join(
        tr("prompt {name} {number}", name=name, number=number)
        for name, number in verdict.prompts.items()
    )
    models = ", ".join(dict.fromkeys(item.model for item in verdict.spent))
    made_by = " · ".join(part for part in (verdict.engine, models, prompts) if part)
    corpus = [tr_count("{count} source", "{count} sources", verdict.corpus.sources)]
    if verdict.corpus.newest:
        corpus.append(tr("newest {day}", day=words.day(verdict.corpus.newest)))
    corpus.append(tr("as of {day}", day=words.day(verdict.corpus.as_of)))
    lines = [
        tr("Engine: {engine}", engine=plain(made_by, 160)),
        tr("Library: {corpus}", corpus=", ".join(corpus)),
        tr("Checked: {when}", when=_moment(verdict.checked_at)),
    ]
    if len(set(making.labels.values())) > 1:
        labels = ", ".join(f"{name}: {words.label(label)}" for name, label in making.labels.items())
        lines.append(tr("Labels: {labels}", labels=labels))
    lines += [tr("Audit: {note}", note=plain(note, _NOTE)) for note in making.notes[:3]]
    return "\n".join(lines)


def _moment(text: str) -> str:
    try:
        return discord.utils.format_dt(datetime.fromisoformat(text), "f")
    except ValueError:
        return plain(text, 30)


def _history(events: Sequence[Event]) -> str:
    lines = [
        f"{when(event.at)} {person(event.actor)} {doing(event.action)}"
        for event in reversed(events)
    ]
    return _limited(lines, _HISTORY)


def _limited(lines: Sequence[str], room: int) -> str:
    """As many lines as fit, and how many did not."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if room < width(line) + 20:
            kept.append(tr("and {count} more", count=len(lines) - number))
            break
        room -= width(line) + 1
        kept.append(line)
    return "\n".join(kept)
