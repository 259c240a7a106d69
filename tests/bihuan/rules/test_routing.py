"""Routing: the holder of a state, the receiving centre, the offices of the duty list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.rules.events import Event
from bihuan.rules.routing import (
    UnitFact,
    UnitTable,
    answers_to,
    centre_above,
    centre_of,
    chain_of,
    is_avoided,
    offices_for,
    over_all,
    receiving_centre,
    resolve_holder,
)
from bihuan.rules.terms import NOBODY, Doer, Holder, HolderSpec
from tests.bihuan.rules.story import AREA, AUTHORITY, CENTRE, GRID, STATION, TOWN, UNITS, VILLAGE, WATER, on

NOW = Holder(WATER, "officer")
FACTS = {"area": AREA, "centre": TOWN, "office": STATION}


@dataclass(frozen=True)
class Line:
    """A line of a duty list."""

    category: str
    office: str
    basis: str = "三定方案"
    level: str = "county"


def decided(unit: int, **facts: Any) -> Event:
    return Event(seq=1, kind="decided", at=on("2026-10-12 09:00"), by=Doer(kind="staff", unit=unit), facts=facts)


@pytest.mark.parametrize(
    ("spec", "holder"),
    [
        (None, NOW),
        (HolderSpec(keep=True), NOW),
        (HolderSpec(keep=True, post="leader"), Holder(WATER, "leader")),
        (HolderSpec(post="dispatcher", at="centre"), Holder(TOWN, "dispatcher")),
        (HolderSpec(post="dispatcher"), Holder(TOWN, "dispatcher")),
        (HolderSpec(post="worker", at="grid"), Holder(GRID, "worker")),
        (HolderSpec(post="clerk", at="county"), Holder(CENTRE, "clerk")),
        (HolderSpec(post="clerk", at="province"), NOBODY),
        (HolderSpec(fact="office", post="officer"), Holder(STATION, "officer")),
        (HolderSpec(fact="nothing", post="officer"), NOBODY),
        (HolderSpec(item="office", post="officer"), Holder(4, "officer")),
        (HolderSpec(superior_of="decided", post="head"), Holder(TOWN, "head")),
        (HolderSpec(superior_of="never"), NOBODY),
    ],
)
def test_who_holds(spec: HolderSpec | None, holder: Holder) -> None:
    assert resolve_holder(spec, FACTS, [decided(CENTRE), decided(STATION)], UNITS, NOW, "4") == holder


def test_the_unit_above_the_one_that_asked_not_the_one_that_granted() -> None:
    events = [decided(CENTRE, asked_by_unit=STATION)]
    assert resolve_holder(HolderSpec(superior_of="decided"), {}, events, UNITS, NOW) == Holder(TOWN)


def test_a_level_that_must_be_avoided_is_climbed_over() -> None:
    facts = FACTS | {"about_unit": VILLAGE}
    assert resolve_holder(HolderSpec(post="worker", at="grid"), facts, [], UNITS, NOW) == Holder(TOWN, "worker")


def test_receiving() -> None:
    assert receiving_centre(AREA, "township", set(), UNITS) == TOWN
    assert receiving_centre(AREA, "township", {TOWN}, UNITS) == CENTRE
    assert receiving_centre(AREA, "county", {CENTRE}, UNITS) == AUTHORITY
    assert receiving_centre(AREA, "county", {AUTHORITY}, UNITS) == 0
    assert receiving_centre("880001", "county", set(), UNITS) == 0


def test_chains_end_even_where_units_stand_above_each_other() -> None:
    knot = UnitTable([UnitFact(1, "office", "99", superior=2), UnitFact(2, "office", "99", superior=1)])
    assert chain_of(1, knot) == (1, 2)
    assert chain_of(GRID, UNITS) == (GRID, VILLAGE, TOWN, CENTRE, AUTHORITY)
    assert over_all((), UNITS) == 0
    assert over_all((GRID,), UNITS) == GRID
    assert over_all((GRID, TOWN), UNITS) == TOWN
    assert over_all((GRID, WATER), UNITS) == CENTRE


def test_the_duty_list() -> None:
    lines = [Line("water", "water"), Line("roads", "roads"), Line("roads", "station", level="township"), Line("noise", "office")]
    assert [found.unit for found in offices_for("roads", lines, AREA, UNITS)] == [4, STATION]
    assert [found.unit for found in offices_for("roads", lines, AREA, UNITS, level="township")] == [STATION]
    assert [found.unit for found in offices_for("water_pipes", lines, AREA, UNITS, parents={"water_pipes": "water"})] == [WATER]
    assert [found.unit for found in offices_for("noise", lines, AREA, UNITS)] == [3, 4]
    assert offices_for("unknown", lines, AREA, UNITS) == []
    assert offices_for("water", lines, AREA, UNITS)[0].basis == "三定方案"


def test_a_line_for_the_category_itself_replaces_the_one_above() -> None:
    lines = [Line("roads", "roads"), Line("roads_lights", "water")]
    parents = {"roads_lights": "roads", "roads_holes": "roads"}
    assert [found.unit for found in offices_for("roads_lights", lines, AREA, UNITS, parents=parents)] == [3]
    assert [found.unit for found in offices_for("roads_holes", lines, AREA, UNITS, parents=parents)] == [4]


LEVELS = UnitTable(
    [
        UnitFact(1, "county_authority", "990101", 0, "county"),
        UnitFact(2, "county_centre", "990101", 1, "county"),
        UnitFact(3, "county_office", "990101", 1, "county"),
        UnitFact(4, "township_centre", "990101001", 2, "township"),
        UnitFact(5, "township_station", "990101001", 4, "township"),
        UnitFact(6, "village_unit", "990101001201", 4, "village"),
        UnitFact(7, "township_centre", "990101002", 2, "township"),
        UnitFact(8, "township_station", "990101002", 7, "township"),
    ]
)
"""County with an office, two townships with a station each, a village."""


def test_a_centre_hands_work_to_its_own_level_and_right_below() -> None:
    answering = {centre: {unit for unit in range(1, 9) if answers_to(unit, centre, LEVELS)} for centre in (2, 4, 7)}
    assert answering == {2: {1, 3, 4, 7}, 4: {5, 6}, 7: {8}}
    assert not answers_to(99, 2, LEVELS)
    assert not answers_to(3, 0, LEVELS)


@given(centre=st.sampled_from((2, 4, 6, 7)), about=st.sampled_from((0, *range(1, 9))))
def test_no_centre_is_one_the_case_is_about(centre: int, about: int) -> None:
    """Wherever a case stands and goes up from: never at, nor below, what it is about; and always up."""
    facts = {"centre": centre, "about_unit": about}
    for found in (centre_of(facts, LEVELS), centre_above(facts, LEVELS)):
        assert not found or not is_avoided(found, (about,) if about else (), LEVELS)
        assert not found or found in chain_of(centre, LEVELS)
    assert centre_above(facts, LEVELS) != centre_of(facts, LEVELS) or centre_above(facts, LEVELS) == 0
