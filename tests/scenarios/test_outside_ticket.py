"""A hotline's ticket brings its own number and limit: both are shown, the earlier one governs."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.cases.models import Case, Thread
from bihuan.cases.shapes import CaseFilter
from bihuan.flows.worker import run_once
from tests.factories.matters import act, opened
from tests.factories.organisation import GRID_1
from tests.matrix.county import World
from tests.scenarios.test_levels import ACCEPTED, ANSWER, assigned_to, clock_of, page_of, wall, who

TICKET = {"external_number": "12345-2026-0099", "external_due": wall(15, 17, 30).isoformat()}


def test_the_ticket_s_limit_is_earlier_and_governs(world: World, clock: Any) -> None:
    """Three days for the hotline, seven for us: the list, the colour and the promise go by the hotline's."""
    case = opened(who(world, "window_clerk@centre"), area_code=GRID_1, **TICKET)
    page = page_of(world, case.case_id)
    assert (page.external_number, clock_of(page, "external").due_at) == (TICKET["external_number"], wall(15, 17, 30))
    assert clock_of(page, "resolve").due_at == wall(21, 17, 30)
    assert page.promised_at == wall(15, 17, 30)
    tracked = selectors.tracking(case.tracking_code)
    assert tracked is not None
    assert tracked.promised_at == wall(15, 17, 30)
    act(who(world, "dispatcher@centre"), case.case_id, "accept", ACCEPTED)
    act(who(world, "dispatcher@centre"), case.case_id, "assign", {"office": world.units["housing"], "basis": "城市照明职责"})
    act(who(world, "liaison@housing"), case.case_id, "acknowledge")
    act(who(world, "officer@housing"), case.case_id, "progress", {"note": "已安排维修，材料在途。"})  # stops the answer
    assert Thread.objects.get(case_id=case.case_id, name="main").due_at == wall(15, 17, 30)
    clock.set(wall(16, 9))
    run_once()
    assert page_of(world, case.case_id).light == "over"
    assert clock_of(page_of(world, case.case_id), "resolve").light == "running"
    found = selectors.case_list(who(world, "dispatcher@centre"), CaseFilter(number=TICKET["external_number"])).lines
    assert [line.case_id for line in found] == [case.case_id]


def test_a_later_ticket_s_limit_does_not_lengthen_ours(world: World) -> None:
    late = {**TICKET, "external_due": wall(30, 17, 30).isoformat()}
    case_id = opened(who(world, "window_clerk@centre"), area_code=GRID_1, **late).case_id
    assert page_of(world, case_id).promised_at == wall(21, 17, 30)


def test_the_ticket_comes_later_and_is_put_right(world: World, clock: Any) -> None:
    """The hotline forwards the same matter two days later; its first limit was a slip of the pen."""
    case_id = assigned_to(world, "centre", "housing")
    assert "external" not in {line.key for line in page_of(world, case_id).clocks}  # no ticket, no clock
    clock.set(wall(14, 9))
    for name in ("liaison@housing", "dispatcher@east"):
        with pytest.raises(Refused):
            act(who(world, name), case_id, "note_external", TICKET)
    act(who(world, "dispatcher@centre"), case_id, "note_external", TICKET)
    assert Case.objects.get(pk=case_id).external_number == TICKET["external_number"]
    assert clock_of(page_of(world, case_id), "external").due_at == wall(15, 17, 30)
    act(who(world, "dispatcher@centre"), case_id, "note_external", {**TICKET, "external_due": wall(16, 12).isoformat()})
    page = page_of(world, case_id)
    assert clock_of(page, "external").due_at == wall(16, 12)
    act(who(world, "liaison@housing"), case_id, "acknowledge")
    act(who(world, "officer@housing"), case_id, "draft_answer", ANSWER)
    act(who(world, "office_leader@housing"), case_id, "sign_off")
    act(who(world, "checker@centre"), case_id, "pass")
    assert clock_of(page_of(world, case_id), "external").light == "met"


def test_a_number_alone_has_no_limit(world: World) -> None:
    case_id = opened(who(world, "window_clerk@centre"), area_code=GRID_1, external_number="12345-7").case_id
    page = page_of(world, case_id)
    assert "external" not in {line.key for line in page.clocks}
    assert page.promised_at == clock_of(page, "resolve").due_at
