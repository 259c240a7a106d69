"""What each post of a county sees and may do."""

from __future__ import annotations

import pytest

from bihuan.access.actors import may, resident_actor, system_actor
from bihuan.config.statements import counted
from bihuan.rules.scope import Duty, Subject, covers
from tests.factories.organisation import COUNTY, EAST, EAST_A, EAST_B, GRID_1, GRID_2, GRID_3, GRID_4, County, found_county

pytestmark = pytest.mark.django_db
PLACES = (COUNTY, EAST, EAST_A, GRID_1, GRID_2, EAST_B, GRID_3, GRID_4)


@pytest.fixture
def county() -> County:
    return found_county()


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("dispatcher", set(PLACES)),
        ("clerk", set(PLACES)),
        ("east_dispatcher", {EAST, EAST_A, GRID_1, GRID_2, EAST_B, GRID_3}),
        ("west_dispatcher", {GRID_4}),
        ("village_clerk", {EAST_A, GRID_1, GRID_2}),
        ("grid_leader", {GRID_1}),
        ("housing_officer", set()),
        ("east_police", set()),
        ("admin", set()),
        ("auditor", set()),
    ],
)
def test_a_post_sees_the_cases_of_its_area(county: County, who: str, sees: set[str]) -> None:
    scope = county.actor(who).scope
    assert {code for code in PLACES if covers(scope, Subject(area_code=code))} == sees


def test_an_office_sees_what_it_holds_wherever_it_lies(county: County) -> None:
    held = Subject(area_code=GRID_4, holder_units=(county.units["housing"],))
    assert covers(county.actor("housing_officer").scope, held)
    assert not covers(county.actor("water_officer").scope, held)
    assert not covers(county.actor("admin").scope, Subject(area_code=GRID_4, holder_units=(county.units["centre"],)))


def test_nobody_sees_a_matter_about_themselves_or_those_above_them(county: County) -> None:
    about_east = Subject(area_code=GRID_1, about_unit=county.units[f"township_centre@{EAST}"])
    for who in ("east_dispatcher", "village_clerk", "grid_leader"):
        assert not covers(county.actor(who).scope, about_east), who
    assert covers(county.actor("dispatcher").scope, about_east)
    about_centre = Subject(area_code=GRID_1, about_unit=county.units["centre"])
    assert not any(covers(county.actor(who).scope, about_centre) for who in county.posts)
    about_clerk = Subject(area_code=GRID_1, about_account=county.accounts["dispatcher"])
    assert not covers(county.actor("dispatcher").scope, about_clerk)
    assert covers(county.actor("clerk").scope, about_clerk)


def test_duties_come_from_the_pack(county: County) -> None:
    assert may(county.actor("dispatcher"), Duty.CONTACT_UNMASK)
    assert not may(county.actor("clerk"), Duty.CONTACT_UNMASK)
    assert not may(None, Duty.CASE_READ)
    assert county.actor("dispatcher").post_title == "调度员"


def test_an_actor_takes_one_statement_once_the_pack_is_known(county: County) -> None:
    county.actor("clerk")
    with counted() as count:
        county.actor("dispatcher")
    assert len(count) == 1, count


def test_system_and_resident_are_actors_too() -> None:
    assert covers(system_actor().scope, Subject(area_code=GRID_1))
    assert system_actor().doer().kind == "system"
    resident = resident_actor(7)
    assert resident.doer().kind == "resident"
    assert not covers(resident.scope, Subject(area_code=GRID_1))
    with pytest.raises(LookupError):
        County({}, {"nobody": 0}, {}).actor("nobody")
