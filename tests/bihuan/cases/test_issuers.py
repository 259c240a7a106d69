"""Under whose name a paper goes out: the unit's own, or the mediation committee's that the units of one area share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bihuan.cases.papers import issuer_of
from bihuan.packs.papers import PaperSpec
from bihuan.people.directory import OpenUnit, OrgDirectory
from bihuan.rules.routing import UnitFact
from tests.factories.matters import shipped_pack

PAPER = PaperSpec(key="agreement", title="人民调解协议书", procedure="matter", on="mediated", committee=True)
UNITS = (
    (3, "township_centre", "01", "东岭镇综治中心"), (5, "township_station", "01", "东岭镇司法所"),
    (6, "township_station", "02", "西桥镇司法所"), (7, "village_unit", "0101", "青石村"), (8, "county_office", "01", "县住建局"),
)  # fmt: skip
AREAS = {"01": "东岭镇", "02": "西桥镇", "0101": "青石村"}
ORG = OrgDirectory(1, [OpenUnit(UnitFact(n, kind, area), name, False, AREAS[area]) for n, kind, area, name in reversed(UNITS)])
"""A county's office is put into the township, to be a neighbour without a committee."""


@pytest.mark.parametrize(
    ("unit", "name", "seat"),
    [
        (3, "东岭镇人民调解委员会", 3),
        (5, "东岭镇人民调解委员会", 3),
        (6, "西桥镇人民调解委员会", 6),
        (7, "青石村人民调解委员会", 7),
        (8, "县住建局", 8),
        (9, "", 9),
    ],
)
def test_units_that_share_a_committee_share_its_name_and_its_numbers(unit: int, name: str, seat: int) -> None:
    assert issuer_of(PAPER, unit, shipped_pack(), ORG) == (name, seat)


@pytest.mark.parametrize("unit", [unit for unit, *_rest in UNITS])
def test_a_paper_that_is_no_committees_bears_the_units_own_name(unit: int) -> None:
    assert issuer_of(replace(PAPER, committee=False), unit, shipped_pack(), ORG) == (ORG.name_of(unit), unit)
