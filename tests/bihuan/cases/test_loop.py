"""Every path a matter can take, in the field's words; whoever acts is somebody of the small county."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.cases.shapes import ContactIn, TrackPage
from bihuan.flows.worker import run_once
from tests.factories.matters import STEPS, County, act, brought_to, opened, shipped_pack

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROUTE = shipped_pack().catalogue.routes[0].key


def wall(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """An instant of 2026 on the office's wall clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def state(county: County, case_id: int) -> str:
    """Where the matter stands, as the centre reads it."""
    return selectors.case_page(county.actor("dispatcher"), case_id).state


def tracked(code: str) -> TrackPage:
    """The resident's page."""
    page = selectors.tracking(code)
    assert page is not None
    return page


def test_a_lamp_is_repaired_and_the_resident_is_asked(county: County, clock: Any) -> None:
    case = opened(county.actor("clerk"), contact=ContactIn(name="王小明", phone="13800000000"))
    page = tracked(case.tracking_code)
    assert page.state == "registered"
    assert page.office == "县社会治理中心"
    assert page.promised_at == wall(10, 21, 17, 30)  # seven working days
    for key, (who, action, given) in STEPS.items():
        clock.advance(timedelta(minutes=30))
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        act(county.actor(who), case.case_id, action, known)
        told = [line.text for step in tracked(case.tracking_code).steps for line in step.words]
        answered = "已更换灯具并恢复照明，感谢您的反映。" in told
        assert answered == (key in ("signed", "passed", "archived")), key  # a draft is nobody's answer
    page = tracked(case.tracking_code)
    assert (page.state, page.is_open) == ("archived", False)
    assert [step.state for step in page.steps if step.state] == [
        "registered", "to_assign", "assigned", "handling", "signing", "checking", "followup", "archived",
    ]  # fmt: skip
    assert {step.unit_name for step in page.steps} <= {"县社会治理中心", "县住建局", ""}
    staff = selectors.case_page(county.actor("dispatcher"), case.case_id)
    assert staff.light == "met"
    assert staff.contact is not None
    assert staff.contact.phone == "138****0000"
    assert [line.kind for line in staff.timeline][:3] == ["registered", "accepted", "assigned"]


def test_what_the_centre_may_not_take_is_declined_with_the_lawful_way(county: County) -> None:
    case = opened(county.actor("clerk"))
    reason = "此事正在法院审理，依法应当通过诉讼途径解决。"
    done = act(county.actor("dispatcher"), case.case_id, "decline", {"route": ROUTE, "reason": reason})
    assert done.state == "declined"
    step = tracked(case.tracking_code).steps[-1]
    assert [line.text for line in step.words] == [reason]
    assert step.facts == {"route": ROUTE}
    resident = resident_actor(case.case_id)
    assert act(resident, case.case_id, "reconsider", {"reason": "法院已经裁定不予受理。"}).state == "registered"
    act(county.actor("dispatcher"), case.case_id, "decline", {"route": ROUTE, "reason": reason})
    with pytest.raises(Refused) as refused:
        act(resident, case.case_id, "reconsider", {"reason": "再请你们看一看。"})
    assert refused.value.code == "guard"


def test_the_wrong_office_returns_it_within_a_working_day_and_another_gets_it(county: County, clock: Any) -> None:
    case_id = brought_to(county, "assigned")
    basis = {"reason": "not_our_duty", "basis": "河道边的路灯归水利部门管理"}
    assert act(county.actor("liaison"), case_id, "return_it", basis).state == "to_assign"
    assert act(county.actor("dispatcher"), case_id, "assign", {"office": county.units["water"], "basis": "河道管理职责"}).state
    assert act(county.actor("water_liaison"), case_id, "acknowledge").state == "handling"
    with pytest.raises(Refused):
        act(county.actor("officer"), case_id, "progress", {"note": "我们还想再说两句"})  # it saw the case, it holds it no more
    late = brought_to(county, "assigned")
    clock.advance(timedelta(days=2))
    with pytest.raises(Refused, match="工作日"):
        act(county.actor("liaison"), late, "return_it", basis)


