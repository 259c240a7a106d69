"""Who handles it: transferred, returned with the duty cited, ruled on within a working day, and given back to who let it go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.cases.models import Thread
from bihuan.flows.worker import run_once
from tests.factories.matters import act
from tests.matrix.county import World
from tests.scenarios.test_levels import ANSWER, RETURN, assigned_to, clock_of, held_by, page_of, wall, who


def given(world: World, office: str, basis: str = "职责清单第五条") -> dict[str, Any]:
    return {"office": world.units[office], "basis": basis}


def returned_twice(world: World) -> int:
    """Housing and water both say that it is not their duty."""
    case_id = assigned_to(world, "centre", "housing")
    act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    act(who(world, "dispatcher@centre"), case_id, "assign", given(world, "water"))
    act(who(world, "liaison@water"), case_id, "return_it", {**RETURN, "reason": "needs_other_lead"})
    return case_id


def test_a_transfer_begins_a_step_anew_and_the_whole_runs_on(world: World, clock: Any) -> None:
    """Handled a day by housing, then the centre finds that the pipe is water's: water has its own day to acknowledge."""
    case_id = assigned_to(world, "centre", "housing")
    act(who(world, "liaison@housing"), case_id, "acknowledge")
    ask = {"why": "appraisal_or_survey", "until": "2026-10-16", "note": "等待管线测量结果。"}
    act(who(world, "officer@housing"), case_id, "suspend", ask)
    before = page_of(world, case_id)
    clock.set(wall(13, 9))
    with pytest.raises(Refused) as refused:
        act(who(world, "dispatcher@centre"), case_id, "transfer", given(world, "housing"))
    assert refused.value.field == "office"
    act(who(world, "dispatcher@centre"), case_id, "transfer", given(world, "water", "现场查明是供水管道"))
    after = page_of(world, case_id)
    assert held_by(world, case_id) == ("assigned", "water", "liaison")
    assert clock_of(after, "acknowledge").due_at == wall(14, 17, 30)
    assert clock_of(after, "resolve").due_at == clock_of(before, "resolve").due_at
    asked = Thread.objects.get(case_id=case_id, name="ask_suspend")
    assert (asked.state, asked.open) == ("asked", False)  # what housing asked for is asked no more
    assert page_of(world, case_id, "officer@housing").case_id == case_id  # it had it and still sees it
    with pytest.raises(Refused):
        act(who(world, "officer@housing"), case_id, "progress", {"note": "我们已经看过现场。"})


def test_it_goes_back_to_the_office_that_let_it_go(world: World) -> None:
    """Housing returned it, water has it, and then it turns out to be housing's after all."""
    case_id = assigned_to(world, "centre", "housing")
    act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    act(who(world, "dispatcher@centre"), case_id, "assign", given(world, "water"))
    act(who(world, "liaison@water"), case_id, "acknowledge")
    assert selectors.case_page(who(world, "liaison@housing"), case_id).case_id == case_id
    act(who(world, "dispatcher@centre"), case_id, "transfer", given(world, "housing", "水利局查明为路灯电缆"))
    assert [line.case_id for line in selectors.my_work(who(world, "liaison@housing")).lines] == [case_id]
    act(who(world, "liaison@housing"), case_id, "acknowledge")
    act(who(world, "officer@housing"), case_id, "draft_answer", ANSWER)
    assert act(who(world, "office_leader@housing"), case_id, "sign_off").state == "checking"


def test_a_return_cites_the_duty_and_the_centre_rules_within_a_working_day(world: World, clock: Any) -> None:
    case_id = assigned_to(world, "centre", "housing")
    for short in ({}, {"reason": "not_our_duty"}, {"reason": "not_our_duty", "basis": "不归"}):
        with pytest.raises(Refused):
            act(who(world, "liaison@housing"), case_id, "return_it", short)
    clock.set(wall(13, 9))
    act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    page = page_of(world, case_id)
    assert (held_by(world, case_id)[0], clock_of(page, "rule").due_at) == ("to_assign", wall(14, 17, 30))
    clock.set(wall(15, 9))
    run_once()
    assert clock_of(page_of(world, case_id), "rule").light == "over"
    assert clock_of(page_of(world, case_id), "rule").charged_unit == world.units["centre"]  # its own lateness counts
    act(who(world, "dispatcher@centre"), case_id, "rule", given(world, "housing", "三定方案第四条明确由住建局负责"))
    assert clock_of(page_of(world, case_id), "rule").light == "missed"
    with pytest.raises(Refused, match="裁定"):
        act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    with pytest.raises(Refused, match="裁定"):
        act(who(world, "dispatcher@centre"), case_id, "transfer", given(world, "water"))
    assert act(who(world, "liaison@housing"), case_id, "acknowledge").state == "handling"


def test_nothing_is_ruled_on_that_nobody_returned(world: World) -> None:
    case_id = assigned_to(world, "centre", "housing")
    act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    act(who(world, "dispatcher@centre"), case_id, "send_down", {
        "township": world.units["east"], "ground": "empowered", "basis": "县政府赋权乡镇清单第二十条。",
    })  # fmt: skip
    with pytest.raises(Refused, match="没有单位退回过"):  # what was returned to the county is nothing the township rules on
        act(who(world, "dispatcher@east"), case_id, "rule", given(world, "east police"))


def test_the_second_return_goes_to_the_deputy_head_and_there_is_no_third(world: World) -> None:
    case_id = returned_twice(world)
    assert held_by(world, case_id) == ("ruling", "centre", "deputy_head")
    assert [entry.kind for entry in page_of(world, case_id).timeline][-2:] == ["returned", "put_to_deputy"]
    assert clock_of(page_of(world, case_id), "rule").state == "running"
    for name in ("dispatcher@centre", "centre_head@centre", "deputy_head@east"):
        with pytest.raises(Refused):
            act(who(world, name), case_id, "rule_as_deputy", given(world, "housing"))
    deputy = who(world, "deputy_head@centre")
    assert [line.case_id for line in selectors.my_work(deputy).lines] == [case_id]
    act(deputy, case_id, "rule_as_deputy", given(world, "housing", "经研究由住建局主办，水利局配合"))
    assert held_by(world, case_id) == ("assigned", "housing", "liaison")
    with pytest.raises(Refused, match="裁定"):
        act(who(world, "liaison@housing"), case_id, "return_it", RETURN)


def test_a_return_comes_too_late_after_a_working_day(world: World, clock: Any) -> None:
    """The day is counted from when it came to this office, not from the first assignment."""
    case_id = assigned_to(world, "centre", "housing")
    clock.set(wall(14, 9))
    with pytest.raises(Refused, match="工作日"):
        act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    act(who(world, "dispatcher@centre"), case_id, "transfer", given(world, "water"))
    clock.advance(timedelta(hours=3))
    assert act(who(world, "liaison@water"), case_id, "return_it", RETURN).state == "to_assign"
