"""The five hard fragments, played: ladder, whistle, suspension, committed date, petition with review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bihuan.rules.lights import Light
from bihuan.rules.procedure.decide import Refusal
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import NOBODY, RESIDENT, SYSTEM, Holder
from tests.bihuan.rules import fragments
from tests.bihuan.rules.story import CENTRE, GRID, ROADS, STATION, TOWN, VILLAGE, WATER, Story, on, person

CLERK, DISPATCHER, HEAD = person(CENTRE, "clerk"), person(CENTRE, "dispatcher"), person(CENTRE, "head")
WATER_OFFICER, ROADS_OFFICER = person(WATER, "officer"), person(ROADS, "officer")


def story(procedure: Procedure, at: str, **facts: Any) -> Story:
    told = Story(procedure, on(at))
    assert told.open(CLERK, **facts) is None
    return told


def said(refusal: Refusal | None) -> str:
    assert refusal is not None
    return refusal.say


# -- the ladder ---------------------------------------------------------------------------------------------------------

WORKER, MEDIATOR, TEAM = person(GRID, "grid_worker"), person(VILLAGE, "mediator"), person(TOWN, "team")
AT_HOME = {"place": "家中", "minutes": 40}


def test_three_failures_climb_the_ladder_by_themselves() -> None:
    told = story(fragments.ladder(), "2026-10-08 09:00")
    assert told.positions["main"].holder == Holder(GRID, "grid_worker")
    for day in ("09", "10"):
        told.must(WORKER, "attempt", f"2026-10-{day} 10:00", outcome="failed", **AT_HOME)
    assert told.state() == "blue"
    assert told.can(WORKER)["climb"] == "至少调解三次后才能升级"
    assert said(told.do(WORKER, "climb")) == "至少调解三次后才能升级"
    told.must(WORKER, "attempt", "2026-10-12 10:00", outcome="failed", **AT_HOME)
    assert told.kinds()[-2:] == ["attempt_made", "climbed"]
    assert told.events[-1].by == SYSTEM
    assert told.last is not None
    assert [(move.from_state, move.to_state) for move in told.last.moves] == [("blue", "yellow")]
    assert told.positions["main"].holder == Holder(VILLAGE, "mediator")


def test_the_count_starts_anew_on_each_step_and_red_ends_with_the_remedies_named() -> None:
    told = story(fragments.ladder(), "2026-10-08 09:00")
    for who, state in ((WORKER, "yellow"), (MEDIATOR, "red"), (TEAM, "red")):
        for _ in range(3):
            told.must(who, "attempt", outcome="failed", **AT_HOME)
        assert told.state() == state
    assert told.do(TEAM, "terminate", remedies=["prayer"]) is not None
    told.must(TEAM, "terminate", remedies=["court", "arbitration"])
    assert told.state() == "ended"
    assert told.positions["main"].holder == NOBODY
    assert told.clock("mediate").state == "stopped"


def test_the_team_cannot_climb_higher_nor_end_too_early() -> None:
    told = story(fragments.ladder(), "2026-10-08 09:00")
    for who in (WORKER, MEDIATOR):
        for _ in range(3):
            told.must(who, "attempt", outcome="failed", **AT_HOME)
    refusal = told.do(TEAM, "terminate", remedies=["court"])
    assert refusal is not None
    assert refusal.code == "guard"
    assert refusal.msgid
    assert "climb" not in told.can(TEAM)


def test_there_is_no_step_above_the_highest() -> None:
    procedure = fragments.ladder()
    beyond = tuple(
        replace(action, from_=("blue", "yellow", "red"), guards=()) if action.key == "climb" else action
        for action in procedure.actions
    )
    told = story(replace(procedure, actions=beyond), "2026-10-08 09:00")
    told.must(WORKER, "climb")
    told.must(MEDIATOR, "climb")
    assert said(told.do(TEAM, "climb")) == "There is no higher step."


def test_settled_or_refused_at_any_step() -> None:
    settled = story(fragments.ladder(), "2026-10-08 09:00")
    settled.must(WORKER, "attempt", outcome="settled", **AT_HOME)
    assert settled.state() == "settled"
    refused = story(fragments.ladder(), "2026-10-08 09:00")
    refused.must(WORKER, "refuse")
    assert refused.state() == "ended"


# -- the whistle --------------------------------------------------------------------------------------------------------


def called() -> Story:
    told = story(fragments.whistle(), "2026-10-12 09:00")
    told.must(DISPATCHER, "whistle", offices=[WATER, ROADS], respond_by="2026-10-13T12:00", why="路面塌陷,需要两家到场")
    return told


def test_each_office_called_answers_in_a_thread_of_its_own() -> None:
    told = called()
    assert set(told.positions) == {"main", f"whistle:{WATER}", f"whistle:{ROADS}"}
    assert told.positions[f"whistle:{WATER}"].holder == Holder(WATER, "officer")
    assert told.clock("respond", f"whistle:{WATER}").due_at == on("2026-10-13 12:00")
    assert (
        said(told.do(ROADS_OFFICER, "respond", thread=f"whistle:{WATER}")) == "It is not your turn: this lies with another post."
    )


def test_one_office_late_is_red_alone_and_holds_the_answer_up() -> None:
    told = called()
    told.must(WATER_OFFICER, "respond", "2026-10-12 15:00", thread=f"whistle:{WATER}")
    told.must(WATER_OFFICER, "report", thread=f"whistle:{WATER}", finding="水管已经关闭")
    assert told.work("2026-10-13 12:01") == [(f"whistle:{ROADS}", "limit_passed:respond")]
    assert told.work("2026-10-13 12:02") == []
    assert told.light("respond", f"whistle:{WATER}") is Light.MET
    assert told.light("respond", f"whistle:{ROADS}") is Light.OVER
    assert told.events[-1].facts["charged_unit"] == ROADS
    assert said(told.do(DISPATCHER, "answer_whistle")) == "还有部门未报到反馈"
    told.must(ROADS_OFFICER, "respond", "2026-10-13 15:00", thread=f"whistle:{ROADS}")
    told.must(ROADS_OFFICER, "report", thread=f"whistle:{ROADS}", finding="路面已经围挡")
    told.must(DISPATCHER, "answer_whistle")
    assert told.light("respond", f"whistle:{ROADS}") is Light.MISSED


def test_an_office_is_rated_once_after_it_reported() -> None:
    told = called()
    thread = f"whistle:{WATER}"
    told.must(WATER_OFFICER, "respond", thread=thread)
    told.must(WATER_OFFICER, "report", thread=thread, finding="水管已经关闭")
    told.must(DISPATCHER, "rate", thread=thread, mark=5)
    assert said(told.do(DISPATCHER, "rate", thread=thread, mark=1)) == "已经评价过了"


def test_an_office_that_has_not_finished_is_not_called_twice_but_later_again() -> None:
    told = called()
    again = {"offices": [WATER, STATION], "respond_by": "2026-10-20T12:00", "why": "需要再次到场"}
    before = (list(told.events), dict(told.positions))
    refusal = told.do(DISPATCHER, "whistle", **again)
    assert refusal is not None
    assert (refusal.code, before) == ("wrong_state", (told.events, told.positions))
    thread = f"whistle:{WATER}"
    told.must(WATER_OFFICER, "respond", "2026-10-12 10:00", thread=thread)
    told.must(WATER_OFFICER, "report", thread=thread, finding="水管已经关闭")
    told.must(DISPATCHER, "whistle", "2026-10-14 09:00", **again)
    assert told.state(thread) == "called"
    assert told.clock("respond", thread).due_at == on("2026-10-20 12:00")
    assert told.clock("respond", f"whistle:{ROADS}").due_at == on("2026-10-13 12:00")


def test_threads_end_with_their_case() -> None:
    told = called()
    told.must(DISPATCHER, "close", "2026-10-12 16:00")
    assert told.state() == "done"
    assert not any(position.open for position in told.positions.values())
    assert told.clock("respond", f"whistle:{WATER}").state == "stopped"
    assert told.do(WATER_OFFICER, "respond", thread=f"whistle:{WATER}") is not None
    assert told.can(WATER_OFFICER) == {}


# -- suspension ---------------------------------------------------------------------------------------------------------

WAIT = {"reason": "resident_must_supply", "until": "2026-10-14", "note": "等群众补充产权证明"}


def assigned(procedure: Procedure, weight: str = "ordinary") -> Story:
    told = story(procedure, "2026-10-08 08:30", weight=weight)
    told.must(DISPATCHER, "assign", "2026-10-08 09:00", office=WATER)
    return told


def test_the_worked_suspension_through_request_and_grant() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", "2026-10-09 15:00", **WAIT)
    assert (told.state(), told.state("ask_suspend")) == ("handling", "asked")
    assert told.clock("resolve").state == "running"
    assert told.positions["ask_suspend"].holder == Holder(CENTRE, "head")
    told.must(HEAD, "grant_suspend", "2026-10-09 16:00", thread="ask_suspend")
    assert (told.state(), told.state("ask_suspend")) == ("waiting", "granted")
    assert told.clock("resolve").state == "paused"
    told.must(WATER_OFFICER, "resume", "2026-10-13 10:00")
    assert told.clock("resolve").due_at == on("2026-10-21 17:30")
    assert told.why("resolve")[1:5] == [
        ("10-09", "paused", 0),
        ("10-10", "paused", 0),
        ("10-11", "day_off", 0),
        ("10-12", "paused", 0),
    ]


def test_a_request_touches_nothing_until_it_is_granted() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", **WAIT)
    assert told.last is not None
    assert [event.kind for event in told.last.events] == ["suspend_asked", "opened"]
    assert [(word.name, word.seq, word.public) for word in told.last.words] == [("note", told.events[-1].seq, False)]
    assert told.last.words[0].ref == told.events[-1].facts["note"]
    assert said(told.do(WATER_OFFICER, "suspend", **WAIT)) == "This has been asked already and waits for approval."
    told.must(HEAD, "grant_suspend", thread="ask_suspend", opinion="同意")
    granted = told.events[-1]
    assert (granted.kind, granted.by) == ("suspended", HEAD)
    assert granted.facts["asked_by_account"] == WATER_OFFICER.account
    assert told.last.published == (str(granted.facts["note"]),)


def test_who_asked_cannot_grant_nor_can_another_centre() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", **WAIT)
    same_person = person(CENTRE, "head", account=WATER_OFFICER.account)
    assert said(told.do(same_person, "grant_suspend", thread="ask_suspend")) == "提出申请的人不能自己审批"
    elsewhere = told.do(person(TOWN, "head"), "grant_suspend", thread="ask_suspend")
    assert elsewhere is not None
    assert elsewhere.code == "not_yours"


def test_a_refused_request_can_be_made_again() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", **WAIT)
    told.must(HEAD, "refuse_suspend", thread="ask_suspend", opinion="材料已经齐全")
    assert (told.state(), told.clock("resolve").due_at) == ("handling", on("2026-10-16 17:30"))
    told.must(WATER_OFFICER, "suspend", **WAIT)
    told.must(HEAD, "grant_suspend", thread="ask_suspend")
    assert told.state() == "waiting"


@pytest.mark.parametrize(("silence", "state", "main"), [("refused", "refused", "handling"), ("granted", "granted", "waiting")])
def test_silence_answers_after_one_working_day(silence: str, state: str, main: str) -> None:
    told = assigned(fragments.handling(silence=silence))
    told.must(WATER_OFFICER, "suspend", "2026-10-09 15:00", **(WAIT | {"until": "2026-10-20"}))
    assert told.work("2026-10-10 17:30") == []
    done = told.work("2026-10-10 17:31")  # the make-up Saturday is the working day
    assert ("ask_suspend", "limit_passed:ask_suspend") in done
    assert (told.state("ask_suspend"), told.state()) == (state, main)


def test_the_date_resumes_it_by_itself() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", "2026-10-09 15:00", **WAIT)
    told.must(HEAD, "grant_suspend", "2026-10-09 16:00", thread="ask_suspend")
    assert told.work("2026-10-13 23:59") == []
    assert told.work("2026-10-14 00:00") == [("main", "resume")]
    assert told.clock("resolve").due_at == on("2026-10-22 17:30")


def test_once_for_a_reason_does_not_bar_another_reason() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", **WAIT)
    told.must(HEAD, "grant_suspend", thread="ask_suspend")
    told.must(WATER_OFFICER, "resume")
    assert said(told.do(WATER_OFFICER, "suspend", **WAIT)) == "等群众补充材料只能暂停一次"
    assert told.can(WATER_OFFICER)["suspend"] == ""
    told.must(WATER_OFFICER, "suspend", **(WAIT | {"reason": "court_pending"}))


def test_a_request_that_the_matter_has_left_behind_cannot_be_granted() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", **WAIT)
    told.must(WATER_OFFICER, "resolve")
    assert not told.positions["ask_suspend"].open
    assert told.do(HEAD, "grant_suspend", thread="ask_suspend") is not None


def test_a_request_cannot_be_granted_once_the_matter_stands_elsewhere() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "suspend", **WAIT)
    told.must(WATER_OFFICER, "plan", **PLAN)
    told.must(HEAD, "grant_plan", thread="ask_plan")
    assert said(told.do(HEAD, "grant_suspend", thread="ask_suspend")) == "The matter has moved on since this was asked."
    assert told.state("ask_suspend") == "asked"
    assert told.can(HEAD)["grant_suspend"] == "The matter has moved on since this was asked."
    told.must(HEAD, "refuse_suspend", thread="ask_suspend")


def test_the_last_day_of_a_suspension_is_bounded() -> None:
    told = assigned(fragments.handling())
    refusal = told.do(WATER_OFFICER, "suspend", **(WAIT | {"until": "2026-11-08"}))
    assert refusal is not None
    assert (refusal.code, refusal.field, refusal.params["limit"]) == ("bad_fact", "until", "2026-11-07")


# -- the committed date -------------------------------------------------------------------------------------------------

PLAN = {"committed_on": "2026-12-18", "plan": "分三步改造供水管网,先设计、再招标、后施工,由水务站负责", "meeting": "2026-10-12"}


def planned(at: str, weight: str = "ordinary") -> Story:
    told = assigned(fragments.handling(), weight)
    told.must(WATER_OFFICER, "plan", at, **PLAN)
    told.must(HEAD, "grant_plan", at, thread="ask_plan")
    return told


def test_planned_in_time_is_met_and_the_committed_date_runs() -> None:
    told = planned("2026-10-14 10:00")
    assert told.light("resolve") is Light.MET
    assert told.clock("committed").due_at == on("2026-12-18 17:30")
    assert told.clock("monthly").due_at == on("2026-11-16 17:30")
    told.must(WATER_OFFICER, "progress", "2026-11-10 10:00")
    assert told.clock("monthly").due_at == on("2026-12-10 17:30")
    told.must(WATER_OFFICER, "resolve", "2026-12-18 17:00")
    assert told.light("committed") is Light.MET
    assert told.clock("monthly").state == "stopped"


def test_planned_late_is_missed_and_stays_missed() -> None:
    told = planned("2026-10-19 10:00")
    assert told.light("resolve") is Light.MISSED
    told.must(WATER_OFFICER, "resolve", "2026-12-01 10:00")
    assert told.light("resolve") is Light.MISSED


def test_a_refused_plans_date_binds_nobody() -> None:
    told = planned("2026-10-14 10:00")
    refusal = told.do(WATER_OFFICER, "plan", **(PLAN | {"committed_on": "2027-06-30"}))
    assert refusal is not None  # from "planned" it is not asked again
    assert told.clock("committed").due_at == on("2026-12-18 17:30")


def test_facts_asked_for_do_not_leak_into_the_case_before_the_grant() -> None:
    told = assigned(fragments.handling())
    told.must(WATER_OFFICER, "plan", **PLAN)
    told.must(HEAD, "refuse_plan", thread="ask_plan")
    assert told.clock("committed").state == "idle"
    assert all("committed_on" not in event.facts for event in told.events if event.thread == "main")


def test_a_major_matter_has_a_month() -> None:
    told = assigned(fragments.handling(), "major")
    assert told.clock("resolve").limit_key == "major"
    assert told.clock("resolve").due_at == on("2026-11-09 17:30")  # 8 November is a Sunday


# -- the petition -------------------------------------------------------------------------------------------------------


def petition() -> Story:
    return story(fragments.petition(), "2026-10-08 09:00", office=WATER)


def extend(told: Story, at: str, days: int = 30) -> Refusal | None:
    return told.do(WATER_OFFICER, "extend", at, days=days, reason="需要现场勘察")


def test_sixty_days_and_thirty_more_once() -> None:
    told = petition()
    assert told.clock("decide").due_at == on("2026-12-07 17:30")
    assert extend(told, "2026-12-01 09:00") is None
    told.must(HEAD, "grant_extend", "2026-12-08 09:00", thread="ask_extend")  # asked in time, granted after the limit
    assert told.clock("decide").due_at == on("2027-01-06 17:30")
    assert said(extend(told, "2026-12-09 09:00")) == "只能延长一次"


def test_too_late_to_extend() -> None:
    assert said(extend(petition(), "2026-12-08 09:00")) == "已超过办理期限,不能延期"


def test_review_goes_to_the_unit_above_the_one_that_decided() -> None:
    told = petition()
    told.must(WATER_OFFICER, "decide", "2026-10-20 09:00")
    told.must(RESIDENT, "ask_review", "2026-11-10 09:00")
    assert told.positions["main"].holder == Holder(CENTRE)
    assert told.clock("review").due_at == on("2026-12-10 17:30")
    told.must(HEAD, "review", "2026-11-20 09:00")


def test_past_the_window_there_is_no_review_and_the_decision_becomes_final() -> None:
    told = petition()
    told.must(WATER_OFFICER, "decide", "2026-10-20 09:00")
    assert said(told.do(RESIDENT, "ask_review", "2026-11-19 17:31")) == "收到处理意见三十日内提出"
    assert told.light("review_window") is None  # a resident's window carries no light
    assert told.work("2026-11-19 17:30") == []
    assert told.work("2026-11-19 17:31") == [("main", "lapse")]
    assert told.state() == "final"


def test_after_a_review_the_second_window_lapses_too() -> None:
    told = petition()
    told.must(WATER_OFFICER, "decide", "2026-10-20 09:00")
    told.must(RESIDENT, "ask_review", "2026-10-21 09:00")
    told.must(HEAD, "review", "2026-10-22 09:00")
    assert told.work("2026-11-20 12:00") == []
    assert told.work("2026-11-23 18:00") == [("main", "lapse")]
