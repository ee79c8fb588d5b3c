"""The life of cases as a state machine: whatever moderators do in whatever order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.discord.review.doings import DOINGS
from bot.review.decisions import Rerun
from bot.review.drafts import typed
from bot.review.values import Case, FlagReason, Making, Refused, State
from prompts.verdict import Label, Verdict
from tests.bot.courtroom import HOME, Courtroom, manager, member, moderator

CLAIMS = ["It cost $5.5M", "The tower is tall", "Gold fell by 3%"]
MODERATORS = ["9001", "9002", "9003"]
PEOPLE = ["7", "8", "10"]
LABELS = [Label.REFUTED, Label.SUPPORTED, Label.MISLEADING]


class Life(RuleBasedStateMachine):
    """Three claims, three moderators, three askers, and a Discord that fails at times."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory(prefix="life-")
        self.room = Courtroom(Path(self._folder.name))
        self.verdicts: list[Verdict] = []
        self.replies: dict[str, int] = {}

    def teardown(self) -> None:
        try:
            self._all_is_put_right()
        finally:
            self.room.engine.dispose()
            self._folder.cleanup()

    @initialize(four_eyes=st.booleans())
    def begin(self, four_eyes: bool) -> None:
        self.four_eyes = four_eyes
        chosen = ["refuted"] if four_eyes else []
        self.room.review.settings.change(
            manager(), HOME, {"four_eyes": chosen, "review_channel": "55"}
        )

    # What people do

    @rule(claim=st.sampled_from(CLAIMS), label=st.sampled_from(LABELS), who=st.sampled_from(PEOPLE))
    def ask(self, claim: str, label: Label, who: str) -> None:
        self.verdicts.append(self.room.ask(claim, label=label, asker=who))

    @precondition(lambda self: self.verdicts)
    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def flag(self, data: st.DataObject, who: str) -> None:
        shown = data.draw(st.sampled_from(self.verdicts))
        first = self.room.review.flags.add(member(who), HOME, shown.id, FlagReason.HARMFUL)
        assert not isinstance(first, Refused)
        again = self.room.review.flags.add(member(who), HOME, shown.id, FlagReason.BAD_SOURCE)
        assert not isinstance(again, Refused) and not again.new

    @precondition(lambda self: self.verdicts)
    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def appeal(self, data: st.DataObject, who: str) -> None:
        shown = data.draw(st.sampled_from(self.verdicts))
        before = self._rows("SELECT count(*) FROM appeals")
        done = self.room.review.appeals.add(
            member(who), HOME, shown.id, reason="No.", link="https://example.org/x"
        )
        grew = self._rows("SELECT count(*) FROM appeals") != before
        assert grew is (not isinstance(done, Refused))

    # What moderators do

    @precondition(lambda self: self._cases())
    @rule(
        data=st.data(),
        who=st.sampled_from(MODERATORS),
        act=st.sampled_from(
            ["assign", "release", "approve", "withdraw", "edit", "close", "decline", "rerun",
             "snooze", "reopen", "hand_over", "merge"]
        ),
    )  # fmt: skip
    def act(self, data: st.DataObject, who: str, act: str) -> None:
        case = data.draw(st.sampled_from(self._cases()))
        behind = data.draw(st.booleans()) and case.version > 1
        seen = case.version - 1 if behind else case.version
        by = moderator(who)
        review = self.room.review
        label = data.draw(st.sampled_from(LABELS))
        match act:
            case "assign" | "release":
                done: Any = getattr(review.cases, act)(by, HOME, case.id, seen)
            case "approve":
                done = review.decisions.approve(by, HOME, case.id, seen=seen)
            case "withdraw":
                done = review.decisions.withdraw(by, HOME, case.id, "It is wrong.", seen)
            case "edit":
                draft = self.room.ledger.verdict(case.verdict_id)
                assert draft is not None
                stance = {Label.SUPPORTED: "supports"}.get(label, "refutes")
                form = typed(draft)
                form = type(form)(
                    label, form.summary, form.citations.replace("refutes", stance).replace(
                        "supports", stance)
                )  # fmt: skip
                done = review.decisions.edit(by, HOME, case.id, form, seen=seen)
            case "close":
                done = review.decisions.close(by, HOME, case.id, "opinion", seen=seen)
            case "decline" | "reopen":
                done = getattr(review.decisions, act)(by, HOME, case.id, seen)
            case "rerun":
                done = review.decisions.rerun(by, HOME, case.id, Rerun(engine="local"), seen)
            case "snooze":
                until = self.room.time + timedelta(days=1)
                done = review.cases.snooze(by, HOME, case.id, until, seen)
            case "hand_over":
                to = moderator(data.draw(st.sampled_from(MODERATORS)))
                done = review.cases.hand_over(by, HOME, case.id, to=to, seen=seen)
            case _:
                into = data.draw(st.sampled_from(self._cases()))
                done = review.merging.merge(by, HOME, case.id, into.id, seen=seen)
        if behind:
            assert isinstance(done, Refused) and done.why in {"taken", "state", "rules"}, done
        if isinstance(done, Refused):
            assert self.room.case(case.id) == case, "a refusal changed the case"

    @precondition(lambda self: self._cases(State.RERUNNING))
    @rule(data=st.data(), label=st.sampled_from(LABELS), works=st.booleans())
    def new_draft(self, data: st.DataObject, label: Label, works: bool) -> None:
        case = data.draw(st.sampled_from(self._cases(State.RERUNNING)))
        draft = self.room.ledger.verdict(case.verdict_id)
        assert draft is not None
        made = draft.model_copy(
            update={"id": f"r{self.room.time.timestamp():.0f}{case.version}{case.id[-4:]}",
                    "label": label}
        )  # fmt: skip
        self.room.review.decisions.deliver(HOME, case.id, made if works else None, Making())
        if works:
            self.verdicts.append(made)

    # What time and Discord do

    @rule(hours=st.sampled_from([1, 5, 30, 60]))
    def time_passes(self, hours: int) -> None:
        self.room.pass_time(hours=hours)
        self.room.review.cases.sweep(HOME)

    @rule(data=st.data())
    def discord_takes_some(self, data: st.DataObject) -> None:
        for correction in self.room.review.corrections.claim(HOME, "w", 3):
            outcome = data.draw(st.sampled_from(["done", "done", "failed", "locked", "gone"]))
            assert self.room.review.corrections.finish(HOME, correction.id, "w", outcome)
            self._count(correction.kind, correction.id, outcome)

    # What always holds

    @invariant()
    def the_log_tells_how_each_case_came_to_be_as_it_is(self) -> None:
        last: dict[str, str] = {}
        events = self.room.review.record.history(manager(), HOME)
        assert not isinstance(events, Refused)
        assert [event.seq for event in events] == sorted({event.seq for event in events})
        assert {event.action for event in events} <= DOINGS.keys()
        for event in events:
            if event.case_id is None or "state" not in event.after:
                continue
            assert event.before.get("state") == last.get(event.case_id)
            last[event.case_id] = event.after["state"]
        assert last == {case.id: case.state.value for case in self._cases()}

    @invariant()
    def what_stands_was_decided_once_and_by_whom_it_had_to_be(self) -> None:
        rows = self._rows(
            "SELECT id, state, actor_id, seconded_by, new_label, action FROM decisions"
        )
        for _, state, actor, second, label, action in rows:
            assert actor in MODERATORS and second != actor
            if state == "final" and self.four_eyes and label == "refuted" and action != "close":
                assert second in MODERATORS
        for case in self._cases():
            if case.decision_id is not None:
                assert (case.decision_id, "final") in [(row[0], row[1]) for row in rows]
            if case.state is State.AWAITING_SECOND:
                assert (case.proposal_id, "proposed") in [(row[0], row[1]) for row in rows]
            assert (case.state is State.ASSIGNED) <= (case.assignee_id is not None)

    @invariant()
    def one_case_a_claim(self) -> None:
        keys = [case.claim_key for case in self._cases()]
        assert len(keys) == len(set(keys))
        held = self._rows("SELECT verdict_id, count(*) FROM case_verdicts GROUP BY 1")
        assert all(count == 1 for _, count in held)

    def _all_is_put_right(self) -> None:
        """Once Discord takes everything, no message that can be reached shows what is over."""
        for _ in range(12):
            self.room.pass_time(hours=13)
            while found := self.room.review.corrections.claim(HOME, "w"):
                for correction in found:
                    assert self.room.review.corrections.finish(HOME, correction.id, "w", "done")
                    self._count(correction.kind, correction.id, "done")
        assert self.room.review.appearances.stale(HOME) == []
        left = self._rows("SELECT count(*) FROM corrections WHERE state IN ('pending', 'leased')")
        assert left == [(0,)]
        assert all(count == 1 for count in self.replies.values())

    def _count(self, kind: str, correction_id: str, outcome: str) -> None:
        if kind == "reply" and outcome == "done":
            self.replies[correction_id] = self.replies.get(correction_id, 0) + 1

    def _cases(self, *states: State) -> list[Case]:
        ids = [row[0] for row in self._rows("SELECT id FROM cases ORDER BY id")]
        found = [self.room.case(id_) for id_ in ids]
        return [case for case in found if not states or case.state in states]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.room.engine.connect() as db:
            return [tuple(row) for row in db.exec_driver_sql(query)]


Life.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
