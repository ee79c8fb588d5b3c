"""The forms in which moderators decide: one an opening, checked by the review when sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import discord

from bot.discord.actors import actor_of, actor_of_member, home_of
from bot.discord.form import Form
from bot.discord.review import said
from bot.discord.review.case_view import Acting
from bot.discord.trouble import reported
from bot.review.cases import Cases
from bot.review.decisions import REASON_LIMIT, Rerun
from bot.review.drafts import Typed
from bot.review.merging import Merging
from bot.review.values import Actor, Case, Refused
from bot.translated import tr
from corpus.model import parse_partial_date
from prompts.verdict import Label

INPUT_LIMIT = 4000
"""Discord's, of one text input."""

Done = Callable[[Case], str]
Finish = Callable[[Acting, Case | Refused, Done], Awaitable[None]]


def _text(
    custom_id: str, *, long: bool = False, default: str = "", needed: bool = False, most: int
) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id=custom_id,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=default[:most] or None,
        required=needed,
        max_length=most,
    )


class _CaseForm(Form):
    """A form about one case."""

    def __init__(self, acting: Acting, title: str) -> None:
        super().__init__(title, acting.interaction)
        self.acting = acting

    def add(self, text: str, component: Any, description: str | None = None) -> Any:
        """Adds an input under its name; the input."""
        self.add_item(discord.ui.Label(text=text, component=component, description=description))
        return component

    def sent(self, interaction: discord.Interaction[Any]) -> Acting:
        """The same act, going on with the interaction that sent the form."""
        acting = self.acting
        return Acting(acting.bot, interaction, acting.case_id, acting.version, acting.what)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Acknowledges, then does it."""
        async with reported(interaction):
            message = interaction.message
            if message is not None and message.flags.ephemeral:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
            await self.submitted(self.sent(interaction))

    async def submitted(self, acting: Acting) -> None:
        """What the form is for."""
        raise NotImplementedError


class ReasonForm(_CaseForm):
    """Asks for the reason of a decision."""

    def __init__(
        self,
        acting: Acting,
        title: str,
        work: Callable[[Actor, str, str], Case | Refused],
        finish: Finish,
        done: Done,
    ) -> None:
        super().__init__(acting, title)
        self._work, self._finish, self._done = work, finish, done
        self._reason = self.add(
            tr("Why?"), _text("reason", long=True, needed=True, most=REASON_LIMIT),
            tr("It is shown where the verdict was."),
        )  # fmt: skip

    async def submitted(self, acting: Acting) -> None:
        """Decides."""
        interaction = acting.interaction
        result = await acting.bot.desk.record(
            self._work, actor_of(interaction), home_of(interaction), self._reason.value
        )
        await self._finish(acting, result, self._done)


class EditForm(_CaseForm):
    """The verdict as a moderator words it."""

    def __init__(
        self,
        acting: Acting,
        held: Typed,
        work: Callable[[Actor, str, Typed, str], Case | Refused],
        finish: Finish,
    ) -> None:
        super().__init__(acting, tr("Edit the verdict"))
        self._work, self._finish = work, finish
        options = [
            discord.SelectOption(label=name, value=value, default=value == held.label)
            for value, name in said.labels()
        ]
        self._label = self.add(tr("Label"), discord.ui.Select(custom_id="label", options=options))
        self._summary = self.add(
            tr("Summary"),
            _text("summary", long=True, default=held.summary, needed=True, most=INPUT_LIMIT),
            tr("Each sentence ends with the numbers of its citations: It fell by 3%. [1][2]"),
        )
        self._citations = self.add(
            tr("Citations"),
            _text("citations", long=True, default=held.citations, most=INPUT_LIMIT),
            tr('A line each: [1] refutes: "words of a passage that was found"'),
        )
        self._missing = self.add(
            tr("What is missing"), _text("missing", default=held.missing_context, most=600)
        )
        self._reason = self.add(
            tr("Why?"),
            _text("reason", most=REASON_LIMIT),
            tr("Shown where the label changes."),
        )

    async def submitted(self, acting: Acting) -> None:
        """Publishes it, or says every rule that it breaks and keeps what was typed."""
        interaction, bot = acting.interaction, acting.bot
        form = Typed(
            label=Label(self._label.values[0]),
            summary=self._summary.value,
            citations=self._citations.value,
            missing_context=self._missing.value,
        )
        result = await bot.desk.record(
            self._work, actor_of(interaction), home_of(interaction), form, self._reason.value
        )
        key = (interaction.user.id, acting.case_id)
        if isinstance(result, Refused) and result.why == "rules":
            bot.typed[key] = form
            result = Refused(
                result.why,
                f"{tr(result.message)} {tr('Press Edit again: what you typed is kept.')}",
                faults=result.faults,
            )
        else:
            bot.typed.pop(key, None)
        await self._finish(acting, result, said.decided)


class RerunForm(_CaseForm):
    """How a claim is to be checked again."""

    def __init__(
        self,
        acting: Acting,
        show: Callable[..., Awaitable[None]],
    ) -> None:
        super().__init__(acting, tr("Check this claim again"))
        self._show = show
        engines = [
            ("", tr("As it is set")),
            ("local", tr("Local")),
            ("llm", tr("Language model")),
        ]
        self._engine = self.add(
            tr("Engine"),
            discord.ui.Select(
                custom_id="engine",
                options=[
                    discord.SelectOption(label=name, value=value or "set", default=not value)
                    for value, name in engines
                ],
            ),
        )
        self._day = self.add(
            tr("Only sources published by then"),
            _text("as_of", most=10),
            tr("2025, 2025-02 or 2025-02-05"),
        )
        self._url = self.add(
            tr("Add a source first"),
            _text("source", most=500),
            tr("The address of a page, read for this server"),
        )

    async def submitted(self, acting: Acting) -> None:
        """Notes it on the case, and checks in the background."""
        bot, interaction = acting.bot, acting.interaction
        engine = self._engine.values[0]
        try:
            how = Rerun(
                engine=None if engine == "set" else engine,
                as_of=_last_day(self._day.value),
                source_url=self._url.value.strip() or None,
            )
        except ValueError:
            note = tr("Write the day as 2025, 2025-02 or 2025-02-05.")
            await self._show(bot, interaction, acting.case_id, note)
            return
        result = await bot.desk.record(
            bot.app.review.decisions.rerun,
            actor_of(interaction),
            home_of(interaction),
            acting.case_id,
            how,
            acting.version,
        )
        if isinstance(result, Refused):
            note = said.refused(result)
        else:
            bot.rechecks.start(home_of(interaction), acting.case_id, how)
            bot.courier.wake()
            note = tr("It is being checked again; the new draft will be on the case.")
        await self._show(bot, interaction, acting.case_id, note)


class AskForm(_CaseForm):
    """Which other moderator is to have the case."""

    def __init__(self, acting: Acting, finish: Finish) -> None:
        super().__init__(acting, tr("Ask another moderator"))
        self._finish = finish
        self._person: discord.ui.UserSelect[Any] = self.add(
            tr("Who?"), discord.ui.UserSelect(custom_id="person")
        )

    async def submitted(self, acting: Acting) -> None:
        """Hands the case over, and tells the other in private."""
        interaction, bot = acting.interaction, acting.bot
        chosen = self._person.values[0]
        if not isinstance(chosen, discord.Member):
            no = Refused("permission", "That person is not in this server.")
            await self._finish(acting, no, _nothing)
            return
        result = await bot.desk.record(
            bot.app.review.cases.hand_over,
            actor_of(interaction),
            home_of(interaction),
            acting.case_id,
            to=actor_of_member(chosen),
            seen=acting.version,
        )
        told = isinstance(result, Case) and await _tell(chosen, interaction)
        said = tr("Handed to {who}.", who=chosen.mention)
        if not told:
            said += " " + tr("They could not be told in private; tell them yourself.")
        await self._finish(acting, result, lambda case: said)


class DuplicateForm(_CaseForm):
    """Which case this one is the duplicate of."""

    def __init__(self, acting: Acting, merging: Merging, cases: Cases, finish: Finish) -> None:
        super().__init__(acting, tr("The duplicate of which case?"))
        self._merging, self._cases, self._finish = merging, cases, finish
        self._other = self.add(
            tr("The other case"),
            _text("other", needed=True, most=60),
            tr("As its card names it: case 3fa2b1"),
        )

    async def submitted(self, acting: Acting) -> None:
        """Merges this case into the other."""
        interaction, bot = acting.interaction, acting.bot
        actor, home = actor_of(interaction), home_of(interaction)
        other = await bot.desk.record(self._cases.find, actor, home, self._other.value)
        result: Case | Refused
        if isinstance(other, Refused):
            result = other
        else:
            result = await bot.desk.record(
                self._merging.merge, actor, home, acting.case_id, other.id, seen=acting.version
            )
        await self._finish(
            acting, result, lambda case: tr("Merged into case {id}.", id=case.id[:6])
        )


def _nothing(_case: Case) -> str:
    return ""


def _last_day(text: str) -> date | None:
    """The last day that a date of any precision may mean; ValueError where it is none."""
    return parse_partial_date(text.strip())[1] if text.strip() else None


async def _tell(member: discord.Member, interaction: discord.Interaction[Any]) -> bool:
    text = tr(
        "{who} asks you to look at a case in {server}: see {channel} or use /review queue there.",
        who=interaction.user.display_name,
        server=member.guild.name,
        channel=f"<#{interaction.channel_id}>",
    )
    try:
        await member.send(text)
    except discord.HTTPException:
        return False
    return True