def test_progress_and_a_question_to_the_resident(county: County) -> None:
    case = opened(county.actor("clerk"))
    for who, action, given in list(STEPS.values())[:3]:
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        act(county.actor(who), case.case_id, action, known)
    officer, resident = county.actor("officer"), resident_actor(case.case_id)
    assert [offer.action.key for offer in tracked(case.tracking_code).offers if not offer.refused] == ["withdraw", "attach"]
    act(officer, case.case_id, "progress", {"note": "已派人到现场查看。"})
    act(officer, case.case_id, "ask_resident", {"question": "请问是哪一根灯杆？"})
    page = tracked(case.tracking_code)
    assert [line.text for step in page.steps[-2:] for line in step.words] == ["已派人到现场查看。", "请问是哪一根灯杆？"]
    assert "answer_question" in [offer.action.key for offer in page.offers if not offer.refused]
    act(resident, case.case_id, "answer_question", {"answer": "村口第三根，我的电话 13912345678"})
    told = selectors.case_page(officer, case.case_id).timeline[-1].words[0].text
    assert told == "村口第三根，我的电话 139****5678"


def test_a_pause_needs_the_centre_and_ends_by_itself(county: County, clock: Any) -> None:
    case_id = brought_to(county, "handling")
    officer, head = county.actor("officer"), county.actor("head")
    ask = {"why": "appraisal_or_survey", "until": "2026-10-15", "note": "等待检测机构出具报告。"}
    act(officer, case_id, "suspend", ask)
    page = selectors.case_page(head, case_id)
    (asked,) = [thread for thread in page.threads if thread.kind == "ask_suspend"]
    assert (asked.state, page.state) == ("asked", "handling")
    assert [line.thread for line in selectors.my_work(head).lines] == [asked.name]
    with pytest.raises(Refused):
        act(officer, case_id, "grant_suspend", thread=asked.name)
    act(head, case_id, "grant_suspend", thread=asked.name)
    page = selectors.case_page(head, case_id)
    assert page.state == "waiting"
    resolve = next(clock_line for clock_line in page.clocks if clock_line.key == "resolve")
    assert (resolve.state, resolve.light) == ("paused", "paused")
    clock.set(wall(10, 15, 0, 30))
    assert run_once().acts == 1
    page = selectors.case_page(head, case_id)
    assert page.state == "handling"
    resolve = next(clock_line for clock_line in page.clocks if clock_line.key == "resolve")
    assert resolve.due_at == wall(10, 23, 17, 30)  # 13 and 14 October were not counted
    assert [day.kind for day in resolve.reading.days].count("paused") == 2


def test_what_is_kept_is_promised_no_more(county: County) -> None:
    """The answer is passed, its clock has stopped: nobody is told of a date that is still to come."""
    head = county.actor("head")
    handling, kept = brought_to(county, "handling"), brought_to(county, "passed")
    assert selectors.case_page(head, handling).promised_at == wall(10, 21, 17, 30)  # the control
    page = selectors.case_page(head, kept)
    assert {line.key: line.state for line in page.clocks}["resolve"] == "stopped"
    assert page.promised_at is None


def test_silence_on_a_pause_is_a_refusal(county: County, clock: Any) -> None:
    case_id = brought_to(county, "handling")
    ask = {"why": "court_pending", "until": "2026-10-15", "note": "等待法院的裁定。"}
    act(county.actor("officer"), case_id, "suspend", ask)
    clock.advance(timedelta(days=2))
    run_once()
    page = selectors.case_page(county.actor("head"), case_id)
    assert [(thread.state, thread.open) for thread in page.threads if thread.kind == "ask_suspend"] == [("refused", False)]
    assert page.state == "handling"


