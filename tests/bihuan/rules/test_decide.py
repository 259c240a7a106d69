"""What every decision keeps to, whatever the pack: who, where, when, with which facts, and what the ledger gets."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest

from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.decide import Refusal, word_ref
from bihuan.rules.procedure.shape import (
    BEFORE,
    STAY,
    Action,
    Automatic,
    Guard,
    HolderSpec,
    Need,
    Procedure,
    Reopens,
    State,
    To,
)
from bihuan.rules.terms import NOBODY, RESIDENT, SYSTEM, Holder, Span, Where
from tests.bihuan.rules.story import AUTHORITY, CENTRE, ROADS, STATION, TOWN, WATER, Story, on, person

CLERK, DISPATCHER = person(CENTRE, "clerk"), person(CENTRE, "dispatcher")
OFFICER, LEADER = person(WATER, "officer"), person(WATER, "leader")
CHECKER, CALLER = person(CENTRE, "checker"), person(CENTRE, "caller")
SOLVED = Need(type="choice", of=("yes", "no"))


def act(key: str, event: str, from_: str | tuple[str, ...], to: str | To, **more: Any) -> Action:
    froms = (from_,) if isinstance(from_, str) else from_
    target = to if isinstance(to, To) else To(state=to)
    return Action(**{"key": key, "event": event, "from_": froms, "to": target, "who": ("holder",), **more})


def loop() -> Procedure:
    """The thin loop: assign, draft, sign, check, follow up, archive or reopen."""
    return Procedure(
        key="matter",
        start_action="register",
        start_state="to_assign",
        states=(
            State(key="to_assign", holder=HolderSpec(post="dispatcher", at="centre")),
            State(key="handling", holder=HolderSpec(fact="office", post="officer")),
            State(key="signing", holder=HolderSpec(fact="office", post="leader")),
            State(key="checking", holder=HolderSpec(post="checker", at="centre")),
            State(key="followup", holder=HolderSpec(post="caller", at="centre")),
            State(
                key="archived",
                final=True,
                reopens=Reopens(to="handling", within=Span(30, "calendar_day"), times=1),
            ),
            State(key="declined", final=True),
        ),
        actions=(
            Action(
                key="register",
                event="registered",
                to=To(state="to_assign"),
                who=("clerk", "resident", "system"),
                needs={
                    "what": Need(type="text", min=2, max=200, public=True),
                    "kind": Need(type="choice", of=("ask", "complain"), sets="sort"),
                    "about_unit": Need(type="unit", optional=True),
                },
            ),
            act("decline", "declined", "to_assign", "declined"),
            act("assign", "assigned", "to_assign", "handling", needs={"office": Need(type="unit", of=("office", "station"))}),
            act("draft", "drafted", "handling", "signing", needs={"answer": Need(type="text", min=2, public=True)}),
            act(
                "sign",
                "signed_off",
                "signing",
                "checking",
                guards=(Guard(not_the_one_who=("drafted",), say="拟稿人不能签发"),),
            ),
            act("hand_back", "handed_back", "signing", BEFORE),
            act(
                "pass",
                "passed",
                "checking",
                "followup",
                guards=(Guard(not_the_one_who=("drafted", "signed_off"), as_unit=True, say="承办单位不能审核自己"),),
            ),
            act("send_back", "sent_back", "checking", "handling"),
            act("follow_up", "followed_up", "followup", STAY, needs={"solved": SOLVED}),
            act(
                "archive",
                "archived",
                "followup",
                "archived",
                who=("system",),
                automatic=Automatic(count=_answered("yes")),
            ),
            act(
                "reopen_unsolved",
                "reopened",
                "followup",
                "handling",
                who=("system",),
                automatic=Automatic(count=_answered("no")),
            ),
            act("reopen", "reopened", "archived", "handling", who=("resident",)),
            act("rate", "rated", ("followup", "archived"), STAY, who=("resident",), needs={"solved": SOLVED}),
        ),
        clocks=(
            ClockSpec(
                key="resolve",
                starts=("registered", "reopened"),
                stops=("archived", "declined"),
                limits=(Limit(span=Span(7, "working_day")),),
            ),
        ),
    )


def _answered(word: str) -> Guard:
    return Guard(count="followed_up", where=Where((("solved", (word,)),)), since="entered_state", min=1)


MATTER = {"what": "路灯不亮", "kind": "ask"}


def opened(**more: Any) -> Story:
    told = Story(loop(), on("2026-10-12 09:00"))
    assert told.open(CLERK, **(MATTER | more)) is None
    return told


def checked() -> Story:
    told = opened()
    told.must(DISPATCHER, "assign", office=WATER)
    told.must(OFFICER, "draft", answer="已经修好")
    told.must(LEADER, "sign")
    return told


def refused(refusal: Refusal | None) -> tuple[str, str]:
    assert refusal is not None
    return refusal.code, refusal.field


# -- opening ------------------------------------------------------------------------------------------------------------


def test_the_first_event_carries_where_it_lies_and_no_words() -> None:
    told = opened()
    first = told.events[0]
    assert (first.seq, first.kind, first.by, first.at) == (1, "registered", CLERK, on("2026-10-12 09:00"))
    assert first.facts == {
        "what": word_ref("路灯不亮"),
        "kind": "ask",
        "sort": "ask",
        "area": "990001001001001",
        "centre": CENTRE,
        "to_state": "to_assign",
        "holder_unit": CENTRE,
        "holder_post": "dispatcher",
    }
    assert told.last is not None
    assert [(word.name, word.text, word.public) for word in told.last.words] == [("what", "路灯不亮", True)]


def test_only_those_named_may_open() -> None:
    told = Story(loop(), on("2026-10-12 09:00"))
    assert refused(told.open(OFFICER, **MATTER)) == ("not_allowed", "")
    assert told.open(SYSTEM, **MATTER) is None
    assert refused(Story(loop(), on("2026-10-12 09:00")).open(RESIDENT, what="x", kind="ask")) == ("bad_fact", "what")


@pytest.mark.parametrize(
    ("about", "centre", "received"), [(TOWN, TOWN, CENTRE), (CENTRE, CENTRE, AUTHORITY), (WATER, CENTRE, CENTRE)]
)
def test_a_matter_about_a_unit_is_received_above_it(about: int, centre: int, received: int) -> None:
    told = Story(loop(), on("2026-10-12 09:00"))
    assert told.open(CLERK, centre=centre, about_unit=about, **MATTER) is None
    assert told.positions["main"].holder == Holder(received, "dispatcher")
    assert told.events[0].facts["about_unit"] == about


def test_a_matter_about_the_highest_unit_has_no_lawful_place_here() -> None:
    told = Story(loop(), on("2026-10-12 09:00"))
    assert refused(told.open(CLERK, about_unit=AUTHORITY, **MATTER)) == ("guard", "")


def test_a_matter_is_not_assigned_to_the_office_it_is_about_nor_below_it() -> None:
    told = opened(about_unit=WATER)
    assert refused(told.do(DISPATCHER, "assign", office=WATER)) == ("guard", "")
    told.must(DISPATCHER, "assign", office=ROADS)
    township = Story(loop(), on("2026-10-12 09:00"))
    assert township.open(CLERK, about_unit=TOWN, **MATTER) is None
    assert refused(township.do(DISPATCHER, "assign", office=STATION)) == ("guard", "")


# -- who and where ------------------------------------------------------------------------------------------------------


def test_only_the_holder_acts_where_the_holder_is_asked_for() -> None:
    told = opened()
    assert refused(told.do(CHECKER, "assign", office=WATER))[0] == "not_yours"
    assert refused(told.do(person(TOWN, "dispatcher"), "assign", office=WATER))[0] == "not_yours"
    assert refused(told.do(RESIDENT, "assign", office=WATER))[0] == "not_allowed"
    assert refused(told.do(SYSTEM, "assign", office=WATER))[0] == "not_allowed"


def test_an_act_belongs_to_its_stage() -> None:
    told = opened()
    assert refused(told.do(DISPATCHER, "draft", answer="好"))[0] == "wrong_state"
    assert refused(told.do(DISPATCHER, "fly"))[0] == "unknown_action"
    assert refused(told.do(DISPATCHER, "assign", thread="whistle:3", office=WATER))[0] == "wrong_state"
    assert refused(told.do(CLERK, "register", **MATTER))[0] == "wrong_state"


def test_a_refusal_changes_nothing() -> None:
    told = opened()
    before = pickle.dumps((told.events, told.positions))
    told.do(DISPATCHER, "assign", office=TOWN)
    told.do(DISPATCHER, "assign", office=WATER, more=1)
    assert pickle.dumps((told.events, told.positions)) == before


def test_facts_that_nobody_asked_for_are_refused() -> None:
    told = opened()
    for name in ("holder_unit", "to_state", "centre", "weight"):
        assert refused(told.do(DISPATCHER, "assign", office=WATER, **{name: 1})) == ("bad_fact", name)


def test_events_that_move_the_holder_name_the_new_one() -> None:
    told = checked()
    for kind, holder in (("assigned", (WATER, "officer")), ("drafted", (WATER, "leader")), ("signed_off", (CENTRE, "checker"))):
        facts = next(event.facts for event in told.events if event.kind == kind)
        assert (facts["holder_unit"], facts["holder_post"]) == holder


def test_back_to_the_stage_before() -> None:
    told = opened()
    told.must(DISPATCHER, "assign", office=WATER)
    told.must(OFFICER, "draft", answer="已经修好")
    told.must(LEADER, "hand_back")
    assert (told.state(), told.positions["main"].holder) == ("handling", Holder(WATER, "officer"))


def test_time_never_runs_backwards_inside_a_case() -> None:
    told = opened()
    told.must(DISPATCHER, "assign", "2026-10-12 08:00", office=WATER)
    assert told.events[-1].at == on("2026-10-12 09:00")


# -- nobody approves their own work -------------------------------------------------------------------------------------


def test_neither_the_person_nor_the_unit() -> None:
    told = opened()
    told.must(DISPATCHER, "assign", office=WATER)
    told.must(OFFICER, "draft", answer="已经修好")
    same = replace(LEADER, account=OFFICER.account)
    assert told.do(same, "sign") == Refusal(code="guard", say="拟稿人不能签发")
    told.must(LEADER, "sign")
    # the officer has moved to the centre since; and the unit that handled it checks nothing either
    assert refused(told.do(replace(CHECKER, account=OFFICER.account), "pass"))[0] == "guard"
    told.must(CHECKER, "pass")


# -- automatic acts, reopening ------------------------------------------------------------------------------------------


def test_what_became_true_follows_in_the_same_decision() -> None:
    told = checked()
    told.must(CHECKER, "pass")
    told.must(CALLER, "follow_up", solved="yes")
    assert told.kinds()[-2:] == ["followed_up", "archived"]
    assert told.last is not None
    assert [(move.from_state, move.to_state, move.open) for move in told.last.moves] == [("followup", "archived", False)]
    assert told.positions["main"].holder == NOBODY


def test_not_solved_reopens_and_the_clock_starts_anew() -> None:
    told = checked()
    told.must(CHECKER, "pass", "2026-10-14 09:00")
    told.must(CALLER, "follow_up", "2026-10-15 09:00", solved="no")
    assert told.state() == "handling"
    assert told.kinds()[-1] == "reopened"
    assert told.clock("resolve").started_at == on("2026-10-12 09:00")  # it had not stopped: it runs on


def test_an_archived_case_reopens_within_its_window_and_no_more_often_than_said() -> None:
    told = checked()
    told.must(CHECKER, "pass")
    told.must(CALLER, "follow_up", "2026-10-12 10:00", solved="yes")
    late = pickle.loads(pickle.dumps(told))
    assert refused(late.do(RESIDENT, "reopen", "2026-11-12 09:00"))[0] == "guard"
    told.must(RESIDENT, "reopen", "2026-11-11 09:00")
    assert told.clock("resolve").started_at == on("2026-11-11 09:00")
    told.must(OFFICER, "draft", answer="又修了一次")
    told.must(LEADER, "sign")
    told.must(CHECKER, "pass")
    told.must(CALLER, "follow_up", solved="yes")
    assert refused(told.do(RESIDENT, "reopen")) == ("guard", "")


def test_a_final_state_without_a_way_back_stays_final() -> None:
    told = opened()
    told.must(DISPATCHER, "decline")
    again = replace(
        told.procedure, actions=(*told.procedure.actions, act("undo", "undone", "declined", "to_assign", who=("dispatcher",)))
    )
    told.procedure = again
    assert refused(told.do(DISPATCHER, "undo"))[0] == "wrong_state"


def test_a_resident_may_still_rate_what_is_archived() -> None:
    told = checked()
    told.must(CHECKER, "pass")
    told.must(CALLER, "follow_up", solved="yes")
    told.must(RESIDENT, "rate", solved="no")
    assert told.state() == "archived"


def test_automatic_acts_cannot_run_away() -> None:
    again = act(
        "echo", "echoed", "to_assign", "to_assign", who=("system",),
        automatic=Automatic(count=Guard(count="registered", min=1)),
    )  # fmt: skip
    told = Story(replace(loop(), actions=(*loop().actions, again)), on("2026-10-12 09:00"))
    assert told.open(CLERK, **MATTER) is None
    assert told.kinds() == ["registered", "echoed"]


# -- offers and limits --------------------------------------------------------------------------------------------------


def test_offers_name_what_can_be_done_and_what_only_a_guard_stops() -> None:
    told = opened()
    assert told.can(DISPATCHER) == {"decline": "", "assign": ""}
    assert told.can(OFFICER) == {}
    told.must(DISPATCHER, "assign", office=WATER)
    told.must(OFFICER, "draft", answer="已经修好")
    assert told.can(replace(LEADER, account=OFFICER.account)) == {"sign": "拟稿人不能签发", "hand_back": ""}


def test_a_passed_limit_is_entered_once_by_the_system_only() -> None:
    told = opened()
    assert told.work("2026-10-21 17:30") == []
    assert refused(told.do(DISPATCHER, "limit_passed", "2026-10-22 09:00", clock="resolve"))[0] == "not_allowed"
    assert refused(told.do(SYSTEM, "limit_passed", clock="nothing")) == ("bad_fact", "clock")
    assert refused(told.do(SYSTEM, "limit_passed", clock="resolve", more=1))[0] == "bad_fact"
    assert told.work("2026-10-22 09:00") == [("main", "limit_passed:resolve")]
    assert told.events[-1].facts == {
        "clock": "resolve",
        "due": "2026-10-21T17:30:00+08:00",
        "charged_unit": CENTRE,
        "charged_post": "dispatcher",
    }
    assert refused(told.do(SYSTEM, "limit_passed", clock="resolve"))[0] == "wrong_state"
    assert told.work("2026-10-23 09:00") == []


def test_positions_can_be_rebuilt_from_the_events_alone() -> None:
    told = checked()
    state, holder = "", NOBODY
    for event in told.events:
        state = str(event.facts.get("to_state", state))
        if "holder_unit" in event.facts:
            holder = Holder(int(str(event.facts["holder_unit"])), str(event.facts["holder_post"]))
    assert (state, holder) == (told.state(), told.positions["main"].holder)


# -- guards of the closed list ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "may"),
    [
        (Guard(fact="sort", in_=("ask",)), True),
        (Guard(fact="sort", in_=("complain",)), False),
        (Guard(grade=True, in_=("red",)), True),
        (Guard(grade=True, in_=("blue",)), False),
        (Guard(after="registered", within=Span(1, "working_day")), True),
        (Guard(after="registered", within=Span(0, "working_hour")), False),
        (Guard(after="assigned", within=Span(1, "working_day")), False),
        (Guard(clock="resolve", clock_is="not_red"), True),
        (Guard(clock="resolve", clock_is="red"), False),
        (Guard(clock="resolve", clock_is="not_stopped"), True),
        (Guard(clock="unheard_of", clock_is="not_red"), False),
        (Guard(threads="whistle", any_in=("called",)), False),
        (Guard(threads="whistle", none_open=True), True),
        (Guard(fact="marks", in_=("b",)), True),
        (Guard(fact="marks", in_=("c",)), False),
        (Guard(count="noted", max_before=0), True),
        (Guard(since="reopened", count="registered", min=1), True),
        (Guard(not_the_one_who=("registered",), as_unit=True), False),
        (Guard(not_the_one_who=("registered",)), True),
        (Guard(count="registered", equals=1), True),
        (Guard(count="registered", equals=2), False),
        (Guard(count="registered", max_before=0), False),
        (Guard(count="registered", since="entered_state", max_before=0), True),
        (Guard(count="registered", since="registered", max_before=0), True),
        (Guard(count="registered", since="assigned", max_before=0), False),
    ],
)
def test_each_guard(guard: Guard, may: bool) -> None:
    guarded = act("note", "noted", "to_assign", STAY, guards=(guard,))
    told = Story(
        replace(loop(), actions=(*loop().actions, guarded)),
        on("2026-10-12 09:00"),
        attributes={"grade": "red", "marks": ["a", "b"]},
    )
    assert told.open(CLERK, **MATTER) is None
    refusal = told.do(DISPATCHER, "note", "2026-10-12 09:30")
    assert (refusal is None) == may
    assert refusal is None or (refusal.code == "guard" and refusal.say == refusal.msgid)
