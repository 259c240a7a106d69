"""A matter that is not handled in time: amber a working day before its limit, red after it, and it stays missed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.cases import selectors
from bihuan.flows.worker import run_once
from bihuan.ledger.models import Entry
from bihuan.reports import monthly
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

SHANGHAI = ZoneInfo("Asia/Shanghai")


def light_of(world: World, case_id: int, key: str) -> tuple[str, int]:
    """The light of a clock as the township's dispatcher sees it, and the unit it is charged to."""
    page = selectors.case_page(world.people["dispatcher@centre"].actor, case_id)
    line = next(line for line in page.clocks if line.key == key)
    return line.light, line.charged_unit


def test_an_office_lets_seven_working_days_go_by(world: World, clock: Any) -> None:
    """Registered on Monday 12 October: seven working days end on Wednesday 21 October at the close of office."""
    case = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1)
    dispatcher, officer = world.people["dispatcher@centre"].actor, world.people["officer@housing"].actor
    act(dispatcher, case.case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, case.case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(world.people["liaison@housing"].actor, case.case_id, "acknowledge")
    seen = []
    for day, hour, minute in ((20, 17, 29), (20, 17, 31), (21, 17, 30), (21, 17, 31)):
        clock.set(datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI))
        run_once()
        seen.append(light_of(world, case.case_id, "resolve")[0])
    assert seen == ["running", "near", "near", "over"]
    run_once()
    passed = [
        one.facts["clock"] for one in Entry.objects.filter(stream=f"case:{case.case_id}", kind="limit_passed").order_by("seq")
    ]
    assert passed == ["answer", "resolve"]  # once each: three working days for a first answer, seven for the matter
    assert light_of(world, case.case_id, "resolve") == ("over", world.units["housing"])
    counts = selectors.work_counts(officer)
    assert counts["over"] == 1
    page = caller(None).get(f"/t/{case.tracking_code}").content.decode()
    assert "light over" in page
    act(officer, case.case_id, "draft_answer", {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"})
    act(world.people["office_leader@housing"].actor, case.case_id, "sign_off")
    act(world.people["checker@centre"].actor, case.case_id, "pass")
    assert light_of(world, case.case_id, "resolve") == ("missed", world.units["housing"])


def test_a_step_that_ran_late_and_began_anew_stays_in_the_figures(world: World, clock: Any) -> None:
    """The township lets the day for dispatching pass and reports up: the clock begins anew, the lateness stays the township's."""
    late = opened(world.people["window_clerk@east"].actor, area_code=GRID_1).case_id
    clock.set(datetime(2026, 10, 14, 9, tzinfo=SHANGHAI))
    while run_once():
        pass
    in_time = opened(world.people["window_clerk@east"].actor, area_code=GRID_1).case_id
    up = {"reason": "beyond_powers", "basis": "涉及跨乡镇道路，需县级部门办理。"}
    for case_id in (late, in_time):
        act(world.people["dispatcher@east"].actor, case_id, "report_up", up)
    head = world.people["centre_head@centre"].actor
    rows = {row.unit: row for row in monthly.table(head, date(2026, 10, 1)).rows}
    assert rows[world.units["east"]].overdue == 1
    assert world.units["centre"] not in rows or rows[world.units["centre"]].overdue == 0
