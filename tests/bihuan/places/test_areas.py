"""The area tree: loading, columns, ancestors, validity."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.config.statements import counted
from bihuan.places import selectors
from bihuan.places.models import Area
from bihuan.places.services import AreaRow, BadAreaRow, end_area, load_areas
from tests.factories.organisation import AREAS, COUNTY, EAST, EAST_A, EAST_B, GRID_1, GRID_3, WEST

pytestmark = pytest.mark.django_db


def test_each_row_carries_the_codes_of_the_levels_above_it() -> None:
    load_areas(AREAS)
    grid = Area.objects.get(code=GRID_1)
    assert (grid.a6, grid.a9, grid.a12, grid.a15) == (COUNTY, EAST, EAST_A, GRID_1)
    village = Area.objects.select_related("parent").get(code=EAST_A)
    assert (village.a12, village.a15, village.parent.code) == (EAST_A, "", EAST)


def test_a_second_load_renames_and_adds_without_touching_the_rest() -> None:
    first = load_areas(AREAS)
    assert (first.created, first.changed, first.unchanged) == (len(AREAS), 0, 0)
    again = load_areas([*AREAS[1:], AreaRow(COUNTY, "云溪市", "county"), AreaRow(f"{EAST_B}002", "第2网格", "grid", EAST_B)])
    assert (again.created, again.changed, again.unchanged) == (1, 1, len(AREAS) - 1)
    assert selectors.area(COUNTY).name == "云溪市"


def test_a_thousand_grids_take_few_statements() -> None:
    load_areas(AREAS)
    grids = [AreaRow(f"{EAST_A}{n:03}", f"第{n}网格", "grid", EAST_A) for n in range(3, 999)]
    with counted() as count:
        load_areas(grids)
    assert len(count) <= 20, len(count)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (AreaRow("9901010", "七位", "township", COUNTY), "digits"),
        (AreaRow("99010१001", "非数字", "township", COUNTY), "digits"),
        (AreaRow("990102001", "别县", "township", COUNTY), "below"),
        (AreaRow("990101009001", "无父", "village", "990101009"), "nowhere"),
        (AreaRow("990101009", " ", "township", COUNTY), "name"),
        (AREAS[1], "twice"),
    ],
)
def test_an_impossible_row_refuses_the_whole_list(row: AreaRow, why: str) -> None:
    with pytest.raises(BadAreaRow, match=why):
        load_areas([*AREAS, row])
    assert not Area.objects.exists()


def test_what_lies_below_and_above() -> None:
    load_areas(AREAS)
    assert [area.code for area in selectors.children(COUNTY)] == [EAST, WEST]
    assert [area.code for area in selectors.ancestors(GRID_3)] == [COUNTY, EAST, EAST_B]
    assert {area.code for area in selectors.descendants(EAST, level="grid")} == {GRID_1, f"{EAST_A}002", GRID_3}
    assert [area.code for area in selectors.top_areas()] == [COUNTY]
    assert selectors.path_names([GRID_1, COUNTY, "000000"]) == {GRID_1: "东岭镇·青石村·第1网格", COUNTY: "云溪县"}


def test_an_area_that_ended_is_still_known_but_no_longer_listed() -> None:
    load_areas(AREAS, valid_from=date(2020, 1, 1))
    assert end_area(EAST_A, last_day=date(2026, 6, 30)) == 3
    assert selectors.area(EAST_A) is not None
    assert [area.code for area in selectors.children(EAST, date(2026, 6, 30))] == [EAST_A, EAST_B]
    assert [area.code for area in selectors.children(EAST, date(2026, 7, 1))] == [EAST_B]
    assert selectors.children(EAST, date(2019, 12, 31)) == []


@pytest.mark.parametrize("code", ["", "99", "99010100x", "9901010012011"])
def test_a_code_of_no_known_width_has_no_column(code: str) -> None:
    with pytest.raises(ValueError, match="area code"):
        selectors.code_column(code)
