"""Closing: what is sent back, three calls at different hours, three statements side by side, the counter, the seal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.cases.sealing import all_broken
from bihuan.ledger.models import Entry
from bihuan.reports.monthly import table
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

FIRST = {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"}
SECOND = {"claim": "partly", "answer": "线路已改造，剩余两盏本月内更换。"}
UNREACHED = {"outcome": "not_reached"}


def who(world: World, name: str) -> Any:
    return world.people[name].actor


def answered(world: World, case_id: int, draft: dict[str, str]) -> None:
    """Drafted, signed, passed."""
    act(who(world, "officer@housing"), case_id, "draft_answer", draft)
    act(who(world, "office_leader@housing"), case_id, "sign_off")
    act(who(world, "checker@centre"), case_id, "pass")


def given(world: World) -> Any:
    case = opened(who(world, "window_clerk@centre"), area_code=GRID_1)
    accept = {"category": category(), "weight": "ordinary", "urgency": "normal"}
    act(who(world, "dispatcher@centre"), case.case_id, "accept", accept)
    act(who(world, "dispatcher@centre"), case.case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(who(world, "liaison@housing"), case.case_id, "acknowledge")
    return case


def state_of(world: World, case_id: int) -> str:
    return selectors.case_page(who(world, "dispatcher@centre"), case_id).state


def test_called_done_and_was_not(world: World) -> None:
    """The check sends it back: the limit runs on, the reason stays in the ledger for whoever writes to the office."""
    case = given(world)
    act(who(world, "officer@housing"), case.case_id, "draft_answer", FIRST)
    act(who(world, "office_leader@housing"), case.case_id, "sign_off")
    act(who(world, "checker@centre"), case.case_id, "send_back", {"reason": "fake_closure", "note": "现场照片显示灯仍未亮。"})
    assert state_of(world, case.case_id) == "handling"
    assert Entry.objects.get(stream=f"case:{case.case_id}", kind="sent_back").facts["reason"] == "fake_closure"
    assert "退回重办" in caller(None).get(f"/t/{case.tracking_code}").content.decode()
    row = next(
        row for row in table(who(world, "centre_head@centre"), date(2026, 10, 1)).rows if row.unit == world.units["housing"]
    )
    assert row.sent_back == 1


def test_three_calls_count_at_different_hours_only(world: World, clock: Any) -> None:
    case = given(world)
    answered(world, case.case_id, FIRST)
    hours = (0, 1, 5, 1, 18)  # Monday 10:00, 11:00, 16:00, 17:00, Tuesday 11:00: three different halves of a day
    for n, later in enumerate(hours):
        clock.advance(timedelta(hours=later))
        assert state_of(world, case.case_id) == "followup", n
        act(who(world, "followup_caller@centre"), case.case_id, "follow_up", UNREACHED)
    assert state_of(world, case.case_id) == "archived"
    kinds = list(Entry.objects.filter(stream=f"case:{case.case_id}", thread="main").values_list("kind", flat=True))
    assert "archived_unreached" in kinds
    row = table(who(world, "centre_head@centre"), date(2026, 10, 1)).total
    assert (row.reached, row.not_reached, row.solution.percent) == (0, 1, None)
    page = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert "没有联系上您" in page
    assert act(resident_actor(case.case_id), case.case_id, "reopen", {"reason": "我在外地，灯还是不亮"}).state == "handling"


def test_three_statements_stand_side_by_side_and_none_is_written_over(world: World, clock: Any) -> None:
    case = given(world)
    answered(world, case.case_id, FIRST)
    unsolved = {"outcome": "reached", "solved": "no", "satisfied": "unsatisfied", "words": "才修了一盏，还有两盏不亮"}
    act(who(world, "followup_caller@centre"), case.case_id, "follow_up", unsolved)
    clock.advance(timedelta(days=1))
    answered(world, case.case_id, SECOND)
    mine = {"solved": "yes", "satisfied": "fair", "words": "这回都亮了，就是慢了点"}
    act(resident_actor(case.case_id), case.case_id, "rate", mine)
    page = selectors.case_page(who(world, "centre_head@centre"), case.case_id)
    said = page.statements

    def texts(side: Any) -> list[str]:
        return [words.text for line in side for words in line.words]

    assert texts(said.office) == [SECOND["answer"], FIRST["answer"]]
    assert [line.facts["claim"] for line in said.office] == ["partly", "solved"]
    assert texts(said.followup) == [unsolved["words"]]
    assert texts(said.resident) == [mine["words"]]
    assert [(line.account_name != "", line.unit_name) for line in said.followup] == [(True, "县中心")] or said.followup[
        0
    ].unit_name
    assert page.reopened == 1
    tracking = selectors.tracking(case.tracking_code)
    assert tracking.reopened == 1
    html = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert mine["words"] in html  # people read their own words
    assert unsolved["words"] not in html  # what the caller wrote down stays inside
    desk = caller(world.people["centre_head@centre"].again()).get(f"/desk/case/{case.case_id}").content.decode()
    missing = [words for words in (FIRST["answer"], SECOND["answer"], unsolved["words"], mine["words"]) if words not in desk]
    assert missing == []
    row = table(who(world, "centre_head@centre"), date(2026, 10, 1)).total
    assert (row.reached, row.solved, row.rated, row.rated_solved, row.reopened) == (1, 0, 1, 1, 1)


def test_never_solved_ends_with_a_reason_that_the_resident_reads(world: World, clock: Any) -> None:
    case = given(world)
    unsolved = {"outcome": "reached", "solved": "no", "satisfied": "unsatisfied"}
    for times in range(3):
        answered(world, case.case_id, FIRST)
        if times < 2:
            with pytest.raises(Refused, match="还可以重新办理"):
                act(
                    who(world, "centre_head@centre"),
                    case.case_id,
                    "close_unsolved",
                    {"reason": "需要等待管网改造，明年三月施工。"},
                )
        act(who(world, "followup_caller@centre"), case.case_id, "follow_up", unsolved)
        clock.advance(timedelta(hours=3))
    assert state_of(world, case.case_id) == "followup"
    reason = "需等待管网改造统一施工，明年三月前完成；期间由社区安排临时照明。"
    act(who(world, "centre_head@centre"), case.case_id, "close_unsolved", {"reason": reason})
    page = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert reason in page
    assert selectors.case_page(who(world, "centre_head@centre"), case.case_id).reopened == 2
    *broken, held = all_broken()
    assert (broken, held) == ([], 1)
