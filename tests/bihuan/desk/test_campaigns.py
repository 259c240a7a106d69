"""Campaigns: every grid of an area has its task at once; the page shows progress by area, doors counted, never people."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bihuan.cases.errors import Refused
from bihuan.cases.models import Thread
from bihuan.cases.rebuilding import differences
from bihuan.cases.services import open_case
from bihuan.config.statements import counted
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import COUNTY, EAST, EAST_A, GRID_1, County, act, request_id
from tests.factories.visits import faults_of

TOLD = {"title": "敲门行动", "what": "逐户看房屋安全，发现险情先撤离。", "finish_on": "2026-10-30"}


def launched(county: County, area: str, who: str = "dispatcher", **more: Any) -> int:
    facts = {**TOLD, **more}
    return open_case(actor=county.actor(who), procedure="campaign", facts=facts, request_id=request_id(), area_code=area).case_id


def test_every_grid_of_the_area_has_its_task_at_once(county: County) -> None:
    case_id = launched(county, EAST)
    tasks = Thread.objects.filter(case_id=case_id, kind="visit")
    grids = {unit for key, unit in county.units.items() if key.startswith(f"grid_unit@{EAST}")}
    assert set(tasks.values_list("holder_unit", flat=True)) == grids
    assert len(grids) == 3
    assert set(tasks.values_list("state", flat=True)) == {"going"}
    assert Thread.objects.filter(case_id=launched(county, EAST_A), kind="visit").count() == 2
    assert Thread.objects.filter(case_id=launched(county, COUNTY), kind="visit").count() == 4
    assert differences()[0] == []


def test_nobody_names_the_grids_by_hand(county: County) -> None:
    with pytest.raises(Refused):
        launched(county, EAST, grids=[county.units[f"grid_unit@{GRID_1}"]])


def test_the_page_shows_progress_by_area_and_doors(county: County, visit: Visit) -> None:
    case_id = launched(county, EAST)
    thread = f"visit:{county.units[f'grid_unit@{GRID_1}']}"
    act(county.actor("grid_leader"), case_id, "count", {"doors_done": 40, "doors_again": 9}, thread=thread)
    act(county.actor("grid_leader"), case_id, "finish", {"doors_done": 61, "doors_again": 3}, thread=thread)
    client = visit("dispatcher")
    client.get(f"/desk/case/{case_id}")
    with counted() as count:
        text = client.get(f"/desk/case/{case_id}").content.decode()
    assert len(count) <= 8, str(count)
    assert faults_of(text) == []
    table = text.partition('id="progress"')[2].partition("</section>")[0]
    assert "3 个网格中" in table or "1/3" in re.sub(r"\s", "", re.sub(r"<[^>]*>", "", table))
    numbers = re.findall(r'<td class="n"[^>]*>([^<]*)</td>', table.partition("<tfoot>")[2])
    assert numbers == ["1 / 3", "2", "0", "61", "3"]
    assert "青石村" in table
    assert 'id="threads"' not in text
    work = visit("grid_leader").get("/desk/").content.decode()
    assert "敲门行动" not in work  # done: nothing waits there any more
    with pytest.raises(Refused):
        act(county.actor("dispatcher"), case_id, "sum_up", {"summary": "还有网格没走访完。"})


def test_the_form_asks_for_no_grids(visit: Visit) -> None:
    text = visit("dispatcher").get("/desk/register?type=campaign").content.decode()
    assert faults_of(text) == []
    assert 'name="f-finish_on"' in text
    assert 'name="f-grids"' not in text


def test_what_every_grid_does_is_told_once_by_area_not_line_by_line(county: County, visit: Visit) -> None:
    text = visit("dispatcher").get(f"/desk/case/{launched(county, EAST)}").content.decode()
    assert text.count('class="clock"') == 1  # the campaign's own; each grid's stands in the table
    course = text.partition('class="timeline"')[2]
    assert "共 3 个" in course
    assert "青石村" not in course
