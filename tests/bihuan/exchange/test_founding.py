"""A place founded from its pack: areas, grids by a rule, units; again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bihuan import packs
from bihuan.exchange.founding import area_rows, found, spread_grids
from bihuan.people.models import Unit
from bihuan.places import selectors as places
from bihuan.places.services import AreaRow, end_area, load_areas

TOWN = "dongzhai"
NEW = "620321104999"


@pytest.fixture(scope="module")
def pack() -> packs.Pack:
    return packs.load(packs.standard())


def test_grids_are_spread_by_weight_and_all_of_them() -> None:
    villages = [AreaRow(f"99010100100{n}", name, "village") for n, name in enumerate(("甲社区", "乙村", "丙村"), 1)]
    shares = spread_grids(villages, 14)
    assert sum(shares.values()) == 14
    assert shares["990101001001"] > shares["990101001002"] >= shares["990101001003"] >= 1
    assert spread_grids(villages, 14) == shares
    assert spread_grids([], 5) == {}
    assert set(spread_grids(villages, 2).values()) == {1}


def test_the_published_numbers_of_areas(pack: packs.Pack) -> None:
    rows = area_rows(pack, packs.divisions(packs.standard()))
    counted = {level.key: sum(row.level == level.key for row in rows) for level in pack.levels}
    assert counted == {"county": 1, "township": 15, "village": 219, "grid": 1094}
    assert len({row.code for row in rows}) == len(rows)


@pytest.mark.django_db
def test_founding_twice_changes_nothing(pack: packs.Pack, clock: object) -> None:
    first = found(pack, packs.divisions(packs.standard()))
    again = found(pack, packs.divisions(packs.standard()))
    assert first.new_units == sum(first.units.values())
    assert again.new_units == 0
    assert again.areas == first.areas


@pytest.mark.django_db
def test_founding_again_leaves_what_was_changed_since(clock: object) -> None:
    """A name given since stays, an area that ended founds nothing, an area made since has its units."""
    town = packs.load(TOWN)
    first = found(town, packs.divisions(TOWN))
    village, *_, gone = places.of_level("village")
    load_areas([AreaRow(village.code, "改了名的村", "village", village.parent), AreaRow(NEW, "新村", "village", village.parent)])
    end_area(gone.code, last_day=date(2026, 10, 1))
    of_gone = Unit.objects.filter(area__code__startswith=gone.code)
    assert of_gone.exists(), "the control: units stood there"
    for unit in of_gone.order_by("-pk"):
        unit.delete()
    again = found(town, packs.divisions(TOWN))
    assert places.area(village.code) == replace(village, name="改了名的村")
    assert not of_gone.exists()
    assert again.new_units == Unit.objects.filter(area__code=NEW).count() > 0
    assert again.units["village_unit"] == first.units["village_unit"], "one gone, one new"
