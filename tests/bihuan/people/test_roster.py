"""The duty roster: who answers for a unit by day and by night."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.ledger.models import Entry
from bihuan.people.errors import NotLawful, Overtaken
from bihuan.people.models import Shift
from bihuan.people.selectors import on_duty, shifts
from bihuan.people.services import ShiftRow, add_shifts, remove_shift, set_active
from tests.factories.organisation import County, found_county

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 10, 12, 17, 30, tzinfo=ZONE)
NIGHT = timedelta(hours=15, minutes=30)


@pytest.fixture
def county() -> County:
    return found_county()


def night(county: County, who: str, *, leads: bool = False, later: timedelta = timedelta()) -> ShiftRow:
    return ShiftRow(account=county.accounts[who], starts_at=EVENING + later, ends_at=EVENING + later + NIGHT, leads=leads)


def test_at_night_it_is_who_stands_in_the_roster_the_leader_first(county: County) -> None:
    unit = county.units["centre"]
    assert add_shifts(unit, [night(county, "clerk"), night(county, "dispatcher", leads=True)]) == (2, 0)
    at_two = EVENING + timedelta(hours=8, minutes=30)
    assert [(one.account_name, one.leads) for one in on_duty(unit, at_two)] == [("张d", True), ("张c", False)]
    assert on_duty(unit, EVENING - timedelta(seconds=1)) == []
    assert on_duty(unit, EVENING + NIGHT) == [], "the end is not included: the next turn begins then"
    assert on_duty(county.units["housing"], at_two) == []


def test_the_same_roster_again_adds_nothing(county: County) -> None:
    rows = [night(county, "clerk"), night(county, "clerk", later=timedelta(days=1))]
    assert add_shifts(county.units["centre"], rows) == (2, 0)
    assert add_shifts(county.units["centre"], rows) == (0, 2)
    assert Entry.objects.filter(kind="shifts_entered").count() == 1


def test_nobody_is_on_duty_twice_at_once(county: County) -> None:
    add_shifts(county.units["centre"], [night(county, "clerk")])
    with pytest.raises(NotLawful):
        add_shifts(county.units["housing"], [night(county, "clerk", later=timedelta(hours=1))])
    with pytest.raises(NotLawful):
        add_shifts(county.units["centre"], [ShiftRow(account=county.accounts["clerk"], starts_at=EVENING, ends_at=EVENING)])
    assert Shift.objects.count() == 1


def test_who_has_left_is_not_called_at_night(county: County) -> None:
    unit = county.units["centre"]
    add_shifts(unit, [night(county, "clerk")])
    set_active(county.accounts["clerk"], active=False)
    assert on_duty(unit, EVENING) == []
    with pytest.raises(NotLawful):
        add_shifts(unit, [night(county, "clerk", later=timedelta(days=1))])


def test_a_turn_is_taken_out_once_and_only_from_its_own_unit(county: County) -> None:
    unit = county.units["centre"]
    add_shifts(unit, [night(county, "clerk")])
    number = shifts(unit, EVENING, EVENING + NIGHT)[0].id
    with pytest.raises(Overtaken):
        remove_shift(number, unit=county.units["housing"])
    remove_shift(number, unit=unit)
    with pytest.raises(Overtaken):
        remove_shift(number, unit=unit)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8), probe=st.integers(-5, 90))
def test_on_duty_is_whoever_s_turn_covers_the_instant(county: County, turns: list[tuple[int, int]], probe: int) -> None:
    unit, kept = county.units["centre"], []
    Shift.objects.all().delete()
    for start, length in turns:
        begins = EVENING + timedelta(hours=start)
        row = ShiftRow(account=county.accounts["clerk"], starts_at=begins, ends_at=begins + timedelta(hours=length))
        try:
            added, _ = add_shifts(unit, [row])
        except NotLawful:
            assert any(start < s + n and s < start + length for s, n in kept), "refused only where turns meet"
            continue
        kept += [(start, length)] if added else []
    covered = any(start <= probe < start + length for start, length in kept)
    assert bool(on_duty(unit, EVENING + timedelta(hours=probe))) == covered
