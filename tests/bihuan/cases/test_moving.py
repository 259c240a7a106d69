"""A matter moves to another area through the door: columns, scope, centre, holders, search and counts follow; clocks don't."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bihuan.access.actors import system_actor
from bihuan.cases import selectors
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Case, Thread
from bihuan.cases.search_index import index_waiting
from bihuan.cases.services import open_one
from bihuan.cases.shapes import CaseFilter, OpenCommand
from bihuan.config.statements import counted
from bihuan.intake.batches import begin
from bihuan.places.services import end_area
from tests.factories.matters import County, act, brought_to, facts, opened, request_id
from tests.factories.organisation import EAST, GRID_1, GRID_2, GRID_4, WEST

MOST_STATEMENTS = 12


def boundary_moved(case_id: int, code: str, **more: Any) -> None:
    act(system_actor(), case_id, "follow_boundary", {"area": code, **more})


def test_a_registered_matter_goes_to_the_other_township(county: County) -> None:
    """The dispatcher of the county puts the place right: the other township receives it."""
    case_id = opened(county.actor("east_clerk"), area_code=GRID_1).case_id
    before = Case.objects.values("a6", "a9", "a12", "a15", "centre_id").get(pk=case_id)
    assert before["centre_id"] == county.units[f"township_centre@{EAST}"]
    with counted() as count:
        act(county.actor("dispatcher"), case_id, "move_area", {"area": GRID_4, "reason": "村民说错了镇"})
    assert len(count) <= MOST_STATEMENTS, count
    row = Case.objects.values("area__code", "area_code", "a9", "a12", "a15", "centre_id").get(pk=case_id)
    assert row == {
        "area__code": GRID_4, "area_code": GRID_4, "a9": WEST, "a12": GRID_4[:12], "a15": GRID_4,
        "centre_id": county.units[f"township_centre@{WEST}"],
    }  # fmt: skip
    thread = Thread.objects.get(case_id=case_id, name="main")
    assert (thread.state, thread.holder_unit) == ("registered", county.units[f"township_centre@{WEST}"])
    assert [line.case_id for line in selectors.my_work(county.actor("west_dispatcher")).lines] == [case_id]
    with pytest.raises(NotFound):
        selectors.case_page(county.actor("east_dispatcher"), case_id)


def test_limits_run_on_and_counts_follow(county: County) -> None:
    case_id = brought_to(county, "handling", area_code=GRID_1)
    due = {line.key: line.due_at for line in selectors.case_page(county.actor("dispatcher"), case_id).clocks}
    boundary_moved(case_id, GRID_2)
    page = selectors.case_page(county.actor("dispatcher"), case_id)
    assert {line.key: line.due_at for line in page.clocks} == due
    assert (page.state, page.area_code) == ("handling", GRID_2)
    assert Thread.objects.get(case_id=case_id, name="main").holder_unit == county.units["housing"]


def test_lists_and_search_find_it_in_its_new_area(county: County) -> None:
    case_id = opened(county.actor("clerk"), area_code=GRID_1).case_id
    index_waiting()
    boundary_moved(case_id, GRID_4)
    assert Case.objects.get(pk=case_id).unindexed
    index_waiting()
    for code, there in ((GRID_1, []), (GRID_4, [case_id])):
        listed = selectors.case_list(county.actor("dispatcher"), CaseFilter(area_code=code)).lines
        assert [line.case_id for line in listed] == there


def test_the_unit_that_goes_on_is_named_with_the_area(county: County) -> None:
    """Where the office itself ends with its area, the job names the one that follows it."""
    case_id = brought_to(county, "handling", area_code=GRID_1)
    boundary_moved(case_id, GRID_2, office=county.units["water"])
    assert Thread.objects.get(case_id=case_id, name="main").holder_unit == county.units["water"]
    assert selectors.case_page(county.actor("water_officer"), case_id).state == "handling"


@pytest.mark.parametrize("code", ["990101009999999", GRID_4])
def test_an_area_that_is_not_there_or_has_ended_is_refused(county: County, code: str) -> None:
    if code == GRID_4:
        end_area(GRID_4, last_day=date(2026, 10, 12))
    case_id = opened(county.actor("clerk"), area_code=GRID_1).case_id
    with pytest.raises(Refused, match=r"area|区域"):
        act(county.actor("dispatcher"), case_id, "move_area", {"area": code, "reason": "改正"})
    assert Case.objects.get(pk=case_id).area_code == GRID_1


def test_a_closed_matter_keeps_its_area(county: County) -> None:
    case_id = brought_to(county, "archived", area_code=GRID_1)
    with pytest.raises(Refused):
        boundary_moved(case_id, GRID_2)
    assert Case.objects.get(pk=case_id).area_code == GRID_1


def test_only_what_came_with_an_import_can_be_undone_as_one(county: County) -> None:
    """The act is not even offered for a matter that somebody registered."""
    dispatcher = county.actor("dispatcher")
    own = opened(dispatcher).case_id
    batch = begin(actor=dispatcher, file_name="一张表.csv", content=b"", rows=1, refused=0)
    command = OpenCommand(actor=dispatcher, request_id=request_id(), facts=facts(), area_code=GRID_1, from_batch=batch)
    brought = open_one(command).case_id
    offered = {case: [one.action.key for one in selectors.offers(dispatcher, case)] for case in (own, brought)}
    assert "undo_import" not in offered[own]
    assert "undo_import" in offered[brought]
    with pytest.raises(Refused, match="不是批量导入"):
        act(dispatcher, own, "undo_import", {"reason": "试一试"})
    assert act(dispatcher, brought, "undo_import", {"reason": "导错了表"}).state == "undone"
    assert Case.objects.get(pk=brought).closed_at is not None
