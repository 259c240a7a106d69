"""A unit or an area ends while somebody acts: nothing that is open is left behind, whoever comes first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from bihuan.boundaries import areas, services
from bihuan.boundaries.services import CannotRedraw
from bihuan.cases.errors import Refused
from bihuan.cases.gist import count_held, count_lying
from bihuan.cases.shapes import Done, Opened
from bihuan.people.models import Unit
from bihuan.places.models import Area
from tests.bihuan.cases.sessions import meanwhile
from tests.factories.matters import STEPS, act, brought_to, found_matters, opened, shipped_pack
from tests.factories.organisation import GRID_1, GRID_2, GRID_3, County
from tests.factories.visits import visitor

pytestmark = pytest.mark.django_db(transaction=True)
WRITING, COUNTING = "ledger_request", 'FROM "cases_thread"'
TODAY = date(2026, 3, 2)


@pytest.fixture
def county(clock: Any) -> County:
    """The county, in real transactions."""
    return found_matters()


def assigned(county: County, case_id: int) -> Done:
    who, action, given = STEPS["assigned"]
    return act(county.actor(who), case_id, action, {**given, "office": county.units["water"]})


def ended(county: County, client: Client) -> int:
    """The office of water is ended at the desk; the answer's status."""
    return client.post(f"/desk/admin/units/{county.units['water']}", {"step": "end"}).status_code


@pytest.mark.parametrize("first", ["act", "end"])
def test_an_act_gives_work_to_a_unit_that_ends(county: County, first: str) -> None:
    """Either the act is first and the unit stays, or the unit has ended and the act is refused."""
    visited = visitor(county, "admin")
    case_id, water = brought_to(county, "accepted"), county.units["water"]
    if first == "act":
        done, status = meanwhile(lambda: assigned(county, case_id), WRITING, lambda: ended(county, visited))
        assert isinstance(done, Done)
        assert status == 422
    else:
        status, done = meanwhile(lambda: ended(county, visited), COUNTING, lambda: assigned(county, case_id))
        assert isinstance(done, Refused)
        assert status == 302
    assert (count_held(water) > 0) == (Unit.objects.get(pk=water).valid_to is None)


@pytest.mark.parametrize("first", ["open", "end"])
def test_a_matter_is_opened_in_an_area_that_ends(county: County, first: str) -> None:
    def end() -> str:
        try:
            areas.end(actor=county.actor("admin"), code=GRID_3, last_day=TODAY)
        except CannotRedraw as refused:
            return refused.say
        return "ended"

    def begin() -> Opened:
        return opened(county.actor("clerk"), area_code=GRID_3)

    if first == "open":
        done, said = meanwhile(begin, WRITING, end)
        assert isinstance(done, Opened)
        assert "1" in said
    else:
        said, done = meanwhile(end, COUNTING, begin)
        assert isinstance(done, Refused)
        assert said == "ended"
    assert (count_lying([GRID_3]) > 0) == (Area.objects.get(code=GRID_3).valid_to is None)


def test_what_is_opened_while_areas_are_merged_follows(county: County) -> None:
    """The job has come to its end when the matter is there."""

    def merged() -> services.Progress:
        return services.go_on(
            services.merge(actor=county.actor("admin"), pack=shipped_pack(), codes=[GRID_1, GRID_2], name="村口网格")
        )

    done, job = meanwhile(lambda: opened(county.actor("clerk"), area_code=GRID_1), WRITING, merged)
    assert isinstance(done, Opened)
    assert (job.moved, job.done) == (1, True)
    assert count_lying([GRID_1, GRID_2]) == 0


def test_two_split_the_same_area_at_once(county: County) -> None:
    """One does, the other reads that it is not there any more; no part is named by both."""

    def split(*names: str) -> object:
        try:
            return services.split(actor=county.actor("admin"), pack=shipped_pack(), code=GRID_3, names=names)
        except CannotRedraw as refused:
            return refused

    found = meanwhile(lambda: split("东片", "西片"), 'INSERT INTO "places_area"', lambda: split("南片", "北片"))
    assert sorted(isinstance(one, CannotRedraw) for one in found) == [False, True]
    assert set(Area.objects.filter(valid_from__isnull=False).values_list("name", flat=True)) in (
        {"东片", "西片"},
        {"南片", "北片"},
    )