def test_what_cannot_be_solved_in_time_gets_a_dated_plan(county: County, clock: Any) -> None:
    case = opened(county.actor("clerk"))
    for who, action, given in list(STEPS.values())[:3]:
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        act(county.actor(who), case.case_id, action, known)
    plan = {"committed_on": "2026-12-18", "plan": "更换整条线路，分三段施工，十二月十八日前全部恢复照明。"}
    act(county.actor("officer"), case.case_id, "plan", plan)
    assert not any(line for step in tracked(case.tracking_code).steps for line in step.words)
    act(county.actor("head"), case.case_id, "grant_plan", thread="ask_plan")
    page = tracked(case.tracking_code)
    assert page.promised_at == wall(12, 18, 17, 30)
    assert [line.text for line in page.steps[-1].words] == [plan["plan"]]
    assert {line.key: line.state for line in selectors.case_page(county.actor("head"), case.case_id).clocks}[
        "monthly"
    ] == "running"


def test_a_draft_goes_back_and_the_centre_sends_a_false_closure_back(county: County) -> None:
    case_id = brought_to(county, "drafted")
    assert act(county.actor("leader"), case_id, "hand_back_draft", {"reason": "请写明更换了几盏灯"}).state == "handling"
    who, action, given = STEPS["drafted"]
    act(county.actor(who), case_id, action, {**given, "answer": "已更换三盏灯具，全部恢复照明。"})
    act(county.actor("leader"), case_id, "sign_off")
    sent = act(county.actor("checker"), case_id, "send_back", {"reason": "fake_closure", "note": "现场照片看灯仍未亮"})
    assert sent.state == "handling"


def test_nobody_approves_their_own_work(county: County) -> None:
    case_id = brought_to(county, "signed")
    with pytest.raises(Refused):
        act(county.actor("leader"), case_id, "pass")
    assert act(county.actor("checker"), case_id, "pass").state == "followup"


def test_an_unsolved_matter_is_opened_again_and_three_calls_without_answer_end_it(county: County, clock: Any) -> None:
    case_id = brought_to(county, "passed")
    caller = county.actor("caller")
    unsolved = {"outcome": "reached", "solved": "no", "satisfied": "unsatisfied", "words": "灯还是不亮"}
    act(caller, case_id, "follow_up", unsolved)
    assert state(county, case_id) == "handling"
    clock.advance(timedelta(hours=1))
    for who, action, given in list(STEPS.values())[3:6]:
        act(county.actor(who), case_id, action, given)
    for hours in (2, 20, 24):  # three different halves of a day
        clock.advance(timedelta(hours=hours))
        act(caller, case_id, "follow_up", {"outcome": "not_reached"})
    assert state(county, case_id) == "archived"


def test_the_resident_rates_and_asks_for_it_to_be_opened_again(county: County, clock: Any) -> None:
    case_id = brought_to(county, "passed")
    resident = resident_actor(case_id)
    act(resident, case_id, "rate", {"solved": "yes", "satisfied": "satisfied", "words": "很快，谢谢"})
    assert state(county, case_id) == "archived"
    clock.advance(timedelta(days=10))
    assert act(resident, case_id, "reopen", {"reason": "昨晚又不亮了"}).state == "handling"
    for who, action, given in list(STEPS.values())[3:]:
        clock.advance(timedelta(hours=1))
        act(county.actor(who), case_id, action, given)
    clock.advance(timedelta(days=34))  # thirty days, and the weekend after them
    with pytest.raises(Refused):
        act(resident, case_id, "reopen", {"reason": "过了一个月又坏了"})


def test_the_resident_withdraws(county: County) -> None:
    case_id = brought_to(county, "handling")
    assert act(resident_actor(case_id), case_id, "withdraw", {"reason": "已经自己修好了"}).state == "withdrawn"
    page = selectors.case_page(county.actor("dispatcher"), case_id)
    assert (page.is_open, page.due_at is not None) == (False, True)
    assert all(line.state == "stopped" for line in page.clocks)


def test_an_urgent_matter_runs_in_natural_hours(county: County, clock: Any) -> None:
    clock.set(wall(10, 16, 20))  # Friday evening
    case_id = opened(county.actor("clerk"), urgency="critical").case_id
    lines = {line.key: line.due_at for line in selectors.case_page(county.actor("dispatcher"), case_id).clocks}
    assert lines["dispatch"] == wall(10, 16, 21)
    assert lines["resolve"] == wall(10, 17, 20)
