"""Several offices handle one matter: co-offices, countersigning, extension, waiting, first answers, consultation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors
from bihuan.cases.errors import NotFound, Refused
from bihuan.config.statements import counted
from bihuan.flows.worker import run_once
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
DRAFT = {"claim": "solved", "answer": "路灯和线路都已修复，感谢您的反映。"}
BUDGET = 11  # and the one that reads the session


def who(world: World, name: str) -> Any:
    return world.people[name].actor


def given(world: World, *, co_offices: list[int] | None = None, urgency: str = "normal") -> Any:
    """A broken lamp and a torn cable, registered at the county, assigned to housing."""
    case = opened(who(world, "window_clerk@centre"), area_code=GRID_1)
    accept = {"category": category(), "weight": "ordinary", "urgency": urgency}
    act(who(world, "dispatcher@centre"), case.case_id, "accept", accept)
    facts = {"office": world.units["housing"], "basis": "按职责清单交办"} | ({"co_offices": co_offices} if co_offices else {})
    act(who(world, "dispatcher@centre"), case.case_id, "assign", facts)
    act(who(world, "liaison@housing"), case.case_id, "acknowledge")
    return case


def done(world: World, name: str, case_id: int, action: str, facts: Any = None, thread: str = "main") -> None:
    """One act within the budget of statements."""
    with counted() as count:
        act(who(world, name), case_id, action, facts, thread=thread)
    assert len(count) <= BUDGET, f"{action}\n{count}"


def state_of(world: World, case_id: int, thread: str = "main") -> str:
    page = selectors.case_page(who(world, "dispatcher@centre"), case_id)
    return next((line.state for line in page.threads if line.name == thread), "")


def clock_of(world: World, case_id: int, key: str, thread: str = "main") -> Any:
    page = selectors.case_page(who(world, "dispatcher@centre"), case_id)
    return next(line for line in page.clocks if (line.key, line.thread) == (key, thread))


def test_a_co_office_named_at_assignment_reports_before_the_answer(world: World) -> None:
    water = world.units["water"]
    case = given(world, co_offices=[water])
    part = f"joint:{water}"
    assert state_of(world, case.case_id, part) == "called"
    lines = selectors.my_work(who(world, "liaison@water")).lines
    assert [(one.case_id, one.thread, one.next_action) for one in lines] == [(case.case_id, part, "join")]
    with pytest.raises(Refused, match="协办单位没有报告"):
        act(who(world, "officer@housing"), case.case_id, "draft_answer", DRAFT)
    done(world, "liaison@water", case.case_id, "join", thread=part)
    with pytest.raises(Refused):  # the main office cannot report another's part
        act(who(world, "officer@housing"), case.case_id, "report_part", {"finding": "替水利局写一句。"}, thread=part)
    done(world, "officer@water", case.case_id, "report_part", {"finding": "渠边线路已加固，隐患消除。"}, part)
    page = selectors.case_page(who(world, "officer@housing"), case.case_id)
    told = [words.text for entry in page.timeline if entry.thread == part for words in entry.words]
    assert "渠边线路已加固，隐患消除。" in told
    done(world, "officer@housing", case.case_id, "draft_answer", DRAFT)


def test_a_co_office_has_its_own_limit_and_its_own_light(world: World, clock: Any) -> None:
    case = given(world, co_offices=[world.units["water"]])
    part = f"joint:{world.units['water']}"
    assert clock_of(world, case.case_id, "join", part).due_at == datetime(2026, 10, 13, 17, 30, tzinfo=SHANGHAI)
    assert clock_of(world, case.case_id, "part", part).due_at == datetime(2026, 10, 15, 17, 30, tzinfo=SHANGHAI)
    clock.set(datetime(2026, 10, 16, 9, 0, tzinfo=SHANGHAI))
    run_once()
    late = clock_of(world, case.case_id, "part", part)
    assert (late.light, late.charged_unit) == ("over", world.units["water"])  # not the main office
    assert clock_of(world, case.case_id, "resolve").light == "running"


def test_called_in_later_by_the_day_that_was_named(world: World) -> None:
    case = given(world)
    water = world.units["water"]
    with pytest.raises(NotFound):  # nobody of the other office has a part in it yet
        selectors.case_page(who(world, "officer@water"), case.case_id)
    asked = {"co_offices": [water], "joint_by": "2026-10-20", "why": "请把渠边的线路加固。"}
    with pytest.raises(Refused, match="请选其他单位"):
        act(who(world, "officer@housing"), case.case_id, "call_joint", asked | {"co_offices": [world.units["housing"]]})
    done(world, "officer@housing", case.case_id, "call_joint", asked)
    assert clock_of(world, case.case_id, "part", f"joint:{water}").due_at == datetime(2026, 10, 20, 17, 30, tzinfo=SHANGHAI)
    assert selectors.case_page(who(world, "officer@water"), case.case_id).number
    with pytest.raises(Refused, match="已经在协办"):
        act(who(world, "officer@housing"), case.case_id, "call_joint", asked)


def test_a_part_is_returned_by_the_leader_and_the_centre_rules(world: World) -> None:
    water = world.units["water"]
    case, part = given(world, co_offices=[water]), f"joint:{water}"
    reason = {"basis": "路灯线路不属于水利设施，职责清单已注明。"}
    done(world, "liaison@water", case.case_id, "ask_return", reason, part)
    with pytest.raises(Refused):  # returning lies with the leader
        act(who(world, "liaison@water"), case.case_id, "return_part", thread=part)
    with pytest.raises(Refused):  # and with the leader of that office alone
        act(who(world, "office_leader@housing"), case.case_id, "return_part", thread=part)
    done(world, "office_leader@water", case.case_id, "return_part", thread=part)
    assert clock_of(world, case.case_id, "joint_ruling", part).due_at == datetime(2026, 10, 13, 17, 30, tzinfo=SHANGHAI)
    with pytest.raises(Refused):  # a centre that has nothing to do with it does not rule
        act(who(world, "dispatcher@east"), case.case_id, "release_part", {"reason": "乡镇来免除"}, thread=part)
    done(world, "dispatcher@centre", case.case_id, "insist", {"basis": "渠道两侧线路由水利局维护，见三定方案。"}, part)
    with pytest.raises(Refused, match="不能再退"):
        act(who(world, "officer@water"), case.case_id, "ask_return", reason, thread=part)
    done(world, "dispatcher@centre", case.case_id, "release_part", {"reason": "现场已由主办单位一并处理"}, part)
    done(world, "officer@housing", case.case_id, "draft_answer", DRAFT)


def test_a_matter_about_an_office_is_never_given_to_it_as_a_part(world: World) -> None:
    case = opened(who(world, "window_clerk@centre"), area_code=GRID_1, about_unit=world.units["water"])
    accept = {"category": category(), "weight": "ordinary", "urgency": "normal"}
    act(who(world, "dispatcher@centre"), case.case_id, "accept", accept)
    facts = {"office": world.units["housing"], "basis": "按职责清单交办", "co_offices": [world.units["water"]]}
    with pytest.raises(Refused):
        act(who(world, "dispatcher@centre"), case.case_id, "assign", facts)
    assert selectors.my_work(who(world, "liaison@water")).total == 0


def test_sign_off_waits_for_countersignatures(world: World) -> None:
    case = given(world)
    water, one = world.units["water"], f"countersign:{world.units['water']}"
    done(world, "officer@housing", case.case_id, "draft_answer", DRAFT)
    asked = {"countersigners": [water], "point": "请核对渠边线路的表述。"}
    done(world, "office_leader@housing", case.case_id, "ask_countersign", asked)
    with pytest.raises(Refused, match="会签"):
        act(who(world, "office_leader@housing"), case.case_id, "sign_off")
    with pytest.raises(Refused, match="先撤回会签"):
        act(who(world, "office_leader@housing"), case.case_id, "hand_back_draft", {"reason": "再改一改"})
    with pytest.raises(Refused):  # nobody countersigns for another office, nor withdraws what another one asked
        act(who(world, "office_leader@housing"), case.case_id, "agree", thread=one)
    with pytest.raises(Refused):
        act(who(world, "office_leader@water"), case.case_id, "drop_countersign", thread=one)
    done(world, "office_leader@water", case.case_id, "disagree", {"opinion": "渠边线路尚未验收，请改为正在验收。"}, one)
    done(world, "office_leader@housing", case.case_id, "hand_back_draft", {"reason": "按水利局意见改"})
    done(world, "officer@housing", case.case_id, "draft_answer", DRAFT)
    done(world, "office_leader@housing", case.case_id, "ask_countersign", asked)
    done(world, "office_leader@housing", case.case_id, "drop_countersign", thread=one)
    done(world, "office_leader@housing", case.case_id, "sign_off")
    page = selectors.case_page(who(world, "checker@centre"), case.case_id)
    assert "渠边线路尚未验收，请改为正在验收。" in [words.text for entry in page.timeline for words in entry.words]


def test_an_extension_is_granted_once_and_the_resident_reads_the_new_date(world: World, clock: Any) -> None:
    case = given(world)
    assert clock_of(world, case.case_id, "resolve").due_at == datetime(2026, 10, 21, 17, 30, tzinfo=SHANGHAI)
    ask = {"days": 3, "reason": "灯具厂家三天后到货，到货当天安装。"}
    done(world, "officer@housing", case.case_id, "extend", ask)
    before = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert ask["reason"] not in before  # nothing is promised before it is granted
    done(world, "centre_head@centre", case.case_id, "grant_extend", thread="ask_extend")
    assert clock_of(world, case.case_id, "resolve").due_at == datetime(2026, 10, 26, 17, 30, tzinfo=SHANGHAI)
    after = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert ask["reason"] in after
    assert "延长 3 天" in after
    assert "10月26日" in after
    with pytest.raises(Refused, match="只能延期一次"):
        act(who(world, "officer@housing"), case.case_id, "extend", ask)


def test_an_extension_is_refused_by_silence_and_never_asked_too_late(world: World, clock: Any) -> None:
    case, late, urgent = given(world), given(world), given(world, urgency="urgent")
    ask = {"days": 5, "reason": "需要等待配件到货后安装。"}
    with pytest.raises(Refused, match="按小时计时"):
        act(who(world, "officer@housing"), urgent.case_id, "extend", ask)
    with pytest.raises(Refused):
        act(who(world, "officer@housing"), case.case_id, "extend", ask | {"days": 6})
    done(world, "officer@housing", case.case_id, "extend", ask)
    clock.set(datetime(2026, 10, 14, 9, 0, tzinfo=SHANGHAI))
    run_once()
    assert state_of(world, case.case_id, "ask_extend") == "refused"
    assert clock_of(world, case.case_id, "resolve").due_at == datetime(2026, 10, 21, 17, 30, tzinfo=SHANGHAI)
    clock.set(datetime(2026, 10, 22, 9, 0, tzinfo=SHANGHAI))
    with pytest.raises(Refused, match="已经超过办结时限"):
        act(who(world, "officer@housing"), late.case_id, "extend", ask)


def test_waiting_for_the_residents_answer_ends_with_it_or_by_itself(world: World, clock: Any) -> None:
    answered, silent = given(world), given(world)
    question = {"question": "请问是哪一盏路灯，灯杆编号是多少？"}
    with pytest.raises(Refused, match="先向群众提问"):
        act(who(world, "officer@housing"), answered.case_id, "pause_for_answer", {"until": "2026-10-16"})
    for case in (answered, silent):
        done(world, "officer@housing", case.case_id, "ask_resident", question)
        with pytest.raises(Refused):  # five working days at most
            act(who(world, "officer@housing"), case.case_id, "pause_for_answer", {"until": "2026-10-20"})
        done(world, "officer@housing", case.case_id, "pause_for_answer", {"until": "2026-10-16"})
        done(world, "centre_head@centre", case.case_id, "grant_pause_for_answer", thread="ask_pause_for_answer")
        assert (state_of(world, case.case_id), clock_of(world, case.case_id, "resolve").light) == ("awaiting_answer", "paused")
    page = caller(None).get(f"/t/{answered.tracking_code}").content.decode()
    assert "在等您答复" in page
    clock.set(datetime(2026, 10, 14, 10, 0, tzinfo=SHANGHAI))
    act(resident_actor(answered.case_id), answered.case_id, "answer_question", {"answer": "村口第三盏，编号 A17。"})
    assert state_of(world, answered.case_id) == "handling"
    assert clock_of(world, answered.case_id, "resolve").due_at == datetime(2026, 10, 22, 17, 30, tzinfo=SHANGHAI)
    clock.set(datetime(2026, 10, 16, 9, 0, tzinfo=SHANGHAI))
    run_once()
    assert state_of(world, silent.case_id) == "handling"  # nobody had to remember it
    assert clock_of(world, silent.case_id, "resolve").due_at == datetime(2026, 10, 26, 17, 30, tzinfo=SHANGHAI)
    with pytest.raises(Refused, match="只能暂停一次"):
        act(who(world, "officer@housing"), silent.case_id, "pause_for_answer", {"until": "2026-10-20"})
    mine = caller(None).get(f"/t/{answered.tracking_code}").content.decode()
    assert "村口第三盏，编号 A17。" in mine  # people read their own words


def test_an_answer_within_three_days_is_not_a_completion(world: World) -> None:
    case = given(world)
    text = "已到现场查看，线路被挖断，已联系供电所，预计周五前恢复照明。"
    done(world, "officer@housing", case.case_id, "answer_first", {"answer": text})
    assert text not in caller(None).get(f"/t/{case.tracking_code}").content.decode()
    with pytest.raises(NotFound):  # another office has no part in it
        act(who(world, "office_leader@water"), case.case_id, "grant_answer_first", thread="ask_answer_first")
    done(world, "office_leader@housing", case.case_id, "grant_answer_first", thread="ask_answer_first")
    assert text in caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert clock_of(world, case.case_id, "answer").light == "met"
    resolve = clock_of(world, case.case_id, "resolve")
    assert (resolve.light, resolve.stopped_at) == ("running", None)  # answered; not yet solved
    assert state_of(world, case.case_id) == "handling"


def test_a_consultation_sets_a_dated_plan_with_monthly_progress(world: World, clock: Any) -> None:
    case = given(world)
    water, line = world.units["water"], f"consultation:{world.units['water']}"
    with pytest.raises(Refused, match="还没有召集会商"):
        act(who(world, "officer@housing"), case.case_id, "conclude", {"attended": [water], "result": "没有开过会也想写结果"})
    call = {"invited": [water], "meeting_at": "2026-10-14T15:00:00+08:00", "place": "中心二楼", "why": "商定分工和完成日期"}
    done(world, "dispatcher@centre", case.case_id, "consult", call)
    assert clock_of(world, case.case_id, "reply", line).due_at == datetime(2026, 10, 14, 15, 0, tzinfo=SHANGHAI)
    done(world, "liaison@water", case.case_id, "reply", {"attends": True, "view": "建议先改线再装灯。"}, line)
    clock.set(datetime(2026, 10, 14, 17, 0, tzinfo=SHANGHAI))
    plan = {
        "attended": [world.units["housing"], water],
        "result": "住建局牵头，水利局配合，先改线路再更换灯具。",
        "committed_on": "2026-11-30",
        "plan": "十月底前完成线路改造，十一月底前更换全部灯具并恢复照明。",
    }
    done(world, "officer@housing", case.case_id, "conclude_plan", plan)
    done(world, "centre_head@centre", case.case_id, "grant_conclude_plan", thread="ask_conclude_plan")
    assert clock_of(world, case.case_id, "committed").due_at == datetime(2026, 11, 30, 17, 30, tzinfo=SHANGHAI)
    assert clock_of(world, case.case_id, "monthly").due_at == datetime(2026, 11, 16, 17, 30, tzinfo=SHANGHAI)
    assert clock_of(world, case.case_id, "resolve").light == "met"
    page = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert plan["plan"] in page
    assert plan["result"] not in page  # what was said in the room stays inside


def test_an_office_that_does_not_reply_before_the_meeting(world: World, clock: Any) -> None:
    case, line = given(world), f"consultation:{world.units['water']}"
    call = {"invited": [world.units["water"]], "meeting_at": "2026-10-13T15:00:00+08:00", "place": "中心二楼", "why": "商定分工"}
    with pytest.raises(Refused):
        act(who(world, "officer@housing"), case.case_id, "consult", call)  # five characters at least
    done(world, "officer@housing", case.case_id, "consult", call | {"why": "商定分工和完成日期"})
    clock.advance(timedelta(days=1, hours=6))
    run_once()
    assert state_of(world, case.case_id, line) == "no_reply"
    assert clock_of(world, case.case_id, "reply", line).light == "missed"
    done(
        world,
        "officer@housing",
        case.case_id,
        "conclude",
        {"attended": [world.units["housing"]], "result": "住建局单独先行处理。"},
    )


def test_the_main_office_is_no_co_office_of_its_own(world: World) -> None:
    case = opened(who(world, "window_clerk@centre"), area_code=GRID_1)
    accept = {"category": category(), "weight": "ordinary", "urgency": "normal"}
    act(who(world, "dispatcher@centre"), case.case_id, "accept", accept)
    both = {
        "office": world.units["housing"],
        "basis": "按职责清单交办",
        "co_offices": [world.units["water"], world.units["housing"]],
    }
    with pytest.raises(Refused, match="主办单位不能同时是协办单位"):
        act(who(world, "dispatcher@centre"), case.case_id, "assign", both)
    act(who(world, "dispatcher@centre"), case.case_id, "assign", both | {"co_offices": [world.units["water"]]})


def test_the_panel_shows_each_part_with_what_was_found(world: World) -> None:
    water = world.units["water"]
    case, part = given(world, co_offices=[water]), f"joint:{water}"
    act(who(world, "liaison@water"), case.case_id, "join", thread=part)
    page = caller(world.people["officer@water"]).get(f"/desk/case/{case.case_id}").content.decode()
    assert f"/desk/case/{case.case_id}/act/{part}/report_part" in page  # the act opens in place
    assert "按职责清单交办" in page
    act(who(world, "officer@water"), case.case_id, "report_part", {"finding": "渠边线路已加固，隐患消除。"}, thread=part)
    page = caller(world.people["officer@housing"]).get(f"/desk/case/{case.case_id}").content.decode()
    panel = page.split('class="card p3 called"')[1].split("</section>")[0]
    assert who(world, "officer@water").unit_name in panel
    assert "渠边线路已加固，隐患消除。" in panel
